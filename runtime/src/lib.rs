#![cfg_attr(not(feature = "std"), no_std)]
#![doc = include_str!("../README.md")]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

mod apis;
mod audits;
#[cfg(feature = "runtime-benchmarks")]
mod benchmarks;
mod config;
pub mod constants;
mod frozen;
pub mod genesis;
pub mod network;
mod records;

use alloc::vec::Vec;
use frame_support::weights::Weight;
use sp_runtime::{
    MultiAddress, MultiSignature, generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
};
use sp_version::RuntimeVersion;

#[cfg(feature = "std")]
pub use apis::RuntimeApi;
pub use config::{BlockLengthLimit, BlockWeightLimit};

/// How a transaction is signed: ed25519, sr25519 or ECDSA.
pub type Signature = MultiSignature;
/// The account behind a signature: the public key itself for ed25519 and sr25519.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a call names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount in plancks, [`constants::VCH`] of which are one coin.
pub type Balance = u128;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// The hash of headers, transactions and state.
pub type Hash = sp_core::H256;
/// A block's height.
pub type BlockNumber = u32;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block with decoded transactions.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What the node needs to know of a block: that its transactions are bytes.
pub mod opaque {
    use super::*;
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    /// A block whose transactions stay encoded.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
    /// The keys with which a validator takes part in consensus.
    pub struct SessionKeys {
        /// sr25519: signs the blocks it authors.
        pub aura: Aura,
        /// ed25519: signs its finality votes.
        pub grandpa: Grandpa,
    }
}

/// What this runtime calls itself. `spec_version` rises with every change of the chain's rules,
/// `transaction_version` with every change of how a call or the extensions are encoded.
#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("vouchsafe"),
    impl_name: alloc::borrow::Cow::Borrowed("vouchsafe"),
    authoring_version: 1,
    spec_version: 3,
    impl_version: 1,
    apis: apis::RUNTIME_API_VERSIONS,
    transaction_version: 1,
    // State and transaction roots in trie format 1. Version 3 would delay a new runtime by one block, which every
    // client must have been tested against before.
    system_version: 2,
};

/// What every transaction is checked for, in this order.
pub type TxExtension = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);

/// A transaction as it travels.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

/// What a signer signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Executes blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

// The indices are part of every encoded call, event and error: `tests/encoding.rs` pins them.
// The order is the order of genesis and of hooks: Authorship looks the author up before Session may rotate the
// validators, Network knows the validators before Session asks, Session hands the keys to Aura and Grandpa.
#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;

    #[runtime::pallet_index(1)]
    pub type Timestamp = pallet_timestamp;

    #[runtime::pallet_index(2)]
    pub type Balances = pallet_balances;

    #[runtime::pallet_index(3)]
    pub type TransactionPayment = pallet_transaction_payment;

    #[runtime::pallet_index(4)]
    pub type Authorship = pallet_authorship;

    #[runtime::pallet_index(5)]
    pub type Network = crate::network;

    #[runtime::pallet_index(6)]
    pub type Session = pallet_session;

    #[runtime::pallet_index(7)]
    pub type Aura = pallet_aura;

    #[runtime::pallet_index(8)]
    pub type Grandpa = pallet_grandpa;

    #[runtime::pallet_index(9)]
    pub type Sudo = pallet_sudo;

    #[runtime::pallet_index(10)]
    pub type Utility = pallet_utility;

    #[runtime::pallet_index(20)]
    pub type Provenance = pallet_provenance;

    #[runtime::pallet_index(21)]
    pub type Marketplace = pallet_marketplace;

    #[runtime::pallet_index(22)]
    pub type Reputation = pallet_reputation;

    #[runtime::pallet_index(23)]
    pub type Attestation = pallet_attestation;
}

/// The weight that one block may use in all.
pub fn max_block_weight() -> Weight {
    <BlockWeightLimit as frame_support::traits::Get<frame_system::limits::BlockWeights>>::get().max_block
}

/// The metadata that clients are generated from: version 16 with its magic prefix, of a chain with
/// default values in storage.
///
/// Some constants of the metadata are values in storage (the slot duration), so it cannot be made without a state;
/// here that is an empty one.
#[cfg(feature = "std")]
pub fn client_metadata() -> Vec<u8> {
    let metadata = sp_io::TestExternalities::default().execute_with(|| Runtime::metadata_at_version(16));
    let metadata = metadata.expect("this version of FRAME makes metadata 16; qed");
    Vec::from(&metadata[..])
}
