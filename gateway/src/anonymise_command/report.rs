//! What is told about a run: shapes of `--report` and `--json`.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::shown;
use crate::{
    domain::{Model, Pipeline, grade_name},
    ports::Cleaned,
};

/// Name and version of the report's shape.
pub const SCHEMA: &str = "vouchsafe/local-report/1";

/// One report per file, and their sum. Written as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    pub schema: &'static str,
    pub pipeline: PipelineReport,
    /// In the order of their names.
    pub files: Vec<FileReport>,
    pub summary: Summary,
    /// Files whose report comes from an earlier run that this one resumed. Not written: a resumed run tells what an
    /// uninterrupted one would have told.
    #[serde(skip)]
    pub kept: u32,
}

/// What did the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PipelineReport {
    pub version: String,
    pub provider: String,
    /// Digest of policy and models.
    pub digest: String,
    pub grade: &'static str,
    pub operator: String,
    pub residual_threshold_milli: u32,
    pub models: Vec<Model>,
    pub limits: Vec<String>,
}

/// What became of one file. Names are relative to what was given, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
pub enum FileReport {
    Anonymised {
        name: String,
        /// Differs from `name` where the name's ending did not say what the file is.
        written_as: String,
        media_type: String,
        bytes_in: u64,
        bytes_out: u64,
        /// Of the written bytes, lower-case hex.
        sha256: String,
        faces_found: u32,
        faces_replaced: u32,
        /// Faces by size class.
        sizes: BTreeMap<String, u32>,
        /// Metadata entries removed, by family.
        metadata_removed: BTreeMap<String, u32>,
        /// The canonical row that a record's metrics tree would hold, as text.
        metrics: String,
    },
    Refused {
        name: String,
        code: String,
        detail: String,
    },
    /// Hidden files, links and devices are not looked at.
    Skipped { name: String, why: String },
}

/// Sums over all files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub anonymised: u32,
    pub refused: u32,
    pub skipped: u32,
    pub faces_found: u64,
    pub faces_replaced: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl PipelineReport {
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        Self {
            version: pipeline.version.clone(),
            provider: pipeline.provider.clone(),
            digest: pipeline.digest.to_string(),
            grade: grade_name(pipeline.grade),
            operator: pipeline.operator.clone(),
            residual_threshold_milli: pipeline.residual_threshold_milli,
            models: pipeline.models.clone(),
            limits: pipeline.limits.clone(),
        }
    }
}

impl FileReport {
    pub(super) fn of(name: &Path, written_as: &Path, bytes_in: u64, cleaned: &Cleaned) -> Self {
        Self::Anonymised {
            name: shown(name),
            written_as: shown(written_as),
            media_type: cleaned.media.media_type().into(),
            bytes_in,
            bytes_out: cleaned.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&cleaned.bytes)),
            faces_found: cleaned.faces_found,
            faces_replaced: cleaned.faces_replaced,
            sizes: cleaned.sizes.clone(),
            metadata_removed: cleaned.metadata_removed.clone(),
            metrics: cleaned.metrics.clone(),
        }
    }

    pub fn name(&self) -> &str {
        match self {
            Self::Anonymised { name, .. } | Self::Refused { name, .. } | Self::Skipped { name, .. } => name,
        }
    }
}

impl Summary {
    pub(super) fn of(files: &[FileReport]) -> Self {
        let mut sum = Self::default();
        for file in files {
            match file {
                FileReport::Anonymised {
                    bytes_in,
                    bytes_out,
                    faces_found,
                    faces_replaced,
                    ..
                } => {
                    sum.anonymised += 1;
                    sum.bytes_in += bytes_in;
                    sum.bytes_out += bytes_out;
                    sum.faces_found += u64::from(*faces_found);
                    sum.faces_replaced += u64::from(*faces_replaced);
                }
                FileReport::Refused { .. } => sum.refused += 1,
                FileReport::Skipped { .. } => sum.skipped += 1,
            }
        }
        sum
    }
}
