//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 10 --write`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: AMD EPYC, 2 cores, 24 GiB, rustc 1.95.0, 2026-11-22.
//! - Runtime: WebAssembly, profile `release`, compiled by the node's executor. The functions that a node lends it:
//!   profile `dev`.
//! - Times: of the call alone, in its dearest successful case, over a state in memory. What the database takes is
//!   added by the runtime's `DbWeight`, for each row read first or written.
//! - What the transparency log adds to `dispute` is calculated until the next run: 70 µs, and the rows named.
//! - Proofs: for each row its greatest length and its path in a map of a million. No fee depends on them: the chain
//!   is no parachain.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call costs at most.
pub trait WeightInfo {
    fn offer() -> Weight;
    fn revise() -> Weight;
    fn close() -> Weight;
    fn order() -> Weight;
    fn deliver() -> Weight;
    /// `r`: 0 to 16.
    fn settle(r: u32) -> Weight;
    fn expire() -> Weight;
    fn forget() -> Weight;
    fn authorize_dispute() -> Weight;
    fn dispute() -> Weight;
    fn refund() -> Weight;
    fn release_bond() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// 177.8 µs; the fastest run took 170.4 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::OfferOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn offer() -> Weight {
        Weight::from_parts(177_801_000, 16_853).saturating_add(T::DbWeight::get().reads_writes(6, 4))
    }

    /// 139.3 µs; the fastest run took 134.4 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn revise() -> Weight {
        Weight::from_parts(139_320_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 34.1 µs; the fastest run took 32.3 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1).
    fn close() -> Weight {
        Weight::from_parts(34_133_000, 2_808).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 283.3 µs; the fastest run took 274.8 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn order() -> Weight {
        Weight::from_parts(283_348_000, 19_629).saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    /// 447.3 µs; the fastest run took 438.3 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn deliver() -> Weight {
        Weight::from_parts(447_274_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// 1889.1 µs where the components are greatest; the fastest run took 305.4 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (19, 19),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle(r: u32) -> Weight {
        Weight::from_parts(303_677_630, 22_852)
            .saturating_add(T::DbWeight::get().reads_writes(8, 7))
            .saturating_add(
                Weight::from_parts(99_086_965, 2_603)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 1))
                    .saturating_mul(r.into()),
            )
    }

    /// 240.7 µs; the fastest run took 236.3 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn expire() -> Weight {
        Weight::from_parts(240_699_000, 18_609).saturating_add(T::DbWeight::get().reads_writes(6, 7))
    }

    /// 127.5 µs; the fastest run took 113.0 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn forget() -> Weight {
        Weight::from_parts(127_538_000, 7_995).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 1207.0 µs; the fastest run took 818.9 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 0),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn authorize_dispute() -> Weight {
        Weight::from_parts(1_207_012_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 0))
    }

    /// 381.0 µs; the fastest run took 331.7 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::FaultsOf` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1),
    /// `Provenance::EntriesOf` (1, 1),
    /// `Provenance::LogEntries` (3, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1).
    fn dispute() -> Weight {
        Weight::from_parts(451_011_000, 23_671).saturating_add(T::DbWeight::get().reads_writes(14, 12))
    }

    /// 218.0 µs; the fastest run took 141.1 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn refund() -> Weight {
        Weight::from_parts(218_007_000, 13_374).saturating_add(T::DbWeight::get().reads_writes(4, 5))
    }

    /// 217.2 µs; the fastest run took 116.3 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(217_165_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
