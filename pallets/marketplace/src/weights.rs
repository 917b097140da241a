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
    fn set_price() -> Weight;
    fn close() -> Weight;
    fn order() -> Weight;
    fn deliver() -> Weight;
    fn settle() -> Weight;
    fn expire() -> Weight;
    fn forget() -> Weight;
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

    /// Reads: issuance, `Offers`. Writes: `Offers`.
    fn set_price() -> Weight {
        micros(50).saturating_add(T::DbWeight::get().reads_writes(2, 1))
    }

    /// Reads: `Offers`, account, holds. Writes: `Offers`, account, holds.
    fn close() -> Weight {
        micros(150).saturating_add(T::DbWeight::get().reads_writes(3, 3))
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

    /// Reads: `Orders`, `Offers`, holds and account of the buyer, account and holds of the seller, `OpenOrders`.
    /// Writes: the same.
    fn settle() -> Weight {
        micros(300).saturating_add(T::DbWeight::get().reads_writes(7, 7))
    }

    /// As `settle`.
    fn expire() -> Weight {
        micros(300).saturating_add(T::DbWeight::get().reads_writes(7, 7))
    }

    /// Reads: `Orders`, account, holds. Writes: the same.
    fn forget() -> Weight {
        micros(150).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }
}
