use core::{fmt, str::FromStr};
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, OfferId, RecordId},
    record::Statement,
};

use super::{
    dataset::NewDataset,
    encoding::{hex64, scale_hex},
    item::Counts,
};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    #[must_use]
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds since `earlier`; 0 when the clock went backwards.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Random name of a job: 32 lower-case hex digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct JobId(pub [u8; 16]);

/// A text that names no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job id is 32 lower-case hexadecimal digits")]
pub struct JobIdError;

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for JobId {
    type Err = JobIdError;

    fn from_str(text: &str) -> Result<Self, JobIdError> {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(JobIdError); // one name per job: ids are compared as text elsewhere
        }
        let mut id = [0; 16];
        hex::decode_to_slice(text, &mut id).map_err(|_| JobIdError)?;
        Ok(Self(id))
    }
}

impl TryFrom<String> for JobId {
    type Error = JobIdError;

    fn try_from(text: String) -> Result<Self, JobIdError> {
        text.parse()
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.to_string()
    }
}

/// How far a job is, as the outside sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    Staged,
    Anonymising,
    Sealing,
    Registering,
    Offering,
    Offered,
}

/// Why a job failed or waits: a stable code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: String,
    pub detail: String,
}

impl Reason {
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }
}

/// What was handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    pub files: u32,
    pub bytes: u64,
}

/// Everything that sealing fixed; from here on the job needs no raw or clean byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// The offer's nonce, from which `offer` and its secret derive.
    pub nonce: u64,
    pub offer: OfferId,
    pub record: RecordId,
    /// Public key of the offer.
    #[serde(with = "scale_hex")]
    pub key: Point,
    pub licence: Digest,
    /// The record's statement, exact to the byte.
    #[serde(with = "scale_hex")]
    pub statement: Statement,
    /// ed25519 of the gateway's record key over the report's signing bytes.
    #[serde(with = "hex64")]
    pub report_signature: [u8; 64],
}

/// Where a job stands. What only some states have rides in the variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "lowercase")]
pub enum JobState {
    /// All files are staged, encrypted.
    Queued,
    /// `done` files are clean.
    Anonymising {
        done: u32,
    },
    /// The offer's nonce and the input commitment's opening are chosen and stored.
    Sealing {
        nonce: u64,
    },
    /// Ciphertext, sidecar and documents are stored and the staging key is gone; staged files are being removed.
    Clearing {
        sealed: Box<Sealed>,
    },
    Registering {
        sealed: Box<Sealed>,
    },
    Offering {
        sealed: Box<Sealed>,
    },
    Offered {
        sealed: Box<Sealed>,
    },
    /// The dataset is to disappear: bytes first, then offer and record on chain.
    Erasing {
        sealed: Box<Sealed>,
    },
    Erased {
        sealed: Box<Sealed>,
    },
    Failed {
        stage: Stage,
        reason: Reason,
    },
    Cancelled {
        stage: Stage,
    },
}

/// What can happen to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Started,
    /// The next file is clean: so many things found in it, so many of them replaced.
    FileCleaned {
        found: u64,
        masked: u64,
    },
    /// Every file is clean and the nonce of the offer is chosen.
    Planned {
        nonce: u64,
    },
    Sealed(Box<Sealed>),
    /// No staged byte is left on disk.
    Cleared,
    /// The record is in a finalised block.
    Registered,
    /// The offer is in a finalised block.
    Offered,
    Failed(Reason),
    /// The operator gave the job up.
    Cancelled,
    /// The operator deletes the dataset.
    EraseAsked,
    /// Nothing of the dataset is left here, and offer and record are closed on chain.
    Erased,
}

/// An event that has no meaning where the job stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {at} cannot take the event {event}")]
pub struct WrongState {
    pub at: &'static str,
    pub event: &'static str,
}

/// The one place where a job changes state. `files`: files of the job, > 0.
///
/// There is no wildcard over states: a new state does not compile until every event has an answer there.
pub fn next(state: JobState, event: Event, files: u32) -> Result<JobState, WrongState> {
    use JobState as At;
    let refusal = WrongState {
        at: state.name(),
        event: event.name(),
    };
    let stage = state.stage();
    match event {
        Event::Started => match state {
            At::Queued => Ok(At::Anonymising { done: 0 }),
            At::Anonymising { .. } | At::Sealing { .. } | At::Clearing { .. } | At::Registering { .. } => {
                Err(refusal)
            }
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::FileCleaned { .. } => match state {
            At::Anonymising { done } if done < files => Ok(At::Anonymising { done: done + 1 }),
            At::Anonymising { .. } => Err(refusal),
            At::Queued | At::Sealing { .. } | At::Clearing { .. } | At::Registering { .. } => Err(refusal),
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Planned { nonce } => match state {
            At::Anonymising { done } if done == files => Ok(At::Sealing { nonce }),
            At::Anonymising { .. } => Err(refusal),
            At::Queued | At::Sealing { .. } | At::Clearing { .. } | At::Registering { .. } => Err(refusal),
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Sealed(sealed) => match state {
            At::Sealing { nonce } if nonce == sealed.nonce => Ok(At::Clearing { sealed }),
            At::Sealing { .. } => Err(refusal),
            At::Queued | At::Anonymising { .. } | At::Clearing { .. } | At::Registering { .. } => {
                Err(refusal)
            }
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Cleared => match state {
            At::Clearing { sealed } => Ok(At::Registering { sealed }),
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } | At::Registering { .. } => Err(refusal),
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Registered => match state {
            At::Registering { sealed } => Ok(At::Offering { sealed }),
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } | At::Clearing { .. } => Err(refusal),
            At::Offering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Offered => match state {
            At::Offering { sealed } => Ok(At::Offered { sealed }),
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } | At::Clearing { .. } => Err(refusal),
            At::Registering { .. } | At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => {
                Err(refusal)
            }
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Failed(reason) => match state {
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } => Ok(At::Failed { stage, reason }),
            At::Clearing { .. } | At::Registering { .. } | At::Offering { .. } => {
                Ok(At::Failed { stage, reason })
            }
            At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Cancelled => match state {
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } => Ok(At::Cancelled { stage }),
            // The record may be on its way to the chain: what is there has to be withdrawn.
            At::Clearing { sealed } | At::Registering { sealed } | At::Offering { sealed } => {
                Ok(At::Erasing { sealed })
            }
            At::Offered { .. } | At::Erasing { .. } | At::Erased { .. } => Err(refusal),
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::EraseAsked => match state {
            At::Offered { sealed } => Ok(At::Erasing { sealed }),
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } | At::Clearing { .. } => Err(refusal),
            At::Registering { .. } | At::Offering { .. } | At::Erasing { .. } | At::Erased { .. } => {
                Err(refusal)
            }
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
        Event::Erased => match state {
            At::Erasing { sealed } => Ok(At::Erased { sealed }),
            At::Queued | At::Anonymising { .. } | At::Sealing { .. } | At::Clearing { .. } => Err(refusal),
            At::Registering { .. } | At::Offering { .. } | At::Offered { .. } | At::Erased { .. } => {
                Err(refusal)
            }
            At::Failed { .. } | At::Cancelled { .. } => Err(refusal),
        },
    }
}

impl JobState {
    /// The stage that the outside sees.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Queued => Stage::Staged,
            Self::Anonymising { .. } => Stage::Anonymising,
            Self::Sealing { .. } | Self::Clearing { .. } => Stage::Sealing,
            Self::Registering { .. } => Stage::Registering,
            Self::Offering { .. } => Stage::Offering,
            Self::Offered { .. } | Self::Erasing { .. } | Self::Erased { .. } => Stage::Offered,
            Self::Failed { stage, .. } | Self::Cancelled { stage } => *stage,
        }
    }

    /// Nothing is left to do: the worker never picks the job again.
    pub fn is_at_rest(&self) -> bool {
        match self {
            Self::Offered { .. } | Self::Erased { .. } | Self::Failed { .. } | Self::Cancelled { .. } => true,
            Self::Queued | Self::Anonymising { .. } | Self::Sealing { .. } | Self::Clearing { .. } => false,
            Self::Registering { .. } | Self::Offering { .. } | Self::Erasing { .. } => false,
        }
    }

    /// The job still needs its staged files and their key.
    pub fn needs_staging(&self) -> bool {
        match self {
            Self::Queued | Self::Anonymising { .. } | Self::Sealing { .. } => true,
            Self::Clearing { .. }
            | Self::Registering { .. }
            | Self::Offering { .. }
            | Self::Offered { .. } => false,
            Self::Erasing { .. } | Self::Erased { .. } | Self::Failed { .. } | Self::Cancelled { .. } => {
                false
            }
        }
    }

    /// The sealed dataset, in every state that has one.
    pub fn sealed(&self) -> Option<&Sealed> {
        match self {
            Self::Clearing { sealed } | Self::Registering { sealed } | Self::Offering { sealed } => {
                Some(sealed)
            }
            Self::Offered { sealed } | Self::Erasing { sealed } | Self::Erased { sealed } => Some(sealed),
            Self::Queued | Self::Anonymising { .. } | Self::Sealing { .. } => None,
            Self::Failed { .. } | Self::Cancelled { .. } => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Anonymising { .. } => "anonymising",
            Self::Sealing { .. } => "sealing",
            Self::Clearing { .. } => "clearing",
            Self::Registering { .. } => "registering",
            Self::Offering { .. } => "offering",
            Self::Offered { .. } => "offered",
            Self::Erasing { .. } => "erasing",
            Self::Erased { .. } => "erased",
            Self::Failed { .. } => "failed",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::FileCleaned { .. } => "file cleaned",
            Self::Planned { .. } => "planned",
            Self::Sealed(_) => "sealed",
            Self::Cleared => "cleared",
            Self::Registered => "registered",
            Self::Offered => "offered",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            Self::EraseAsked => "erase asked",
            Self::Erased => "erased",
        }
    }
}

/// A job that waits for something outside (chain, funds), and when it looks again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub reason: Reason,
    pub retry_at: Timestamp,
    /// Waits in a row, for the growing pause.
    pub attempt: u32,
}

/// One dataset's way from staged files to an offer. Stored whole after every step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub id: JobId,
    /// Grows by one with every stored change; a writer that missed one is refused.
    pub revision: u64,
    pub created_at: Timestamp,
    pub dataset: NewDataset,
    pub input: Input,
    pub counts: Counts,
    pub state: JobState,
    pub waiting: Option<Waiting>,
    /// When the present stage began.
    pub stage_since: Timestamp,
    /// Milliseconds spent in each finished stage.
    pub stage_ms: BTreeMap<Stage, u64>,
}

impl Job {
    /// A new job whose files are staged.
    pub fn new(id: JobId, dataset: NewDataset, input: Input, now: Timestamp) -> Self {
        Self {
            id,
            revision: 0,
            created_at: now,
            dataset,
            input,
            counts: Counts::default(),
            state: JobState::Queued,
            waiting: None,
            stage_since: now,
            stage_ms: BTreeMap::new(),
        }
    }

    /// The job after `event`, one revision on; no longer waiting.
    pub fn after(&self, event: Event, now: Timestamp) -> Result<Self, WrongState> {
        let mut job = self.clone();
        match &event {
            Event::FileCleaned { found, masked } => {
                job.counts.found += found;
                job.counts.masked += masked;
            }
            Event::Failed(_) if matches!(self.state, JobState::Anonymising { .. }) => {
                job.counts.files_refused += 1
            }
            _ => {}
        }
        let before = job.state.stage();
        job.state = next(job.state, event, self.input.files)?;
        if job.state.stage() != before {
            *job.stage_ms.entry(before).or_default() += now.since_ms(job.stage_since);
            job.stage_since = now;
        }
        job.revision += 1;
        job.waiting = None;
        Ok(job)
    }

    /// The same job, one revision on, waiting for something outside.
    #[must_use]
    pub fn waiting_for(&self, reason: Reason, retry_at: Timestamp) -> Self {
        let attempt = self.waiting.as_ref().map_or(0, |w| w.attempt.saturating_add(1));
        let waiting = Some(Waiting {
            reason,
            retry_at,
            attempt,
        });
        Self {
            revision: self.revision + 1,
            waiting,
            ..self.clone()
        }
    }

    /// The worker may take it now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        !self.state.is_at_rest() && self.waiting.as_ref().is_none_or(|w| w.retry_at <= now)
    }

    /// Files that are clean.
    pub fn files_done(&self) -> u32 {
        match &self.state {
            JobState::Queued => 0,
            JobState::Anonymising { done } => *done,
            JobState::Sealing { .. } | JobState::Clearing { .. } | JobState::Registering { .. } => {
                self.input.files
            }
            JobState::Offering { .. } | JobState::Offered { .. } => self.input.files,
            JobState::Erasing { .. } | JobState::Erased { .. } => self.input.files,
            JobState::Failed { stage, .. } | JobState::Cancelled { stage } => match stage {
                // The count of the last file is not kept once a job has ended early.
                Stage::Staged | Stage::Anonymising => 0,
                Stage::Sealing | Stage::Registering | Stage::Offering | Stage::Offered => self.input.files,
            },
        }
    }
}
