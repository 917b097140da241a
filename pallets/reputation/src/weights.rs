//! Weights of the calls. **Not measured yet**: the next `scripts/bench weights --write` replaces this file. Until then each
//! call is given 100 µs, several times what its rows and arithmetic take, and the prices of the rows that it touches.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What each call costs at most.
pub trait WeightInfo {
    fn rate() -> Weight;
    fn sweep_order() -> Weight;
    fn sweep_pair() -> Weight;
    fn set_parameters() -> Weight;
    /// What `settled` adds to the call in which a marketplace tells it. The other facts cost less.
    fn settled() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

fn estimate<T: frame_system::Config>(reads: u64, writes: u64) -> Weight {
    Weight::from_parts(100_000_000, 10_000).saturating_add(T::DbWeight::get().reads_writes(reads, writes))
}

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Reads the order, the parameters, the pair, the seller's activity and two cells; writes all but parameters and one.
    fn rate() -> Weight {
        estimate::<T>(6, 4)
    }

    fn sweep_order() -> Weight {
        estimate::<T>(1, 1)
    }

    fn sweep_pair() -> Weight {
        estimate::<T>(2, 1)
    }

    fn set_parameters() -> Weight {
        estimate::<T>(1, 1)
    }

    /// Reads the parameters, the seller's activity and two cells; writes these three and the ratable order.
    fn settled() -> Weight {
        estimate::<T>(4, 4)
    }
}
