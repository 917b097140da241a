//! Weights of the calls, calculated by hand.
//!
//! Not from a benchmark run yet: each figure is `BASE` for the call's own code, plus `VERIFY` for each ed25519
//! signature that it checks, plus the database's price for each storage key that it can touch at most. The
//! constants err on the dear side (see each). `benchmarking.rs` has one benchmark per call, with the worst
//! case that is counted here; whoever runs them on reference hardware replaces this file.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Decoding, hashing and encoding of rows of at most 1 KiB. Picoseconds; balances' own transfer, which does
/// about as much, is benchmarked at 39 µs with the SDK's reference machine.
const BASE: u64 = 60_000_000;
/// One ed25519 verification through the host function. Picoseconds; the reference machine must do 49 µs for
/// sr25519 (the SDK's hardware requirements), and ed25519 is no dearer.
const VERIFY: u64 = 80_000_000;
/// Hashing and comparing of one parent of a record. Picoseconds.
const PARENT: u64 = 5_000_000;
/// Proof of one storage key: the largest row (a record, under 1,100 bytes) and a trie path to it. Bytes.
const PROOF: u64 = 3_600;

/// What each call costs at most.
pub trait WeightInfo {
    fn register_gateway() -> Weight;
    fn update_gateway() -> Weight;
    fn retire_gateway() -> Weight;
    fn release_bond() -> Weight;
    /// `parents`: how many parents the statement names, at most 8.
    fn register_record(parents: u32) -> Weight;
    fn withdraw_record() -> Weight;
}

/// The weights above, with the database prices of the runtime `T`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    /// Reads and writes: gateway, counter, account, holds. One verification: is the key weak?
    fn register_gateway() -> Weight {
        weight::<T>(BASE + VERIFY, 4, 4)
    }

    /// Reads and writes: gateway. One verification: is the key weak?
    fn update_gateway() -> Weight {
        weight::<T>(BASE + VERIFY, 1, 1)
    }

    /// Reads and writes: gateway.
    fn retire_gateway() -> Weight {
        weight::<T>(BASE, 1, 1)
    }

    /// Reads and writes: gateway, counter, account, holds.
    fn release_bond() -> Weight {
        weight::<T>(BASE, 4, 4)
    }

    /// Reads: gateway, genesis hash, parents; reads and writes: record, counter, account, holds. One
    /// verification.
    fn register_record(parents: u32) -> Weight {
        let parents = u64::from(parents);
        let time = (BASE + VERIFY).saturating_add(PARENT.saturating_mul(parents));
        weight::<T>(time, parents.saturating_add(6), 4)
    }

    /// Reads and writes: record.
    fn withdraw_record() -> Weight {
        weight::<T>(BASE, 1, 1)
    }
}

fn weight<T: frame_system::Config>(time: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(time, PROOF.saturating_mul(reads))
        .saturating_add(T::DbWeight::get().reads(reads))
        .saturating_add(T::DbWeight::get().writes(writes))
}
