//! Hashes of the documents that go with a record, and the commitment to the raw input.

use crate::{
    hash::{absorb, sha256, tagged},
    id::{Digest, Genesis},
    tag::Tag,
    tree::{Frontier, leaf_hash},
};
use alloc::vec::Vec;

/// Hiding commitment to the raw input whose hash is `raw`.
///
/// A plain hash of personal data would let anybody who holds a copy prove who sold it (EDPB guidelines
/// 02/2025); the salt, 32 fresh random bytes kept off chain, hides it, and destroying the salt ends the link.
pub fn input_commitment(genesis: &Genesis, salt: &[u8; 32], raw: &Digest) -> Digest {
    tagged(Tag::Input, genesis, &[salt, &raw.0])
}

/// Hash of the raw input: root of the tree over the SHA-256 of each file, in upload order; `None` for none.
pub fn raw_hash(files: impl IntoIterator<Item = Digest>) -> Option<Digest> {
    rows_root(files)
}

/// Root over canonical rows, one leaf each; `None` for no row.
pub fn rows_root<R: AsRef<[u8]>>(rows: impl IntoIterator<Item = R>) -> Option<Digest> {
    let mut frontier = Frontier::default();
    frontier.extend(rows.into_iter().map(|row| leaf_hash(row.as_ref())));
    frontier.root()
}

/// Hash of a report's canonical JSON (RFC 8785), as it stands in the record.
pub fn report_hash(genesis: &Genesis, canonical: &[u8]) -> Digest {
    tagged(Tag::Report, genesis, &[canonical])
}

/// The bytes that the gateway's ed25519 key signs for the report with hash `report`.
pub fn report_signing_bytes(genesis: &Genesis, report: &Digest) -> Vec<u8> {
    let mut bytes = Vec::new();
    absorb(Tag::ReportSignature, genesis, &[&report.0], |part| {
        bytes.extend_from_slice(part)
    });
    bytes
}

/// Hash of a metadata document's canonical JSON (RFC 8785), as it stands in the record.
pub fn metadata_hash(genesis: &Genesis, canonical: &[u8]) -> Digest {
    tagged(Tag::Metadata, genesis, &[canonical])
}

/// Hash of a licence text, which an order accepts. The same text has the same hash on every chain.
pub fn licence_hash(text: &[u8]) -> Digest {
    let name = Tag::Licence.as_str().as_bytes();
    let mut bytes = Vec::with_capacity(text.len().saturating_add(name.len()).saturating_add(1));
    bytes.push(name.len() as u8);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(text);
    sha256(&bytes)
}
