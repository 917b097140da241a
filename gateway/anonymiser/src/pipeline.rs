//! One photo through all steps. No clock, no randomness, no I/O: the same input, policy and models give the same
//! bytes on the same build and processor family.

use crate::codec;
use crate::container;
use crate::detect::Centerface;
use crate::error::{AnonymiseError, LoadError};
use crate::format::Format;
use crate::found::{Class, Found};
use crate::look::{Extent, look};
use crate::model::{ModelInfo, ModelSet};
use crate::policy::{Action, JpegPath, Limits, Policy};
use crate::raster::Raster;
use crate::redact::{self, Area, grow};
use crate::report::{Anonymised, ItemReport, Mask, Metrics, Residual, SizeHistogram, Verdict};
use crate::runtime::Runtime;
use std::collections::BTreeMap;

/// The views of the second look: quarter turns as EXIF counts them (3 half, 6 clockwise, 8 anticlockwise, 1 none). The
/// first look was upright, so what it missed is more likely to show in the others, and they come first.
const TURNS: [u8; 4] = [3, 6, 8, 1];

/// As many of [`TURNS`] as a policy asks for, which is all or the upright one.
fn turns(asked: u8) -> &'static [u8] {
    if asked == 4 { &TURNS } else { &TURNS[3..] }
}

/// The parts of a run, for progress and timing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Decode,
    Detect,
    Replace,
    Encode,
    SecondLook,
    Measure,
}

/// The pipeline with its session. One per worker thread: it is [`Send`], and a run takes one core.
pub struct Anonymiser {
    detector: Centerface,
    policy: Policy,
    models: Vec<ModelInfo>,
}

impl std::fmt::Debug for Anonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Anonymiser")
            .field("policy", &self.policy)
            .field("models", &self.models)
            .finish()
    }
}

/// What is kept of the faces of both looks.
#[derive(Default)]
struct Findings {
    masks: Vec<Mask>,
    sizes: SizeHistogram,
    found: u32,
}

impl Anonymiser {
    /// Opens the session (tens of milliseconds, about 20 MB). Errors: `Policy`, `Model`.
    pub fn new(runtime: &Runtime, models: &ModelSet, policy: Policy) -> Result<Self, LoadError> {
        policy.validate()?;
        check_abilities(&policy)?;
        let detector = Centerface::new(runtime, &models.faces)?;
        Ok(Self {
            detector,
            policy,
            models: vec![models.faces.info()],
        })
    }

    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The execution provider that runs the models. Only the CPU provider is registered, so nothing can fall back.
    pub fn provider(&self) -> &str {
        "cpu"
    }

    /// Anonymises one JPEG, PNG or WebP file. Nothing is let out unless the second look and the audit passed.
    ///
    /// Errors: see [`AnonymiseError`]; each is final for these bytes and this policy.
    pub fn anonymise(&mut self, input: &[u8]) -> Result<Anonymised, AnonymiseError> {
        self.anonymise_observed(input, &mut |_| {})
    }

    /// [`Self::anonymise`], telling `observe` each step as it begins.
    pub fn anonymise_observed(
        &mut self,
        input: &[u8],
        observe: &mut dyn FnMut(Step),
    ) -> Result<Anonymised, AnonymiseError> {
        observe(Step::Decode);
        let format = Format::sniff(input)?;
        let survey = container::survey(format, input)?;
        self.check_limits(survey.width, survey.height)?;
        let stored = codec::decode(format, input, (survey.width, survey.height))?;
        let mut raster = stored.upright(survey.orientation);

        observe(Step::Detect);
        let faces = look(
            &mut self.detector,
            &raster,
            turns(self.policy.views.turns),
            self.policy.views.long_side(),
            self.policy.treatment(Class::Face).threshold,
            Extent::Whole,
        )?;

        observe(Step::Replace);
        let mut findings = Findings::default();
        self.replace(&mut raster, &faces, false, &mut findings);

        let (bytes, output, residual) =
            self.write_and_look_again(format, &mut raster, &mut findings, observe)?;

        observe(Step::Measure);
        let luma = output.luma();
        let metrics = Metrics {
            width: output.width,
            height: output.height,
            found: findings.found,
            replaced: findings.masks.len() as u32,
            residual: 0,
            sharpness: luma.sharpness(),
            exposure: luma.exposure(),
            changed_ppm: covered_ppm(&findings.masks, output.width, output.height),
        };
        let item = ItemReport {
            width: metrics.width,
            height: metrics.height,
            found: metrics.found,
            replaced: metrics.replaced,
            masks: findings.masks,
            size_histogram: findings.sizes,
            metadata_removed: survey.metadata,
            residual,
            metrics,
        };
        Ok(Anonymised { bytes, format, item })
    }

    /// Encodes, decodes what was encoded and looks at that; replaces what is seen and does it again, from the first view
    /// on: bytes are let out only when all views of these very bytes showed nothing.
    fn write_and_look_again(
        &mut self,
        format: Format,
        raster: &mut Raster,
        findings: &mut Findings,
        observe: &mut dyn FnMut(Step),
    ) -> Result<(Vec<u8>, Raster, Residual), AnonymiseError> {
        let policy = self.policy.clone();
        let mut replaced_late = 0;
        let mut escalations = 0;
        loop {
            observe(Step::Encode);
            let bytes = codec::encode(format, raster, policy.output.jpeg_quality)?;
            container::audit(format, &bytes, raster.width, raster.height)?;

            observe(Step::SecondLook);
            let output = codec::decode(format, &bytes, (raster.width, raster.height))?;
            let turns = turns(policy.gate.views.turns);
            let seen = look(
                &mut self.detector,
                &output,
                turns,
                policy.gate.views.long_side(),
                policy.gate.faces,
                Extent::UntilSeen,
            )?;
            if seen.is_empty() {
                let residual = Residual {
                    threshold: policy.gate.faces,
                    rotations: turns.len() as u32,
                    found: replaced_late,
                    verdict: if escalations == 0 {
                        Verdict::Clean
                    } else {
                        Verdict::CleanAfterEscalation
                    },
                };
                return Ok((bytes, output, residual));
            }
            let count = seen.len() as u32;
            if escalations == policy.gate.escalations {
                return Err(AnonymiseError::ResidualFaces { count });
            }
            escalations += 1;
            replaced_late += count;
            self.replace(raster, &seen, true, findings);
        }
    }

    fn replace(&self, raster: &mut Raster, faces: &[Found], escalated: bool, findings: &mut Findings) {
        let treatment = self.policy.treatment(Class::Face);
        let mut areas = Vec::new();
        for face in faces {
            let Some(rect) = grow(face, treatment.margin, raster) else {
                continue;
            };
            areas.push(Area::whole(rect, treatment.operator));
            findings.found += 1;
            findings.sizes.count(face.y1 - face.y0);
            findings.masks.push(Mask {
                rect,
                class: Class::Face,
                score: face.score,
                operator: treatment.operator,
                escalated,
            });
        }
        redact::paint(raster, &areas, &redact::seed(&self.policy.digest(), &[]));
    }

    fn check_limits(&self, width: u32, height: u32) -> Result<(), AnonymiseError> {
        let Limits { max_side, max_pixels } = self.policy.limits;
        let pixels = u64::from(width) * u64::from(height);
        if width > max_side || height > max_side || pixels > max_pixels {
            return Err(AnonymiseError::TooLarge {
                width,
                height,
                max_side,
                max_pixels,
            });
        }
        Ok(())
    }
}

/// Refuses what a policy may ask for and this pipeline does not do, rather than doing less in silence. Error: `Policy`.
fn check_abilities(policy: &Policy) -> Result<(), LoadError> {
    let missing = |what: String| Err(LoadError::Policy(what));
    for class in Class::ALL.into_iter().filter(|class| *class != Class::Face) {
        let treatment = policy.treatment(class);
        if treatment.required && treatment.action != Action::Ignore {
            return missing(format!(
                "classes.{}.required is true, and no net finds this class",
                class.name()
            ));
        }
    }
    if policy.treatment(Class::Face).action == Action::Refuse {
        return missing("classes.face.action is refuse, which is not supported yet".into());
    }
    if policy.views.tile != 0 || policy.gate.views.tile != 0 {
        return missing("views.tile: looks in tiles are not supported yet".into());
    }
    if policy.output.jpeg == JpegPath::Coefficients {
        return missing("output.jpeg is coefficients, which is not supported yet".into());
    }
    Ok(())
}

/// Share of the picture under at least one mask, parts per million, rounded down.
fn covered_ppm(masks: &[Mask], width: u32, height: u32) -> u32 {
    // A line of the picture is covered by the union of the masks that cross it.
    let mut covered = 0_u64;
    let mut starts: BTreeMap<u32, ()> = BTreeMap::new();
    for mask in masks {
        starts.insert(mask.rect.y, ());
        starts.insert(mask.rect.y + mask.rect.height, ());
    }
    let edges: Vec<u32> = starts.into_keys().collect();
    for band in edges.windows(2) {
        let mut spans: Vec<(u32, u32)> = masks
            .iter()
            .filter(|m| m.rect.y <= band[0] && band[1] <= m.rect.y + m.rect.height)
            .map(|m| (m.rect.x, m.rect.x + m.rect.width))
            .collect();
        spans.sort_unstable();
        let mut end = 0;
        let mut length = 0_u64;
        for (from, to) in spans {
            length += u64::from(to.saturating_sub(from.max(end)));
            end = end.max(to);
        }
        covered += length * u64::from(band[1] - band[0]);
    }
    let all = u64::from(width) * u64::from(height);
    (covered * 1_000_000 / all.max(1)) as u32
}
