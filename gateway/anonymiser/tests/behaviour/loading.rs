use crate::{models_folder, policy, runtime};
use std::path::PathBuf;
use vouchsafe_anonymiser::{Action, Anonymiser, JpegPath, LoadError, Model, ModelSet, Policy};

/// A copy of the shipped model in a folder of its own, with its manifest changed by `edit`.
pub fn copied(name: &str, edit: impl Fn(String) -> String) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("vouchsafe-anonymiser-{}-{name}", std::process::id()));
    std::fs::create_dir_all(folder.join("weights")).unwrap();
    let shipped = ModelSet::load(&models_folder()).unwrap().faces.manifest.file;
    std::fs::copy(models_folder().join(&shipped), folder.join(&shipped)).unwrap();
    let manifest = std::fs::read_to_string(models_folder().join("centerface.json")).unwrap();
    std::fs::write(folder.join("centerface.json"), edit(manifest)).unwrap();
    folder
}

#[test]
fn the_shipped_models_load_and_say_what_they_are() {
    let models = ModelSet::load(&models_folder()).unwrap();
    let engine = Anonymiser::new(&runtime(), &models, Policy::default()).unwrap();
    assert_eq!(engine.provider(), "cpu");
    let [model] = engine.models() else {
        panic!("one model")
    };
    assert_eq!((model.licence.as_str(), model.sha256.len()), ("MIT", 64));
    assert!(!model.limits.is_empty());
    let shipped = Policy::default();
    let thresholds = &models.faces.manifest.threshold;
    assert_eq!(
        (thresholds.detect, thresholds.residual),
        (shipped.classes.face.threshold, shipped.gate.faces)
    );
}

#[test]
fn weights_that_differ_from_the_manifest_are_not_used() {
    let folder = copied("digest", |manifest| manifest);
    let weights = folder.join(ModelSet::load(&folder).unwrap().faces.manifest.file);
    let mut bytes = std::fs::read(&weights).unwrap();
    bytes[1000] ^= 1;
    std::fs::write(&weights, bytes).unwrap();
    let error = ModelSet::load(&folder).unwrap_err();
    assert!(matches!(error, LoadError::Digest { .. }), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_manifest_with_an_unknown_key_or_no_sense_is_refused() {
    for (name, from, to) in [
        ("key", "\"name\":", "\"colour\": \"red\",\n  \"name\":"),
        ("stride", "\"stride\": 4", "\"stride\": 0"),
    ] {
        let folder = copied(name, |manifest| manifest.replacen(from, to, 1));
        let error = ModelSet::load(&folder).unwrap_err();
        assert!(matches!(error, LoadError::Manifest { .. }), "{error}");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn a_model_without_the_outputs_of_its_manifest_is_refused() {
    let folder = copied("output", |manifest| manifest.replacen("\"537\"", "\"heat\"", 1));
    let models = ModelSet::load(&folder).unwrap();
    let error = Anonymiser::new(&runtime(), &models, Policy::default()).unwrap_err();
    assert!(matches!(error, LoadError::Model { .. }), "{error}");
    assert!(error.to_string().contains("heat"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_missing_manifest_is_named() {
    let error = Model::load(&models_folder().join("absent.json")).unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }));
    assert!(error.to_string().contains("absent.json"), "{error}");
}

#[test]
fn an_impossible_policy_is_refused() {
    let models = ModelSet::load(&models_folder()).unwrap();
    let policy = policy(|p| p.classes.face.threshold = f32::NAN);
    let error = Anonymiser::new(&runtime(), &models, policy).unwrap_err();
    assert!(matches!(error, LoadError::Policy(_)), "{error}");
}

#[test]
fn a_policy_that_asks_for_what_the_pipeline_cannot_do_is_refused_with_its_key() {
    let models = ModelSet::load(&models_folder()).unwrap();
    let wanting = [
        (
            policy(|p| p.classes.plate.required = true),
            "classes.plate.required",
        ),
        (
            policy(|p| p.classes.face.action = Action::Refuse),
            "classes.face.action",
        ),
        (policy(|p| p.views.tile = 640), "views.tile"),
        (policy(|p| p.output.jpeg = JpegPath::Coefficients), "output.jpeg"),
    ];
    for (policy, key) in wanting {
        let error = Anonymiser::new(&runtime(), &models, policy).unwrap_err();
        assert!(matches!(error, LoadError::Policy(_)), "{error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}
