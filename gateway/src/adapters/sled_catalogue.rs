use std::{cmp::Reverse, path::Path};

use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};
use vouchsafe_protocol::id::{OfferId, RecordId};

use crate::ports::{Catalogue, CatalogueError, Entry};

/// The catalogue in a sled folder. Nothing is flushed with care: whatever a crash takes is rebuilt at start.
#[derive(Debug)]
pub struct SledCatalogue {
    /// Record → entry, JSON.
    entries: sled::Tree,
    /// Offer → record.
    offers: sled::Tree,
    /// Tag ‖ 0x00 ‖ record → nothing. Tags hold no zero byte.
    tags: sled::Tree,
}

impl SledCatalogue {
    /// Opens the folder. One that sled cannot read is thrown away: it holds nothing that cannot be rebuilt.
    pub fn open(folder: &Path) -> Result<Self, CatalogueError> {
        match Self::try_open(folder) {
            Ok(catalogue) => Ok(catalogue),
            // Another process holds it: throwing it away would hurt that one.
            Err(error) if is_locked(&error) => Err(store(error)),
            Err(error) => {
                tracing::warn!(%error, folder = %folder.display(), "the catalogue is unreadable and is rebuilt");
                std::fs::remove_dir_all(folder).map_err(store)?;
                Self::try_open(folder).map_err(store)
            }
        }
    }

    fn try_open(folder: &Path) -> sled::Result<Self> {
        let db = sled::Config::new().path(folder).cache_capacity(16 << 20).open()?;
        Ok(Self {
            entries: db.open_tree("entries/1")?,
            offers: db.open_tree("offers/1")?,
            tags: db.open_tree("tags/1")?,
        })
    }

    fn get(&self, record: &[u8]) -> Result<Option<Entry>, CatalogueError> {
        let found = self.entries.get(record).map_err(store)?;
        found
            .map(|bytes| serde_json::from_slice(&bytes).map_err(store))
            .transpose()
    }
}

/// sled reports a held lock as an I/O error whose text begins so.
pub(super) fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(cause) if cause.to_string().contains("could not acquire lock"))
}

impl Catalogue for SledCatalogue {
    fn put(&self, entry: &Entry) -> Result<(), CatalogueError> {
        self.remove(entry.record)?; // tags may have changed
        let json = serde_json::to_vec(entry).map_err(store)?;
        let write = (&self.entries, &self.offers, &self.tags).transaction(|(entries, offers, tags)| {
            entries.insert(entry.record.as_bytes().as_slice(), json.as_slice())?;
            offers.insert(
                entry.offer.as_bytes().as_slice(),
                entry.record.as_bytes().as_slice(),
            )?;
            for tag in &entry.tags {
                tags.insert(tag_key(tag, entry.record), b"")?;
            }
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        write.map_err(transaction)
    }

    fn remove(&self, record: RecordId) -> Result<(), CatalogueError> {
        let Some(entry) = self.get(record.as_bytes())? else {
            return Ok(());
        };
        let write = (&self.entries, &self.offers, &self.tags).transaction(|(entries, offers, tags)| {
            entries.remove(record.as_bytes().as_slice())?;
            offers.remove(entry.offer.as_bytes().as_slice())?;
            for tag in &entry.tags {
                tags.remove(tag_key(tag, record))?;
            }
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        write.map_err(transaction)
    }

    fn by_record(&self, record: RecordId) -> Result<Option<Entry>, CatalogueError> {
        self.get(record.as_bytes())
    }

    fn by_offer(&self, offer: OfferId) -> Result<Option<Entry>, CatalogueError> {
        match self.offers.get(offer.as_bytes()).map_err(store)? {
            Some(record) => self.get(&record),
            None => Ok(None),
        }
    }

    fn list(&self, tag: Option<&str>) -> Result<Vec<Entry>, CatalogueError> {
        let mut found: Vec<Entry> = Vec::new();
        match tag {
            None => {
                for entry in self.entries.iter() {
                    let (_, bytes) = entry.map_err(store)?;
                    found.push(serde_json::from_slice(&bytes).map_err(store)?);
                }
            }
            Some(tag) => {
                let prefix = [tag.as_bytes(), &[0]].concat();
                for key in self.tags.scan_prefix(&prefix).keys() {
                    let key = key.map_err(store)?;
                    found.extend(self.get(&key[prefix.len()..])?);
                }
            }
        }
        found.sort_by_key(|entry| Reverse((entry.listed_at, entry.record)));
        Ok(found)
    }

    fn replace_all(&self, entries: &[Entry]) -> Result<(), CatalogueError> {
        for tree in [&self.entries, &self.offers, &self.tags] {
            tree.clear().map_err(store)?;
        }
        entries.iter().try_for_each(|entry| self.put(entry))
    }
}

fn tag_key(tag: &str, record: RecordId) -> Vec<u8> {
    [tag.as_bytes(), &[0], record.as_bytes()].concat()
}

fn store(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CatalogueError {
    CatalogueError::Store(cause.into())
}

fn transaction(error: TransactionError<()>) -> CatalogueError {
    match error {
        TransactionError::Storage(cause) => store(cause),
        TransactionError::Abort(()) => store("a transaction that never aborts was aborted"),
    }
}
