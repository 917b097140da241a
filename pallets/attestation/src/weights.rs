//! Weights of the calls. **Not measured yet**: the next `scripts/bench weights --write` replaces this file. Until then each
//! call is given 200 µs, several times what its rows and arithmetic take, and the prices of the rows that it touches.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call costs at most.
pub trait WeightInfo {
    fn admit() -> Weight;
    fn dismiss() -> Weight;
    fn attest() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn estimate<T: frame_system::Config>(reads: u64, writes: u64) -> Weight {
    Weight::from_parts(200_000_000, 20_000).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn admit() -> Weight {
        estimate::<T>(2, 2)
    }

    fn dismiss() -> Weight {
        estimate::<T>(2, 2)
    }

    /// Reads the auditor, the record, its list and twelve entries of the log, the log's frontier, the parameters, the pair,
    /// three audit cells, two of auditors, two counts, and the offer in two rows; writes entry, list, frontier, record, five
    /// cells, two counts and the offer.
    fn attest() -> Weight {
        estimate::<T>(26, 12)
    }
}
