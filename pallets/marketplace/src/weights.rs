//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 10 --write`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: AMD EPYC, 2 cores, 24 GiB, rustc 1.95.0, 2026-11-22, builds and tests beside it (dearer than idle).
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
    /// 333.3 µs; the fastest run took 176.0 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::OfferOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn offer() -> Weight {
        Weight::from_parts(333_272_000, 16_853).saturating_add(T::DbWeight::get().reads_writes(6, 4))
    }

    /// 257.4 µs; the fastest run took 210.4 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn revise() -> Weight {
        Weight::from_parts(257_390_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 66.9 µs; the fastest run took 33.4 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1).
    fn close() -> Weight {
        Weight::from_parts(66_935_000, 2_808).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 518.8 µs; the fastest run took 279.2 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn order() -> Weight {
        Weight::from_parts(518_758_000, 19_629).saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    /// 1027.3 µs; the fastest run took 604.9 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn deliver() -> Weight {
        Weight::from_parts(1_027_267_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// 3794.5 µs; the fastest run took 1825.1 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (19, 19),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle() -> Weight {
        Weight::from_parts(3_794_488_000, 64_500).saturating_add(T::DbWeight::get().reads_writes(24, 23))
    }

    /// 476.1 µs; the fastest run took 240.0 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn expire() -> Weight {
        Weight::from_parts(476_079_000, 18_609).saturating_add(T::DbWeight::get().reads_writes(6, 7))
    }

    /// 219.7 µs; the fastest run took 116.2 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn forget() -> Weight {
        Weight::from_parts(219_670_000, 7_995).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 1357.7 µs; the fastest run took 822.7 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 0),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn authorize_dispute() -> Weight {
        Weight::from_parts(1_357_702_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 0))
    }

    /// 683.6 µs; the fastest run took 347.2 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::FaultsOf` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn dispute() -> Weight {
        Weight::from_parts(683_635_000, 23_671).saturating_add(T::DbWeight::get().reads_writes(8, 9))
    }

    /// 263.4 µs; the fastest run took 149.3 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn refund() -> Weight {
        Weight::from_parts(263_362_000, 13_374).saturating_add(T::DbWeight::get().reads_writes(4, 5))
    }

    /// 134.7 µs; the fastest run took 116.2 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(134_711_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
