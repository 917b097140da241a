//! Weights of the calls, measured. Written by `scripts/bench weights --steps 20 --repeat 25 --write`:
//! change `benchmarking.rs` and run that again, not this file.
//!
//! - On: AMD EPYC, 2 cores, 24 GiB, rustc 1.95.0, 2026-11-22.
//! - Runtime: WebAssembly, profile `release`, compiled by the node's executor. The functions that a node lends it:
//!   profile `dev`.
//! - Times: of the call alone, in its dearest successful case, over a state in memory. What the database takes is
//!   added by the runtime's `DbWeight`, for each row read first or written.
//! - **Older than what is told to reputation**: the calls that tell or ask are given `told` beside what was measured, an
//!   estimate that the next run replaces; `settle_told` and `settle_untold` are estimates as a whole.
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

/// What telling reputation, or asking it, adds at most: an estimate of several times what the arithmetic takes, and the
/// rows that are touched.
fn told<T: frame_system::Config>(micros: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(1_000_000), 10_000)
        .saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// 188.5 µs; the fastest run took 176.2 µs. Rows touched (read, written):
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::OfferOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn offer() -> Weight {
        Weight::from_parts(188_542_000, 16_853)
            .saturating_add(T::DbWeight::get().reads_writes(6, 4))
            .saturating_add(told::<T>(200, 22, 0))
    }

    /// 207.9 µs; the fastest run took 137.6 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn revise() -> Weight {
        Weight::from_parts(207_908_000, 8_043)
            .saturating_add(T::DbWeight::get().reads_writes(3, 3))
            .saturating_add(told::<T>(200, 22, 0))
    }

    /// 48.8 µs; the fastest run took 33.0 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1).
    fn close() -> Weight {
        Weight::from_parts(48_781_000, 2_808).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// 294.7 µs; the fastest run took 278.2 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `System::BlockHash` (1, 0),
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn order() -> Weight {
        Weight::from_parts(294_730_000, 19_629)
            .saturating_add(T::DbWeight::get().reads_writes(6, 5))
            .saturating_add(told::<T>(50, 3, 1))
    }

    /// 470.7 µs; the fastest run took 454.5 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn deliver() -> Weight {
        Weight::from_parts(470_698_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// 2026.4 µs where the components are greatest; the fastest run took 323.0 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `Provenance::Records` (1, 0),
    /// `Marketplace::HouseOf` (1, 0),
    /// `System::Account` (19, 19),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn settle(r: u32) -> Weight {
        Weight::from_parts(390_973_349, 22_852)
            .saturating_add(T::DbWeight::get().reads_writes(8, 7))
            .saturating_add(
                Weight::from_parts(102_211_259, 2_603)
                    .saturating_add(T::DbWeight::get().reads_writes(1, 1))
                    .saturating_mul(r.into()),
            )
            .saturating_add(told::<T>(100, 4, 4))
    }

    /// Not measured yet: `settle` without the dispatch and without payees.
    fn settle_told() -> Weight {
        Self::settle(0)
    }

    /// Not measured yet: the same without what is told.
    fn settle_untold() -> Weight {
        Self::settle(0).saturating_sub(told::<T>(100, 4, 4))
    }

    /// 248.5 µs; the fastest run took 239.0 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::OpenOrders` (0, 1).
    fn expire() -> Weight {
        Weight::from_parts(248_544_000, 18_609)
            .saturating_add(T::DbWeight::get().reads_writes(6, 7))
            .saturating_add(told::<T>(100, 5, 3))
    }

    /// 164.9 µs; the fastest run took 114.8 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn forget() -> Weight {
        Weight::from_parts(164_908_000, 7_995).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// 894.0 µs; the fastest run took 839.2 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 0),
    /// `Marketplace::Offers` (1, 0),
    /// `System::BlockHash` (1, 0).
    fn authorize_dispute() -> Weight {
        Weight::from_parts(894_048_000, 8_087).saturating_add(T::DbWeight::get().reads_writes(3, 0))
    }

    /// 422.0 µs; the fastest run took 388.7 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (2, 2),
    /// `Balances::Holds` (2, 2),
    /// `Marketplace::FaultsOf` (2, 2),
    /// `Provenance::EntriesOf` (1, 1),
    /// `System::BlockHash` (1, 0),
    /// `Provenance::Log` (1, 1),
    /// `Provenance::LogEntries` (0, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn dispute() -> Weight {
        Weight::from_parts(421_987_000, 35_929)
            .saturating_add(T::DbWeight::get().reads_writes(11, 12))
            .saturating_add(told::<T>(100, 4, 3))
    }

    /// 151.4 µs; the fastest run took 144.7 µs. Rows touched (read, written):
    /// `Marketplace::Orders` (1, 1),
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1),
    /// `Marketplace::OpenOrders` (0, 1).
    fn refund() -> Weight {
        Weight::from_parts(151_393_000, 13_374)
            .saturating_add(T::DbWeight::get().reads_writes(4, 5))
            .saturating_add(told::<T>(50, 1, 1))
    }

    /// 119.1 µs; the fastest run took 116.8 µs. Rows touched (read, written):
    /// `Marketplace::Offers` (1, 1),
    /// `System::Account` (1, 1),
    /// `Balances::Holds` (1, 1).
    fn release_bond() -> Weight {
        Weight::from_parts(119_082_000, 8_043).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
