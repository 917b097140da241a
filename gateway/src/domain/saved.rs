//! What the gateway keeps of a chain that will have forgotten it: the parts of bundles (docs/BUNDLE.md), in SCALE.

use codec::{Decode, Encode};
use vouchsafe_protocol::{
    bundle::{AuthoritySet, Bytes, Finalised, MAX_PART, SignedStatement, Trail},
    order::Stage,
};

/// The authority set from which the saved hand-overs start.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Checkpoint {
    pub set: AuthoritySet,
    /// The hand-overs are those above this height.
    pub above: u32,
}

/// How one authority set named the next.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Handover {
    pub height: u32,
    pub block: Finalised,
}

/// A record as a final block had it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SavedRecord {
    pub height: u32,
    pub finality: Finalised,
    pub state: Vec<Bytes<MAX_PART>>,
    pub record: SignedStatement,
    pub trail: Trail,
    /// What it is derived from, children before their parents.
    pub ancestors: Vec<SignedStatement>,
}

/// An order as a final block had it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SavedOrder {
    pub height: u32,
    pub finality: Finalised,
    pub state: Vec<Bytes<MAX_PART>>,
    pub stage: Stage,
}
