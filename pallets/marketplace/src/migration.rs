//! From one version of the stored shapes to the next. Each belongs into the runtime's `SingleBlockMigrations` until no
//! network is left that needs it.

use crate::{Config, Offers, OpenOrders, Orders, Pallet};
use core::marker::PhantomData;
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use vouchsafe_protocol::trust::TrustSink;

/// In version 1 nobody was told of deals: tells of those that have not ended, so that their end can be told too. What
/// ended before stays untold, for the state does not say when it did.
pub type TellOpenOrders<T> =
    VersionedMigration<1, 2, TellEveryOpenOrder<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Tells `Config::Trust` of every open order. All in one block, so it is meant for networks of at most some thousands.
pub struct TellEveryOpenOrder<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for TellEveryOpenOrder<T> {
    fn on_runtime_upgrade() -> Weight {
        let mut told = 0u64;
        for (offer, order) in OpenOrders::<T>::iter_keys() {
            if let (Some(offer), Some(order)) = (Offers::<T>::get(offer), Orders::<T>::get(order)) {
                T::Trust::ordered(&Pallet::<T>::deal(&order, &offer));
                told = told.saturating_add(1);
            }
        }
        let each = Weight::from_parts(50_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(4, 1));
        each.saturating_mul(told)
    }
}
