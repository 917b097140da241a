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
    fn rate() -> Weight;
    fn sweep_order() -> Weight;
    fn sweep_pair() -> Weight;
    fn set_parameters() -> Weight;
    fn settled() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// 81.8 µs; the fastest run took 80.3 µs. Rows touched (read, written):
    /// `Reputation::Ratable` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Pairs` (1, 1),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::Cells` (2, 1).
    fn rate() -> Weight {
        Weight::from_parts(81_803_000, 13_439).saturating_add(T::DbWeight::get().reads_writes(6, 4))
    }

    /// 22.1 µs; the fastest run took 21.4 µs. Rows touched (read, written):
    /// `Reputation::Ratable` (1, 1).
    fn sweep_order() -> Weight {
        Weight::from_parts(22_071_000, 2_600).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 30.0 µs; the fastest run took 29.0 µs. Rows touched (read, written):
    /// `Reputation::Pairs` (1, 1),
    /// `Reputation::ParametersOf` (1, 0).
    fn sweep_pair() -> Weight {
        Weight::from_parts(29_976_000, 3_124).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }

    /// 20.0 µs; the fastest run took 19.2 µs. Rows touched (read, written):
    /// `Reputation::ParametersOf` (1, 1).
    fn set_parameters() -> Weight {
        Weight::from_parts(20_007_000, 541).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 50.3 µs; the fastest run took 49.0 µs. Rows touched (read, written):
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::Cells` (2, 2),
    /// `Reputation::Ratable` (0, 1).
    fn settled() -> Weight {
        Weight::from_parts(50_284_000, 10_856).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }
}
