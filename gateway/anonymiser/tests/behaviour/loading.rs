use crate::{models_folder, policy, runtime};
use std::path::PathBuf;
use vouchsafe_anonymiser::{Anonymiser, Class, LoadError, Model, ModelSet, Policy};

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
    let names: Vec<&str> = engine.models().iter().map(|model| model.name.as_str()).collect();
    assert_eq!(
        names,
        ["centerface-int8", "blazeface-back", "nanodet-int8", "text"]
    );
    for model in engine.models() {
        assert!(
            ["MIT", "Apache-2.0"].contains(&model.licence.as_str()),
            "{}",
            model.name
        );
        assert!(
            model.sha256.len() == 64 && !model.limits.is_empty(),
            "{}",
            model.name
        );
    }
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
fn a_class_that_is_required_and_has_no_model_is_refused_and_one_that_is_not_is_named() {
    let mut models = ModelSet::load(&models_folder()).unwrap();
    models.objects = None;
    let required = policy(|p| p.classes.person.required = true);
    let error = Anonymiser::new(&runtime(), &models, required).unwrap_err();
    assert!(
        matches!(
            &error,
            LoadError::Missing {
                class: Class::Person,
                model: "nanodet"
            }
        ),
        "{error}"
    );
    let engine = Anonymiser::new(&runtime(), &models, Policy::default()).unwrap();
    assert_eq!(engine.missing(), ["person", "vehicle", "plate"]);
}
