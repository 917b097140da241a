//! One chunk as the tree commits to it.

use crate::{hash::sha256, id::Digest};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What the content root says of one chunk: its length, its ciphertext and, hiding, its plaintext.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub struct Leaf {
    /// Bytes in the chunk.
    pub len: u32,
    /// `H(ct)`.
    pub ciphertext: Digest,
    /// `H(salt ‖ pt)`; the salt follows from the content secret.
    pub commitment: Digest,
}

impl Leaf {
    /// `H(0x00 ‖ index ‖ len ‖ H(ct) ‖ H(salt ‖ pt))`, numbers as four bytes little-endian.
    ///
    /// The leading zero byte is the leaf prefix of RFC 6962 section 2.1, so this is the RFC's hash of the
    /// 72-byte leaf input `index ‖ len ‖ H(ct) ‖ H(salt ‖ pt)`.
    pub fn hash(&self, index: u32) -> Digest {
        let mut input = [0u8; 73];
        input[1..5].copy_from_slice(&index.to_le_bytes());
        input[5..9].copy_from_slice(&self.len.to_le_bytes());
        input[9..41].copy_from_slice(&self.ciphertext.0);
        input[41..73].copy_from_slice(&self.commitment.0);
        sha256(&input)
    }
}
