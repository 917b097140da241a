use std::path::Path;

use codec::{Decode, Encode};
use sled::transaction::{ConflictableTransactionError, TransactionError, Transactional};
use vouchsafe_evaluation::{Index, KeyedHash};
use vouchsafe_protocol::id::OfferId;

use super::sled_catalogue::is_locked;
use crate::ports::{Lookalikes, LookalikesError};

/// What listed photos look like, in a sled folder. Nothing is flushed with care: whatever a crash takes is rebuilt at start.
#[derive(Debug)]
pub struct SledLookalikes {
    db: sled::Db,
    /// Number, big end first → SCALE of (offer, hashes). Numbers rise with each new offer.
    entries: sled::Tree,
    /// Offer → number ‖ how many hashes, 8 bytes each, big end first.
    offers: sled::Tree,
    capacity: usize,
}

impl SledLookalikes {
    /// Opens the folder, with room for 131,072 hashes (4 MiB): ten thousand new photos are then compared in half a minute. One that sled cannot read is thrown away: it holds nothing
    /// that cannot be rebuilt.
    pub fn open(folder: &Path) -> Result<Self, LookalikesError> {
        Self::open_with_room_for(folder, 1 << 17)
    }

    /// The same for at most so many hashes.
    pub fn open_with_room_for(folder: &Path, capacity: usize) -> Result<Self, LookalikesError> {
        match Self::try_open(folder, capacity) {
            Ok(lookalikes) => Ok(lookalikes),
            // Another process holds it: throwing it away would hurt that one.
            Err(error) if is_locked(&error) => Err(store(error)),
            Err(error) => {
                tracing::warn!(%error, folder = %folder.display(), "what photos look like is unreadable and is rebuilt");
                std::fs::remove_dir_all(folder).map_err(store)?;
                Self::try_open(folder, capacity).map_err(store)
            }
        }
    }

    fn try_open(folder: &Path, capacity: usize) -> sled::Result<Self> {
        let db = sled::Config::new().path(folder).cache_capacity(16 << 20).open()?;
        Ok(Self {
            entries: db.open_tree("lookalikes/1")?,
            offers: db.open_tree("offers/1")?,
            db,
            capacity,
        })
    }

    fn number_of(&self, offer: OfferId) -> Result<Option<[u8; 8]>, LookalikesError> {
        let found = self.offers.get(offer.as_bytes()).map_err(store)?;
        Ok(found.and_then(|value| value.first_chunk().copied()))
    }

    /// Hashes of all offers.
    fn count(&self) -> Result<usize, LookalikesError> {
        let mut count = 0_usize;
        for value in self.offers.iter().values() {
            let hashes = value
                .map_err(store)?
                .last_chunk()
                .copied()
                .map(u64::from_be_bytes);
            count = count.saturating_add(usize::try_from(hashes.unwrap_or(0)).unwrap_or(usize::MAX));
        }
        Ok(count)
    }

    /// Oldest first.
    fn all(&self) -> impl Iterator<Item = Result<(OfferId, Vec<KeyedHash>), LookalikesError>> {
        self.entries.iter().values().map(|value| {
            let value = value.map_err(store)?;
            Decode::decode(&mut value.as_ref()).map_err(store)
        })
    }
}

impl Lookalikes for SledLookalikes {
    fn enter(&self, offer: OfferId, hashes: &[KeyedHash]) -> Result<(), LookalikesError> {
        let number = match self.number_of(offer)? {
            Some(number) => number,
            None => self.db.generate_id().map_err(store)?.to_be_bytes(),
        };
        let entry = (offer, hashes).encode();
        let known = [number, (hashes.len() as u64).to_be_bytes()].concat();
        let write = (&self.entries, &self.offers).transaction(|(entries, offers)| {
            entries.insert(number.as_slice(), entry.as_slice())?;
            offers.insert(offer.as_bytes().as_slice(), known.as_slice())?;
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        write.map_err(transaction)?;
        while self.count()? > self.capacity {
            let Some(oldest) = self.all().next() else { break };
            self.forget(oldest?.0)?;
        }
        Ok(())
    }

    fn forget(&self, offer: OfferId) -> Result<(), LookalikesError> {
        let Some(number) = self.number_of(offer)? else {
            return Ok(());
        };
        let write = (&self.entries, &self.offers).transaction(|(entries, offers)| {
            entries.remove(number.as_slice())?;
            offers.remove(offer.as_bytes().as_slice())?;
            Ok::<(), ConflictableTransactionError<()>>(())
        });
        write.map_err(transaction)
    }

    fn offers(&self) -> Result<Vec<OfferId>, LookalikesError> {
        self.all().map(|entry| Ok(entry?.0)).collect()
    }

    fn others(&self, offer: OfferId) -> Result<Index, LookalikesError> {
        let mut index = Index::new(self.capacity);
        let mut item = 0;
        for entry in self.all() {
            let (known, hashes) = entry?;
            if known == offer {
                continue;
            }
            for hash in hashes {
                index.enter(hash, item);
                item += 1;
            }
        }
        Ok(index)
    }
}

fn store(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> LookalikesError {
    LookalikesError::Store(cause.into())
}

fn transaction(error: TransactionError<()>) -> LookalikesError {
    match error {
        TransactionError::Storage(cause) => store(cause),
        TransactionError::Abort(()) => store("a transaction that never aborts was aborted"),
    }
}
