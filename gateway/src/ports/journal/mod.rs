//! What must never be lost: jobs, their sealed secrets, and what was promised to the chain.

pub mod conformance;
mod memory;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Genesis, OfferId, OrderId, RecordId},
};

use crate::domain::{ItemRow, Job, JobId};

pub use memory::MemoryJournal;

/// A secret of a job. Sealed before it comes here: the journal never sees a key in the clear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SecretKind {
    /// Staging key and the list of raw files.
    Staging,
    /// Salt and raw hash that open the record's input commitment.
    Opening,
}

/// One stored step: all of it or nothing.
#[derive(Clone, Debug)]
pub struct Change {
    /// The job after the step. Refused unless the stored revision is exactly one less.
    pub job: Job,
    /// The row of a file that became clean: its position and itself.
    pub item: Option<(u32, ItemRow)>,
    /// A secret that the step chose.
    pub keep: Option<(SecretKind, Vec<u8>)>,
    /// Secrets that end with this step.
    pub forget: Vec<SecretKind>,
}

impl Change {
    /// A step that changes nothing but the job.
    pub fn of(job: Job) -> Self {
        Self {
            job,
            item: None,
            keep: None,
            forget: Vec::new(),
        }
    }
}

/// That an order was answered: written before the answer is sent, so that no order is ever answered with two
/// different evaluations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub offer: OfferId,
    /// `W`.
    #[serde(with = "crate::domain::scale_hex")]
    pub evaluated: Point,
    /// Finalised height at which the order was seen open.
    pub seen_at: u32,
    /// The seller was paid in a finalised block.
    pub settled: bool,
}

/// What a saved proof shows. Nodes prune what such proofs are made of, so what is not saved in time cannot be proven later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The authority set from which all saved hand-overs start.
    Checkpoint,
    /// How the set with this number named the next.
    Handover(u64),
    /// That a record was registered, and what the log said of it.
    Record(RecordId),
    /// That an order was placed.
    Order(OrderId),
    /// That its key was delivered.
    Delivery(OrderId),
}

/// Why the journal did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    #[error("job {job} is stored at revision {stored}; a step for revision {offered} came too late")]
    Stale { job: JobId, stored: u64, offered: u64 },
    #[error("job {0} exists already")]
    Exists(JobId),
    #[error("no job {0} in the journal")]
    Missing(JobId),
    #[error(
        "the journal belongs to the chain {stored}, the node serves {offered}; use another state folder per chain"
    )]
    OtherChain { stored: Genesis, offered: Genesis },
    #[error("the journal holds bytes that this version cannot read ({what}): {cause}")]
    Corrupt { what: &'static str, cause: String },
    #[error("the journal cannot be written or read: {0}")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The durable truth. Every method that writes returns only when the write survives a power cut.
pub trait Journal: Send + Sync {
    /// Stores a new job with its sealed staging secret. Refuses a known id.
    fn create(&self, job: &Job, staging: &[u8]) -> Result<(), JournalError>;

    /// Stores one step. Refuses it when the job moved on meanwhile.
    fn conclude(&self, change: &Change) -> Result<(), JournalError>;

    fn job(&self, id: JobId) -> Result<Option<Job>, JournalError>;

    /// All jobs, oldest first.
    fn jobs(&self) -> Result<Vec<Job>, JournalError>;

    /// Jobs that the worker still has to move, oldest first.
    fn open_jobs(&self) -> Result<Vec<Job>, JournalError>;

    /// Rows of the clean files, in item order.
    fn items(&self, id: JobId) -> Result<Vec<ItemRow>, JournalError>;

    fn secret(&self, id: JobId, kind: SecretKind) -> Result<Option<Vec<u8>>, JournalError>;

    /// Binds the journal to a chain at the first call; later ones must name the same.
    fn bind(&self, genesis: Genesis) -> Result<(), JournalError>;

    /// The chain that the journal is bound to.
    fn genesis(&self) -> Result<Option<Genesis>, JournalError>;

    /// Records an answer, or that it was settled.
    fn record_answer(&self, order: OrderId, answer: Answer) -> Result<(), JournalError>;

    fn answer(&self, order: OrderId) -> Result<Option<Answer>, JournalError>;

    /// Keeps what proves `subject`, unless something does already: the first proof is the one from when it became final.
    fn keep_proof(&self, subject: Subject, proof: &[u8]) -> Result<(), JournalError>;

    fn proof(&self, subject: Subject) -> Result<Option<Vec<u8>>, JournalError>;

    /// Those of `subjects` that nothing proves yet.
    fn unproven(&self, subjects: &[Subject]) -> Result<Vec<Subject>, JournalError>;

    /// All answers, by order.
    fn answers(&self) -> Result<Vec<(OrderId, Answer)>, JournalError>;
}
