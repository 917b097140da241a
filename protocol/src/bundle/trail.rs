//! A record's trail: all that the log says of it, proven.

use super::SignedStatement;
use crate::{
    hash::sha256,
    id::Genesis,
    log::{Entry, Head, Inclusion, LifeError, Refusal, Standing},
};
use alloc::vec::Vec;
use core::fmt;

/// Why a trail is not to be believed. Positions are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailError {
    /// The state lists another number of entries about the record.
    Count {
        /// Entries that the state lists.
        wanted: usize,
        /// Entries in the bundle.
        found: usize,
    },
    /// The entry at this position has another index than the state lists.
    Index(usize),
    /// The entry at this position is not in the log.
    NotInLog(usize, Refusal),
    /// The entries are no life of the record.
    Life(LifeError),
    /// The record was registered with another key than the one that it comes with.
    Key,
    /// An entry is from above the height that the head is of.
    Future,
}

impl fmt::Display for TrailError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count { wanted, found } => write!(f, "{found} entries, the chain has {wanted}"),
            Self::Index(at) => write!(f, "entry {at} is not the one that the chain lists there"),
            Self::NotInLog(at, refusal) => write!(f, "entry {at} is not in the log: {refusal}"),
            Self::Life(error) => error.fmt(f),
            Self::Key => f.write_str("the record was registered with another key"),
            Self::Future => f.write_str("an entry is from above the bundle's height"),
        }
    }
}

impl core::error::Error for TrailError {}

/// What the log says of `record` up to `height`. `listed`: the indices that the state lists for it under that height's
/// state root, which is all of them; `head`: the log's head there. Total.
///
/// # Errors
/// See [`TrailError`].
pub fn read(
    genesis: &Genesis,
    record: &SignedStatement,
    trail: &[(Entry, Inclusion)],
    listed: &[u64],
    head: &Head,
    height: u32,
) -> Result<Standing, TrailError> {
    let (wanted, found) = (listed.len(), trail.len());
    if wanted != found {
        return Err(TrailError::Count { wanted, found });
    }
    for (at, ((entry, inclusion), index)) in trail.iter().zip(listed).enumerate() {
        if inclusion.index != *index {
            return Err(TrailError::Index(at));
        }
        let leaf = entry.leaf_hash(genesis, sha256);
        inclusion
            .verify(&leaf, head)
            .map_err(|refusal| TrailError::NotInLog(at, refusal))?;
    }
    let entries: Vec<Entry> = trail.iter().map(|(entry, _)| *entry).collect();
    let custodians = [&record.statement.owner, &record.statement.gateway];
    let standing = Standing::of(&record.record, custodians, &entries).map_err(TrailError::Life)?;
    if standing.key != record.key {
        return Err(TrailError::Key);
    }
    if entries.iter().any(|entry| entry.height > height) {
        return Err(TrailError::Future);
    }
    Ok(standing)
}
