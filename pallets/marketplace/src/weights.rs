//! Weights of the calls.
//!
//! Estimated, not benchmarked in the wasm runtime: reads and writes are counted from the code, worst case, and priced by
//! the runtime's `DbWeight`. Computing time is what the same code takes natively, at least times five for wasm, rounded
//! up; most of it is arithmetic on ristretto255 (native, mean of 3,000: a point check 0.010 ms, the proof of a delivery
//! 0.18 ms, hence 1.5 ms for `deliver`). Proof sizes are zero: the chain is no parachain.
//! To be replaced by the output of the benchmarks in `benchmarking.rs`.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{Weight, constants::WEIGHT_REF_TIME_PER_MICROS},
};

/// Weight of each call, worst case.
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

/// Computing time of one call.
const fn micros(count: u64) -> Weight {
    Weight::from_parts(WEIGHT_REF_TIME_PER_MICROS.saturating_mul(count), 0)
}

/// Weights with the runtime's own cost of reads and writes.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Reads: issuance, record, `OfferOf`, genesis hash, `Offers`, account, holds.
    /// Writes: account, holds, `OfferOf`, `Offers`.
    fn offer() -> Weight {
        micros(250).saturating_add(T::DbWeight::get().reads_writes(7, 4))
    }

    /// Reads: issuance, `Offers`, account, holds. Writes: `Offers`, account, holds.
    fn revise() -> Weight {
        micros(150).saturating_add(T::DbWeight::get().reads_writes(4, 3))
    }

    /// Reads: `Offers`. Writes: `Offers`.
    fn close() -> Weight {
        micros(50).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }

    /// Reads: `Offers`, record, genesis hash, `Orders`, account, holds.
    /// Writes: account, holds, `Offers`, `OpenOrders`, `Orders`.
    fn order() -> Weight {
        micros(350).saturating_add(T::DbWeight::get().reads_writes(6, 5))
    }

    /// Reads: `Orders`, `Offers`, genesis hash. Writes: `Orders`. And the proof.
    fn deliver() -> Weight {
        micros(1_500).saturating_add(T::DbWeight::get().reads_writes(3, 1))
    }

    /// Reads: `Orders`, `Offers`, `OpenOrders`, house, record, issuance, holds and account of the buyer, accounts of the
    /// seller, the treasury and sixteen payees. Writes: the same but house and record.
    fn settle() -> Weight {
        micros(1_500).saturating_add(T::DbWeight::get().reads_writes(26, 24))
    }

    /// Reads: `Orders`, `Offers`, `OpenOrders`, holds and account of the buyer, holds and account of the seller.
    /// Writes: the same.
    fn expire() -> Weight {
        micros(400).saturating_add(T::DbWeight::get().reads_writes(7, 7))
    }

    /// Reads: `Orders`, account, holds. Writes: the same.
    fn forget() -> Weight {
        micros(150).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    /// Reads: `Orders` twice, `Offers`, genesis hash. And the proof over 64 KiB.
    fn authorize_dispute() -> Weight {
        micros(3_000).saturating_add(T::DbWeight::get().reads_writes(4, 0))
    }

    /// Reads: `Orders`, `Offers`, `OpenOrders`, issuance, holds and accounts of buyer and seller, faults of seller and
    /// gateway. Writes: the same.
    fn dispute() -> Weight {
        micros(600).saturating_add(T::DbWeight::get().reads_writes(10, 10))
    }

    /// Reads: `Orders`, `Offers`, `OpenOrders`, holds and account of the buyer. Writes: the same.
    fn refund() -> Weight {
        micros(300).saturating_add(T::DbWeight::get().reads_writes(5, 5))
    }

    /// Reads: `Offers`, account, holds. Writes: the same.
    fn release_bond() -> Weight {
        micros(150).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
