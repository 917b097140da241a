//! One photo through all steps. No clock, no randomness, no I/O: the same input, policy, models and key give the same
//! bytes on the same build and processor family.

use crate::codec;
use crate::container;
use crate::detectors::{Detectors, mask_colours};
use crate::error::{AnonymiseError, LoadError};
use crate::fill_net::FillNet;
use crate::format::Format;
use crate::found::{Class, Found};
use crate::gate::{Blank, uncovered};
use crate::look::Extent;
use crate::model::{Model, ModelInfo, ModelSet};
use crate::objects;
use crate::photo::{Photo, Written};
use crate::policy::{Action, Operator, Output, Policy};
use crate::raster::Raster;
use crate::redact::{Area, Fills, area, grow, keep, paint, seed};
use crate::report::{
    Anonymised, Counted, ItemReport, Mask, Metrics, Rect, Residual, Sighted, Taken, Utility, Verdict,
};
use crate::runtime::Runtime;
use crate::utility::{covered_ppm, outside_error_milli};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use vouchsafe_evaluation::{Picture, PixelMetrics, Sketch};
use zeroize::Zeroizing;

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

/// What is asked for one photo besides the policy.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Parts of the upright photo, in pixels, in which nothing is masked: a statue, an actor who agreed. Each within the
    /// photo and not empty, or the photo is refused. What lies in them is in the report.
    pub keep: Vec<Rect>,
    pub leftovers: Leftovers,
}

/// What becomes of a photo in which the last second look still sees something that should be gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Leftovers {
    /// It is refused.
    #[default]
    Refuse,
    /// It is let out when exactly so many things of each class are seen, no more and no fewer: somebody has looked at
    /// these very ones and answers for them. Otherwise it is refused.
    Exactly(BTreeMap<Class, u32>),
    /// It is let out, for the eyes of whoever has to judge. Never for sale.
    Show,
}

/// The pipeline with its sessions. One per worker thread: it is [`Send`], and a run takes one core.
pub struct Anonymiser {
    detectors: Detectors,
    /// Only where the policy inpaints and there is one.
    fill: Option<FillNet>,
    policy: Policy,
    digest: [u8; 32],
    models: Vec<ModelInfo>,
    provider: String,
    noise_key: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for Anonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Anonymiser")
            .field("policy", &self.policy)
            .field("models", &self.models)
            .finish_non_exhaustive()
    }
}

/// What has been found in one photo so far, and what is painted for it.
struct Findings {
    counted: BTreeMap<Class, Counted>,
    masks: Vec<Mask>,
    areas: Vec<Area<'static>>,
}

impl Findings {
    /// Every rectangle that is painted.
    fn painted(&self) -> Vec<Rect> {
        self.areas
            .iter()
            .flat_map(|area| area.parts.iter().copied())
            .collect()
    }

    /// What is painted in greys alone.
    fn greys(&self) -> Vec<Rect> {
        (self.areas.iter().flat_map(Area::greys)).copied().collect()
    }

    /// Where nothing of the photo is left.
    fn blank(&self) -> Vec<Rect> {
        let solid = |area: &&Area<'_>| matches!(area.operator, Operator::Solid { .. });
        (self.areas.iter().filter(solid))
            .flat_map(|area| area.parts.iter().copied())
            .collect()
    }

    /// Where the output must show what was painted, and nothing of the photo is mixed in. Slivers beside other masks are
    /// left out: coding blurs more of them than of the masks.
    fn replaced(&self) -> Vec<Rect> {
        let inpainted = self
            .areas
            .iter()
            .filter(|area| area.operator == Operator::Inpaint);
        let cores = inpainted.flat_map(|area| area.core.iter().copied());
        let large = cores.filter(|core| core.width.min(core.height) >= 8);
        self.blank().into_iter().chain(large).collect()
    }

    /// Notes for every hole what filled it.
    fn name(&mut self, fills: &Fills) {
        let inpainted = |mask: &&mut Mask| mask.operator == Some(Operator::Inpaint);
        for mask in self.masks.iter_mut().filter(inpainted) {
            mask.fill = fills.kind(mask.rect);
        }
    }

    fn note(&mut self, found: &Found, rect: Rect, taken: Taken, operator: Option<Operator>, escalated: bool) {
        self.counted
            .entry(found.class)
            .or_default()
            .count(taken, found.y1 - found.y0);
        self.masks.push(Mask {
            rect,
            class: found.class,
            score: found.score,
            taken,
            operator,
            fill: None,
            escalated,
        });
    }
}

impl Anonymiser {
    /// Opens the sessions that `policy` needs (tens of milliseconds and 20 to 100 MB). Errors: `Policy`, `Model`,
    /// `Device`, `Missing` when the policy requires a class for which there is no model.
    pub fn new(runtime: &Runtime, models: &ModelSet, policy: Policy) -> Result<Self, LoadError> {
        policy.validate()?;
        let detectors = Detectors::open(runtime, models, &policy)?;
        let inpaints = Class::ALL
            .map(|class| policy.treatment(class))
            .into_iter()
            .any(|treatment| treatment.action == Action::Mask && treatment.operator == Operator::Inpaint);
        let fill = models.fill.as_ref().filter(|_| inpaints);
        let used = fill.map(Model::info);
        Ok(Self {
            models: detectors.models(models).into_iter().chain(used).collect(),
            fill: fill.map(|model| FillNet::new(runtime, model)).transpose()?,
            provider: runtime.device().to_string(),
            digest: policy.digest(),
            noise_key: Zeroizing::default(),
            detectors,
            policy,
        })
    }

    /// The key of what a mosaic is drawn from; zeros without one. Whoever knows it, has the file and knows the policy can
    /// tell what was drawn. Zeroised when this is dropped, never printed.
    #[must_use]
    pub fn with_noise_key(mut self, key: Zeroizing<[u8; 32]>) -> Self {
        self.noise_key = key;
        self
    }

    /// The models that this policy uses.
    pub fn models(&self) -> &[ModelInfo] {
        &self.models
    }

    /// What the policy asks for and no model here can find. Such things stay in the photos.
    pub fn missing(&self) -> &[String] {
        self.detectors.missing()
    }

    /// Who takes the second look: name of the model and threshold.
    pub fn second_look(&self) -> Vec<(String, f32)> {
        self.detectors.second_look(&self.policy)
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The execution provider that runs the models, with the number of its GPU (`cpu`, `cuda:0`): a session with another
    /// one is not opened, so nothing falls back.
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Anonymises one JPEG, PNG or WebP file. Nothing is let out unless the second look and the audit passed.
    ///
    /// Errors: see [`AnonymiseError`]; each is final for these bytes and this policy.
    pub fn anonymise(&mut self, input: &[u8]) -> Result<Anonymised, AnonymiseError> {
        self.anonymise_with(input, &Wishes::default(), &mut |_| {})
    }

    /// [`Self::anonymise`] with what is asked for this photo, telling `observe` each step as it begins.
    pub fn anonymise_with(
        &mut self,
        input: &[u8],
        wishes: &Wishes,
        observe: &mut dyn FnMut(Step),
    ) -> Result<Anonymised, AnonymiseError> {
        observe(Step::Decode);
        let format = Format::sniff(input)?;
        let survey = container::survey(format, input)?;
        self.check_limits(survey.width, survey.height)?;
        let photo = Photo::read(format, input, &survey, &self.policy.output)?;
        check_within(&wishes.keep, &photo.pixels)?;

        observe(Step::Detect);
        let (found, kept_objects) = self.detectors.find(&photo.pixels, &self.policy)?;

        observe(Step::Replace);
        let noise: [u8; 32] = Sha256::new()
            .chain_update(self.noise_key.as_slice())
            .chain_update(Sha256::digest(input))
            .finalize()
            .into();
        let noise = seed(&self.digest, &noise);
        let kept_objects: Vec<Rect> = (kept_objects.iter())
            .filter_map(|object| keep::object(object, &photo.pixels))
            .collect();
        let mut findings = self.nothing_yet();
        for one in &found {
            self.treat(one, &wishes.keep, &kept_objects, &photo.pixels, &mut findings)?;
        }

        let (written, output, residual) =
            self.write_and_look_again(&photo, wishes, &noise, &mut findings, observe)?;

        observe(Step::Measure);
        let painted = findings.painted();
        let error = |parts: &[(Rect, &Raster)]| outside_error_milli(&photo.pixels, parts, &painted);
        let (units, outside_error) = match photo.compared(&written) {
            Some((units, parts)) => {
                let parts: Vec<_> = parts.iter().map(|part| (part.place, &part.pixels)).collect();
                (Some(units), error(&parts))
            }
            None => {
                let all = Rect {
                    x: 0,
                    y: 0,
                    width: output.width,
                    height: output.height,
                };
                (None, error(&[(all, &output)]))
            }
        };
        let shown = match self.policy.output {
            Output {
                objects: false,
                agreement: false,
                ..
            } => None,
            Output { .. } => self.detectors.objects(&output)?,
        };
        let before = match &shown {
            Some(_) if self.policy.output.agreement => self.detectors.objects(&photo.pixels)?,
            Some(_) | None => None,
        };
        let both = before.as_ref().zip(shown.as_ref());
        let utility = Utility {
            changed_ppm: covered_ppm(&painted, output.width, output.height),
            outside_error_milli: outside_error,
            units,
            agreement: both.map(|(before, after)| objects::agreement(before, after, &painted, &output)),
        };
        let picture = picture(&output)?;
        let metrics = Metrics {
            pixels: PixelMetrics::of(&picture),
            objects: (shown.as_deref().filter(|_| self.policy.output.objects))
                .map(|seen| objects::counted(seen, Blank::Colours(&mask_colours(&self.policy)), &output)),
            findings: findings.counted.clone(),
            residual: self.left(&residual),
            changed_ppm: utility.changed_ppm,
            outside_error_milli: utility.outside_error_milli,
        };
        let item = ItemReport {
            width: output.width,
            height: output.height,
            findings: findings.counted,
            masks: findings.masks,
            metadata_removed: survey.metadata,
            kept_ppm: covered_ppm(&wishes.keep, output.width, output.height),
            residual,
            utility,
            metrics,
        };
        Ok(Anonymised {
            bytes: written.bytes,
            format,
            item,
            sketch: Sketch::of(&picture),
        })
    }

    /// What the second look and the object net see in a finished JPEG, PNG or WebP file of which nothing else is known.
    /// Where masks were painted is told by their colour alone, and nothing is changed.
    ///
    /// Errors: those of a file that is no photo or too large, and `Inference`.
    pub fn look(&mut self, finished: &[u8]) -> Result<Sighted, AnonymiseError> {
        let format = Format::sniff(finished)?;
        let survey = container::survey(format, finished)?;
        self.check_limits(survey.width, survey.height)?;
        let stored = codec::decode(format, finished, (survey.width, survey.height))?;
        let picture = stored.upright(survey.orientation);
        self.detectors.look_at_finished(&picture, &self.policy)
    }

    /// Zeros for every class that is looked for.
    fn nothing_yet(&self) -> Findings {
        let looked_for = |class: &Class| self.detectors.looks_for(*class);
        Findings {
            counted: (Class::ALL.into_iter().filter(looked_for))
                .map(|class| (class, Counted::default()))
                .collect(),
            masks: Vec::new(),
            areas: Vec::new(),
        }
    }

    /// What is left, by class: zeros for every other class that the second look looks for.
    fn left(&self, residual: &Residual) -> BTreeMap<Class, u32> {
        let looks = |class: &Class| self.detectors.looks_again_for(*class, &self.policy);
        let mut left: BTreeMap<Class, u32> = (Class::ALL.into_iter().filter(looks))
            .map(|class| (class, 0))
            .collect();
        left.extend(&residual.left);
        left
    }

    /// Does with one find of the first look what the policy and the seller's wishes say. Error: `Forbidden`.
    fn treat(
        &self,
        found: &Found,
        exempt: &[Rect],
        kept_objects: &[Rect],
        picture: &Raster,
        findings: &mut Findings,
    ) -> Result<(), AnonymiseError> {
        let treatment = self.policy.treatment(found.class);
        let Some(tight) = grow(found, 0.0, picture) else {
            return Ok(());
        };
        if keep::exempt(found, exempt) {
            findings.note(found, tight, Taken::Kept, None, false);
            return Ok(());
        }
        match treatment.action {
            Action::Refuse => return Err(AnonymiseError::Forbidden { class: found.class }),
            Action::Ignore => {}
            Action::Report => findings.note(found, tight, Taken::Reported, None, false),
            Action::Mask => {
                if let Some(area) = area(found, treatment, kept_objects, picture) {
                    findings.note(found, area.mask, Taken::Masked, Some(area.operator), false);
                    findings.areas.push(area);
                }
            }
        }
        Ok(())
    }

    /// Paints and encodes, decodes what was encoded and looks at that; what is seen is painted over and all is done
    /// again, from the first view on: bytes are let out only when all views of these very bytes showed nothing, or what
    /// they showed is wished for. Errors: `Encode`, `Leftover`, `ResidualFaces`, `Inference`.
    fn write_and_look_again(
        &mut self,
        photo: &Photo,
        wishes: &Wishes,
        noise: &[u8; 32],
        findings: &mut Findings,
        observe: &mut dyn FnMut(Step),
    ) -> Result<(Written, Raster, Residual), AnonymiseError> {
        let mut residual = Residual {
            rotations: self.detectors.turns_of_second_look(&self.policy).into(),
            found: 0,
            left: BTreeMap::new(),
            verdict: Verdict::Clean,
        };
        let mut escalations = 0;
        loop {
            let mut painted = photo.pixels.clone();
            let fills = Fills::of(&photo.pixels, &findings.areas, self.fill.as_mut())?;
            paint(&mut painted, &findings.areas, &fills, noise);
            findings.name(&fills);
            observe(Step::Encode);
            let written = photo.write(&painted, &findings.painted(), &findings.greys())?;
            container::audit(photo.format(), &written.bytes, written.width, written.height)?;

            observe(Step::SecondLook);
            let output = photo.seen(&written)?;
            let (painted_over, blank) = (findings.painted(), findings.blank());
            if let Some(rect) = uncovered(&output, &painted, &findings.replaced()) {
                return Err(AnonymiseError::Encode {
                    format: photo.format().name(),
                    reason: format!(
                        "{} x {} px that were painted over show something",
                        rect.width, rect.height
                    ),
                });
            }
            drop(painted);
            let nothing_to_see = [blank.as_slice(), &wishes.keep].concat();
            let seen = (self.detectors).look_again(
                &output,
                &painted_over,
                Blank::Areas(&nothing_to_see),
                &self.policy,
                Extent::UntilSeen,
            )?;
            if seen.is_empty() {
                return Ok((written, output, residual));
            }
            let count = seen.len() as u32;
            if escalations == self.policy.gate.escalations {
                if wishes.leftovers == Leftovers::Refuse {
                    return Err(AnonymiseError::ResidualFaces { count });
                }
                // Up to here the first thing seen was enough to know; who answers for the rest has to know all of it.
                let all = self.detectors.look_again(
                    &output,
                    &painted_over,
                    Blank::Areas(&nothing_to_see),
                    &self.policy,
                    Extent::Whole,
                )?;
                leave(&all, &wishes.leftovers, &output, &mut residual, findings)?;
                return Ok((written, output, residual));
            }
            escalations += 1;
            residual.found += count;
            residual.verdict = Verdict::CleanAfterEscalation;
            let last = escalations == self.policy.gate.escalations;
            for one in &seen {
                self.paint_over(one, last, &output, findings);
            }
        }
    }

    /// What only the second look saw is painted over with what leaves nothing of it, whatever the policy's operator: one
    /// that leaves something is what was seen through. A mosaic becomes a larger one, and black in the `last` round alone:
    /// mostly the same faces are seen again in every release, and black among mosaics would show which.
    fn paint_over(&self, found: &Found, last: bool, picture: &Raster, findings: &mut Findings) {
        let treatment = self.policy.treatment(found.class);
        if let Some(mask) = grow(found, treatment.margin, picture) {
            let operator = match treatment.operator {
                solid @ Operator::Solid { .. } => solid,
                mosaic @ Operator::Mosaic { .. } if !last => mosaic,
                _ => Operator::Solid { rgb: [0; 3] },
            };
            findings.note(found, mask, Taken::Masked, Some(operator), true);
            findings.areas.push(Area::whole(mask, operator));
        }
    }

    fn check_limits(&self, width: u32, height: u32) -> Result<(), AnonymiseError> {
        let (max_side, max_pixels) = (self.policy.limits.max_side, self.policy.limits.max_pixels);
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

/// Error: `Encode`, for a picture beyond every limit that a policy may set.
fn picture(output: &Raster) -> Result<Picture<'_>, AnonymiseError> {
    Picture::new(output.width, output.height, &output.rgb).map_err(|error| AnonymiseError::Encode {
        format: "RGB",
        reason: error.to_string(),
    })
}

/// Error: `KeptOutside` for a region that is empty or not wholly within the picture.
fn check_within(regions: &[Rect], picture: &Raster) -> Result<(), AnonymiseError> {
    let (width, height) = (picture.width, picture.height);
    let end = |start: u32, length: u32| u64::from(start) + u64::from(length);
    for (at, region) in (1..).zip(regions) {
        let empty = region.width == 0 || region.height == 0;
        let (right, bottom) = (end(region.x, region.width), end(region.y, region.height));
        if empty || right > width.into() || bottom > height.into() {
            return Err(AnonymiseError::KeptOutside {
                position: at,
                width,
                height,
            });
        }
    }
    Ok(())
}

/// Lets stand what the last look saw, if that is wished for. Error: `ResidualFaces`.
fn leave(
    seen: &[Found],
    wished: &Leftovers,
    output: &Raster,
    residual: &mut Residual,
    findings: &mut Findings,
) -> Result<(), AnonymiseError> {
    for one in seen {
        *residual.left.entry(one.class).or_default() += 1;
    }
    let allowed = match wished {
        Leftovers::Refuse => false,
        Leftovers::Exactly(known) => *known == residual.left,
        Leftovers::Show => true,
    };
    if !allowed {
        return Err(AnonymiseError::ResidualFaces {
            count: residual.left.values().sum(),
        });
    }
    residual.verdict = Verdict::Overridden;
    let left = seen.iter().filter_map(|one| Some((one, grow(one, 0.0, output)?)));
    findings.masks.extend(left.map(|(one, rect)| Mask {
        rect,
        class: one.class,
        score: one.score,
        taken: Taken::Left,
        operator: None,
        fill: None,
        escalated: true,
    }));
    Ok(())
}
