//! One photo through all steps. No clock, no randomness, no I/O: the same input, policy, models and key give the same
//! bytes on the same build and processor family.

use crate::container;
use crate::detectors::Detectors;
use crate::error::{AnonymiseError, LoadError};
use crate::format::Format;
use crate::found::{Class, Found};
use crate::look::Extent;
use crate::model::{ModelInfo, ModelSet};
use crate::photo::{Photo, Written};
use crate::policy::{Action, Operator, Policy};
use crate::raster::Raster;
use crate::redact::{Area, grow, keep, paint, seed};
use crate::report::{
    Anonymised, Counted, ItemReport, Mask, Metrics, Rect, Residual, Taken, Utility, Verdict,
};
use crate::runtime::Runtime;
use crate::utility::{covered_ppm, outside_error_milli};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

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
    /// Parts of the upright photo, in pixels, in which nothing is masked: a statue, an actor who agreed. What lies in them
    /// is in the report.
    pub keep: Vec<Rect>,
}

/// The pipeline with its sessions. One per worker thread: it is [`Send`], and a run takes one core.
pub struct Anonymiser {
    detectors: Detectors,
    policy: Policy,
    digest: [u8; 32],
    models: Vec<ModelInfo>,
    provider: &'static str,
    noise_key: [u8; 32],
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

    /// Where nothing of the photo is left.
    fn blank(&self) -> Vec<Rect> {
        let solid = |area: &&Area<'_>| matches!(area.operator, Operator::Solid { .. });
        (self.areas.iter().filter(solid))
            .flat_map(|area| area.parts.iter().copied())
            .collect()
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
        Ok(Self {
            models: detectors.models(models),
            provider: runtime.device().name(),
            digest: policy.digest(),
            noise_key: [0; 32],
            detectors,
            policy,
        })
    }

    /// The key of what a mosaic is drawn from. Whoever knows it, has the file and knows the policy can tell what was drawn.
    #[must_use]
    pub fn with_noise_key(mut self, key: [u8; 32]) -> Self {
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

    /// The execution provider that runs the models: a session with another one is not opened, so nothing falls back.
    pub fn provider(&self) -> &str {
        self.provider
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

        observe(Step::Detect);
        let (found, kept_objects) = self.detectors.find(&photo.pixels, &self.policy)?;

        observe(Step::Replace);
        let noise: [u8; 32] = Sha256::new()
            .chain_update(self.noise_key)
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
            self.write_and_look_again(&photo, &wishes.keep, &noise, &mut findings, observe)?;

        observe(Step::Measure);
        let painted = findings.painted();
        let luma = output.luma();
        let (units, compared) = match photo.compared(&written) {
            Some((units, pixels)) => (Some(units), Some(pixels)),
            None => (None, None),
        };
        let compared = compared.as_ref().unwrap_or(&output);
        let utility = Utility {
            changed_ppm: covered_ppm(&painted, output.width, output.height),
            outside_error_milli: outside_error_milli(&photo.pixels, compared, &painted),
            units,
            agreement: (self.policy.output.agreement)
                .then(|| self.detectors.agreement(&photo.pixels, &output, &painted))
                .transpose()?
                .flatten(),
        };
        let metrics = Metrics {
            width: output.width,
            height: output.height,
            findings: findings.counted.clone(),
            residual: 0,
            sharpness: luma.sharpness(),
            exposure: luma.exposure(),
            changed_ppm: utility.changed_ppm,
            outside_error_milli: utility.outside_error_milli,
        };
        let item = ItemReport {
            width: metrics.width,
            height: metrics.height,
            findings: findings.counted,
            masks: findings.masks,
            metadata_removed: survey.metadata,
            residual,
            utility,
            metrics,
        };
        Ok(Anonymised {
            bytes: written.bytes,
            format,
            item,
        })
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
                let masked = keep::masked(found, treatment.margin, kept_objects, picture);
                if let Some((mask, parts)) = masked {
                    let operator = treatment.operator;
                    findings.note(found, mask, Taken::Masked, Some(operator), false);
                    findings.areas.push(Area {
                        parts,
                        ..Area::whole(mask, operator)
                    });
                }
            }
        }
        Ok(())
    }

    /// Paints and encodes, decodes what was encoded and looks at that; what is seen is painted over and all is done
    /// again, from the first view on: bytes are let out only when all views of these very bytes showed nothing. Errors:
    /// `Encode`, `Leftover`, `ResidualFaces`, `Inference`.
    fn write_and_look_again(
        &mut self,
        photo: &Photo,
        exempt: &[Rect],
        noise: &[u8; 32],
        findings: &mut Findings,
        observe: &mut dyn FnMut(Step),
    ) -> Result<(Written, Raster, Residual), AnonymiseError> {
        let mut residual = Residual {
            rotations: self.policy.gate.views.turns.into(),
            found: 0,
            verdict: Verdict::Clean,
        };
        let mut escalations = 0;
        loop {
            let mut painted = photo.pixels.clone();
            paint(&mut painted, &findings.areas, noise);
            observe(Step::Encode);
            let written = photo.write(&painted, &findings.painted())?;
            container::audit(photo.format(), &written.bytes, written.width, written.height)?;

            observe(Step::SecondLook);
            let output = photo.seen(&written)?;
            let blank = [findings.blank().as_slice(), exempt].concat();
            let seen = (self.detectors).look_again(&output, &blank, &self.policy, Extent::UntilSeen)?;
            if seen.is_empty() {
                return Ok((written, output, residual));
            }
            let count = seen.len() as u32;
            if escalations == self.policy.gate.escalations {
                return Err(AnonymiseError::ResidualFaces { count });
            }
            escalations += 1;
            residual.found += count;
            residual.verdict = Verdict::CleanAfterEscalation;
            for one in &seen {
                self.paint_over(one, &painted, findings);
            }
        }
    }

    /// What only the second look saw is filled, whatever the policy's operator: an operator that leaves something is
    /// what was seen through.
    fn paint_over(&self, found: &Found, picture: &Raster, findings: &mut Findings) {
        let treatment = self.policy.treatment(found.class);
        if let Some(mask) = grow(found, treatment.margin, picture) {
            let operator = match treatment.operator {
                solid @ Operator::Solid { .. } => solid,
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
