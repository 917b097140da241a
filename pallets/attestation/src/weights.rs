//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 25 --write`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: AMD EPYC, 1 cores, 24 GiB, rustc 1.95.0, 2026-11-22.
//! - Runtime: WebAssembly, profile `release`, compiled by the node's executor. The functions that a node lends it:
//!   profile `dev`.
//! - Times: of the call alone, in its dearest successful case, over a state in memory. What the database takes is
//!   added by the runtime's `DbWeight`, for each row read first or written.
//! - Proofs: for each row its greatest length and its path in a map of a million. No fee depends on them: the chain
//!   is no parachain.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call costs at most.
pub trait WeightInfo {
    fn admit() -> Weight;
    fn dismiss() -> Weight;
    fn attest() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// 31.9 µs; the fastest run took 31.0 µs. Rows touched (read, written):
    /// `Attestation::Auditors` (1, 1),
    /// `Attestation::CounterForAuditors` (1, 1).
    fn admit() -> Weight {
        Weight::from_parts(31_870_000, 3_026).saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }

    /// 26.1 µs; the fastest run took 25.4 µs. Rows touched (read, written):
    /// `Attestation::Auditors` (1, 1),
    /// `Attestation::CounterForAuditors` (1, 1).
    fn dismiss() -> Weight {
        Weight::from_parts(26_099_000, 3_026).saturating_add(T::DbWeight::get().reads_writes(2, 2))
    }

    /// 261.7 µs; the fastest run took 252.9 µs. Rows touched (read, written):
    /// `Attestation::Auditors` (1, 0),
    /// `Provenance::Records` (1, 1),
    /// `Reputation::Pairs` (1, 0),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (7, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Cells` (4, 4),
    /// `Attestation::CondemnedOf` (2, 2),
    /// `Marketplace::OfferOf` (1, 0),
    /// `Marketplace::Offers` (1, 1).
    fn attest() -> Weight {
        Weight::from_parts(261_668_000, 70_320).saturating_add(T::DbWeight::get().reads_writes(22, 11))
    }
}
