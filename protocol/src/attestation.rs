//! What somebody says who measured items of a dataset again: an attestation, small enough for a transaction, signed, and
//! checked by whoever holds the same items.

use crate::{
    hash::{absorb, tagged},
    id::{Account, Digest, Genesis, OfferId},
    tag::Tag,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeAll, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// The shape below. Another one gets another number.
pub const VERSION: u8 = 1;
/// Longest signed attestation, bytes. Inclusive.
pub const MAX_BYTES: usize = 512;
/// Most items of one draw. Inclusive.
pub const MAX_DRAWN: u16 = 128;
/// One bit for each of them.
pub const MAX_LOOKED: u32 = 16;
/// Most metrics of a suite. Inclusive.
pub const MAX_METRICS: u32 = 18;
/// Most claims. Inclusive.
pub const MAX_CLAIMS: u32 = 4;
/// Longest name of the software, bytes. Inclusive.
pub const MAX_BUILD: u32 = 24;
/// Longest name of what ran the nets, bytes. Inclusive.
pub const MAX_PROVIDER: u32 = 15;

/// How one metric came out over all items that were looked at.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Comparison {
    /// It was compared in no item.
    #[codec(index = 0)]
    Skipped,
    /// Equal, or within the suite's band, wherever it was compared.
    #[codec(index = 1)]
    Agree,
    /// Another in so many items, at least one.
    #[codec(index = 2)]
    Differ {
        /// Items.
        items: u16,
        /// Largest difference in any item and class; `u32::MAX` also stands for all that is larger.
        worst: u32,
    },
}

/// What is said to be still in an item, without saying where.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Class {
    /// A face.
    #[codec(index = 0)]
    Face,
    /// A licence plate.
    #[codec(index = 1)]
    Plate,
    /// Legible text.
    #[codec(index = 2)]
    Text,
    /// A bar code or QR code.
    #[codec(index = 3)]
    Code,
    /// A whole person.
    #[codec(index = 4)]
    Person,
    /// A vehicle.
    #[codec(index = 5)]
    Vehicle,
    /// A voice.
    #[codec(index = 6)]
    Voice,
    /// Something beside what one sees or hears: a place, a name, a preview.
    #[codec(index = 7)]
    Metadata,
}

/// That something is still in an item. People must look before it counts.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub struct Claim {
    /// From 0, in the order of the rows.
    pub item: u32,
    /// What.
    pub class: Class,
}

/// What the numbers say, gravest last.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Verdict {
    /// Nothing was compared.
    #[codec(index = 0)]
    Nothing,
    /// All agrees.
    #[codec(index = 1)]
    Clean,
    /// Banded metrics lie outside their band in more than a tenth of the items.
    #[codec(index = 2)]
    Mismatch,
    /// An exact metric is false in at least one item.
    #[codec(index = 3)]
    ExactFalse,
    /// More is still seen in an item than its row admits.
    #[codec(index = 4)]
    Sighting,
}

/// With what was measured.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// Name and version of the software, UTF-8.
    pub build: BoundedVec<u8, ConstU32<MAX_BUILD>>,
    /// What ran the nets (`cpu`, `cuda:0`), UTF-8; empty where none was run. Exact metrics do not depend on it.
    pub provider: BoundedVec<u8, ConstU32<MAX_PROVIDER>>,
}

/// What somebody says who measured items of an offer again.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// [`VERSION`].
    pub version: u8,
    /// The chain.
    pub genesis: Genesis,
    /// Which audit this answers: [`own_audit`] where nobody asked for one.
    pub audit: Digest,
    /// The offer whose content was looked at.
    pub offer: OfferId,
    /// Root of that content.
    pub content_root: Digest,
    /// Root of the rows that were compared with.
    pub metrics_root: Digest,
    /// Digest of the suite that was run.
    pub suite: Digest,
    /// With what.
    pub runtime: Runtime,
    /// Height of the final block whose hash the items were drawn with.
    pub drawn_at: u32,
    /// Rows under the root, from which items were drawn.
    pub population: u32,
    /// Items that were drawn.
    pub drawn: u16,
    /// Bit i, the lowest of a byte first, says whether the i-th drawn item was looked at: one that the auditor does not
    /// have was not. As many bytes as the draw needs, the bits beyond it zero.
    pub looked: BoundedVec<u8, ConstU32<MAX_LOOKED>>,
    /// One for each metric of the suite, in its order.
    pub metrics: BoundedVec<Comparison, ConstU32<MAX_METRICS>>,
    /// What is still seen; the first few.
    pub claims: BoundedVec<Claim, ConstU32<MAX_CLAIMS>>,
    /// What follows.
    pub verdict: Verdict,
}

/// An attestation with the signature of whoever stands by it.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What is said.
    pub attestation: Attestation,
    /// Who says it: an ed25519 public key.
    pub auditor: Account,
    /// Over [`Attestation::signing_bytes`].
    pub signature: [u8; 64],
}

/// Why bytes are no attestation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttestationError {
    /// More than [`MAX_BYTES`].
    TooLong {
        /// Bytes found.
        bytes: usize,
    },
    /// Not the SCALE form of one.
    Malformed,
    /// Of another version.
    Version {
        /// The version found.
        found: u8,
    },
    /// More items were drawn than there are, or than [`MAX_DRAWN`].
    Drawn,
    /// The bits of what was looked at are not those of the draw.
    Looked,
    /// A claim names no item.
    Claim {
        /// The item that it names.
        item: u32,
    },
}

impl fmt::Display for AttestationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(f, "an attestation of {bytes} bytes, at most {MAX_BYTES}"),
            Self::Malformed => f.write_str("the bytes are no attestation"),
            Self::Version { found } => {
                write!(
                    f,
                    "an attestation of version {found}, this version reads {VERSION}"
                )
            }
            Self::Drawn => write!(f, "more items are drawn than there are, or more than {MAX_DRAWN}"),
            Self::Looked => f.write_str("the bits of what was looked at are not those of the draw"),
            Self::Claim { item } => write!(f, "a claim is about item {item}, which is not there"),
        }
    }
}

impl core::error::Error for AttestationError {}

/// The name of an audit that `auditor` made for nobody but themself, with items drawn by the block at `drawn_at`.
pub fn own_audit(genesis: &Genesis, offer: &OfferId, auditor: &Account, drawn_at: u32) -> Digest {
    tagged(
        Tag::OwnAudit,
        genesis,
        &[&offer.0, &auditor.0, &drawn_at.to_le_bytes()],
    )
}

impl Attestation {
    /// What the auditor's ed25519 key signs.
    pub fn signing_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        absorb(
            Tag::AttestationSignature,
            &self.genesis,
            &[&self.encode()],
            |part| bytes.extend_from_slice(part),
        );
        bytes
    }

    /// Whether the i-th drawn item was looked at.
    pub fn looked_at(&self, place: u16) -> bool {
        let byte = self.looked.get(usize::from(place / 8)).copied().unwrap_or(0);
        place < self.drawn && (byte >> (place % 8)) & 1 == 1
    }

    /// Items that were looked at.
    pub fn items(&self) -> u32 {
        self.looked.iter().map(|byte| byte.count_ones()).sum()
    }

    /// Errors: `Version`, `Drawn`, `Looked`, `Claim`.
    pub fn check(&self) -> Result<(), AttestationError> {
        if self.version != VERSION {
            return Err(AttestationError::Version { found: self.version });
        }
        if self.drawn > MAX_DRAWN || u32::from(self.drawn) > self.population {
            return Err(AttestationError::Drawn);
        }
        let beyond = match self.drawn % 8 {
            0 => 0,
            used => self.looked.last().map_or(0, |last| last >> used),
        };
        if self.looked.len() != usize::from(self.drawn.div_ceil(8)) || beyond != 0 {
            return Err(AttestationError::Looked);
        }
        match self.claims.iter().find(|claim| claim.item >= self.population) {
            Some(claim) => Err(AttestationError::Claim { item: claim.item }),
            None => Ok(()),
        }
    }
}

impl Signed {
    /// Reads foreign bytes. The signature is for whoever has ed25519 at hand to judge. Errors: all of
    /// [`AttestationError`].
    pub fn read(bytes: &[u8]) -> Result<Self, AttestationError> {
        if bytes.len() > MAX_BYTES {
            return Err(AttestationError::TooLong { bytes: bytes.len() });
        }
        // Told before the rest is read: another version may have another shape.
        match bytes.first() {
            Some(&found) if found != VERSION => return Err(AttestationError::Version { found }),
            _ => {}
        }
        let signed = Self::decode_all(&mut &bytes[..]).map_err(|_| AttestationError::Malformed)?;
        signed.attestation.check()?;
        Ok(signed)
    }
}
