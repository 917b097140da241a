//! Kinds of tampering with documents, photos and ancestors, each refused by the check that is named.

mod house;

use bounded_collections::BoundedVec;
use ed25519_dalek::Signer;
use house::{
    GENESIS, canonical,
    cases::{Cases, reverse, stranger},
    house, manifests, name, sign, signed_note,
};
use serde_json::json;
use vouchsafe_audit::{Kind, Outcome};
use vouchsafe_protocol::{
    bundle::SignedReport,
    id::Digest,
    record::{Grade, Statement},
    report::{report_hash, report_signing_bytes},
};

#[test]
fn report_notes_models_and_metadata() {
    let mut cases = Cases::new();
    cases.bundle("a word of the report changed", &["report-hash"], |house| {
        let document = &mut house.bundle.report.as_mut().unwrap().document;
        let mut text = String::from_utf8(document.to_vec()).unwrap();
        text = text.replace("street", "strict");
        *document = text.into_bytes().try_into().unwrap();
    });
    cases.bundle("the report of another record", &["report-hash"], |house| {
        let mut other = house::report();
        other["output"]["items"] = json!(4);
        let document = canonical(&other);
        let message = report_signing_bytes(&GENESIS, &report_hash(&GENESIS, &document));
        let signature = house.plan.gateway.sign(&message).to_bytes();
        house.bundle.report = Some(SignedReport {
            document: document.try_into().unwrap(),
            signature,
        });
    });
    cases.bundle(
        "the report signed by another gateway",
        &["report-signature"],
        |house| {
            let report = house.bundle.report.as_mut().unwrap();
            let message = report_signing_bytes(&GENESIS, &report_hash(&GENESIS, &report.document));
            report.signature = stranger().sign(&message).to_bytes();
        },
    );
    // A gateway that signs a report which says otherwise than its own statement.
    cases.plan("another number of files", &["report-agrees"], |plan| {
        plan.report["output"]["items"] = json!(4)
    });
    cases.plan("other metrics", &["report-agrees"], |plan| {
        plan.report["output"]["metrics_root"] = json!(Digest([5; 32]));
    });
    cases.plan("a better grade than it earned", &["report-agrees"], |plan| {
        plan.grade = Grade::Disguised
    });
    cases.plan("another input", &["report-agrees"], |plan| {
        plan.report["input"]["commitment"] = json!(Digest([5; 32]));
    });
    cases.plan("no word of the input", &["report-agrees"], |plan| {
        plan.report["input"] = json!({})
    });
    cases.plan("a report of another schema", &["report-agrees"], |plan| {
        plan.report["schema"] = json!("vouchsafe/report/9")
    });
    cases.plan("things left without a note", &["report-notes"], |plan| {
        plan.report["residual"]["found"] = json!(1)
    });
    cases.plan("a note by another gateway", &["report-notes"], |plan| {
        plan.grade = Grade::Disguised;
        plan.report["policy"]["grade"] = json!("disguised");
        plan.report["residual"]["found"] = json!(1);
        plan.report["overrides"] = json!([signed_note(&stranger(), "trust me")]);
    });
    cases.plan(
        "a note and a grade as if there were none",
        &["report-notes"],
        |plan| {
            plan.report["residual"]["found"] = json!(1);
            plan.report["overrides"] = json!([signed_note(&plan.gateway, "a statue")]);
        },
    );
    let manifest = |member: &str, value: &str| {
        let mut manifest = manifests().swap_remove(0);
        manifest[member] = json!(value);
        BoundedVec::truncate_from(canonical(&manifest))
    };
    let replaced = [
        ("the manifest of another model", manifest("sha256", "00")),
        ("a manifest of another name", manifest("name", "oracle")),
        (
            "a manifest of another licence",
            manifest("licence", "GPL-3.0-only"),
        ),
        (
            "a manifest of another precision",
            manifest("precision", "float32"),
        ),
        (
            "a manifest that is none",
            BoundedVec::truncate_from(b"{}".to_vec()),
        ),
    ];
    for (kind, manifest) in replaced {
        cases.bundle(kind, &["models"], |house| house.bundle.models[0] = manifest);
    }
    cases.bundle("a manifest twice", &["models"], |house| {
        house.bundle.models[1] = house.bundle.models[0].clone()
    });
    cases.plan("a report that lists no models", &["models"], |plan| {
        plan.report["models"] = json!("none")
    });
    cases.bundle("another licence in the metadata", &["metadata-hash"], |house| {
        let other = canonical(&json!({ "name": "Three photos", "license": { "name": "MIT" } }));
        house.bundle.metadata = Some(other.try_into().unwrap());
    });
    assert_eq!(cases.0.len(), 20);
}

#[test]
fn the_list_of_files_and_what_is_opened() {
    let mut cases = Cases::new();
    cases.bundle("another name in the list", &["contents"], |house| {
        let document = &mut house.bundle.contents.as_mut().unwrap().document;
        let text = String::from_utf8(document.to_vec())
            .unwrap()
            .replace("000001.jpg", "000009.jpg");
        *document = text.into_bytes().try_into().unwrap();
    });
    cases.bundle("a file left out of the list", &["contents"], |house| {
        let document = &mut house.bundle.contents.as_mut().unwrap().document;
        let mut list: serde_json::Value = serde_json::from_slice(document).unwrap();
        list["items"].as_array_mut().unwrap().pop();
        *document = canonical(&list).try_into().unwrap();
    });
    cases.bundle("a photo in the place of the list", &["contents"], |house| {
        house.bundle.contents.as_mut().unwrap().opening = house.bundle.openings[0].clone();
    });
    cases.bundle("the list without the right path", &["contents"], |house| {
        let chunk = &mut house.bundle.contents.as_mut().unwrap().opening.chunks[0];
        chunk.path = house.bundle.openings[0].chunks[0].path.clone();
    });
    cases.bundle("photos opened without a list", &["contents"], |house| {
        house.bundle.contents = None
    });
    cases.bundle("another salt", &["item"], |house| {
        house.bundle.openings[1].chunks[1].salt[0] ^= 1
    });
    cases.bundle("another ciphertext", &["item"], |house| {
        house.bundle.openings[1].chunks[0].ciphertext.0[0] ^= 1
    });
    cases.bundle("a sibling's path in an opening", &["item"], |house| {
        let chunks = &mut house.bundle.openings[1].chunks;
        chunks[0].path = chunks[1].path.clone();
    });
    cases.bundle("chunks in another order", &["item"], |house| {
        reverse(&mut house.bundle.openings[1].chunks)
    });
    cases.bundle("a chunk left out", &["item"], |house| {
        house.bundle.openings[1].chunks.pop();
    });
    cases.bundle("the opening of another item", &["item", "item"], |house| {
        let (one, other) = (
            house.bundle.openings[0].chunks.clone(),
            house.bundle.openings[1].chunks.clone(),
        );
        house.bundle.openings[0].chunks = other;
        house.bundle.openings[1].chunks = one;
    });
    cases.bundle("an item that the list does not have", &["item"], |house| {
        house.bundle.openings[1].item = 9
    });
    assert_eq!(cases.0.len(), 12);
}

#[test]
fn files_that_are_brought() {
    let house = house();
    let photo = house.plan.photos[0].clone();
    let mut flipped = photo.clone();
    flipped[40_000] ^= 1;
    let longer = [photo.as_slice(), &[0]].concat();
    for (kind, name, bytes, why) in [
        ("one bit of the photo", name(1), flipped.clone(), "other bytes"),
        ("a byte more", name(1), longer, "other bytes"),
        ("a byte less", name(1), photo[1..].to_vec(), "other bytes"),
        ("a foreign photo", "mine.jpg".into(), flipped, "no item"),
        ("no byte at all", "empty".into(), Vec::new(), "no item"),
    ] {
        let verdict = house.verdict_of(&house.file(), &[(name, bytes)]);
        let failed: Vec<_> = verdict.failed().collect();
        assert_eq!(failed.len(), 1, "{kind}");
        assert_eq!(failed[0].kind, Kind::Item, "{kind}");
        assert!(
            matches!(&failed[0].outcome, Outcome::Failed(reason) if reason.to_string().contains(why)),
            "{kind}"
        );
        assert!(!verdict.sound && !verdict.shown, "{kind}");
    }
}

#[test]
fn the_lineage() {
    let mut cases = Cases::new();
    cases.bundle("a parent's statement changed", &["lineage"], |house| {
        house.bundle.ancestors[0].statement.items += 1
    });
    cases.bundle("a parent signed by nobody", &["lineage"], |house| {
        house.bundle.ancestors[0].signature[9] ^= 1
    });
    cases.bundle("a parent with another key", &["lineage"], |house| {
        house.bundle.ancestors[1].key = stranger().verifying_key().to_bytes();
    });
    cases.bundle("a foreign ancestor", &["lineage"], |house| {
        let statement = Statement {
            items: 77,
            ..house.bundle.record.statement.clone()
        };
        house
            .bundle
            .ancestors
            .try_push(sign(statement, &stranger()))
            .unwrap();
    });
    cases.bundle("grandparents before parents", &["lineage"], |house| {
        reverse(&mut house.bundle.ancestors)
    });
    assert_eq!(cases.0.len(), 5);
}
