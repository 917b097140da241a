//! What a record is derived from.

use super::SignedStatement;
use crate::id::{Genesis, RecordId};
use alloc::{collections::BTreeSet, vec::Vec};
use core::fmt;

/// A lineage without a foreign record. It has no cycle: an id is the hash of a statement that holds its parents' ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Parents, of the record or of an ancestor, that are not here: each once, in the order in which they are named.
    pub missing: Vec<RecordId>,
}

/// Why statements are no lineage of a record. Positions are counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineageError {
    /// The ancestor at this position goes by another id than its statement's.
    Misnamed(usize),
    /// Nothing before the ancestor at this position names it as a parent.
    Foreign(usize),
}

impl fmt::Display for LineageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misnamed(at) => write!(f, "ancestor {at} goes by an id that is not its statement's"),
            Self::Foreign(at) => write!(f, "ancestor {at} is nobody's parent"),
        }
    }
}

impl core::error::Error for LineageError {}

/// Reads the ancestors of `record`, children before their parents.
///
/// # Errors
/// See [`LineageError`].
pub fn lineage(
    genesis: &Genesis,
    record: &SignedStatement,
    ancestors: &[SignedStatement],
) -> Result<Lineage, LineageError> {
    let parents = |of: &SignedStatement| -> Vec<RecordId> {
        of.statement.parents.iter().map(|parent| parent.record).collect()
    };
    let mut named = parents(record);
    for (at, ancestor) in ancestors.iter().enumerate() {
        if !ancestor.is_named_rightly(genesis) {
            return Err(LineageError::Misnamed(at));
        }
        if !named.contains(&ancestor.record) {
            return Err(LineageError::Foreign(at));
        }
        named.extend(parents(ancestor));
    }
    let mut seen: BTreeSet<RecordId> = ancestors.iter().map(|ancestor| ancestor.record).collect();
    named.retain(|parent| seen.insert(*parent));
    Ok(Lineage { missing: named })
}
