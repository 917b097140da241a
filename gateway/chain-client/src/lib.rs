//! Everything that Vouchsafe's gateway and command line say to a Vouchsafe chain and hear from it.
//!
//! - [`ChainClient`] reads, always at the latest **finalised** block, and submits signed calls.
//! - [`Call`] mirrors the calls of the two pallets; its bytes are pinned by tests and compared with the node's
//!   metadata when the client connects, so that a chain with other shapes is refused with
//!   [`ChainError::Incompatible`] and never misread.
//! - [`Signer`] holds an ed25519 key.
//!
//! This is the only crate of the project that knows `subxt` (two of its crates), and none of its types appear here.

#![deny(missing_docs)]

mod call;
mod client;
mod dispatch;
mod dispute;
mod error;
mod events;
mod header;
mod layout;
mod life;
mod presigned;
mod proof;
mod rpc;
mod signer;
pub mod ss58;
mod state;
mod storage_key;
mod submit;
mod transaction;

pub use call::Call;
pub use client::ChainClient;
pub use error::ChainError;
pub use proof::{Justified, OrderProof, RecordProof, StateProof};
pub use signer::Signer;
pub use state::{
    AccountInfo, Constants, Faults, GatewayInfo, GatewayStatus, Head, House, OfferInfo, OfferStatus,
    OrderInfo, Receipt, RecordInfo, RecordStatus, Windows,
};
