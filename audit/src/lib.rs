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
pub use verdict::{Check, Kind, Outcome, Reason, Verdict};
pub use verify::verify;

use blake2::{Blake2b, Digest as _, digest::consts::U32};

/// BLAKE2b-256 (RFC 7693), the chain's own hash.
pub fn blake2b(bytes: &[u8]) -> [u8; 32] {
    Blake2b::<U32>::digest(bytes).into()
}
