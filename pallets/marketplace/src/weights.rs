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
    fn offer() -> Weight;
    fn revise() -> Weight;
    fn close() -> Weight;
    fn order() -> Weight;
    fn deliver() -> Weight;
    /// `r`: 0 to 16.
    fn settle(r: u32) -> Weight;
    fn settle_told() -> Weight;
    fn settle_untold() -> Weight;
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
    /// 316.4 µs; the fastest run took 310.5 µs. Rows touched (read, written):
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Cells` (21, 0),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::OfferOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn offer() -> Weight {
        Weight::from_parts(316_450_000, 71_448).saturating_add(T::DbWeight::get().reads_writes(28, 4))
    }

    /// 278.6 µs; the fastest run took 272.8 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Cells` (21, 0),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn revise() -> Weight {
        Weight::from_parts(278_619_000, 62_638).saturating_add(T::DbWeight::get().reads_writes(25, 3))
    }

    /// 36.5 µs; the fastest run took 33.7 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1).
    fn close() -> Weight {
        Weight::from_parts(36_518_000, 2_808).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 317.2 µs; the fastest run took 308.8 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Balances::Holds` (2, 1),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn order() -> Weight {
        Weight::from_parts(317_152_000, 25_369).saturating_add(T::DbWeight::get().reads_writes(9, 6))
    }

    /// 455.6 µs; the fastest run took 445.3 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn deliver() -> Weight {
        Weight::from_parts(455_610_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// 1947.5 µs where the components are greatest; the fastest run took 374.8 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (19, 19),
    /// `Balances::Holds` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::Cells` (2, 2),
    /// `Reputation::Ratable` (0, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle(r: u32) -> Weight {
        Weight::from_parts(372_397_850, 33_708)
            .saturating_add(T::DbWeight::get().reads_writes(12, 11))
            .saturating_add(
                Weight::from_parts(98_440_883, 2_603)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 1))
                    .saturating_mul(r.into()),
            )
    }

    /// 360.1 µs; the fastest run took 348.6 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (3, 3),
    /// `Balances::Holds` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::Cells` (2, 2),
    /// `Reputation::Ratable` (0, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle_told() -> Weight {
        Weight::from_parts(360_121_000, 33_708).saturating_add(T::DbWeight::get().reads_writes(12, 11))
    }

    /// 305.4 µs; the fastest run took 297.8 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (3, 3),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle_untold() -> Weight {
        Weight::from_parts(305_380_000, 22_852).saturating_add(T::DbWeight::get().reads_writes(8, 7))
    }

    /// 305.1 µs; the fastest run took 295.9 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::HouseOf` (1, 0),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Cells` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn expire() -> Weight {
        Weight::from_parts(305_069_000, 27_401).saturating_add(T::DbWeight::get().reads_writes(11, 10))
    }

    /// 121.0 µs; the fastest run took 116.9 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn forget() -> Weight {
        Weight::from_parts(121_036_000, 7_995).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 852.6 µs; the fastest run took 828.3 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 0),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn authorize_dispute() -> Weight {
        Weight::from_parts(852_560_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 0))
    }

    /// 471.7 µs; the fastest run took 448.8 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::FaultsOf` (2, 2),
    /// `Provenance::EntriesOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Reputation::Activities` (1, 1),
    /// `Reputation::ParametersOf` (1, 0),
    /// `Reputation::Cells` (2, 2),
    /// `Provenance::LogEntries` (0, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn dispute() -> Weight {
        Weight::from_parts(471_689_000, 44_251).saturating_add(T::DbWeight::get().reads_writes(15, 15))
    }

    /// 171.0 µs; the fastest run took 162.0 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Reputation::Activities` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn refund() -> Weight {
        Weight::from_parts(170_979_000, 15_941).saturating_add(T::DbWeight::get().reads_writes(5, 6))
    }

    /// 123.7 µs; the fastest run took 119.1 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(123_651_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
