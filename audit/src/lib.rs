#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

pub mod contents;
pub mod document;
mod facts;
pub mod finality;
pub mod header;
mod json;
pub mod models;
mod page;
mod question;
pub mod report;
pub mod scores;
mod seen;
pub mod signature;
pub mod state;
pub mod trie;
mod verdict;
mod verify;

pub use facts::{
    Block, ContentsFacts, Facts, FileFacts, MetadataFacts, ModelFacts, RecordFacts, ReportFacts,
};
pub use question::{Anchor, AnchorError, Brought, Earlier, Question, Source};
pub use verdict::{Check, Kind, Outcome, Reason, Verdict, fault};
pub use verify::verify;

use blake2::{
    Blake2b, Digest as _,
    digest::consts::{U16, U32},
};

/// BLAKE2b-256 (RFC 7693), the chain's own hash.
pub fn blake2b(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}

/// BLAKE2b-128, which stands before an account in the keys of the chain's state.
fn blake2b_128(bytes: &[u8]) -> [u8; 16] {
    Blake2b::<U16>::digest(bytes).into()
}
