//! Headers of a Substrate chain with 32-bit heights and BLAKE2b-256.

use crate::blake2b;
use codec::{Compact, Decode, Input};
use std::fmt;
use vouchsafe_protocol::bundle::{Authority, AuthoritySet, MAX_AUTHORITIES};

/// What finality and state proofs need of a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// BLAKE2b-256 of its bytes.
    pub hash: [u8; 32],
    /// Hash of the block before.
    pub parent: [u8; 32],
    /// Height.
    pub number: u32,
    /// Root of the state after this block.
    pub state_root: [u8; 32],
    /// What it says to GRANDPA: SCALE of each consensus digest with the engine `FRNK`.
    grandpa: Vec<Vec<u8>>,
}

/// Why bytes are not a header, or name no next set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Cut off, of another shape, or longer than its fields.
    Shape,
    /// It does not name exactly one next authority set.
    NoChange,
    /// The change is forced, or delayed, or pauses: this chain makes none such.
    OtherChange,
    /// The next set has no authority, more than 128, one twice, or one without weight.
    Authorities,
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shape => "the bytes are no header",
            Self::NoChange => "the header does not name one next authority set",
            Self::OtherChange => "the header changes authorities in a way that this chain does not know",
            Self::Authorities => "the next authority set is empty, too large, or has a member twice",
        })
    }
}

impl std::error::Error for HeaderError {}

const GRANDPA: [u8; 4] = *b"FRNK";

/// A digest item, `sp_runtime::DigestItem`. The indices are its encoding.
#[derive(Decode)]
enum Item {
    #[codec(index = 0)]
    Other(#[allow(dead_code)] Vec<u8>),
    #[codec(index = 4)]
    Consensus([u8; 4], Vec<u8>),
    #[codec(index = 5)]
    Seal(#[allow(dead_code)] [u8; 4], #[allow(dead_code)] Vec<u8>),
    #[codec(index = 6)]
    PreRuntime(#[allow(dead_code)] [u8; 4], #[allow(dead_code)] Vec<u8>),
    #[codec(index = 8)]
    RuntimeEnvironmentUpdated,
}

/// What a header may say to GRANDPA, `sp_consensus_grandpa::ConsensusLog`.
#[derive(Decode)]
enum Change {
    #[codec(index = 1)]
    Scheduled { next: Vec<([u8; 32], u64)>, delay: u32 },
}

impl Header {
    /// Reads a header that is all of `bytes`.
    ///
    /// # Errors
    /// [`HeaderError::Shape`].
    pub fn read(mut bytes: &[u8]) -> Result<Self, HeaderError> {
        let hash = blake2b(bytes);
        let header = Self::decode_after(hash, &mut bytes).map_err(|_| HeaderError::Shape)?;
        if bytes.is_empty() {
            Ok(header)
        } else {
            Err(HeaderError::Shape)
        }
    }

    /// Reads a header from the front of `bytes`.
    pub(crate) fn read_first(bytes: &mut &[u8]) -> Result<Self, codec::Error> {
        let whole = *bytes;
        let mut header = Self::decode_after([0; 32], bytes)?;
        let length = whole.len().saturating_sub(bytes.len());
        header.hash = blake2b(whole.get(..length).unwrap_or_default());
        Ok(header)
    }

    fn decode_after<I: Input>(hash: [u8; 32], input: &mut I) -> Result<Self, codec::Error> {
        let parent = Decode::decode(input)?;
        let Compact(number) = Compact::<u32>::decode(input)?;
        let state_root = Decode::decode(input)?;
        let _extrinsics_root = <[u8; 32]>::decode(input)?;
        let mut grandpa = Vec::new();
        for item in Vec::<Item>::decode(input)? {
            match item {
                Item::Consensus(GRANDPA, said) => grandpa.push(said),
                Item::Consensus(..)
                | Item::Other(_)
                | Item::Seal(..)
                | Item::PreRuntime(..)
                | Item::RuntimeEnvironmentUpdated => {}
            }
        }
        Ok(Self {
            hash,
            parent,
            number,
            state_root,
            grandpa,
        })
    }

    /// The set that follows `current` after this block.
    ///
    /// # Errors
    /// See [`HeaderError`].
    pub fn next_set(&self, current: &AuthoritySet) -> Result<AuthoritySet, HeaderError> {
        let [said] = self.grandpa.as_slice() else {
            return Err(HeaderError::NoChange);
        };
        let mut said = said.as_slice();
        let Ok(Change::Scheduled { next, delay: 0 }) = Change::decode(&mut said) else {
            return Err(HeaderError::OtherChange);
        };
        if !said.is_empty() {
            return Err(HeaderError::OtherChange);
        }
        let id = current.id.checked_add(1).ok_or(HeaderError::Authorities)?;
        let mut keys: Vec<[u8; 32]> = next.iter().map(|(key, _)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let weightless = next.iter().any(|&(_, weight)| weight == 0);
        if next.is_empty() || keys.len() != next.len() || weightless || next.len() > MAX_AUTHORITIES as usize
        {
            return Err(HeaderError::Authorities);
        }
        let authorities: Vec<Authority> = next
            .into_iter()
            .map(|(key, weight)| Authority { key, weight })
            .collect();
        let authorities = authorities.try_into().map_err(|_| HeaderError::Authorities)?;
        Ok(AuthoritySet { id, authorities })
    }
}
