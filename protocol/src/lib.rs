#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

extern crate alloc;

pub mod attestation;
pub mod bundle;
pub mod chunk;
pub mod delivery;
pub mod finding;
pub mod hash;
mod hash_to_group;
pub mod id;
pub mod key;
pub mod leaf;
pub mod log;
pub mod misbehaviour;
pub mod note;
pub mod order;
pub mod price;
pub mod record;
pub mod report;
pub mod royalty;
pub mod sidecar;
pub mod tag;
pub mod tree;
pub mod trust;

pub use hash_to_group::{expand_message_xmd, hash_to_group};
