//! The Merkle tree of RFC 6962 section 2.1 (kept by RFC 9162) over SHA-256, with no state and no I/O.
//!
//! Leaves come in as *leaf hashes*; [`leaf_hash`] makes one from bytes, [`Leaf::hash`](crate::leaf::Leaf::hash)
//! from a chunk.

use crate::id::Digest;
use alloc::{vec, vec::Vec};
use sha2::{Digest as _, Sha256};

/// `H(0x00 ‖ bytes)`.
pub fn leaf_hash(bytes: &[u8]) -> Digest {
    Digest(
        Sha256::new()
            .chain_update([0u8])
            .chain_update(bytes)
            .finalize()
            .into(),
    )
}

/// `H(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    let hasher = Sha256::new()
        .chain_update([1u8])
        .chain_update(left.0)
        .chain_update(right.0);
    Digest(hasher.finalize().into())
}

/// Grows a tree leaf by leaf in `O(log n)` memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    /// Roots of the complete subtrees, largest first; their sizes are the set bits of `len`.
    peaks: Vec<Digest>,
    len: u64,
}

impl Frontier {
    /// Appends one leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut node = leaf;
        // A subtree of 2^k leaves is complete exactly when bit k of the old length was set.
        let mut complete = self.len;
        while complete & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
            complete >>= 1;
        }
        self.peaks.push(node);
        self.len = self.len.saturating_add(1);
    }

    /// Number of leaves so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there is no leaf yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The root over all leaves so far; `None` for no leaf.
    pub fn root(&self) -> Option<Digest> {
        let mut peaks = self.peaks.iter().rev();
        let smallest = *peaks.next()?;
        Some(peaks.fold(smallest, |right, left| node_hash(left, &right)))
    }
}

impl Extend<Digest> for Frontier {
    fn extend<I: IntoIterator<Item = Digest>>(&mut self, leaves: I) {
        leaves.into_iter().for_each(|leaf| self.push(leaf));
    }
}

/// The root over `leaves`; `None` for no leaf.
pub fn root(leaves: &[Digest]) -> Option<Digest> {
    let mut frontier = Frontier::default();
    frontier.extend(leaves.iter().copied());
    frontier.root()
}

/// The audit path of leaf `index`, from the leaf upwards; `None` beyond the last leaf.
pub fn path(leaves: &[Digest], index: u64) -> Option<Vec<Digest>> {
    let index = usize::try_from(index).ok().filter(|&i| i < leaves.len())?;
    // Walk down from the whole tree, noting the sibling's subtree at every split, then turn the list round.
    let (mut subtree, mut index, mut siblings) = (leaves, index, vec![]);
    while subtree.len() > 1 {
        let (left, right) = subtree.split_at(split(subtree.len()));
        let (inside, beside) = if index < left.len() {
            (left, right)
        } else {
            (right, left)
        };
        if index >= left.len() {
            index -= left.len();
        }
        siblings.push(root(beside)?);
        subtree = inside;
    }
    siblings.reverse();
    Some(siblings)
}

/// Whether `path` proves that `leaf` is leaf `index` of the `len` leaves under `root`.
///
/// The algorithm of RFC 9162 section 2.1.3.2. Total: any bytes give an answer.
pub fn verify(root: &Digest, leaf: &Digest, index: u64, len: u64, path: &[Digest]) -> bool {
    if index >= len {
        return false;
    }
    let (mut position, mut last, mut node) = (index, len - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if position & 1 == 1 || position == last {
            node = node_hash(sibling, &node);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            node = node_hash(&node, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    last == 0 && node == *root
}

/// Largest power of two below `len`, which is at least 2.
fn split(len: usize) -> usize {
    1 << (usize::BITS - 1 - (len - 1).leading_zeros())
}
