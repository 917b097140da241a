//! The state of a growing log: logarithmic in its size, and enough to append for ever.

use super::{Head, fold, node_hash};
use crate::{hash::Sha256Fn, id::Digest};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, Input, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Most complete subtrees that a log consists of: one for each bit of its size.
pub const MAX_PEAKS: u32 = 64;

/// Roots of the complete subtrees that one entry completed: at position `k` that of the `2^k` entries which it ends, so
/// the entry's own leaf hash comes first. An entry with index `i` completes one more than `i` has ones at its end.
pub type Nodes = BoundedVec<Digest, ConstU32<MAX_PEAKS>>;

/// The roots of the complete subtrees of a log, from which its head and every later head follow.
///
/// In SCALE: `size:u64`, then the peaks with their compact count, the largest first. There are as many peaks as `size`
/// has ones; bytes that say otherwise do not decode.
#[derive(Encode, MaxEncodedLen, TypeInfo, Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: BoundedVec<Digest, ConstU32<MAX_PEAKS>>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The entry's index, from 0.
    pub index: u64,
    /// What its reader must keep to prove anything about it later.
    pub nodes: Nodes,
}

/// The log has `u64::MAX` entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the log has as many entries as it can number")
    }
}

impl core::error::Error for Full {}

impl Frontier {
    /// Appends the entry whose leaf hash is `leaf`: two hashes on average, 63 at most.
    ///
    /// # Errors
    /// [`Full`], and nothing has changed.
    pub fn append(&mut self, leaf: Digest, sha256: Sha256Fn) -> Result<Appended, Full> {
        let index = self.size;
        let size = index.checked_add(1).ok_or(Full)?;
        // A subtree of 2^k entries is completed exactly when bits 0 to k-1 of the index are set, and then the subtrees
        // that it is made of are the last peaks.
        let joined = index.trailing_ones() as usize;
        let mut node = leaf;
        let mut nodes = Vec::with_capacity(joined.saturating_add(1));
        nodes.push(leaf);
        for left in self.peaks.iter().rev().take(joined) {
            node = node_hash(left, &node, sha256);
            nodes.push(node);
        }
        let mut peaks = self.peaks.to_vec();
        peaks.truncate(peaks.len().saturating_sub(joined));
        peaks.push(node);
        // As many peaks as `size` has ones, and at most 64 nodes since `index` has a zero: both fit.
        let nodes = Nodes::try_from(nodes).map_err(|_| Full)?;
        self.peaks = BoundedVec::try_from(peaks).map_err(|_| Full)?;
        self.size = size;
        Ok(Appended { index, nodes })
    }

    /// Number of entries.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the complete subtrees, the largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// The head over all entries so far: at most 63 hashes.
    pub fn head(&self, sha256: Sha256Fn) -> Head {
        Head {
            size: self.size,
            root: fold(&self.peaks, sha256).unwrap_or_else(|| sha256(&[])),
        }
    }
}

impl Decode for Frontier {
    fn decode<I: Input>(input: &mut I) -> Result<Self, codec::Error> {
        let (size, peaks) = <(u64, BoundedVec<Digest, ConstU32<MAX_PEAKS>>)>::decode(input)?;
        if peaks.len() == size.count_ones() as usize {
            Ok(Self { size, peaks })
        } else {
            Err("a log has one peak for each bit of its size".into())
        }
    }
}

impl DecodeWithMemTracking for Frontier {}
