#![doc = include_str!("../README.md")]
#![deny(missing_docs)]

mod cbor;
mod certificate;
mod jumbf;
mod manifest;
mod place;

pub use certificate::Signer;
pub use manifest::{Action, Story, attach};
pub use place::{Media, PlaceError, detach};

use sha2::{Digest, Sha256};

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
