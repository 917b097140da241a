#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

// Each module holds one target's `check`: it takes what the fuzzer made up, panics when a promise of the protocol is
// broken, and says whether the bytes got as far as being accepted. `tests/corpus.rs` of the protocol includes this very
// file, so nothing here uses a crate that the protocol's tests do not have.
pub mod bundle;
pub mod delivery;
pub mod dispute;
pub mod evidence;
pub mod input;
pub mod layout;
pub mod log;
pub mod money;
pub mod scale;
pub mod sidecar;
pub mod text;
pub mod tree;
