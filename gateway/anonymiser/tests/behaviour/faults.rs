//! What is this machine's fault and not the photo's: nothing is let out, and the uploader is not blamed.

use crate::craft::Picture;
use crate::{anonymiser, loading::copied, net, policy, runtime};
use sha2::{Digest, Sha256};
use std::path::Path;
use vouchsafe_anonymiser::{AnonymiseError, Anonymiser, LoadError, ModelSet, Policy};

fn fault(folder: &Path) -> AnonymiseError {
    let models = ModelSet::load(folder).unwrap();
    let mut engine = Anonymiser::new(&runtime(), &models, Policy::default()).unwrap();
    let error = engine
        .anonymise(&Picture::astronaut().png())
        .expect_err("this model cannot have looked at the photo");
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(error.code(), "inference_failed", "{error}");
    assert!(!error.is_input_fault(), "{error}");
    error
}

#[test]
fn a_net_whose_planes_have_another_size_than_its_manifest_says_fails_the_photo() {
    let folder = copied("planes", |manifest| {
        manifest.replacen("\"stride\": 4", "\"stride\": 8", 1)
    });
    let error = fault(&folder);
    assert!(
        matches!(&error, AnonymiseError::Inference { reason } if reason.contains("has the shape")),
        "{error}"
    );
}

/// A folder with a net of our own that takes patches of `patch` bytes.
fn made(name: &str, patch: u8) -> std::path::PathBuf {
    let weights = net::that_gives_no_numbers(patch);
    let digest = hex::encode(Sha256::digest(&weights));
    let folder = copied(name, |_| {
        format!(
            r#"{{
            "name": "made by a test", "task": "face-detection", "file": "weights/made.onnx", "sha256": "{digest}",
            "licence": "none", "source": "a test", "precision": "float32",
            "net": {{
                "kind": "centerface", "input": "patches", "multiple_of": 32,
                "heatmap": "heat", "scale": "scale", "offset": "offset", "stride": 2,
                "fit": {{ "width": 1, "height": 1 }}, "overlap": 0.3
            }},
            "threshold": {{ "detect": 0.1, "residual": 0.35 }}, "limits": []
            }}"#
        )
    });
    std::fs::write(folder.join("weights/made.onnx"), weights).unwrap();
    folder
}

#[test]
fn a_net_that_gives_no_numbers_fails_the_photo_instead_of_finding_no_face() {
    let error = fault(&made("numbers", 28));
    assert!(
        matches!(&error, AnonymiseError::Inference { reason } if reason.contains("not finite")),
        "{error}"
    );
}

#[test]
fn a_net_that_takes_something_else_than_patches_is_refused() {
    let folder = made("input", 27);
    let models = ModelSet::load(&folder).unwrap();
    let error = Anonymiser::new(&runtime(), &models, Policy::default()).unwrap_err();
    assert!(
        matches!(&error, LoadError::Model { reason, .. } if reason.contains("wanted patches of 28 bytes")),
        "{error}"
    );
    std::fs::remove_dir_all(folder).unwrap();
}

/// `Encode` has no photo that causes it: what a reader takes, the writer of the same format takes too, up to the
/// longest side that the reader takes.
#[test]
fn whatever_can_be_read_can_be_written_up_to_the_longest_side() {
    let mut engine = anonymiser(policy(|p| p.limits.max_side = 70_000));
    for (side, input) in [
        (65_535, Picture::sky(65_535, 2).jpeg()),
        // The format could state 16,384; the reader takes that for nothing, and refuses.
        (16_383, Picture::sky(16_383, 2).webp()),
        (70_000, Picture::sky(70_000, 2).png()),
    ] {
        let done = engine.anonymise(&input).unwrap();
        assert_eq!((done.item.width, done.item.height), (side, 2));
    }
}
