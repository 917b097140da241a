use std::sync::{Mutex, MutexGuard, PoisonError};

use vouchsafe_evaluation::{Index, KeyedHash, MAX_ENTRIES};
use vouchsafe_protocol::id::OfferId;

use super::{Lookalikes, LookalikesError};

/// In-memory twin.
#[derive(Debug)]
pub struct MemoryLookalikes {
    /// Oldest first.
    entered: Mutex<Vec<(OfferId, Vec<KeyedHash>)>>,
    capacity: usize,
}

impl Default for MemoryLookalikes {
    fn default() -> Self {
        Self::with_room_for(MAX_ENTRIES)
    }
}

impl MemoryLookalikes {
    /// Holds at most so many hashes.
    pub fn with_room_for(capacity: usize) -> Self {
        Self {
            entered: Mutex::default(),
            capacity,
        }
    }

    fn entered(&self) -> MutexGuard<'_, Vec<(OfferId, Vec<KeyedHash>)>> {
        self.entered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lookalikes for MemoryLookalikes {
    fn enter(&self, offer: OfferId, hashes: &[KeyedHash]) -> Result<(), LookalikesError> {
        let mut entered = self.entered();
        match entered.iter_mut().find(|(known, _)| *known == offer) {
            Some((_, known)) => *known = hashes.to_vec(),
            None => entered.push((offer, hashes.to_vec())),
        }
        while entered.iter().map(|(_, hashes)| hashes.len()).sum::<usize>() > self.capacity {
            entered.remove(0);
        }
        Ok(())
    }

    fn forget(&self, offer: OfferId) -> Result<(), LookalikesError> {
        self.entered().retain(|(known, _)| *known != offer);
        Ok(())
    }

    fn offers(&self) -> Result<Vec<OfferId>, LookalikesError> {
        Ok(self.entered().iter().map(|(offer, _)| *offer).collect())
    }

    fn others(&self, offer: OfferId) -> Result<Index, LookalikesError> {
        let mut index = Index::new(self.capacity);
        let entered = self.entered();
        let others = entered.iter().filter(|(known, _)| *known != offer);
        for (item, hash) in (0..).zip(others.flat_map(|(_, hashes)| hashes)) {
            index.enter(*hash, item);
        }
        Ok(index)
    }
}
