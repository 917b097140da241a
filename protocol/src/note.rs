//! Override notes: an operator's word that a photo may leave although something is still seen in it.
//!
//! What a note says is JSON, which this crate does not read; here is what is signed and what a note commits to.

use crate::{hash::sha256, id::Digest};
use alloc::vec::Vec;

/// Name and version of the note's shape, and the tag of its signature.
pub const SCHEMA: &str = "vouchsafe/override/1";
/// The refusal that a note can overrule; nothing else can be.
pub const OVERRULED: &str = "residual_faces";

/// What a commitment in a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The raw file.
    Photo,
    /// The bytes that were looked at, and that are sold.
    Output,
}

/// What a gateway's record key signs: `len(tag):u8 ‖ tag ‖ canonical`, tag [`SCHEMA`]. `canonical`: the note's canonical
/// JSON (RFC 8785). No genesis: a note is written without a node.
pub fn signing_bytes(canonical: &[u8]) -> Vec<u8> {
    [prefix(SCHEMA).as_slice(), canonical].concat()
}

/// `H(len(tag):u8 ‖ tag ‖ salt:32 ‖ sha256:32)`, tag `vouchsafe/override/1/photo` or `…/output`. Without the salt it tells
/// nothing about the file, which may show a person. `sha256_of_file`: plain SHA-256.
pub fn committed(what: Committed, salt: &Digest, sha256_of_file: &Digest) -> Digest {
    let tag = match what {
        Committed::Photo => "vouchsafe/override/1/photo",
        Committed::Output => "vouchsafe/override/1/output",
    };
    sha256(&[prefix(tag).as_slice(), &salt.0, &sha256_of_file.0].concat())
}

/// A tag behind its length in one byte, as in every message that a gateway's key signs.
fn prefix(tag: &str) -> Vec<u8> {
    // The three tags are literals of at most 27 bytes.
    [&[tag.len() as u8], tag.as_bytes()].concat()
}
