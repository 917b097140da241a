//! SHA-256 and the one way in which the protocol tags it.

use crate::{
    id::{Digest, Genesis},
    tag::Tag,
};
use sha2::{Digest as _, Sha256};

/// SHA-256 of a message, as the caller likes it computed: [`sha256`], or a runtime's native one, which is faster.
pub type Sha256Fn = fn(&[u8]) -> Digest;

/// SHA-256 of `bytes` (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

/// SHA-256 over `len(tag) ‖ tag ‖ genesis ‖ len(part) ‖ part ‖ …`.
///
/// The tag's length is one byte, each part's length eight bytes, little-endian, so that no two lists of
/// parts share an encoding.
pub fn tagged(tag: Tag, genesis: &Genesis, parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    absorb(tag, genesis, parts, |bytes| hasher.update(bytes));
    Digest(hasher.finalize().into())
}

/// Feeds `sink` with the encoding that [`tagged`] hashes; shared with the hashes to scalars.
pub(crate) fn absorb(tag: Tag, genesis: &Genesis, parts: &[&[u8]], mut sink: impl FnMut(&[u8])) {
    let name = tag.as_str().as_bytes();
    // Tags are literals of at most 64 bytes (a test walks the table), so the length fits one byte.
    sink(&[name.len() as u8]);
    sink(name);
    sink(&genesis.0);
    for part in parts {
        sink(&(part.len() as u64).to_le_bytes());
        sink(part);
    }
}
