use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use vouchsafe_protocol::id::{Genesis, OrderId};

use super::{Answer, Change, Journal, JournalError, SecretKind, Subject};
use crate::domain::{ItemRow, Job, JobId};

/// In-memory twin.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    jobs: BTreeMap<JobId, Job>,
    items: BTreeMap<(JobId, u32), ItemRow>,
    secrets: BTreeMap<(JobId, SecretKind), Vec<u8>>,
    answers: BTreeMap<OrderId, Answer>,
    proofs: BTreeMap<Subject, Vec<u8>>,
    genesis: Option<Genesis>,
}

impl MemoryJournal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for MemoryJournal {
    fn create(&self, job: &Job, staging: &[u8]) -> Result<(), JournalError> {
        let mut state = self.state();
        if state.jobs.contains_key(&job.id) {
            return Err(JournalError::Exists(job.id));
        }
        state
            .secrets
            .insert((job.id, SecretKind::Staging), staging.to_vec());
        state.jobs.insert(job.id, job.clone());
        Ok(())
    }

    fn conclude(&self, change: &Change) -> Result<(), JournalError> {
        let mut state = self.state();
        let id = change.job.id;
        let stored = state.jobs.get(&id).ok_or(JournalError::Missing(id))?.revision;
        if stored + 1 != change.job.revision {
            return Err(JournalError::Stale {
                job: id,
                stored,
                offered: change.job.revision,
            });
        }
        if let Some((at, row)) = &change.item {
            state.items.insert((id, *at), row.clone());
        }
        if let Some((kind, secret)) = &change.keep {
            state.secrets.insert((id, *kind), secret.clone());
        }
        for kind in &change.forget {
            state.secrets.remove(&(id, *kind));
        }
        state.jobs.insert(id, change.job.clone());
        Ok(())
    }

    fn job(&self, id: JobId) -> Result<Option<Job>, JournalError> {
        Ok(self.state().jobs.get(&id).cloned())
    }

    fn jobs(&self) -> Result<Vec<Job>, JournalError> {
        let mut jobs: Vec<Job> = self.state().jobs.values().cloned().collect();
        jobs.sort_by_key(|job| (job.created_at, job.id));
        Ok(jobs)
    }

    fn open_jobs(&self) -> Result<Vec<Job>, JournalError> {
        let mut jobs = self.jobs()?;
        jobs.retain(|job| !job.state.is_at_rest());
        Ok(jobs)
    }

    fn items(&self, id: JobId) -> Result<Vec<ItemRow>, JournalError> {
        Ok(self
            .state()
            .items
            .range((id, 0)..=(id, u32::MAX))
            .map(|(_, row)| row.clone())
            .collect())
    }

    fn secret(&self, id: JobId, kind: SecretKind) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.state().secrets.get(&(id, kind)).cloned())
    }

    fn bind(&self, genesis: Genesis) -> Result<(), JournalError> {
        let mut state = self.state();
        match state.genesis {
            Some(stored) if stored != genesis => Err(JournalError::OtherChain {
                stored,
                offered: genesis,
            }),
            _ => {
                state.genesis = Some(genesis);
                Ok(())
            }
        }
    }

    fn genesis(&self) -> Result<Option<Genesis>, JournalError> {
        Ok(self.state().genesis)
    }

    fn record_answer(&self, order: OrderId, answer: Answer) -> Result<(), JournalError> {
        self.state().answers.insert(order, answer);
        Ok(())
    }

    fn answer(&self, order: OrderId) -> Result<Option<Answer>, JournalError> {
        Ok(self.state().answers.get(&order).copied())
    }

    fn keep_proof(&self, subject: Subject, proof: &[u8]) -> Result<(), JournalError> {
        let mut state = self.state();
        state.proofs.entry(subject).or_insert_with(|| proof.to_vec());
        Ok(())
    }

    fn proof(&self, subject: Subject) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.state().proofs.get(&subject).cloned())
    }

    fn unproven(&self, subjects: &[Subject]) -> Result<Vec<Subject>, JournalError> {
        let state = self.state();
        let unproven = subjects
            .iter()
            .filter(|subject| !state.proofs.contains_key(subject));
        Ok(unproven.copied().collect())
    }

    fn answers(&self) -> Result<Vec<(OrderId, Answer)>, JournalError> {
        Ok(self
            .state()
            .answers
            .iter()
            .map(|(order, answer)| (*order, *answer))
            .collect())
    }
}
