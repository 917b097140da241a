//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 10 --write`:
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
    fn offer() -> Weight;
    fn revise() -> Weight;
    fn close() -> Weight;
    fn order() -> Weight;
    fn deliver() -> Weight;
    fn settle() -> Weight;
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
    /// 280.7 µs; the fastest run took 173.1 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::OfferOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn offer() -> Weight {
        Weight::from_parts(280_714_000, 16_853).saturating_add(T::DbWeight::get().reads_writes(6, 4))
    }

    /// 231.8 µs; the fastest run took 136.7 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn revise() -> Weight {
        Weight::from_parts(231_782_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 36.6 µs; the fastest run took 32.2 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1).
    fn close() -> Weight {
        Weight::from_parts(36_618_000, 2_808).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 283.2 µs; the fastest run took 276.2 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn order() -> Weight {
        Weight::from_parts(283_198_000, 19_629).saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    /// 697.9 µs; the fastest run took 444.5 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn deliver() -> Weight {
        Weight::from_parts(697_921_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// 1885.6 µs; the fastest run took 1797.6 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (19, 19),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle() -> Weight {
        Weight::from_parts(1_885_637_000, 64_500).saturating_add(T::DbWeight::get().reads_writes(24, 23))
    }

    /// 246.8 µs; the fastest run took 237.8 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn expire() -> Weight {
        Weight::from_parts(246_810_000, 18_609).saturating_add(T::DbWeight::get().reads_writes(6, 7))
    }

    /// 125.1 µs; the fastest run took 115.2 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn forget() -> Weight {
        Weight::from_parts(125_073_000, 7_995).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 879.7 µs; the fastest run took 822.2 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 0),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn authorize_dispute() -> Weight {
        Weight::from_parts(879_711_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 0))
    }

    /// 405.6 µs; the fastest run took 337.1 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::FaultsOf` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn dispute() -> Weight {
        Weight::from_parts(405_606_000, 23_671).saturating_add(T::DbWeight::get().reads_writes(8, 9))
    }

    /// 257.1 µs; the fastest run took 144.5 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn refund() -> Weight {
        Weight::from_parts(257_099_000, 13_374).saturating_add(T::DbWeight::get().reads_writes(4, 5))
    }

    /// 121.7 µs; the fastest run took 116.3 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(121_677_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
