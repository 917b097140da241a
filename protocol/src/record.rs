//! What a provenance record says, and the bytes that a gateway signs for it.

use crate::{
    hash::absorb,
    id::{Account, Digest, Genesis, RecordId},
    tag::Tag,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Most parents of one record.
pub const MAX_PARENTS: u32 = 8;
/// All of a price, in parts per million.
pub const WHOLE_PPM: u32 = 1_000_000;

/// What may honestly be said of the anonymisation.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Grade {
    /// Removed for good: solid fill, inpainting, removal.
    #[codec(index = 0)]
    Anonymous,
    /// Keyed and reversible by whoever holds the key.
    #[codec(index = 1)]
    Pseudonymous,
    /// Harder to recognise, no more: blur, light mosaic, changed voice.
    #[codec(index = 2)]
    Disguised,
}

/// The encrypted content that a record stands for.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Content {
    /// Root of the tree over the chunks' leaves.
    pub root: Digest,
    /// Number of chunks, 1 to [`MAX_CHUNKS`](crate::chunk::MAX_CHUNKS).
    pub chunks: u32,
    /// Bytes of the ciphertext.
    pub bytes: u64,
}

impl Content {
    /// Whether `bytes` bytes can be cut into `chunks` chunks at all.
    pub fn is_sane(&self) -> bool {
        use crate::chunk::{CHUNK_LEN, MAX_CHUNKS};
        let most = u64::from(self.chunks).saturating_mul(u64::from(CHUNK_LEN));
        (1..=MAX_CHUNKS).contains(&self.chunks) && (u64::from(self.chunks)..=most).contains(&self.bytes)
    }
}

/// A record that this one is derived from.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parent {
    /// The parent.
    pub record: RecordId,
    /// Its share of what this record earns, parts per million.
    pub share_ppm: u32,
}

/// The parents of a record.
pub type Parents = BoundedVec<Parent, ConstU32<MAX_PARENTS>>;

/// Everything that a record binds. Field order is consensus, pinned by golden vectors.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Whose record it is.
    pub owner: Account,
    /// The gateway that anonymised, and signs.
    pub gateway: Account,
    /// The content as it is sold.
    pub content: Content,
    /// Hiding commitment to the raw input: [`input_commitment`](crate::report::input_commitment).
    pub input: Digest,
    /// Hash of the signed anonymisation report.
    pub report: Digest,
    /// Root over one canonical row of metrics per item.
    pub metrics_root: Digest,
    /// Number of rows under `metrics_root`.
    pub items: u32,
    /// Hash of the metadata document.
    pub metadata: Digest,
    /// What may be said of the anonymisation.
    pub grade: Grade,
    /// What the content is derived from.
    pub parents: Parents,
}

impl Statement {
    /// The bytes that the gateway's ed25519 key signs on the chain `genesis`.
    pub fn signing_bytes(&self, genesis: &Genesis) -> Vec<u8> {
        let mut bytes = Vec::new();
        absorb(Tag::RecordSignature, genesis, &[&self.encode()], |part| {
            bytes.extend_from_slice(part)
        });
        bytes
    }
}
