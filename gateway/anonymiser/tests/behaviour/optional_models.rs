//! Models that may be absent: what is missing is told, and what is there must be right.

use crate::loading::copied;
use crate::models_folder;
use std::path::{Path, PathBuf};
use vouchsafe_anonymiser::{LoadError, ModelSet};

/// A folder with the face detector and a manifest, changed by `edit`; and with its weights where they are shipped.
fn folder(test: &str, manifest: &str, edit: impl Fn(String) -> String) -> PathBuf {
    let folder = copied(&format!("optional-{test}"), |manifest| manifest);
    let text = std::fs::read_to_string(models_folder().join(manifest)).unwrap();
    std::fs::write(folder.join(manifest), edit(text)).unwrap();
    let weights = weights(manifest);
    if models_folder().join(&weights).exists() {
        std::fs::copy(models_folder().join(&weights), folder.join(&weights)).unwrap();
    }
    folder
}

/// The file that a shipped manifest names.
fn weights(manifest: &str) -> PathBuf {
    let text = std::fs::read_to_string(models_folder().join(manifest)).unwrap();
    let line = text.lines().find(|line| line.contains("\"file\":")).unwrap();
    Path::new(line.split('"').nth(3).unwrap()).into()
}

fn remove(folder: PathBuf) {
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_shipped_set_lacks_nothing_but_the_plate_net_that_it_may_not_hold() {
    let models = ModelSet::load(&models_folder()).unwrap();
    let name = |model: &Option<vouchsafe_anonymiser::Model>| {
        model
            .as_ref()
            .map(|model| model.manifest.name.clone())
            .unwrap_or_default()
    };
    assert_eq!(name(&models.objects), "nanodet-int8");
    assert_eq!(name(&models.text), "text");
    for model in [&models.objects, &models.text].into_iter().flatten() {
        assert!(model.manifest.shipped && !model.manifest.limits.is_empty());
    }
    match &models.plates {
        // Somebody placed the file.
        Some(plates) => assert!(!plates.manifest.shipped),
        None => assert!(
            models.missing.contains(&"clp-det".to_owned()),
            "{:?}",
            models.missing
        ),
    }
}

#[test]
fn models_that_are_not_there_are_named() {
    let only_faces = copied("only-faces", |manifest| manifest);
    let models = ModelSet::load(&only_faces).unwrap();
    assert!(models.objects.is_none() && models.text.is_none() && models.plates.is_none());
    for name in ["nanodet", "text", "plates"] {
        assert!(
            models.missing.contains(&name.to_owned()),
            "{name}: {:?}",
            models.missing
        );
    }
    remove(only_faces);

    let no_weights = folder("no-weights", "text.json", |manifest| manifest);
    std::fs::remove_file(no_weights.join(weights("text.json"))).unwrap();
    let models = ModelSet::load(&no_weights).unwrap();
    assert!(models.text.is_none() && models.missing.contains(&"text".to_owned()));
    remove(no_weights);
}

#[test]
fn an_optional_model_that_differs_from_its_manifest_is_an_error_and_not_missing() {
    for manifest in ["nanodet.json", "text.json", "plates.json"] {
        let folder = folder(&format!("digest-{manifest}"), manifest, |manifest| manifest);
        std::fs::write(folder.join(weights(manifest)), b"something else").unwrap();
        let error = ModelSet::load(&folder).unwrap_err();
        assert!(matches!(error, LoadError::Digest { .. }), "{manifest}: {error}");
        remove(folder);
    }
}

#[test]
fn an_optional_manifest_with_an_unknown_key_or_no_sense_is_refused() {
    for (manifest, from, to, told) in [
        (
            "nanodet.json",
            "\"net\": {",
            "\"colour\": 1, \"net\": {",
            "colour",
        ),
        ("nanodet.json", "\"overlap\"", "\"overlaps\"", "overlaps"),
        ("nanodet.json", "[8, 16, 32]", "[0, 16, 32]", "stride"),
        ("nanodet.json", "[8, 16, 32]", "[16, 8, 32]", "strides"),
        ("nanodet.json", "[8, 16, 32]", "[8, 16, 64]", "stride"),
        ("nanodet.json", "[8, 16, 32]", "[]", "strides"),
        ("nanodet.json", "[416, 640]", "[640, 416]", "long_side"),
        ("nanodet.json", "[416, 640]", "[416, 100000]", "long_side"),
        (
            "nanodet.json",
            "\"multiple_of\": 32",
            "\"multiple_of\": 0",
            "multiple_of",
        ),
        ("nanodet.json", "\"overlap\": 0.5", "\"overlap\": 1.5", "overlap"),
        ("text.json", "\"dbnet\"", "\"crystal-ball\"", "crystal-ball"),
        ("text.json", "\"pixel\": 0.3", "\"pixel\": -0.1", "pixel"),
        ("text.json", "\"thinnest\": 3.0", "\"thinnest\": 99.0", "thinnest"),
        ("text.json", "\"unclip\": 1.6", "\"unclip\": 5.0", "unclip"),
        ("plates.json", "\"stride\": 8", "\"stride\": 7", "stride"),
        ("plates.json", "[24, 48]", "[]", "sides"),
        ("plates.json", "[24, 48]", "[0, 48]", "sides"),
        ("plates.json", "\"overlap\": 0.4", "\"overlap\": -1", "overlap"),
    ] {
        let folder = folder("refused", manifest, |text| {
            assert!(text.contains(from), "{manifest} holds {from}");
            text.replacen(from, to, 1)
        });
        let error = ModelSet::load(&folder).unwrap_err();
        assert!(
            matches!(error, LoadError::Manifest { .. }),
            "{manifest}, {to}: {error}"
        );
        assert!(error.to_string().contains(told), "{manifest}, {to}: {error}");
        remove(folder);
    }
}
