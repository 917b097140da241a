//! Raw and cleaned files of a job, encrypted at rest, gone when the job ends.

pub mod conformance;
mod memory;

use std::io::{self, Read, Write};

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::domain::JobId;

pub use memory::MemoryStaging;

/// One job's key. Random, never derived; it lives sealed in the journal and dies with the job.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct StagingKey([u8; 32]);

impl StagingKey {
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The key's bytes, for the cipher and for sealing it.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl core::fmt::Debug for StagingKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("StagingKey(..)")
    }
}

/// Which file of a job; positions count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    Raw(u32),
    Clean(u32),
    /// What the clean file looks like from afar. Not there for a flat one.
    Sketch(u32),
}

impl Slot {
    /// Bound into every encrypted chunk, so that files cannot be swapped for one another.
    pub fn label(self) -> [u8; 5] {
        let (kind, at) = match self {
            Self::Raw(at) => (b'r', at),
            Self::Clean(at) => (b'c', at),
            Self::Sketch(at) => (b's', at),
        };
        let [a, b, c, d] = at.to_be_bytes();
        [kind, a, b, c, d]
    }
}

/// Why a staged file could not be written, read or removed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StagingError {
    #[error("job {job} has no staged file {slot:?}")]
    Missing { job: JobId, slot: Slot },
    #[error("staged file {slot:?} of job {job} was altered, is cut off, or belongs to another key")]
    Corrupt { job: JobId, slot: Slot },
    #[error("staging of job {job} failed: {cause}")]
    Io { job: JobId, cause: io::Error },
    #[error("the staging folder cannot be read: {0}")]
    List(io::Error),
}

/// A staged file that is being written.
pub trait StagedWriter: Write + Send {
    /// Writes the last chunk; without it the file does not open.
    fn finish(self: Box<Self>) -> io::Result<()>;
}

/// Files by job and slot. No plain byte ever reaches the medium.
pub trait Staging: Send + Sync {
    /// Starts a file, replacing an earlier one in the slot. `prefix`: 19 fresh random bytes, never used twice with
    /// one key.
    fn create(
        &self,
        job: JobId,
        slot: Slot,
        key: &StagingKey,
        prefix: [u8; 19],
    ) -> Result<Box<dyn StagedWriter>, StagingError>;

    /// Opens a finished file; its reader fails with `InvalidData` where bytes were altered or cut off.
    fn open(&self, job: JobId, slot: Slot, key: &StagingKey) -> Result<Box<dyn Read + Send>, StagingError>;

    /// Makes every finished file of the job survive a power cut.
    fn sync(&self, job: JobId) -> Result<(), StagingError>;

    /// Removes one file; nothing there is fine.
    fn discard(&self, job: JobId, slot: Slot) -> Result<(), StagingError>;

    /// Removes everything of a job; nothing there is fine.
    fn destroy(&self, job: JobId) -> Result<(), StagingError>;

    /// Jobs that have something staged, for the sweep at start.
    fn jobs(&self) -> Result<Vec<JobId>, StagingError>;
}

impl dyn Staging + '_ {
    /// The whole of a staged file.
    pub fn read(&self, job: JobId, slot: Slot, key: &StagingKey) -> Result<Vec<u8>, StagingError> {
        let mut bytes = Vec::new();
        match self.open(job, slot, key)?.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(cause) if cause.kind() == io::ErrorKind::InvalidData => {
                Err(StagingError::Corrupt { job, slot })
            }
            Err(cause) => Err(StagingError::Io { job, cause }),
        }
    }
}
