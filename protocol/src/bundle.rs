//! The provenance bundle: one file that verifies with the network off. docs/BUNDLE.md is normative; this is its format
//! and those checks that need nothing but SHA-256. Finality and state need the chain's own hash and signatures, and are
//! checked by whoever has them.

mod file;
mod lineage;
mod opening;
mod trail;

pub use file::{FormatError, MAGIC, MAX_FILE};
pub use lineage::{Lineage, LineageError, lineage};
pub use opening::{Opening, OpeningError};
pub use trail::{TrailError, read};

use crate::{
    finding::MAX_ATTESTATIONS,
    id::{Digest, Genesis, RecordId},
    log::{Entry, Inclusion},
    record::Statement,
};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode};

/// At most `N` bytes.
pub type Bytes<const N: u32> = BoundedVec<u8, ConstU32<N>>;

/// Longest header, trie node or model manifest. Bytes.
pub const MAX_PART: u32 = 64 << 10;
/// Longest justification. Bytes.
pub const MAX_JUSTIFICATION: u32 = 256 << 10;
/// Longest report or metadata document. Bytes.
pub const MAX_DOCUMENT: u32 = 1 << 20;
/// Longest contents document. Bytes.
pub const MAX_CONTENTS: u32 = 4 << 20;
/// Most authorities of a set.
pub const MAX_AUTHORITIES: u32 = 128;
/// Most hand-overs between sets.
pub const MAX_HANDOVERS: u32 = 4_096;
/// Most trie nodes.
pub const MAX_NODES: u32 = 8_192;
/// Most model manifests.
pub const MAX_MODELS: u32 = 64;
/// Most opened items.
pub const MAX_OPENINGS: u32 = 10_000;
/// Most ancestors.
pub const MAX_ANCESTORS: u32 = 64;
/// Longest trail: each kind of fact once, and what auditors said.
pub const MAX_TRAIL: u32 = 4 + MAX_ATTESTATIONS;
/// Longest path of a chunk: enough for 2^24 chunks, as in evidence.
pub const MAX_PATH: u32 = crate::misbehaviour::MAX_PATH;

/// Who may finalise, and how much each vote weighs.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// ed25519 public key.
    pub key: [u8; 32],
    /// Weight of its vote.
    pub weight: u64,
}

/// A GRANDPA authority set.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct AuthoritySet {
    /// Number of the set, from 0 at genesis.
    pub id: u64,
    /// Its members, each once.
    pub authorities: BoundedVec<Authority, ConstU32<MAX_AUTHORITIES>>,
}

/// A header with the votes that make it final, both in the chain's own encoding.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct Finalised {
    /// The header.
    pub header: Bytes<MAX_PART>,
    /// Its GRANDPA justification.
    pub justification: Bytes<MAX_JUSTIFICATION>,
}

/// A statement as a gateway signed it.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct SignedStatement {
    /// The id that it goes by.
    pub record: RecordId,
    /// What was said.
    pub statement: Statement,
    /// The gateway's ed25519 public key at that time.
    pub key: [u8; 32],
    /// Over the statement's signing bytes.
    pub signature: [u8; 64],
}

impl SignedStatement {
    /// Whether the id is the statement's on the chain `genesis`.
    pub fn is_named_rightly(&self, genesis: &Genesis) -> bool {
        RecordId::derive(genesis, &self.statement) == self.record
    }
}

/// The anonymisation report.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct SignedReport {
    /// Canonical JSON (RFC 8785).
    pub document: Bytes<MAX_DOCUMENT>,
    /// By the record's key, over the report's signing bytes.
    pub signature: [u8; 64],
}

/// The contents document, which is item 0, opened.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Canonical JSON.
    pub document: Bytes<MAX_CONTENTS>,
    /// Shows that it lies under the content root.
    pub opening: Opening,
}

/// One chunk whose commitment is opened, without the key of its ciphertext.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct OpenedChunk {
    /// `salt` of the commitment `H(salt ‖ pt)`.
    pub salt: [u8; 32],
    /// `H(ct)`.
    pub ciphertext: Digest,
    /// From the leaf up to the content root.
    pub path: BoundedVec<Digest, ConstU32<MAX_PATH>>,
}

/// What the log says of the record: entries with their proofs, oldest first.
pub type Trail = BoundedVec<(Entry, Inclusion), ConstU32<MAX_TRAIL>>;

/// The file's content. Field order is the format, pinned by golden vectors.
#[derive(Encode, Decode, DecodeWithMemTracking, Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The chain.
    pub genesis: Genesis,
    /// The set from which the hand-overs start, to be compared with the verifier's own.
    pub checkpoint: AuthoritySet,
    /// Blocks in which one set names the next, oldest first.
    pub handovers: BoundedVec<Finalised, ConstU32<MAX_HANDOVERS>>,
    /// The block that the bundle speaks of.
    pub finality: Finalised,
    /// Trie nodes under that block's state root.
    pub state: BoundedVec<Bytes<MAX_PART>, ConstU32<MAX_NODES>>,
    /// The record.
    pub record: SignedStatement,
    /// Its trail up to that block.
    pub trail: Trail,
    /// Its report.
    pub report: Option<SignedReport>,
    /// Its metadata document, canonical JSON.
    pub metadata: Option<Bytes<MAX_DOCUMENT>>,
    /// Manifests of the models that the report names.
    pub models: BoundedVec<Bytes<MAX_PART>, ConstU32<MAX_MODELS>>,
    /// The list of its items.
    pub contents: Option<Contents>,
    /// Items that are opened, each once, rising.
    pub openings: BoundedVec<Opening, ConstU32<MAX_OPENINGS>>,
    /// What it is derived from, children before their parents.
    pub ancestors: BoundedVec<SignedStatement, ConstU32<MAX_ANCESTORS>>,
}
