//! What is told about a run: shapes of `--report` and `--json`.

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::shown;
use crate::{
    domain::{
        Area, ClassPolicy, Findings, Isolation, KeepRegions, Kept, Model, Pipeline, SecondDetector,
        SecondLook, Utility, grade_name,
    },
    ports::Cleaned,
};

/// Name and version of the report's shape.
pub const SCHEMA: &str = "vouchsafe/local-report/2";

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
    /// What photos are read behind.
    pub isolation: Isolation,
    /// Digest of policy and models.
    pub digest: String,
    pub grade: &'static str,
    pub policy: String,
    pub classes: BTreeMap<String, ClassPolicy>,
    pub models: Vec<Model>,
    pub second_look: Vec<SecondDetector>,
    /// What the policy asks for and no model here can find.
    pub missing: Vec<String>,
    pub limits: Vec<String>,
}

/// What became of one file. Names are relative to what was given, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "nearly all of them are the large one")]
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
        findings: Findings,
        /// Everything that was found, where, and what was done about it; `None` for a file of an earlier run. Not
        /// written: where somebody was is for the operator's eyes, and reports are passed on.
        #[serde(skip)]
        masks: Option<Vec<Area>>,
        second_look: SecondLook,
        /// What was exempted, without saying where.
        #[serde(default)]
        kept: Kept,
        utility: Utility,
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
    /// Things of all classes.
    pub found: u64,
    pub masked: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl PipelineReport {
    pub(super) fn of(pipeline: &Pipeline) -> Self {
        Self {
            version: pipeline.version.clone(),
            provider: pipeline.provider.clone(),
            isolation: pipeline.isolation.clone(),
            digest: pipeline.digest.to_string(),
            grade: grade_name(pipeline.grade),
            policy: pipeline.policy.clone(),
            classes: pipeline.classes.clone(),
            models: pipeline.models.clone(),
            second_look: pipeline.second_look.clone(),
            missing: pipeline.missing.clone(),
            limits: pipeline.limits.clone(),
        }
    }
}

impl Report {
    /// For people: a line for each file, and the sums.
    pub fn sentences(&self) -> String {
        let mut text = String::new();
        for file in &self.files {
            text += &match file {
                FileReport::Anonymised {
                    name,
                    written_as,
                    findings,
                    kept,
                    metadata_removed,
                    ..
                } => {
                    let removed: u32 = metadata_removed.values().sum();
                    let renamed = if name == written_as {
                        String::new()
                    } else {
                        format!(", written as {written_as}")
                    };
                    let masked: Vec<String> = findings
                        .iter()
                        .filter(|(_, class)| class.masked > 0)
                        .map(|(name, class)| format!("{} {name}", class.masked))
                        .collect();
                    let masked = match masked.as_slice() {
                        [] => "nothing to replace".to_owned(),
                        some => format!("replaced {}", some.join(", ")),
                    };
                    let kept = match kept.regions {
                        0 => String::new(),
                        regions => format!(", {regions} regions kept as they are"),
                    };
                    format!("{name}: {masked}{kept}; {removed} pieces of metadata removed{renamed}\n")
                }
                FileReport::Refused { name, code, detail } => format!("{name}: REFUSED ({code}): {detail}\n"),
                FileReport::Skipped { name, why } => format!("{name}: skipped, {why}\n"),
            };
        }
        let sum = self.summary;
        let kept = match self.kept {
            0 => String::new(),
            kept => format!(" ({kept} of them by an earlier run)"),
        };
        text + &format!(
            "{} anonymised{kept}, {} refused, {} skipped; {} things replaced; {} bytes in, {} bytes out; grade: {}\n",
            sum.anonymised,
            sum.refused,
            sum.skipped,
            sum.masked,
            sum.bytes_in,
            sum.bytes_out,
            self.pipeline.grade
        )
    }

    /// The report with the masks of every file, which `--report` leaves out.
    pub fn with_masks(&self) -> serde_json::Result<serde_json::Value> {
        let mut report = serde_json::to_value(self)?;
        let shown = report["files"].as_array_mut().into_iter().flatten();
        for (shown, file) in shown.zip(&self.files) {
            if let FileReport::Anonymised { masks, .. } = file {
                shown["masks"] = serde_json::to_value(masks)?;
            }
        }
        Ok(report)
    }
}

impl FileReport {
    pub(super) fn of(
        name: &Path,
        written_as: &Path,
        bytes_in: u64,
        keep: &KeepRegions,
        cleaned: &Cleaned,
    ) -> Self {
        Self::Anonymised {
            name: shown(name),
            written_as: shown(written_as),
            media_type: cleaned.media.media_type().into(),
            bytes_in,
            bytes_out: cleaned.bytes.len() as u64,
            sha256: hex::encode(Sha256::digest(&cleaned.bytes)),
            findings: cleaned.findings.clone(),
            masks: Some(cleaned.areas.clone()),
            second_look: cleaned.second_look.clone(),
            kept: keep.told(cleaned.utility.kept_ppm),
            utility: cleaned.utility,
            metadata_removed: cleaned.metadata_removed.clone(),
            metrics: cleaned.metrics.clone(),
        }
    }

    /// Whether anything was exempted in it.
    pub(super) fn has_kept_regions(&self) -> bool {
        matches!(self, Self::Anonymised { kept, .. } if kept.regions > 0)
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
                    findings,
                    ..
                } => {
                    sum.anonymised += 1;
                    sum.bytes_in += bytes_in;
                    sum.bytes_out += bytes_out;
                    sum.found += findings.values().map(|class| class.found).sum::<u64>();
                    sum.masked += findings.values().map(|class| class.masked).sum::<u64>();
                }
                FileReport::Refused { .. } => sum.refused += 1,
                FileReport::Skipped { .. } => sum.skipped += 1,
            }
        }
        sum
    }
}
