use std::{
    cmp::Reverse,
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use vouchsafe_protocol::id::{OfferId, RecordId};

use super::{Catalogue, CatalogueError, Entry};

/// In-memory twin.
#[derive(Debug, Default)]
pub struct MemoryCatalogue(Mutex<BTreeMap<RecordId, Entry>>);

impl MemoryCatalogue {
    fn with<T>(&self, act: impl FnOnce(&mut BTreeMap<RecordId, Entry>) -> T) -> Result<T, CatalogueError> {
        Ok(act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl Catalogue for MemoryCatalogue {
    fn put(&self, entry: &Entry) -> Result<(), CatalogueError> {
        self.with(|all| drop(all.insert(entry.record, entry.clone())))
    }

    fn remove(&self, record: RecordId) -> Result<(), CatalogueError> {
        self.with(|all| drop(all.remove(&record)))
    }

    fn by_record(&self, record: RecordId) -> Result<Option<Entry>, CatalogueError> {
        self.with(|all| all.get(&record).cloned())
    }

    fn by_offer(&self, offer: OfferId) -> Result<Option<Entry>, CatalogueError> {
        self.with(|all| all.values().find(|entry| entry.offer == offer).cloned())
    }

    fn list(&self, tag: Option<&str>) -> Result<Vec<Entry>, CatalogueError> {
        self.with(|all| {
            let wanted = |entry: &&Entry| tag.is_none_or(|tag| entry.tags.iter().any(|own| own == tag));
            let mut found: Vec<Entry> = all.values().filter(wanted).cloned().collect();
            found.sort_by_key(|entry| Reverse((entry.listed_at, entry.record)));
            found
        })
    }

    fn replace_all(&self, entries: &[Entry]) -> Result<(), CatalogueError> {
        self.with(|all| {
            *all = entries
                .iter()
                .map(|entry| (entry.record, entry.clone()))
                .collect()
        })
    }
}
