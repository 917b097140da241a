//! How everything looks that this gateway has listed: keyed hashes, by which a later listing's repeats are told. Everything
//! here can be rebuilt from the blobs, so losing it is safe.

pub mod conformance;
mod memory;

use vouchsafe_evaluation::{Index, KeyedHash};
use vouchsafe_protocol::id::OfferId;

pub use memory::MemoryLookalikes;

/// Why the hashes cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookalikesError {
    #[error(
        "what listed photos look like cannot be read or written: {0}. Its folder may be deleted: it is rebuilt at start"
    )]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Hashes of the listed items, by offer, under this gateway's own key. Holds a bounded number of them: when there are more,
/// whole offers make room, the one that was entered first before the others.
pub trait Lookalikes: Send + Sync {
    /// Enters the items of an offer in place of what it had; it keeps its age. Flat items have no hash.
    fn enter(&self, offer: OfferId, hashes: &[KeyedHash]) -> Result<(), LookalikesError>;

    /// Forgets an offer; an unknown one is fine.
    fn forget(&self, offer: OfferId) -> Result<(), LookalikesError>;

    /// The offers that are entered, oldest first.
    fn offers(&self) -> Result<Vec<OfferId>, LookalikesError>;

    /// All items but those of `offer`, oldest first.
    fn others(&self, offer: OfferId) -> Result<Index, LookalikesError>;
}
