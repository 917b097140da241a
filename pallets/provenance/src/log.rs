//! The transparency log: what is said of a record is appended to a Merkle tree whose frontier stands in storage.

use crate::{Config, EntriesOf, Error, Event, Log, LogEntries, LogRow, Pallet};
use alloc::vec::Vec;
use frame_support::pallet_prelude::DispatchError;
use vouchsafe_protocol::{
    id::{Digest, OfferId, OrderId, RecordId},
    log::{Appended, Entry, Fact, Subtree},
};

/// SHA-256 by the host's native code.
pub(crate) fn native_sha256(message: &[u8]) -> Digest {
    Digest(sp_io::hashing::sha2_256(message))
}

impl<T: Config> Pallet<T> {
    /// Appends a fact that is new at this height. On failure nothing is written.
    pub(crate) fn append(record: RecordId, fact: Fact) -> Result<(), DispatchError> {
        let height = Self::height();
        Self::append_entry(Entry { record, height, fact })
    }

    pub(crate) fn append_entry(entry: Entry) -> Result<(), DispatchError> {
        let leaf = entry.leaf_hash(&Self::genesis(), native_sha256);
        let mut log = Log::<T>::get();
        let appended = log.append(leaf, native_sha256);
        let Appended { index, nodes } = appended.map_err(|_| Error::<T>::LogFull)?;
        EntriesOf::<T>::try_append(entry.record, index).map_err(|()| Error::<T>::LogFull)?;
        let root = log.head(native_sha256).root;
        LogEntries::<T>::insert(index, LogRow { entry, nodes });
        Log::<T>::put(log);
        Self::deposit_event(Event::LogAppended { index, entry, root });
        Ok(())
    }

    /// Puts a proven fraud on the record under which it was sold, which the caller knows to be registered. Once per
    /// record: a later call changes nothing. It cannot fail, because nobody's refund may depend on it.
    pub fn note_fraud(record: &RecordId, offer: &OfferId, order: &OrderId, chunk: u32) {
        let is_noted = |fact: Fact| matches!(fact, Fact::FraudProven { .. });
        if Self::facts_of(record).any(is_noted) {
            return;
        }
        let fact = Fact::FraudProven {
            offer: *offer,
            order: *order,
            chunk,
        };
        // Fails only in a log of 2^64 entries, and then the fraud still stands in the marketplace's own state.
        let _ = Self::append(*record, fact);
    }

    /// What the log says of a record, oldest first: at most [`MAX_ENTRIES`](crate::MAX_ENTRIES) facts.
    pub(crate) fn facts_of(record: &RecordId) -> impl Iterator<Item = Fact> + use<T> {
        Self::entries(record).map(|(_, entry)| entry.fact)
    }

    pub(crate) fn entries(record: &RecordId) -> impl Iterator<Item = (u64, Entry)> + use<T> {
        let indices: Vec<u64> = EntriesOf::<T>::get(record).into_inner();
        indices
            .into_iter()
            .filter_map(|index| LogEntries::<T>::get(index).map(|row| (index, row.entry)))
    }

    /// The root of a complete subtree, which the last of its entries completed. One read.
    pub(crate) fn node(Subtree { level, last }: Subtree) -> Option<Digest> {
        let level = usize::try_from(level).ok()?;
        LogEntries::<T>::get(last)?.nodes.get(level).copied()
    }
}
