//! The transparency log: what the chain has said of records, in the SHA-256 Merkle tree of RFC 9162 section 2.1.
//!
//! An [`Entry`] is one fact about one record. Its *leaf input* names the log and the chain, so that no leaf of another
//! tree or of another chain can be mistaken for it. The chain keeps a [`Frontier`]; whoever has the nodes that were
//! completed along the way builds an [`Inclusion`] (an entry is under a head) or a [`Consistency`] (one head extends
//! another), and whoever has a [`Head`] verifies them with nothing but SHA-256. `docs/verifier` does it in Python.
//!
//! Entries are never changed and never removed; what is found out later is a later entry.

mod entry;
mod frontier;
mod proof;
mod standing;

pub use entry::{Entry, Fact};
pub use frontier::{Appended, Frontier, Full, MAX_PEAKS, Nodes};
pub use proof::{
    Consistency, Inclusion, MAX_CONSISTENCY_PATH, MAX_INCLUSION_PATH, Refusal, Subtree, Unprovable, of_leaves,
};
pub use standing::{Fraud, LifeError, Standing};

use crate::{hash::Sha256Fn, id::Digest};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// The log at one moment: everything that a verifier must know of it.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// `MTH` of RFC 9162 section 2.1.1 over all entries' leaf inputs; of no entry, SHA-256 of nothing.
    pub root: Digest,
}

/// `H(0x01 ‖ left ‖ right)`, as the caller likes it computed.
fn node_hash(left: &Digest, right: &Digest, sha256: Sha256Fn) -> Digest {
    let mut input = [1u8; 65];
    input[1..33].copy_from_slice(&left.0);
    input[33..].copy_from_slice(&right.0);
    sha256(&input)
}

/// The root over complete subtrees that stand side by side, the largest first; `None` for no subtree.
fn fold(peaks: &[Digest], sha256: Sha256Fn) -> Option<Digest> {
    let (smallest, larger) = peaks.split_last()?;
    let mut root = *smallest;
    for left in larger.iter().rev() {
        root = node_hash(left, &root, sha256);
    }
    Some(root)
}
