use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use vouchsafe_anonymiser::{
    Action, AnonymiseError as EngineError, Anonymiser as Engine, Class, Counted, Device, Format,
    Grade as EngineGrade, ItemReport, Leftovers as EngineLeftovers, LoadError, Mask, ModelSet, Policy, Rect,
    Runtime, Sighted, SizeHistogram, Treatment, Wishes,
};
use vouchsafe_protocol::{bundle::MAX_PART, hash::sha256, record::Grade};

use crate::{
    domain::{
        Agreement, Area, ClassFindings, ClassPolicy, Findings, Isolation, Leftovers, Media, Model,
        PhotoWishes, Pipeline, Reason, Region, SecondDetector, SecondLook, Units, Utility, canonical_json,
    },
    keys::NoiseKey,
    ports::{AnonymiseError, Anonymiser, Cleaned, Onlooker, Seen},
};

/// A variable that has to be in the environment when the library is loaded. Without it the wheel's build of ONNX Runtime
/// 1.31.1 keeps a device number and a database of its use in `~/.cache/Microsoft/DeveloperTools`, and runs a thread that
/// sends it to its maker (`onnxruntime/core/platform/telemetry_1ds.cc`); switching events off later, as `ort` does, comes
/// after that.
pub const QUIET_RUNTIME: &str = "ORT_DISABLE_TELEMETRY";

/// Where library and models are, and what they shall do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnnxSettings {
    /// Path of the ONNX Runtime library; `None` looks where `scripts/setup` puts it.
    pub library: Option<PathBuf>,
    /// Folder with the models' manifests; `None` looks for `models/` in the working directory and above it.
    pub models: Option<PathBuf>,
    pub policy: Policy,
    /// Where the nets run.
    pub device: Device,
    /// Not among what is written down.
    #[serde(skip)]
    pub noise: NoiseKey,
}

impl OnnxSettings {
    /// The same with library and models named by absolute paths, found as [`OnnxAnonymiser::open`] finds them: for a
    /// process that has neither this working directory nor this environment. Error: `LibraryNotFound`.
    pub fn located(&self) -> Result<Self, LoadError> {
        let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
        Ok(Self {
            library: Some(absolute(Runtime::discover(self.library.as_deref())?)),
            models: Some(absolute(self.models_folder())),
            policy: self.policy.clone(),
            device: self.device,
            noise: self.noise.clone(),
        })
    }

    /// The manifests of these models, byte for byte, from the models' folder; one that is not there, or longer than a
    /// bundle takes, is left out.
    pub fn manifests(&self, models: &[Model]) -> Vec<Vec<u8>> {
        #[derive(serde::Deserialize)]
        struct Named {
            sha256: String,
        }
        let is_wanted = |bytes: &[u8]| {
            let named: Option<Named> = serde_json::from_slice(bytes).ok();
            named.is_some_and(|named| models.iter().any(|model| model.sha256 == named.sha256))
        };
        let Ok(entries) = std::fs::read_dir(self.models_folder()) else {
            return Vec::new();
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        paths
            .into_iter()
            .filter_map(|path| std::fs::read(path).ok())
            .filter(|bytes| bytes.len() <= MAX_PART as usize && is_wanted(bytes))
            .collect()
    }

    fn models_folder(&self) -> PathBuf {
        let named = self.models.clone().or_else(models_nearby);
        named.unwrap_or_else(|| PathBuf::from("models"))
    }
}

/// The neural pipeline behind the port: one ONNX session.
#[derive(Debug)]
pub struct OnnxAnonymiser {
    engine: Engine,
    pipeline: Pipeline,
}

impl OnnxAnonymiser {
    /// Opens `sessions` of them, one per thread that will use one, from one library and one reading of the models.
    pub fn open(settings: &OnnxSettings, sessions: usize) -> Result<Vec<Self>, LoadError> {
        let runtime = Runtime::load(&Runtime::discover(settings.library.as_deref())?)?.on(settings.device);
        let models = ModelSet::load(&settings.models_folder())?;
        (0..sessions)
            .map(|_| {
                let engine = Engine::new(&runtime, &models, settings.policy.clone())?;
                Ok(Self::over(engine.with_noise_key(settings.noise.expose().clone())))
            })
            .collect()
    }

    fn over(engine: Engine) -> Self {
        let pipeline = describe(&engine);
        Self { engine, pipeline }
    }
}

/// `models/` of the working directory or of the nearest folder above it that has one.
fn models_nearby() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join("models"))
        .find(|folder| is_models(folder))
}

fn is_models(folder: &Path) -> bool {
    folder.join("centerface.json").is_file()
}

fn describe(engine: &Engine) -> Pipeline {
    let policy = engine.policy();
    let models: Vec<Model> = engine
        .models()
        .iter()
        .map(|info| Model {
            name: info.name.clone(),
            sha256: info.sha256.clone(),
            licence: info.licence.clone(),
            precision: info.precision.clone(),
        })
        .collect();
    let mut limits: Vec<String> = engine
        .models()
        .iter()
        .flat_map(|info| info.limits.iter().cloned())
        .collect();
    limits.dedup();
    // Policy and models decide every output byte, so both are under the digest that the chain announces.
    let identity = serde_json::json!({
        "models": engine.models().iter().map(|info| info.sha256.as_str()).collect::<Vec<_>>(),
        "policy": policy.id(),
        "schema": "vouchsafe/pipeline/2",
    });
    let identity = canonical_json(&identity).expect("strings have a canonical form; qed");
    let second_look = engine.second_look().into_iter();
    Pipeline {
        version: env!("CARGO_PKG_VERSION").into(),
        provider: engine.provider().into(),
        isolation: Isolation::default(),
        digest: sha256(&identity),
        grade: match policy.grade() {
            EngineGrade::Anonymous => Grade::Anonymous,
            EngineGrade::Disguised => Grade::Disguised,
        },
        policy: policy.name.clone(),
        classes: Class::ALL
            .into_iter()
            .filter_map(|class| Some((class.name().to_owned(), class_policy(policy.treatment(class))?)))
            .collect(),
        models,
        manifests: Vec::new(),
        second_look: second_look
            .map(|(name, threshold)| SecondDetector {
                name,
                threshold_milli: milli(threshold),
            })
            .collect(),
        missing: engine.missing().to_vec(),
        limits,
    }
}

/// `None` for a class that is not looked for.
fn class_policy(treatment: &Treatment) -> Option<ClassPolicy> {
    let action = match treatment.action {
        Action::Ignore => return None,
        Action::Mask => "mask",
        Action::Report => "report",
        Action::Refuse => "refuse",
    };
    Some(ClassPolicy {
        action: action.into(),
        operator: treatment.operator.name().into(),
        threshold_milli: milli(treatment.threshold),
        margin_milli: milli(treatment.margin),
    })
}

fn milli(threshold: f32) -> u32 {
    (threshold * 1_000.0).round() as u32
}

impl Anonymiser for OnnxAnonymiser {
    fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        let cleaned = self.engine.anonymise_with(raw, &wished(wishes), &mut |_| {});
        let cleaned = cleaned.map_err(failed)?;
        let item = cleaned.item;
        let metrics = String::from_utf8(item.metrics.row())
            .map_err(|_| AnonymiseError::Engine("a metrics row is not UTF-8".into()))?;
        Ok(Cleaned {
            bytes: cleaned.bytes,
            media: match cleaned.format {
                Format::Jpeg => Media::Jpeg,
                Format::Png => Media::Png,
                Format::Webp => Media::Webp,
            },
            findings: findings(&item),
            areas: item.masks.iter().map(area).collect(),
            second_look: SecondLook {
                replaced_late: item.residual.found,
                left: (item.residual.left.iter())
                    .map(|(class, count)| (class.name().to_owned(), u64::from(*count)))
                    .collect(),
            },
            utility: utility(&item),
            metadata_removed: item.metadata_removed,
            metrics,
            sketch: cleaned.sketch,
        })
    }
}

impl Onlooker for OnnxAnonymiser {
    fn look(&mut self, finished: &[u8]) -> Result<Seen, AnonymiseError> {
        let Sighted {
            width,
            height,
            objects,
            residual,
        } = self.engine.look(finished).map_err(failed)?;
        Ok(Seen {
            width,
            height,
            objects,
            residual: (residual.iter())
                .map(|(class, count)| (class.name().to_owned(), *count))
                .collect(),
        })
    }
}

fn failed(error: EngineError) -> AnonymiseError {
    match error {
        EngineError::Inference { .. } => AnonymiseError::Engine(error.to_string()),
        refused => AnonymiseError::Refused(Reason::new(refused.code(), refused.to_string())),
    }
}

fn findings(item: &ItemReport) -> Findings {
    let class = |counted: &Counted| ClassFindings {
        found: counted.found.into(),
        masked: counted.masked.into(),
        reported: counted.reported.into(),
        kept: counted.kept.into(),
        sizes: sizes(&counted.sizes),
    };
    (item.findings.iter())
        .map(|(name, counted)| (name.name().to_owned(), class(counted)))
        .collect()
}

fn area(mask: &Mask) -> Area {
    Area {
        x: mask.rect.x,
        y: mask.rect.y,
        width: mask.rect.width,
        height: mask.rect.height,
        class: mask.class.name().into(),
        score_milli: milli(mask.score),
        action: mask.taken.name().into(),
        operator: mask.operator.map(|operator| operator.name().into()),
        fill: mask.fill.map(|fill| fill.name().into()),
        escalated: mask.escalated,
    }
}

/// In the engine's words. A class that it does not know was never seen by it, so that the photo stays refused.
fn wished(wishes: &PhotoWishes) -> Wishes {
    let keep = wishes.keep.iter().map(|region| {
        let Region { x, y, width, height } = *region;
        Rect { x, y, width, height }
    });
    let known = |name: &str| Class::ALL.into_iter().find(|class| class.name() == name);
    Wishes {
        keep: keep.collect(),
        leftovers: match &wishes.leftovers {
            Leftovers::Refuse => EngineLeftovers::Refuse,
            Leftovers::Show => EngineLeftovers::Show,
            Leftovers::Exactly(left) => (left.iter())
                .map(|(name, count)| Some((known(name)?, u32::try_from(*count).ok()?)))
                .collect::<Option<_>>()
                .map_or(EngineLeftovers::Refuse, EngineLeftovers::Exactly),
        },
    }
}

fn utility(item: &ItemReport) -> Utility {
    let told = &item.utility;
    Utility {
        kept_ppm: item.kept_ppm,
        changed_ppm: told.changed_ppm,
        outside_error_milli: told.outside_error_milli,
        units: told.units.map(|units| Units {
            all: units.all.into(),
            identical: units.identical.into(),
        }),
        agreement: told.agreement.map(|agreement| Agreement {
            before: agreement.before.into(),
            after: agreement.after.into(),
            same: agreement.same.into(),
        }),
    }
}

/// The sizes that anything has, by their lower bound in pixels.
fn sizes(histogram: &SizeHistogram) -> std::collections::BTreeMap<String, u64> {
    let sizes = [
        ("under_10", histogram.under_10),
        ("from_10", histogram.from_10),
        ("from_16", histogram.from_16),
        ("from_24", histogram.from_24),
        ("from_48", histogram.from_48),
        ("from_96", histogram.from_96),
    ];
    sizes
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(size, count)| (size.to_owned(), count.into()))
        .collect()
}
