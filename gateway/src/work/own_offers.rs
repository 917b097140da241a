//! The offers of this gateway, as its journal knows them: what the desk looks at in every finalised block.
//!
//! Offers of others are never read, however many there are. The list is kept in memory, so that a block does not cost a
//! walk over all jobs; it is made from the journal at every start, and follows each stored step.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use vouchsafe_protocol::id::{OfferId, RecordId};

use crate::domain::{Job, JobId, JobState};

/// What the gateway still owes the orders of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owed {
    /// Keys, and a settlement.
    Live,
    /// The operator deletes the dataset: nothing is delivered any more, what was delivered is settled.
    Ending,
    /// As before, and closed on chain: without open orders it will never have one again.
    Ended,
}

#[derive(Debug, Default)]
pub(super) struct OwnOffers(Mutex<BTreeMap<OfferId, Entry>>);

#[derive(Debug)]
struct Entry {
    /// Of the job that this was read from.
    revision: u64,
    job: JobId,
    record: RecordId,
    /// `None`: nothing is owed, for good.
    owed: Option<Owed>,
}

impl OwnOffers {
    /// All offers that may be on chain, in id order.
    pub(super) fn list(&self) -> Vec<(OfferId, Owed)> {
        let offers = self.lock();
        let owed = offers.iter().filter_map(|(id, entry)| Some((*id, entry.owed?)));
        owed.collect()
    }

    /// Whose offer it is.
    pub(super) fn job_of(&self, offer: OfferId) -> Option<JobId> {
        self.lock().get(&offer).map(|entry| entry.job)
    }

    /// The job of an own record, and what is owed of its offer; `None` as what is owed: nothing, for good.
    pub(super) fn of_record(&self, record: RecordId) -> Option<(JobId, Option<Owed>)> {
        let offers = self.lock();
        let mut found = offers.values().filter(|entry| entry.record == record);
        found.next().map(|entry| (entry.job, entry.owed))
    }

    /// The record of an own offer whose bytes are destroyed.
    pub(super) fn erased(&self, offer: OfferId) -> Option<RecordId> {
        let offers = self.lock();
        let entry = offers
            .get(&offer)
            .filter(|entry| entry.owed != Some(Owed::Live))?;
        Some(entry.record)
    }

    /// Takes over what a stored job says. Steps of one job may come here in any order: the latest one counts.
    pub(super) fn follow(&self, job: &Job) {
        let (sealed, owed) = match &job.state {
            // On chain, or on its way: the answer to the call may have been lost.
            JobState::Offering { sealed } | JobState::Offered { sealed } => (sealed, Owed::Live),
            JobState::Erasing { sealed } => (sealed, Owed::Ending),
            JobState::Erased { sealed } => (sealed, Owed::Ended),
            JobState::Queued | JobState::Anonymising { .. } | JobState::Sealing { .. } => return,
            JobState::Clearing { .. } | JobState::Registering { .. } => return,
            JobState::Failed { .. } | JobState::Cancelled { .. } => return,
        };
        let mut offers = self.lock();
        if offers
            .get(&sealed.offer)
            .is_some_and(|entry| entry.revision > job.revision)
        {
            return;
        }
        let entry = Entry {
            revision: job.revision,
            job: job.id,
            record: sealed.record,
            owed: Some(owed),
        };
        offers.insert(sealed.offer, entry);
    }

    /// An offer that has ended has no open order left in a finalised block: it is looked at no more.
    pub(super) fn is_over(&self, offer: OfferId) {
        if let Some(entry) = self.lock().get_mut(&offer)
            && entry.owed == Some(Owed::Ended)
        {
            entry.owed = None;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<OfferId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
