use std::collections::BTreeMap;

use serde::Serialize;
use vouchsafe_protocol::{id::Digest, tree};

use super::{
    encoding::{CanonicalError, canonical_json},
    item::ItemRow,
    job::Input,
    pipeline::{Model, Pipeline, grade_name},
};

/// What a report is built from.
#[derive(Clone, Copy, Debug)]
pub struct Reported<'a> {
    pub pipeline: &'a Pipeline,
    pub input: Input,
    /// Hiding commitment of the raw input.
    pub commitment: Digest,
    /// Clean files, in item order.
    pub rows: &'a [ItemRow],
}

/// RFC 9162-shaped root over one canonical row per clean file, in item order; `None` without rows.
pub fn metrics_root(rows: &[ItemRow]) -> Option<Digest> {
    let leaves: Vec<Digest> = rows
        .iter()
        .map(|row| tree::leaf_hash(row.metrics.as_bytes()))
        .collect();
    tree::root(&leaves)
}

/// The canonical bytes (RFC 8785) of the signed anonymisation report, schema `vouchsafe/report/1`.
pub fn report_document(reported: &Reported<'_>) -> Result<Vec<u8>, CanonicalError> {
    let Reported {
        pipeline,
        input,
        commitment,
        rows,
    } = *reported;
    let mut sizes = BTreeMap::<&str, u64>::new();
    let mut metadata_removed = BTreeMap::<&str, u64>::new();
    for row in rows {
        for (class, count) in &row.sizes {
            *sizes.entry(class).or_default() += u64::from(*count);
        }
        for (family, count) in &row.metadata_removed {
            *metadata_removed.entry(family).or_default() += u64::from(*count);
        }
    }
    canonical_json(&Document {
        schema: "vouchsafe/report/1",
        worker: Worker {
            version: &pipeline.version,
            provider: &pipeline.provider,
        },
        policy: Policy {
            digest: pipeline.digest,
            grade: grade_name(pipeline.grade),
            operator: &pipeline.operator,
        },
        models: &pipeline.models,
        input: Given {
            files: input.files,
            bytes: input.bytes,
            commitment,
        },
        output: Output {
            items: rows.len() as u64,
            bytes: rows.iter().map(|row| row.bytes).sum(),
            metrics_root: metrics_root(rows),
        },
        findings: Findings {
            face: Faces {
                found: rows.iter().map(|row| u64::from(row.faces_found)).sum(),
                replaced: rows.iter().map(|row| u64::from(row.faces_replaced)).sum(),
                sizes,
            },
        },
        metadata_removed,
        // A file whose second look found anything never becomes a row: the job has failed before.
        residual: Residual {
            threshold_milli: pipeline.residual_threshold_milli,
            rotations: 4,
            found: 0,
            verdict: "clean",
        },
        limits: &pipeline.limits,
    })
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    worker: Worker<'a>,
    policy: Policy<'a>,
    models: &'a [Model],
    input: Given,
    output: Output,
    findings: Findings<'a>,
    metadata_removed: BTreeMap<&'a str, u64>,
    residual: Residual,
    limits: &'a [String],
}

#[derive(Serialize)]
struct Worker<'a> {
    version: &'a str,
    provider: &'a str,
}

#[derive(Serialize)]
struct Policy<'a> {
    digest: Digest,
    grade: &'static str,
    operator: &'a str,
}

#[derive(Serialize)]
struct Given {
    files: u32,
    bytes: u64,
    commitment: Digest,
}

#[derive(Serialize)]
struct Output {
    items: u64,
    bytes: u64,
    metrics_root: Option<Digest>,
}

#[derive(Serialize)]
struct Findings<'a> {
    face: Faces<'a>,
}

#[derive(Serialize)]
struct Faces<'a> {
    found: u64,
    replaced: u64,
    sizes: BTreeMap<&'a str, u64>,
}

#[derive(Serialize)]
struct Residual {
    threshold_milli: u32,
    rotations: u32,
    found: u32,
    verdict: &'static str,
}
