//! Metadata documents, byte for byte: `scripts/test.d/foreign-readers` reads the same files with MLCommons' own program.

use std::collections::BTreeMap;

use serde_json::Value;
use vouchsafe_documents::{dcat, terms::Derivation};
use vouchsafe_evaluation::Label;
use vouchsafe_gateway::domain::{
    ClassPolicy, DatasetDraft, DatasetRefusal, Described, Findings, Isolation, ItemRow, Kept, LicenceDraft,
    Media, Model, NewDataset, ParentDraft, Pipeline, SecondDetector, SecondLook, Timestamp, Utility,
    canonical_json, metadata_document,
};
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, OfferId, RecordId},
    record::Grade,
};

/// Compares with a committed file. Where they differ, what is made now lies in the target folder, to be looked at.
fn same_as_golden(name: &str, made: &[u8]) {
    let golden = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    let now = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&now, made).unwrap();
    let golden = std::fs::read(golden).unwrap_or_default();
    assert!(made == golden, "{name} has changed; it is now {now}");
}

fn pipeline() -> Pipeline {
    let class = |action: &str, threshold_milli| ClassPolicy {
        action: action.into(),
        operator: "solid".into(),
        threshold_milli,
        margin_milli: 350,
    };
    Pipeline {
        version: "0.1.0".into(),
        provider: "cpu".into(),
        isolation: Isolation {
            layers: vec![
                "process".into(),
                "landlock".into(),
                "rlimits".into(),
                "seccomp".into(),
            ],
            complete: true,
        },
        digest: Digest([0xd1; 32]),
        grade: Grade::Anonymous,
        policy: "street".into(),
        classes: BTreeMap::from([
            ("code".into(), class("refuse", 500)),
            ("face".into(), class("mask", 120)),
            ("plate".into(), class("mask", 355)),
            ("text".into(), class("report", 1_000)),
        ]),
        models: vec![
            Model {
                name: "centerface".into(),
                sha256: "c0".repeat(32),
                licence: "MIT".into(),
                precision: "int8".into(),
            },
            Model {
                name: "plates".into(),
                sha256: "91".repeat(32),
                licence: "Apache-2.0".into(),
                precision: "float32".into(),
            },
        ],
        second_look: vec![SecondDetector {
            name: "blazeface".into(),
            threshold_milli: 350,
        }],
        manifests: Vec::new(),
        missing: vec!["person".into()],
        limits: vec!["Faces smaller than 8 pixels are often missed.".into()],
    }
}

fn row(media: Media) -> ItemRow {
    ItemRow {
        media,
        bytes: 1_000,
        sha256: Digest([3; 32]),
        findings: Findings::default(),
        second_look: SecondLook::default(),
        utility: Utility::default(),
        kept: Kept::default(),
        note: None,
        credentials: None,
        metadata_removed: BTreeMap::new(),
        metrics: String::new(),
    }
}

/// Derived from two records, and open to derivation for a share.
fn derived() -> DatasetDraft {
    let parent = |mark, share_ppm| ParentDraft {
        record: RecordId([mark; 32]),
        share_ppm,
    };
    DatasetDraft {
        title: "Street corners of Fujisawa".into(),
        description: "Photos of street corners.\nFaces and licence plates are covered.".into(),
        licence: LicenceDraft {
            name: "City licence 2".into(),
            text: "The buyer may use the photos.\n".into(),
        },
        price: "12500000000000".into(),
        tags: vec!["street".into(), "day".into()],
        parents: vec![parent(0xaa, 250_000), parent(0xbb, 0)],
        parent_documents: Vec::new(),
        derivation: Derivation::Allowed {
            least_share_ppm: 125_000,
        },
        policy: None,
    }
}

/// As little as can be said, in letters that need care.
fn plain() -> DatasetDraft {
    DatasetDraft {
        title: "都市の写真 \"& <b>\u{1f4f7}</b>\" {\"@id\": 1}".into(),
        description: String::new(),
        licence: LicenceDraft {
            name: "CC0-1.0".into(),
            text: "SPDX-License-Identifier: CC0-1.0\nhttps://spdx.org/licenses/CC0-1.0.html\n".into(),
        },
        price: "1".into(),
        tags: Vec::new(),
        parents: Vec::new(),
        parent_documents: Vec::new(),
        derivation: Derivation::Unstated,
        policy: None,
    }
}

/// Of three photos, one of them like another, and one like one that was listed before.
fn measured() -> Label {
    let label = serde_json::json!({
        "items": 3, "pixels": { "least": 307_200, "median": 2_073_600, "most": 12_000_000 }, "blurred": 1, "crisp": 2,
        "dark": 0, "bright": 0, "noise": { "least": 800, "median": 1_500, "most": 2_900 },
        "entropy": { "least": 6_900, "median": 7_400, "most": 7_600 },
        "colourfulness": { "least": 12_000, "median": 33_000, "most": 41_000 }, "repeats_inside": 1,
        "repeats_earlier": 1, "flat": 0, "objects": null,
        "removed": { "face": { "found": 9, "replaced": 8, "left_on_purpose": 1 } }, "residual": { "face": 0, "plate": 0 },
        "changed_ppm": 8_400,
    });
    serde_json::from_value(label).unwrap()
}

fn document(draft: DatasetDraft, rows: &[ItemRow], quality: Option<&Label>) -> Vec<u8> {
    let dataset = NewDataset::new(draft).unwrap();
    metadata_document(&Described {
        dataset: &dataset,
        rows,
        pipeline: &pipeline(),
        grade: Grade::Anonymous,
        genesis: Genesis([0x6e; 32]),
        account: Account([0xac; 32]),
        key: Digest([0xee; 32]),
        offer: OfferId([0x0f; 32]),
        ciphertext_bytes: 131_500,
        ciphertext_sha256: Digest([0xc1; 32]),
        sidecar_bytes: 232,
        sidecar_sha256: Digest([0x51; 32]),
        input: Digest([0x11; 32]),
        report: Digest([0x4e; 32]),
        taken_in: Timestamp(1_795_305_600_000),
        quality,
    })
    .unwrap()
}

fn derived_document() -> Vec<u8> {
    let rows = [row(Media::Jpeg), row(Media::Png), row(Media::Jpeg)];
    document(derived(), &rows, Some(&measured()))
}

#[test]
fn the_document_of_a_derived_dataset_is_the_committed_one() {
    same_as_golden("derived.croissant.json", &derived_document());
}

#[test]
fn the_document_of_a_plain_dataset_is_the_committed_one() {
    same_as_golden(
        "plain.croissant.json",
        &document(plain(), &[row(Media::Webp)], None),
    );
}

#[test]
fn both_as_a_catalogue_for_portals_are_the_committed_one() {
    let documents = [derived_document(), document(plain(), &[row(Media::Webp)], None)];
    let documents: Vec<Value> = documents
        .iter()
        .map(|bytes| serde_json::from_slice(bytes).unwrap())
        .collect();
    let gateway = "https://gateway.example";
    let listed = documents.iter().zip(1..).map(|(document, mark)| dcat::Listed {
        record: RecordId([mark; 32]),
        document,
        gateway,
    });
    let publisher = dcat::Publisher {
        account: Account([0xac; 32]),
        gateway,
    };
    let catalogue = dcat::catalogue(&publisher, listed);
    same_as_golden(
        "catalogue.dcat.json",
        serde_json::to_string_pretty(&catalogue).unwrap().as_bytes(),
    );
}

#[test]
fn documents_are_canonical_and_state_the_terms_that_were_given() {
    for (draft, terms) in [
        (derived(), derived().derivation),
        (plain(), Derivation::Unstated),
        (
            DatasetDraft {
                derivation: Derivation::Forbidden,
                ..plain()
            },
            Derivation::Forbidden,
        ),
    ] {
        let bytes = document(draft, &[row(Media::Jpeg)], None);
        let json: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(canonical_json(&json).unwrap(), bytes);
        assert_eq!(Derivation::of_document(&json), Ok(terms));
    }
}

#[test]
fn measurements_and_sentences_stand_in_a_document_only_where_the_photos_were_measured() {
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap();
    let (with, without) = (
        read(derived_document()),
        read(document(plain(), &[row(Media::Webp)], None)),
    );
    let figures = with["dqv:hasQualityMeasurement"].as_array().unwrap();
    let repeated = figures.iter().find(|figure| {
        let metric = figure["dqv:isMeasurementOf"]["@id"].as_str().unwrap();
        metric.ends_with("/repeated-items")
    });
    assert_eq!(repeated.unwrap()["dqv:value"], 1);
    let sentences = |document: &Value, name: &str| document[name].as_array().unwrap().len();
    let limits = "rai:dataLimitations";
    assert_eq!(
        sentences(&with, limits),
        sentences(&without, limits) + 3,
        "blurred, repeated, listed before"
    );
    assert_eq!(without.get("dqv:hasQualityMeasurement"), None);
}

#[test]
fn a_document_names_no_media_that_is_not_there() {
    let json: Value = serde_json::from_slice(&derived_document()).unwrap();
    assert_eq!(
        json["distribution"][2]["encodingFormat"],
        serde_json::json!(["image/jpeg", "image/png"])
    );
}

#[test]
fn more_than_the_whole_cannot_be_asked_for_derivation() {
    let asked_ppm = 1_000_001;
    let draft = DatasetDraft {
        derivation: Derivation::Allowed {
            least_share_ppm: asked_ppm,
        },
        ..plain()
    };
    assert_eq!(
        NewDataset::new(draft),
        Err(DatasetRefusal::AskedAboveWhole { asked_ppm })
    );
}

#[test]
fn no_more_documents_than_parents_can_be_are_taken() {
    let draft = DatasetDraft {
        parent_documents: vec![String::new(); 9],
        ..plain()
    };
    assert_eq!(
        NewDataset::new(draft),
        Err(DatasetRefusal::TooManyParentDocuments { documents: 9 })
    );
}
