//! One photo through all steps. No clock, no randomness, no I/O: the same input, policy and models give the same
//! bytes on the same build and processor family.

use crate::codec;
use crate::container;
use crate::detect::Centerface;
use crate::error::{AnonymiseError, LoadError};
use crate::format::Format;
use crate::found::{Class, Found};
use crate::gate::{Eye, Gate};
use crate::look::{Extent, Views, look};
use crate::model::{ModelInfo, ModelSet};
use crate::policy::{Operator, Policy};
use crate::raster::Raster;
use crate::replace::{grow, paint};
use crate::report::{Anonymised, ItemReport, Mask, Metrics, Rect, Residual, SizeHistogram, Verdict};
use crate::runtime::Runtime;
use std::collections::BTreeMap;

/// The views of the second look: quarter turns as EXIF counts them (3 half, 6 clockwise, 8 anticlockwise, 1 none). The
/// first look was upright, so what it missed is more likely to show in the others, and they come first.
const VIEWS: [u8; 4] = [3, 6, 8, 1];

/// How often what the second look sees is replaced before the photo is refused: once for each view, because a look
/// ends at the view that shows something. The edge of a fresh mask can itself look like a face.
const ESCALATIONS: u32 = VIEWS.len() as u32;

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
            &[1],
            self.policy.long_side,
            self.policy.detect_threshold,
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
            let bytes = codec::encode(format, raster, policy.jpeg_quality)?;
            container::audit(format, &bytes, raster.width, raster.height)?;

            observe(Step::SecondLook);
            let output = codec::decode(format, &bytes, (raster.width, raster.height))?;
            let solid = |mask: &&Mask| matches!(mask.operator, Operator::Solid { .. });
            let blank: Vec<Rect> = findings
                .masks
                .iter()
                .filter(solid)
                .map(|mask| mask.rect)
                .collect();
            let views = Views {
                turns: 4,
                ..policy.residual_long_side.into()
            };
            let eye = Eye {
                detector: &mut self.detector,
                threshold: policy.residual_threshold,
                views,
                closer: 0,
            };
            let seen = Gate { eyes: vec![eye] }.look(&output, &blank, Extent::UntilSeen)?;
            if seen.is_empty() {
                let residual = Residual {
                    threshold: policy.residual_threshold,
                    rotations: VIEWS.len() as u32,
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
            if escalations == ESCALATIONS {
                return Err(AnonymiseError::ResidualFaces { count });
            }
            escalations += 1;
            replaced_late += count;
            self.replace(raster, &seen, true, findings);
        }
    }

    fn replace(&self, raster: &mut Raster, faces: &[Found], escalated: bool, findings: &mut Findings) {
        for face in faces {
            let Some(rect) = grow(face, self.policy.mask_margin, raster) else {
                continue;
            };
            paint(raster, rect, self.policy.operator);
            findings.found += 1;
            findings.sizes.count(face.y1 - face.y0);
            findings.masks.push(Mask {
                rect,
                class: Class::Face,
                score: face.score,
                operator: self.policy.operator,
                escalated,
            });
        }
    }

    fn check_limits(&self, width: u32, height: u32) -> Result<(), AnonymiseError> {
        let Policy {
            max_side, max_pixels, ..
        } = self.policy;
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
