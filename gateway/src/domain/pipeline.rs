use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{id::Digest, record::Grade};

/// The anonymiser that will touch the files, described exactly enough to be judged and replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pipeline {
    /// Version of the worker's code.
    pub version: String,
    /// Execution provider that really runs, with the number of its GPU, e.g. `cpu` or `cuda:0`.
    pub provider: String,
    /// What photos are read behind. No part of the digest: it decides no byte.
    pub isolation: Isolation,
    /// Digest of policy and models; announced on chain with the gateway's registration.
    pub digest: Digest,
    pub grade: Grade,
    /// Name of the policy, e.g. `street`.
    pub policy: String,
    /// What is done about each class that the policy asks for.
    pub classes: BTreeMap<String, ClassPolicy>,
    pub models: Vec<Model>,
    /// The manifests of these models, byte for byte, for bundles. They come from the gateway's own files, never from the
    /// process that reads photos.
    #[serde(skip)]
    pub manifests: Vec<Vec<u8>>,
    /// Who looks at the output, in four quarter turns.
    pub second_look: Vec<SecondDetector>,
    /// What the policy asks for and no model here can find: such things stay in the photos.
    pub missing: Vec<String>,
    /// What this pipeline cannot do, in plain sentences.
    pub limits: Vec<String>,
}

/// What keeps a broken photo away from keys, files and other photos, from outside in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// The layers that hold, each tried: `process`, `landlock`, `rlimits`, `seccomp`. None: photos are read in the
    /// gateway's own process.
    pub layers: Vec<String>,
    /// Nothing is missing.
    pub complete: bool,
}

impl Isolation {
    /// In one word, e.g. `process+landlock+rlimits+seccomp`, or `none`.
    pub fn text(&self) -> String {
        if self.layers.is_empty() {
            "none".into()
        } else {
            self.layers.join("+")
        }
    }
}

/// What is done about one class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassPolicy {
    /// `mask`, `report` or `refuse`.
    pub action: String,
    /// E.g. `solid`; what `mask` uses.
    pub operator: String,
    /// Detection threshold, in thousandths.
    pub threshold_milli: u32,
    /// What a mask grows by on each side, in thousandths of the box.
    pub margin_milli: u32,
}

/// One detector of the second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondDetector {
    /// Name of the model.
    pub name: String,
    /// In thousandths.
    pub threshold_milli: u32,
}

/// A network by its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    pub name: String,
    /// Lower-case hex.
    pub sha256: String,
    pub licence: String,
    /// `float32` or `int8`.
    pub precision: String,
}

/// The word for a grade in documents.
pub(crate) fn grade_name(grade: Grade) -> &'static str {
    match grade {
        Grade::Anonymous => "anonymous",
        Grade::Pseudonymous => "pseudonymous",
        Grade::Disguised => "disguised",
    }
}
