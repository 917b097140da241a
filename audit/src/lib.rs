#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod finality;
pub mod header;

use blake2::{Blake2b, Digest as _, digest::consts::U32};

/// BLAKE2b-256 (RFC 7693), the chain's own hash.
pub fn blake2b(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}
