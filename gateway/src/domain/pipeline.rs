use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{id::Digest, record::Grade};

/// The anonymiser that will touch the files, described exactly enough to be judged and replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Version of the worker's code.
    pub version: String,
    /// Execution provider that really runs, e.g. `cpu`.
    pub provider: String,
    /// Digest of policy and models; announced on chain with the gateway's registration.
    pub digest: Digest,
    pub grade: Grade,
    /// The replacement operator, e.g. `fill`.
    pub operator: String,
    pub models: Vec<Model>,
    /// Threshold of the second look, in thousandths.
    pub residual_threshold_milli: u32,
    /// What this pipeline cannot do, in plain sentences.
    pub limits: Vec<String>,
}

/// A network by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    /// Lower-case hex.
    pub sha256: String,
    pub licence: String,
    /// Detection threshold, in thousandths.
    pub threshold_milli: u32,
}

/// The word for a grade in documents.
pub(crate) fn grade_name(grade: Grade) -> &'static str {
    match grade {
        Grade::Anonymous => "anonymous",
        Grade::Pseudonymous => "pseudonymous",
        Grade::Disguised => "disguised",
    }
}
