//! From one version of the stored shapes to the next. Each belongs into the runtime's `SingleBlockMigrations` until no
//! network is left that needs it.

use crate::{Config, Pallet, RecordStatus, Records};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use vouchsafe_protocol::log::{Entry, Fact};

/// Version 1 had no transparency log: enters what happened before it began.
pub type BeginLog<T> =
    VersionedMigration<1, 2, EnterEarlierRecords<T>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Appends every registration and every withdrawal at its own height, in the order of heights and within one height of
/// record ids. All in one block, so it is meant for networks of at most some thousands of records.
pub struct EnterEarlierRecords<T>(PhantomData<T>);

impl<T: Config> UncheckedOnRuntimeUpgrade for EnterEarlierRecords<T> {
    fn on_runtime_upgrade() -> Weight {
        let (mut entries, mut records) = (Vec::new(), 0u64);
        for (record, row) in Records::<T>::iter() {
            records = records.saturating_add(1);
            let mut enter = |height, fact| entries.push(Entry { record, height, fact });
            enter(row.registered_at, Fact::Registered { key: row.key });
            if let RecordStatus::Withdrawn { at } = row.status {
                enter(at, Fact::Withdrawn);
            }
        }
        // Stable, and a record's registration was pushed before its withdrawal.
        entries.sort_by_key(|entry| (entry.height, entry.record));
        let mut appended = 0u64;
        for entry in entries {
            // Fails only in a log of 2^64 entries.
            if Pallet::<T>::append_entry(entry).is_ok() {
                appended = appended.saturating_add(1);
            }
        }
        let rows = T::DbWeight::get().reads_writes(records, 0);
        let each = Weight::from_parts(60_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(3, 3));
        rows.saturating_add(each.saturating_mul(appended))
    }
}
