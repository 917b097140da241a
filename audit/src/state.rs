//! What a final block's state says of a record: the keys are computed here, never taken from a bundle.

use crate::{
    header::Header,
    scores::{self, NoScores, Scores},
    trie::{Proof, TrieError},
};
use codec::{Decode, DecodeAll};
use std::fmt;
use vouchsafe_protocol::{
    id::{Genesis, RecordId},
    log::Frontier,
    record::Statement,
    royalty::Royalties,
};

/// A value that the verifier reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The hash of block 0, which the chain keeps for ever.
    Genesis,
    /// The record's row.
    Record,
    /// The transparency log's frontier.
    Log,
    /// The indices of the log's entries about the record.
    EntriesOf,
}

/// `twox128(pallet) ‖ twox128(item)` of each; a test of the runtime compares them with its own.
const BLOCK_HASH: &str = "26aa394eea5630e07c48ae0c9558cef7a44704b568d21667356a5a050c118746";
const RECORDS: &str = "4ce2045793879f8c5099c6b4c15d29bcbb8fcc88c3da5bf159c1e1a5f46fe432";
const LOG: &str = "4ce2045793879f8c5099c6b4c15d29bcf049307b5700d82b9ee8b06579ffbaa7";
const ENTRIES_OF: &str = "4ce2045793879f8c5099c6b4c15d29bcf231b7f96af2f90041668a0fc21c5c5e";
/// `twox64` of height 0, then height 0.
const ZERO: &str = "b4def25cfda6ef3a00000000";

impl Entry {
    /// All that is read, in this order.
    pub const ALL: [Self; 4] = [Self::Genesis, Self::Record, Self::Log, Self::EntriesOf];

    /// Where the state has it.
    pub fn key(self, record: &RecordId) -> Vec<u8> {
        match self {
            Self::Genesis => [bytes(BLOCK_HASH), bytes(ZERO)].concat(),
            Self::Record => [bytes(RECORDS), record.0.to_vec()].concat(),
            Self::Log => bytes(LOG),
            Self::EntriesOf => [bytes(ENTRIES_OF), record.0.to_vec()].concat(),
        }
    }
}

/// Every key that a bundle about `record` must show, in the order of [`Entry::ALL`].
pub fn keys(record: &RecordId) -> [Vec<u8>; 4] {
    Entry::ALL.map(|entry| entry.key(record))
}

/// The bytes of a constant of this crate, which are lower-case hexadecimal.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'a' + 10
        }
    };
    hex.as_bytes()
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[high, low]| digit(*high) << 4 | digit(*low))
        .collect()
}

/// A record's row, `pallet_provenance::Record`.
#[derive(Decode, Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the gateway said.
    pub statement: Statement,
    /// Its ed25519 key at that time.
    pub key: [u8; 32],
    /// Over the statement.
    pub signature: [u8; 64],
    /// Height of the registration.
    pub registered_at: u32,
    /// Height since which it is withdrawn; nothing for a live one. As the chain encodes an enum of two.
    pub withdrawn_at: Option<u32>,
    /// What is on hold for it.
    pub deposit: u128,
    /// Who shares in what it earns.
    pub royalties: Royalties,
}

/// What a state says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The chain's genesis.
    pub genesis: Genesis,
    /// The record's row; `None` for a record that the chain does not have.
    pub row: Option<Row>,
    /// The log.
    pub log: Frontier,
    /// The indices of its entries about the record: all of them.
    pub listed: Vec<u64>,
    /// The scores of those who stand behind the record, if what they follow from is shown.
    pub scores: Result<Scores, NoScores>,
}

/// Why a state is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateError {
    /// The proof of this value.
    Proof(Entry, TrieError),
    /// This value is not there, or has another shape.
    Value(Entry),
    /// Nodes that nothing needs.
    Unneeded,
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proof(entry, error) => write!(f, "reading {entry:?}: {error}"),
            Self::Value(entry) => write!(f, "{entry:?} is missing or has an unknown shape"),
            Self::Unneeded => TrieError::Unneeded.fmt(f),
        }
    }
}

impl std::error::Error for StateError {}

/// What the state after `header` says of `record`, shown by `nodes` and by no node more. Nodes that show the evidence about
/// seller and gateway may be missing; then there are no scores.
///
/// # Errors
/// See [`StateError`].
pub fn read<'a>(
    header: &Header,
    nodes: impl IntoIterator<Item = &'a [u8]>,
    record: &RecordId,
) -> Result<Said, StateError> {
    let mut proof = Proof::new(header.state_root, nodes);
    let mut value = |entry: Entry| {
        let found = proof.read(&entry.key(record));
        found.map_err(|error| StateError::Proof(entry, error))
    };
    let genesis = value(Entry::Genesis)?.ok_or(StateError::Value(Entry::Genesis))?;
    let genesis = genesis
        .try_into()
        .map_err(|_| StateError::Value(Entry::Genesis))?;
    let row = match value(Entry::Record)? {
        Some(bytes) => Some(decoded(Entry::Record, &bytes)?),
        None => None,
    };
    // A chain without an entry has no frontier in its state either.
    let log = match value(Entry::Log)? {
        Some(bytes) => decoded(Entry::Log, &bytes)?,
        None => Frontier::default(),
    };
    let listed = match value(Entry::EntriesOf)? {
        Some(bytes) => decoded(Entry::EntriesOf, &bytes)?,
        None => Vec::new(),
    };
    let scores = match &row {
        Some(Row { statement, .. }) => {
            scores::read(&mut proof, &statement.owner, &statement.gateway, header.number)
        }
        None => Err(NoScores::NoRecord),
    };
    proof.finish().map_err(|_| StateError::Unneeded)?;
    Ok(Said {
        genesis: Genesis(genesis),
        row,
        log,
        listed,
        scores,
    })
}

fn decoded<T: Decode>(entry: Entry, bytes: &[u8]) -> Result<T, StateError> {
    T::decode_all(&mut &bytes[..]).map_err(|_| StateError::Value(entry))
}
