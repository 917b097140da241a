use std::collections::BTreeMap;

use serde::Serialize;
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, OfferId, RecordId},
    record::Parent,
};

use super::{
    amount::Planck,
    item::Counts,
    job::{Job, JobId, JobState, Reason, Stage, Timestamp},
};

/// A job as the operator sees it; the body of `GET /v1/jobs/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JobView {
    pub id: JobId,
    /// `queued`, `running`, `waiting`, `done`, `failed` or `cancelled`.
    pub state: &'static str,
    pub stage: Stage,
    pub files: FilesView,
    pub counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<RecordId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<OfferId>,
    /// Why it failed, or what it waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    pub stage_ms: BTreeMap<Stage, u64>,
    pub created_at: Timestamp,
    #[serde(skip)]
    pub revision: u64,
}

/// Progress in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FilesView {
    pub done: u32,
    pub total: u32,
}

impl JobView {
    /// What the outside may know of a job.
    pub fn of(job: &Job) -> Self {
        let listed = match &job.state {
            JobState::Offering { sealed } => Some((sealed.record, None)),
            JobState::Offered { sealed } => Some((sealed.record, Some(sealed.offer))),
            JobState::Erasing { sealed } | JobState::Erased { sealed } => {
                Some((sealed.record, Some(sealed.offer)))
            }
            JobState::Queued | JobState::Anonymising { .. } | JobState::Sealing { .. } => None,
            JobState::Clearing { .. } | JobState::Registering { .. } => None,
            JobState::Failed { .. } | JobState::Cancelled { .. } => None,
        };
        let (state, reason) = match &job.state {
            JobState::Queued => ("queued", None),
            JobState::Anonymising { .. } | JobState::Sealing { .. } | JobState::Clearing { .. } => {
                ("running", None)
            }
            JobState::Registering { .. } | JobState::Offering { .. } => ("running", None),
            JobState::Offered { .. } => ("done", None),
            JobState::Erasing { .. } => (
                "cancelled",
                Some(Reason::new(
                    "erasing",
                    "bytes are destroyed; closing the offer and the record",
                )),
            ),
            JobState::Erased { .. } => (
                "cancelled",
                Some(Reason::new(
                    "erased",
                    "bytes are destroyed, offer and record are closed",
                )),
            ),
            JobState::Failed { reason, .. } => ("failed", Some(reason.clone())),
            JobState::Cancelled { .. } => ("cancelled", None),
        };
        let (state, reason) = match (&job.waiting, &job.state) {
            (Some(_), JobState::Erasing { .. }) | (None, _) => (state, reason),
            (Some(waiting), _) => ("waiting", Some(waiting.reason.clone())),
        };
        Self {
            id: job.id,
            state,
            stage: job.state.stage(),
            files: FilesView {
                done: job.files_done(),
                total: job.input.files,
            },
            counts: job.counts,
            record: listed.map(|(record, _)| record),
            offer: listed.and_then(|(_, offer)| offer),
            reason,
            stage_ms: job.stage_ms.clone(),
            created_at: job.created_at,
            revision: job.revision,
        }
    }

    /// Nothing will change any more (an erased dataset's job ends as cancelled).
    pub fn is_terminal(&self) -> bool {
        matches!(self.state, "done" | "failed" | "cancelled")
    }
}

/// The body of `GET /v1/gateway`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GatewayView {
    pub account: Account,
    /// The account with checksum, prefix 42, for wallets.
    pub ss58: String,
    /// The ed25519 key that signs records and reports.
    pub key: Digest,
    pub endpoint: String,
    /// Absent until the node has been reached once.
    pub genesis: Option<Genesis>,
    pub version: String,
    pub pipelines: Vec<Digest>,
}

/// One row of `GET /v1/offers`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferView {
    pub offer: OfferId,
    pub record: RecordId,
    pub title: String,
    pub price: Planck,
    pub tags: Vec<String>,
    /// Files in the dataset, as the record says: without the contents document.
    pub items: u32,
    pub bytes: u64,
    pub grade: &'static str,
}

/// Licence of a dataset with the hash that orders carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LicenceView {
    pub name: String,
    pub text: String,
    pub hash: Digest,
}

/// The body of `GET /v1/datasets/{record}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DatasetView {
    pub record: RecordId,
    pub offer: OfferId,
    pub title: String,
    pub description: String,
    pub licence: LicenceView,
    pub tags: Vec<String>,
    pub price: Planck,
    pub items: u32,
    pub bytes: u64,
    pub grade: &'static str,
    /// What the photos are worth, in words: the label of the report. Empty where it has none.
    pub quality: Vec<String>,
    /// What it is derived from, and the parents' shares of what it earns.
    pub parents: Vec<Parent>,
    /// The report as JSON; its exact bytes have their own route.
    pub report: serde_json::Value,
    /// ed25519, lower-case hex.
    pub report_signature: String,
    pub report_key: Digest,
    pub metadata: serde_json::Value,
}
