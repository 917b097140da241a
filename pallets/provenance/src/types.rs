//! Stored shapes. Their field order is consensus and pinned by `tests/encoding.rs`: new fields go to the end,
//! with a migration.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{BoundedVec, traits::ConstU32};
use scale_info::TypeInfo;
use vouchsafe_protocol::{
    chunk::MAX_ITEMS,
    finding::MAX_ATTESTATIONS,
    id::Digest,
    log::{Entry, Nodes},
    record::{Content, Statement},
    royalty::Royalties,
};

/// Most pipelines that one gateway may declare.
pub const MAX_PIPELINES: u32 = 16;
/// Longest endpoint. Bytes.
pub const MAX_ENDPOINT_LEN: u32 = 256;

/// A gateway: an account that vouches, with the key it signs records with.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Gateway<Balance> {
    /// ed25519 public key that its new records must verify under.
    pub key: [u8; 32],
    /// Digests of the anonymisation policies that it runs, all different.
    pub pipelines: BoundedVec<Digest, ConstU32<MAX_PIPELINES>>,
    /// Where its public service answers: `http(s)://…`, printable ASCII.
    pub endpoint: BoundedVec<u8, ConstU32<MAX_ENDPOINT_LEN>>,
    pub status: GatewayStatus,
    /// Block height.
    pub registered_at: u32,
    /// What is on hold for it, so that a later change of `GatewayBond` leaves it alone. Planck.
    pub bond: Balance,
}

#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Copy, Clone, PartialEq, Eq, Debug,
)]
pub enum GatewayStatus {
    /// May sign records.
    Active,
    /// Signs no more. Its bond may be released at any height above `release_after`.
    Retiring { release_after: u32 },
}

/// A registered statement with the evidence that its gateway made it.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Record<Balance> {
    pub statement: Statement,
    /// The gateway's ed25519 key at the time of registration; `signature` verifies under it for ever.
    pub key: [u8; 32],
    /// ed25519 over the statement's signing bytes.
    pub signature: [u8; 64],
    /// Block height.
    pub registered_at: u32,
    pub status: RecordStatus,
    /// What is on hold from the owner for this row. Planck.
    pub deposit: Balance,
    /// Who shares in what the record earns: follows from the parents' rows, and is kept so that nobody has to walk them.
    pub royalties: Royalties,
}

#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Copy, Clone, PartialEq, Eq, Debug,
)]
pub enum RecordStatus {
    /// May be offered and derived from.
    Live,
    /// Neither, since block `at`: withdrawn by its owner, erased, or condemned by auditors.
    Withdrawn { at: u32 },
}

/// Most entries of the transparency log about one record: registered, withdrawn, erased, fraud proven, each once, and what
/// auditors found.
pub const MAX_ENTRIES: u32 = 4 + MAX_ATTESTATIONS;

/// An entry of the transparency log.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct LogRow {
    pub entry: Entry,
    /// Roots of the complete subtrees that end with this entry, smallest first: its leaf hash, then upwards.
    pub nodes: Nodes,
}

/// What other pallets need to know of a live record.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LiveRecord<AccountId> {
    pub owner: AccountId,
    /// The gateway that vouched for it.
    pub gateway: AccountId,
    pub content: Content,
}

/// Whether a dataset of that content and that many items can exist: its bytes can be cut into its chunks, and
/// every item, of 1 to [`MAX_ITEMS`], has a chunk of its own.
pub(crate) fn content_is_possible(content: &Content, items: u32) -> bool {
    content.is_sane() && (1..=MAX_ITEMS).contains(&items) && items <= content.chunks
}

/// Whether an endpoint is `http://` or `https://` and then at least one printable ASCII character, no spaces.
pub(crate) fn endpoint_is_valid(endpoint: &[u8]) -> bool {
    let rest = endpoint
        .strip_prefix(b"https://")
        .or_else(|| endpoint.strip_prefix(b"http://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.iter().all(u8::is_ascii_graphic))
}

/// Whether no element stands twice. Quadratic: for short bounded lists only.
pub(crate) fn all_different<I: PartialEq>(list: &[I]) -> bool {
    list.iter()
        .enumerate()
        .all(|(i, item)| !list.iter().take(i).any(|earlier| earlier == item))
}
