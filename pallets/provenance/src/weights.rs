//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 25 --write`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: AMD EPYC, 2 cores, 24 GiB, rustc 1.95.0, 2026-11-22.
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
    /// 203.2 µs; the fastest run took 184.0 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn register_gateway() -> Weight {
        Weight::from_parts(203_219_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 96.5 µs; the fastest run took 84.7 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn update_gateway() -> Weight {
        Weight::from_parts(96_540_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 54.2 µs; the fastest run took 38.3 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn retire_gateway() -> Weight {
        Weight::from_parts(54_181_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 132.3 µs; the fastest run took 122.0 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(132_347_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 411.1 µs where the components are greatest; the fastest run took 333.7 µs. Rows touched (read, written):
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
        Weight::from_parts(411_060_586, 25_145)
            .saturating_add(T::DbWeight::get().reads_writes(8, 7))
            .saturating_add(
                Weight::from_parts(0, 3_736)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 0))
                    .saturating_mul(p.into()),
            )
    }

    /// 107.3 µs; the fastest run took 102.4 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (0, 1).
    fn withdraw_record() -> Weight {
        Weight::from_parts(107_311_000, 16_060).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 128.7 µs; the fastest run took 119.5 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (3, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1).
    fn erase_record() -> Weight {
        Weight::from_parts(128_660_000, 25_356).saturating_add(T::DbWeight::get().reads_writes(7, 3))
    }
}
