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
    /// 207.6 µs; the fastest run took 190.3 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn register_gateway() -> Weight {
        Weight::from_parts(207_607_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 123.3 µs; the fastest run took 87.7 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn update_gateway() -> Weight {
        Weight::from_parts(123_260_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 59.7 µs; the fastest run took 41.5 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1).
    fn retire_gateway() -> Weight {
        Weight::from_parts(59_681_000, 3_351).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 214.3 µs; the fastest run took 126.2 µs. Rows touched (read, written):
    /// `Provenance::Gateways` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Provenance::CounterForGateways` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(214_349_000, 9_085).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 511.8 µs where the components are greatest; the fastest run took 317.2 µs. Rows touched (read, written):
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
        Weight::from_parts(511_805_124, 25_079)
            .saturating_add(T::DbWeight::get().reads_writes(8, 7))
            .saturating_add(
                Weight::from_parts(0, 3_736)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 0))
                    .saturating_mul(p.into()),
            )
    }

    /// 115.3 µs; the fastest run took 108.4 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (0, 1).
    fn withdraw_record() -> Weight {
        Weight::from_parts(115_275_000, 15_994).saturating_add(T::DbWeight::get().reads_writes(4, 4))
    }

    /// 130.4 µs; the fastest run took 123.3 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (3, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1).
    fn erase_record() -> Weight {
        Weight::from_parts(130_374_000, 25_286).saturating_add(T::DbWeight::get().reads_writes(7, 3))
    }
}
