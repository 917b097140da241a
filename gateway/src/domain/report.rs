use std::collections::BTreeMap;

use serde::Serialize;
use vouchsafe_evaluation::{Label, suite_digest};
use vouchsafe_protocol::{id::Digest, record::Grade, tree};

use super::{
    encoding::{CanonicalError, canonical_json},
    findings::{Agreement, Findings, Units, sum as sum_findings},
    item::ItemRow,
    job::Input,
    kept::Kept,
    note::SignedNote,
    pipeline::{ClassPolicy, Isolation, Model, Pipeline, SecondDetector, grade_name},
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
    /// Of these files, by the suite that their rows are of.
    pub quality: Option<&'a Label>,
}

/// RFC 9162-shaped root over one canonical row per clean file, in item order; `None` without rows.
pub fn metrics_root(rows: &[ItemRow]) -> Option<Digest> {
    let leaves: Vec<Digest> = rows
        .iter()
        .map(|row| tree::leaf_hash(row.metrics.as_bytes()))
        .collect();
    tree::root(&leaves)
}

/// What a dataset may be called: what the pipeline's operators earn, and never better than disguised when an operator let a
/// photo out in which something is still seen.
pub fn earned_grade(pipeline: &Pipeline, rows: &[ItemRow]) -> Grade {
    let overridden = rows
        .iter()
        .any(|row| row.note.is_some() || !row.second_look.left.is_empty());
    match pipeline.grade {
        Grade::Anonymous | Grade::Pseudonymous if overridden => Grade::Disguised,
        grade => grade,
    }
}

/// The canonical bytes (RFC 8785) of the signed anonymisation report, schema `vouchsafe/report/3`
/// (`docs/schemas/report-3.schema.json`).
pub fn report_document(reported: &Reported<'_>) -> Result<Vec<u8>, CanonicalError> {
    let Reported {
        pipeline,
        input,
        commitment,
        rows,
        quality,
    } = *reported;
    let mut metadata_removed = BTreeMap::<&str, u64>::new();
    for (family, count) in rows.iter().flat_map(|row| &row.metadata_removed) {
        *metadata_removed.entry(family).or_default() += u64::from(*count);
    }
    let overrides: Vec<&SignedNote> = rows.iter().filter_map(|row| row.note.as_ref()).collect();
    canonical_json(&Document {
        schema: "vouchsafe/report/3",
        worker: Worker {
            version: &pipeline.version,
            provider: &pipeline.provider,
            isolation: &pipeline.isolation,
        },
        policy: Policy {
            digest: pipeline.digest,
            name: &pipeline.policy,
            grade: grade_name(earned_grade(pipeline, rows)),
            classes: &pipeline.classes,
            missing: &pipeline.missing,
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
            suite: quality.map(|_| suite_digest()),
        },
        quality,
        findings: sum_findings(rows.iter().map(|row| &row.findings)),
        metadata_removed,
        kept: Kept::sum(rows.iter().map(|row| &row.kept)),
        // A file whose second look ended with anything left becomes a row only by a note: else the job has failed before.
        residual: Residual {
            detectors: &pipeline.second_look,
            rotations: 4,
            found: rows.iter().flat_map(|row| row.second_look.left.values()).sum(),
            replaced_late: rows
                .iter()
                .map(|row| u64::from(row.second_look.replaced_late))
                .sum(),
            verdict: if overrides.is_empty() {
                "clean"
            } else {
                "overridden"
            },
        },
        overrides,
        utility: UtilitySum::of(rows),
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
    quality: Option<&'a Label>,
    findings: Findings,
    metadata_removed: BTreeMap<&'a str, u64>,
    kept: Kept,
    residual: Residual<'a>,
    overrides: Vec<&'a SignedNote>,
    utility: UtilitySum,
    limits: &'a [String],
}

#[derive(Serialize)]
struct Worker<'a> {
    version: &'a str,
    provider: &'a str,
    isolation: &'a Isolation,
}

#[derive(Serialize)]
struct Policy<'a> {
    digest: Digest,
    name: &'a str,
    grade: &'static str,
    classes: &'a BTreeMap<String, ClassPolicy>,
    missing: &'a [String],
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
    suite: Option<Digest>,
}

#[derive(Serialize)]
struct Residual<'a> {
    detectors: &'a [SecondDetector],
    rotations: u32,
    found: u64,
    replaced_late: u64,
    verdict: &'static str,
}

/// Over all photos: means rounded down, sums of the rest.
#[derive(Serialize)]
struct UtilitySum {
    changed_ppm: u64,
    outside_error_milli: u64,
    units: Option<Units>,
    agreement: Option<Agreement>,
}

impl UtilitySum {
    fn of(rows: &[ItemRow]) -> Self {
        let mean = |sum: u64| sum.checked_div(rows.len() as u64).unwrap_or(0);
        Self {
            changed_ppm: mean(rows.iter().map(|row| u64::from(row.utility.changed_ppm)).sum()),
            outside_error_milli: mean(rows.iter().map(|row| row.utility.outside_error_milli).sum()),
            units: rows
                .iter()
                .filter_map(|row| row.utility.units)
                .reduce(|a, b| Units {
                    all: a.all + b.all,
                    identical: a.identical + b.identical,
                }),
            agreement: rows
                .iter()
                .filter_map(|row| row.utility.agreement)
                .reduce(|a, b| Agreement {
                    before: a.before + b.before,
                    after: a.after + b.after,
                    same: a.same + b.same,
                }),
        }
    }
}
