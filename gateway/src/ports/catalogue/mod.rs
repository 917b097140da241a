//! What people browse. Everything here can be rebuilt, so losing it is safe.

pub mod conformance;
mod memory;

use serde::{Deserialize, Serialize};
use vouchsafe_protocol::id::{OfferId, RecordId};

use crate::domain::{JobId, Timestamp};

pub use memory::MemoryCatalogue;

/// One listed dataset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub record: RecordId,
    pub offer: OfferId,
    /// Where the truth is.
    pub job: JobId,
    pub title: String,
    pub tags: Vec<String>,
    pub listed_at: Timestamp,
}

/// Why the catalogue did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CatalogueError {
    #[error(
        "the catalogue cannot be read or written: {0}. Its folder may be deleted: it is rebuilt at start"
    )]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Listed datasets by record, offer and tag.
pub trait Catalogue: Send + Sync {
    /// Lists a dataset, or lists it anew.
    fn put(&self, entry: &Entry) -> Result<(), CatalogueError>;

    /// Takes a dataset off the list; an unknown one is fine.
    fn remove(&self, record: RecordId) -> Result<(), CatalogueError>;

    fn by_record(&self, record: RecordId) -> Result<Option<Entry>, CatalogueError>;

    fn by_offer(&self, offer: OfferId) -> Result<Option<Entry>, CatalogueError>;

    /// All entries, newest first; only those with the tag, if one is given.
    fn list(&self, tag: Option<&str>) -> Result<Vec<Entry>, CatalogueError>;

    /// Makes `entries` the whole content: the rebuild.
    fn replace_all(&self, entries: &[Entry]) -> Result<(), CatalogueError>;
}
