//! What the gateway needs from outside, as small traits. Each port has its error, an in-memory twin, and a
//! conformance suite that every adapter passes.
//!
//! Blocking work is blocking: callers on an async runtime move it off the reactor. Only the chain is async.

pub mod anonymiser;
pub mod blobs;
pub mod catalogue;
pub mod chain;
pub mod clock;
pub mod entropy;
pub mod journal;
pub mod lookalikes;
pub mod staging;

pub use anonymiser::{AnonymiseError, Anonymiser, Cleaned, Onlooker, Seen};
pub use blobs::{Blob, BlobError, BlobKind, Blobs};
pub use catalogue::{Catalogue, CatalogueError, Entry};
pub use chain::{Chain, ChainError};
pub use clock::Clock;
pub use entropy::Entropy;
pub use journal::{Change, Journal, JournalError};
pub use lookalikes::{Lookalikes, LookalikesError};
pub use staging::{Slot, Staging, StagingError, StagingKey};
