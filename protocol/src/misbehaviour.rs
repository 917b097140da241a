//! Proof of misbehaviour: one chunk that does not open to what the root commits to.
//!
//! The seller of a bad chunk has signed everything that convicts: the root is in the offer, and the evaluation `W`
//! was verified against the offer's key. The buyer adds the blind `b`, which shows whose order it is and opens the
//! content, and the chunk with its path. Nobody's judgement is asked, and nothing can be proven against a seller
//! whose chunks open: [`verify`] accepts a piece of evidence exactly if there is a fault.
//!
//! The shape is FairSwap's (Dziembowski, Eckey, Faust; CCS 2018), made shorter by leaves that bind ciphertext and
//! plaintext together: one leaf and one path instead of two.
//!
//! Evidence publishes `b`, and with it the content secret of a fraudulent offer. Of an honest offer it would publish
//! the same, which is why nothing but [`Evidence::build`] makes it, and why that refuses without a fault.

use crate::{
    chunk::CHUNK_LEN,
    delivery::{Blind, Point},
    hash::Sha256Fn,
    id::{Digest, Genesis, OfferId},
    leaf::Leaf,
    record::Content,
    sidecar::Sidecar,
    tree,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Longest path that evidence may carry: enough for 2^24 chunks. What [`chunk::MAX_CHUNKS`](crate::chunk::MAX_CHUNKS)
/// allows today needs 20.
pub const MAX_PATH: u32 = 24;

/// What a buyer puts before the chain: at most 66,480 bytes in SCALE. Field order is consensus.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// `b` of the order's `Q = bH`, 32 bytes little-endian: proves whose order it is, and opens the content.
    pub blind: [u8; 32],
    /// The chunk, from 0.
    pub index: u32,
    /// The chunk's leaf.
    pub leaf: Leaf,
    /// From the leaf up to the content root, RFC 9162 section 2.1.3.
    pub path: BoundedVec<Digest, ConstU32<MAX_PATH>>,
    /// The chunk as the seller published it.
    pub ciphertext: BoundedVec<u8, ConstU32<CHUNK_LEN>>,
}

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The blind is the buyer's until the evidence is filed.
        f.debug_struct("Evidence")
            .field("blind", &format_args!("(..)"))
            .field("index", &self.index)
            .field("leaf", &self.leaf)
            .field("path", &self.path.len())
            .field("ciphertext", &self.ciphertext.len())
            .finish()
    }
}

/// What the chain already knows of the order that the evidence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// The chain.
    pub genesis: Genesis,
    /// The offer.
    pub offer: OfferId,
    /// The offer's version.
    pub version: u32,
    /// The offer's content.
    pub content: Content,
    /// `Q` of the order.
    pub blinded: Point,
    /// `W` of the delivery, verified when it was made.
    pub evaluated: Point,
}

/// What the seller did.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Fault {
    /// The leaf's length is not that of the bytes it commits to, or none that a chunk can have.
    #[codec(index = 0)]
    Length,
    /// The chunk decrypts to something else than the leaf commits to.
    #[codec(index = 1)]
    Commitment,
}

/// Why evidence proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFault {
    /// The content has no such chunk.
    IndexBeyondEnd {
        /// The index given.
        index: u32,
        /// Chunks of the content.
        chunks: u32,
    },
    /// The leaf is not at this place under the content root.
    NotUnderRoot,
    /// `b` is no canonical scalar, or not the one of this order.
    WrongBlind,
    /// The bytes are not those that the leaf commits to: a damaged download, not a fraud.
    WrongCiphertext,
    /// The chunk opens to exactly what the leaf commits to.
    Honest,
}

impl fmt::Display for NoFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IndexBeyondEnd { index, chunks } => {
                write!(f, "there is no chunk {index}: the content has {chunks}")
            }
            Self::NotUnderRoot => write!(f, "the leaf is not at this place under the offer's root"),
            Self::WrongBlind => write!(f, "the blind is not the one of this order"),
            Self::WrongCiphertext => write!(f, "the bytes are not those that the leaf commits to"),
            Self::Honest => write!(f, "the chunk opens to exactly what the offer promised"),
        }
    }
}

impl core::error::Error for NoFault {}

impl Evidence {
    /// Puts together what convicts the seller of `case` by chunk `index`, and checks it: what this returns is accepted
    /// by every verifier.
    ///
    /// `sidecar` is the one whose root is the offer's; `ciphertext` are the chunk's bytes as they were downloaded.
    ///
    /// # Errors
    /// See [`NoFault`]: there is nothing to file. The blind has then not left the function.
    pub fn build(
        blind: &Blind,
        case: &Case,
        sidecar: &Sidecar,
        index: u32,
        ciphertext: &[u8],
    ) -> Result<Self, NoFault> {
        let beyond = NoFault::IndexBeyondEnd {
            index,
            chunks: case.content.chunks,
        };
        let leaf = *sidecar.leaves().get(index as usize).ok_or(beyond)?;
        let path = sidecar.path(index).ok_or(beyond)?;
        let evidence = Self {
            blind: *blind.expose(),
            index,
            leaf,
            path: path.try_into().map_err(|_: Vec<Digest>| NoFault::NotUnderRoot)?,
            ciphertext: Vec::from(ciphertext)
                .try_into()
                .map_err(|_: Vec<u8>| NoFault::WrongCiphertext)?,
        };
        verify(&evidence, case, crate::hash::sha256).map(|_| evidence)
    }
}

/// What `evidence` proves against the seller of `case`.
///
/// Total: any bytes give an answer. Cheap checks come first: whoever does not hold the order's blind is refused after
/// one hash to the group and one scalar multiplication, before a long message is hashed.
///
/// # Errors
/// See [`NoFault`].
pub fn verify(evidence: &Evidence, case: &Case, sha256: Sha256Fn) -> Result<Fault, NoFault> {
    let Evidence {
        blind,
        index,
        leaf,
        path,
        ciphertext,
    } = evidence;
    let Content { root, chunks, .. } = case.content;
    if *index >= chunks {
        return Err(NoFault::IndexBeyondEnd {
            index: *index,
            chunks,
        });
    }
    if !tree::verify(
        &root,
        &leaf.hash(*index),
        u64::from(*index),
        u64::from(chunks),
        path,
    ) {
        return Err(NoFault::NotUnderRoot);
    }
    let blind = Blind::from_scalar(blind, &case.genesis, &case.offer, case.version)
        .filter(|blind| blind.blinded() == case.blinded)
        .ok_or(NoFault::WrongBlind)?;
    if !(1..=CHUNK_LEN).contains(&leaf.len) {
        return Ok(Fault::Length);
    }
    if sha256(ciphertext) != leaf.ciphertext {
        return Err(NoFault::WrongCiphertext);
    }
    if ciphertext.len() != leaf.len as usize {
        return Ok(Fault::Length);
    }
    // A delivery's `W` was decompressed when it was verified, so this cannot fail for an order that the chain stored.
    let secret = blind.unblind(&case.evaluated).map_err(|_| NoFault::WrongBlind)?;
    if secret.commits(*index, ciphertext, &leaf.commitment, sha256) {
        Err(NoFault::Honest)
    } else {
        Ok(Fault::Commitment)
    }
}
