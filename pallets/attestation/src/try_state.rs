//! The README's invariants, as code, with the same numbers. Reads every row: for tests and `try-runtime` only.

use crate::{Auditors, Condemned, CondemnedOf, Config, Records};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use sp_runtime::{SaturatedConversion, TryRuntimeError};

pub(crate) fn check<T: Config>() -> Result<(), TryRuntimeError> {
    let now: u32 = frame_system::Pallet::<T>::block_number().saturated_into();
    ensure!(
        Auditors::<T>::count() <= T::MaxAuditors::get(),
        "1: more auditors than there can be"
    );
    ensure!(
        Auditors::<T>::iter_keys().count() as u32 == Auditors::<T>::count(),
        "1: auditors miscounted"
    );
    ensure!(
        Auditors::<T>::iter_values().all(|admission| admission.since <= now),
        "2: an auditor from the future"
    );
    let mut condemned = BTreeMap::<T::AccountId, Condemned>::new();
    for (owner, gateway) in T::Records::condemned() {
        let of = condemned.entry(owner).or_default();
        of.as_seller = of.as_seller.saturating_add(1);
        let of = condemned.entry(gateway).or_default();
        of.as_gateway = of.as_gateway.saturating_add(1);
    }
    let stored: BTreeMap<_, _> = CondemnedOf::<T>::iter().collect();
    ensure!(stored == condemned, "3: counts differ from the condemned records");
    Ok(())
}
