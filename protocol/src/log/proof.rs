//! Proofs about the log, RFC 9162 sections 2.1.3 and 2.1.4: built from completed subtrees, verified by hashing.

use super::{Head, fold, node_hash};
use crate::{
    hash::{Sha256Fn, sha256},
    id::Digest,
    tree,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Longest inclusion proof: of a log of more than 2^63 entries.
pub const MAX_INCLUSION_PATH: u32 = 64;
/// Longest consistency proof: one node more, where the older head ends inside the newer one's last subtree.
pub const MAX_CONSISTENCY_PATH: u32 = 65;

/// A complete subtree: `2^level` entries, a multiple of which stand before it. Its root is
/// [`Appended::nodes`](super::Appended::nodes)`[level]` of its last entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subtree {
    /// 0 for a single entry, at most 63.
    pub level: u32,
    /// Index of its last entry.
    pub last: u64,
}

/// Why a proof was not built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unprovable {
    /// The log had fewer entries.
    IndexBeyondSize {
        /// The entry asked for.
        index: u64,
        /// Entries there were.
        size: u64,
    },
    /// The older head is of more entries than the newer one.
    Shrunk {
        /// Entries of the older head.
        first: u64,
        /// Entries of the newer head.
        second: u64,
    },
    /// This subtree's root is not to be had.
    Missing(Subtree),
}

impl fmt::Display for Unprovable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexBeyondSize { index, size } => write!(f, "no entry {index} in a log of {size}"),
            Self::Shrunk { first, second } => write!(f, "{second} entries cannot extend {first}"),
            Self::Missing(Subtree { level, last }) => {
                write!(
                    f,
                    "the node of level {level} that entry {last} completed is missing"
                )
            }
        }
    }
}

impl core::error::Error for Unprovable {}

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The head has fewer entries than that.
    IndexBeyondSize {
        /// The entry spoken of.
        index: u64,
        /// Entries under the head.
        size: u64,
    },
    /// The older head is of more entries than the newer one.
    Shrunk {
        /// Entries of the older head.
        first: u64,
        /// Entries of the newer head.
        second: u64,
    },
    /// A proof about these entries has another number of nodes.
    Length {
        /// Nodes that it must have.
        wanted: u32,
        /// Nodes that it has.
        found: u32,
    },
    /// The proof does not lead to the root of the head (of the newer one, for two).
    Root,
    /// The proof does not lead to the root of the older head.
    OlderRoot,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexBeyondSize { index, size } => write!(f, "no entry {index} in a log of {size}"),
            Self::Shrunk { first, second } => write!(f, "{second} entries cannot extend {first}"),
            Self::Length { wanted, found } => write!(f, "{found} nodes, expected {wanted}"),
            Self::Root => f.write_str("the proof does not lead to the head's root"),
            Self::OlderRoot => f.write_str("the proof does not lead to the older head's root"),
        }
    }
}

impl core::error::Error for Refusal {}

/// Proof that an entry is in the log.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The entry's index, from 0.
    pub index: u64,
    /// Siblings from the leaf up to the root.
    pub path: BoundedVec<Digest, ConstU32<MAX_INCLUSION_PATH>>,
}

/// Proof that a log only grew from one head to another.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Consistency {
    /// Nodes in the order of RFC 9162 section 2.1.4.1.
    pub path: BoundedVec<Digest, ConstU32<MAX_CONSISTENCY_PATH>>,
}

impl Inclusion {
    /// Proves entry `index` in the first `size` entries. `node` gives the roots of complete subtrees, about
    /// `2·log2(size)` of them.
    ///
    /// # Errors
    /// See [`Unprovable`].
    pub fn build(
        index: u64,
        size: u64,
        mut node: impl FnMut(Subtree) -> Option<Digest>,
        sha256: Sha256Fn,
    ) -> Result<Self, Unprovable> {
        let siblings = siblings(index, size).ok_or(Unprovable::IndexBeyondSize { index, size })?;
        let path: Result<Vec<Digest>, Unprovable> =
            siblings.iter().map(|span| span.root(&mut node, sha256)).collect();
        Ok(Self {
            index,
            // A span's length at least halves with every sibling: at most 64.
            path: BoundedVec::truncate_from(path?),
        })
    }

    /// Whether the entry with the leaf hash `leaf` is entry [`index`](Self::index) under `head`. Total.
    ///
    /// # Errors
    /// [`Refusal::IndexBeyondSize`], [`Refusal::Length`] or [`Refusal::Root`].
    pub fn verify(&self, leaf: &Digest, head: &Head) -> Result<(), Refusal> {
        let (index, size) = (self.index, head.size);
        let siblings = siblings(index, size).ok_or(Refusal::IndexBeyondSize { index, size })?;
        check_length(siblings.len(), self.path.len())?;
        if tree::verify(&head.root, leaf, index, size, &self.path) {
            Ok(())
        } else {
            Err(Refusal::Root)
        }
    }
}

impl Consistency {
    /// Proves that the first `second` entries begin with the first `first` ones. `node` as for [`Inclusion::build`].
    ///
    /// # Errors
    /// See [`Unprovable`].
    pub fn build(
        first: u64,
        second: u64,
        mut node: impl FnMut(Subtree) -> Option<Digest>,
        sha256: Sha256Fn,
    ) -> Result<Self, Unprovable> {
        let spans = spans_between(first, second).ok_or(Unprovable::Shrunk { first, second })?;
        let path: Result<Vec<Digest>, Unprovable> =
            spans.iter().map(|span| span.root(&mut node, sha256)).collect();
        Ok(Self {
            // One for each halving, and the span that is left: at most 65.
            path: BoundedVec::truncate_from(path?),
        })
    }

    /// Whether the log under `newer` begins with the log under `older`. Total. Nothing is needed to extend a log of
    /// no entry, whose root is SHA-256 of nothing, or to be equal.
    ///
    /// # Errors
    /// [`Refusal::Shrunk`], [`Refusal::Length`], [`Refusal::OlderRoot`] or [`Refusal::Root`].
    pub fn verify(&self, older: &Head, newer: &Head) -> Result<(), Refusal> {
        let (first, second) = (older.size, newer.size);
        let spans = spans_between(first, second).ok_or(Refusal::Shrunk { first, second })?;
        check_length(spans.len(), self.path.len())?;
        if first == 0 {
            // A head of no entry has one root, and two such heads are not a log because they are alike.
            let nothing = sha256(&[]);
            return if older.root != nothing {
                Err(Refusal::OlderRoot)
            } else if second == 0 && newer.root != nothing {
                Err(Refusal::Root)
            } else {
                Ok(())
            };
        }
        if first == second {
            return if older.root == newer.root {
                Ok(())
            } else {
                Err(Refusal::OlderRoot)
            };
        }
        self.follow(older, newer)
    }

    /// The algorithm of RFC 9162 section 2.1.4.2 for `0 < older.size < newer.size`.
    fn follow(&self, older: &Head, newer: &Head) -> Result<(), Refusal> {
        let (mut position, mut last) = (older.size.saturating_sub(1), newer.size.saturating_sub(1));
        let complete = position.trailing_ones();
        position = position.checked_shr(complete).unwrap_or(0);
        last = last.checked_shr(complete).unwrap_or(0);
        // Where the older log is one complete subtree, the proof starts from its root, which the verifier has.
        let (start, path) = match self.path.split_first() {
            Some((start, path)) if !older.size.is_power_of_two() => (*start, path),
            _ => (older.root, self.path.as_slice()),
        };
        let (mut old, mut new) = (start, start);
        for node in path {
            if last == 0 {
                return Err(Refusal::Root);
            }
            if position & 1 == 1 || position == last {
                old = node_hash(node, &old, sha256);
                new = node_hash(node, &new, sha256);
                while position & 1 == 0 && position != 0 {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                new = node_hash(&new, node, sha256);
            }
            position >>= 1;
            last >>= 1;
        }
        if old != older.root {
            Err(Refusal::OlderRoot)
        } else if new != newer.root || last != 0 {
            Err(Refusal::Root)
        } else {
            Ok(())
        }
    }
}

/// The roots of complete subtrees of a log whose leaf hashes are all at hand, computed anew at every question.
pub fn of_leaves(leaves: &[Digest]) -> impl Fn(Subtree) -> Option<Digest> + '_ {
    |Subtree { level, last }| {
        let end = usize::try_from(last).ok()?.checked_add(1)?;
        let start = end.checked_sub(1usize.checked_shl(level)?)?;
        tree::root(leaves.get(start..end)?)
    }
}

/// Entries side by side whose joint root a proof needs: those of one side of a split of the tree. `start` is a multiple
/// of a power of two that is not below `len`, so the complete subtrees inside are aligned.
#[derive(Clone, Copy)]
struct Span {
    start: u64,
    len: u64,
}

impl Span {
    fn root(
        &self,
        node: &mut impl FnMut(Subtree) -> Option<Digest>,
        sha256: Sha256Fn,
    ) -> Result<Digest, Unprovable> {
        let (mut end, mut rest, mut peaks) = (self.start, self.len, Vec::new());
        let mut asked = Subtree { level: 0, last: end };
        while let Some(level) = rest.checked_ilog2() {
            let width = 1u64 << level;
            end = end.saturating_add(width);
            rest = rest.saturating_sub(width);
            asked = Subtree {
                level,
                last: end.saturating_sub(1),
            };
            peaks.push(node(asked).ok_or(Unprovable::Missing(asked))?);
        }
        fold(&peaks, sha256).ok_or(Unprovable::Missing(asked))
    }
}

/// Largest power of two below `len`, which is at least 2.
fn split(len: u64) -> u64 {
    len.saturating_sub(1).checked_ilog2().map_or(1, |bit| 1 << bit)
}

/// The siblings of entry `index` among `size`, from the leaf up: RFC 9162 section 2.1.3.1. `None` beyond the last entry.
fn siblings(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut spans, mut inside) = (Vec::new(), Span { start: 0, len: size });
    while inside.len > 1 {
        let (left, right) = halves(inside);
        let is_left = index < right.start;
        spans.push(if is_left { right } else { left });
        inside = if is_left { left } else { right };
    }
    spans.reverse();
    Some(spans)
}

/// What proves that `second` entries extend `first`: RFC 9162 section 2.1.4.1. Nothing for none and for all of them;
/// `None` for more than all.
fn spans_between(first: u64, second: u64) -> Option<Vec<Span>> {
    if first > second {
        return None;
    }
    let (mut spans, mut inside) = (
        Vec::new(),
        Span {
            start: 0,
            len: second,
        },
    );
    if first == 0 {
        return Some(spans);
    }
    // Down to the subtree that ends where the older log ends.
    while inside.start.saturating_add(inside.len) != first {
        let (left, right) = halves(inside);
        let is_left = first <= right.start;
        spans.push(if is_left { right } else { left });
        inside = if is_left { left } else { right };
    }
    // A subtree that begins where the log does is the older log itself, whose root the verifier has.
    if inside.start != 0 {
        spans.push(inside);
    }
    spans.reverse();
    Some(spans)
}

/// The two sides of a tree of at least two entries.
fn halves(Span { start, len }: Span) -> (Span, Span) {
    let left = split(len);
    (
        Span { start, len: left },
        Span {
            start: start.saturating_add(left),
            len: len.saturating_sub(left),
        },
    )
}

fn check_length(wanted: usize, found: usize) -> Result<(), Refusal> {
    if wanted == found {
        Ok(())
    } else {
        // Both are at most 65.
        Err(Refusal::Length {
            wanted: wanted as u32,
            found: found as u32,
        })
    }
}
