#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// `tests/corpus.rs` of the verifier includes this very file, so nothing here uses a crate that its tests do not have.
pub mod verdict;
