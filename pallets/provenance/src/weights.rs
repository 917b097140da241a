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
    fn register_gateway() -> Weight;
    fn update_gateway() -> Weight;
    fn retire_gateway() -> Weight;
    fn release_bond() -> Weight;
    /// `p`: 0 to 8.
    fn register_record(p: u32) -> Weight;
    fn withdraw_record() -> Weight;
    fn erase_record() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// 225.0 µs; the fastest run took 190.4 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn register_gateway() -> Weight {
        Weight::from_parts(224_999_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 89.9 µs; the fastest run took 85.2 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn update_gateway() -> Weight {
        Weight::from_parts(89_888_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 43.5 µs; the fastest run took 39.1 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn retire_gateway() -> Weight {
        Weight::from_parts(43_541_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 130.4 µs; the fastest run took 123.9 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(130_423_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 390.5 µs where the components are greatest; the fastest run took 297.8 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Records` (9, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForRecords` (1, 1),
    /// `Provenance::Log` (1, 1),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (0, 1).
    fn register_record(p: u32) -> Weight {
        Weight::from_parts(322_312_324, 25_145)
            .saturating_add(T::DbWeight::get().reads_writes(8, 7))
            .saturating_add(
                Weight::from_parts(8_519_546, 3_736)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 0))
                    .saturating_mul(p.into()),
            )
    }

    /// 117.5 µs; the fastest run took 108.3 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (0, 1).
    fn withdraw_record() -> Weight {
        Weight::from_parts(117_479_000, 16_060).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 128.6 µs; the fastest run took 124.0 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (3, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1).
    fn erase_record() -> Weight {
        Weight::from_parts(128_580_000, 25_356).saturating_add(T::DbWeight::get().reads_writes(7, 3))
    }
}
