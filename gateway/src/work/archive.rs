//! Proofs of what became final, saved while nodes still have what they are made of: states and justifications are pruned.
//!
//! Level-triggered like everything here: what counts is which proofs are missing, not which blocks were seen. The list is
//! made from the journal at every start and follows what is stored.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use codec::{Decode, Encode};
use vouchsafe_protocol::{
    bundle::{Finalised, MAX_ANCESTORS, MAX_HANDOVERS, SignedStatement},
    id::OrderId,
    order::{Outcome, Stage},
};

use super::{desk::DeskError, service::Service};
use crate::{
    domain::{Checkpoint, Handover, Job, JobState, SavedOrder, SavedRecord},
    ports::{
        Journal, JournalError,
        chain::Justified,
        journal::{Answer, Subject},
    },
};

/// Proofs that one pass asks for.
const AT_ONCE: usize = 64;

/// What final blocks hold of this gateway's and is not saved yet.
#[derive(Debug, Default)]
pub(super) struct Missing(Mutex<BTreeSet<Subject>>);

impl Missing {
    /// What is missing at the start.
    pub(super) fn read(
        &self,
        journal: &dyn Journal,
        jobs: &[Job],
        answers: &[(OrderId, Answer)],
    ) -> Result<(), JournalError> {
        let mut wanted: Vec<Subject> = jobs.iter().filter_map(wanted_of).collect();
        for (order, _) in answers {
            wanted.extend([Subject::Order(*order), Subject::Delivery(*order)]);
        }
        self.lock().extend(journal.unproven(&wanted)?);
        Ok(())
    }

    /// Takes over what a stored job says.
    pub(super) fn follow(&self, journal: &dyn Journal, job: &Job) {
        if let Some(subject) = wanted_of(job) {
            self.want(journal, subject);
        }
    }

    pub(super) fn want(&self, journal: &dyn Journal, subject: Subject) {
        // Where the journal does not tell, it is proven once more, and the first proof stays.
        let proven = journal
            .unproven(&[subject])
            .is_ok_and(|missing| missing.is_empty());
        if !proven {
            self.lock().insert(subject);
        }
    }

    pub(super) fn count(&self) -> u64 {
        self.lock().len() as u64
    }

    fn some(&self) -> Vec<Subject> {
        self.lock().iter().copied().take(AT_ONCE).collect()
    }

    fn is_over(&self, subject: Subject) {
        self.lock().remove(&subject);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Subject>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record is final before its offer is made.
fn wanted_of(job: &Job) -> Option<Subject> {
    match &job.state {
        JobState::Offering { sealed } | JobState::Offered { sealed } => Some(Subject::Record(sealed.record)),
        JobState::Queued | JobState::Anonymising { .. } | JobState::Sealing { .. } => None,
        JobState::Clearing { .. } | JobState::Registering { .. } => None,
        JobState::Erasing { .. } | JobState::Erased { .. } => None,
        JobState::Failed { .. } | JobState::Cancelled { .. } => None,
    }
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filed {
    /// Proofs of records, orders and deliveries.
    pub saved: u32,
    /// Hand-overs between authority sets.
    pub handovers: u32,
    /// What can never be proven any more.
    pub given_up: u32,
}

/// Saves proofs.
#[derive(Clone)]
pub struct Archive {
    service: Arc<Service>,
}

impl core::fmt::Debug for Archive {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Archive(..)")
    }
}

impl Archive {
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// Asks the chain for what is missing, and stores what it has; nothing is asked when nothing is missing.
    pub async fn pass(&self) -> Result<Filed, DeskError> {
        let mut filed = Filed::default();
        let wanted = self.service.missing.some();
        if wanted.is_empty() {
            return Ok(filed);
        }
        let ports = self.service.ports();
        ports.journal.bind(ports.chain.genesis().await?)?;
        let at = ports.chain.justified().await?;
        // First, so that every saved block has the hand-overs that lead up to it.
        filed.handovers = self.follow_sets(&at).await?;
        for subject in wanted {
            match self.prove(subject, &at).await? {
                Proof::Of(bytes) => {
                    ports.journal.keep_proof(subject, &bytes)?;
                    self.service.missing.is_over(subject);
                    filed.saved += 1;
                }
                Proof::Later => {}
                Proof::Never => {
                    tracing::warn!(?subject, "the chain has nothing left that could prove this");
                    self.service.missing.is_over(subject);
                    filed.given_up += 1;
                }
            }
        }
        Ok(filed)
    }

    /// Saves the hand-overs up to `at`, beginning with the set that this gateway met first.
    async fn follow_sets(&self, at: &Justified) -> Result<u32, DeskError> {
        let ports = self.service.ports();
        let checkpoint = match self.service.checkpoint()? {
            Some(checkpoint) => checkpoint,
            None => {
                let checkpoint = Checkpoint {
                    set: ports.chain.authority_set(at).await?,
                    above: at.height.saturating_sub(1),
                };
                ports
                    .journal
                    .keep_proof(Subject::Checkpoint, &checkpoint.encode())?;
                checkpoint
            }
        };
        let known = self.service.handovers(u32::MAX)?;
        let above = known.last().map_or(checkpoint.above, |last| last.height);
        let first = checkpoint.set.id.saturating_add(known.len() as u64);
        let mut count = 0;
        for (set, (height, block)) in (first..).zip(ports.chain.handovers(above, at.height).await?) {
            let handover = Handover { height, block };
            ports
                .journal
                .keep_proof(Subject::Handover(set), &handover.encode())?;
            tracing::info!(set, height, "saved how an authority set named the next");
            count += 1;
        }
        Ok(count)
    }

    async fn prove(&self, subject: Subject, at: &Justified) -> Result<Proof, DeskError> {
        let chain = &self.service.ports().chain;
        match subject {
            Subject::Record(record) => {
                let Some(found) = chain.prove_record(record, at).await? else {
                    return Ok(Proof::Later);
                };
                let saved = SavedRecord {
                    height: at.height,
                    finality: at.block.clone(),
                    state: found.state,
                    ancestors: self.ancestors(&found.record).await?,
                    record: found.record,
                    trail: found.trail,
                };
                Ok(Proof::Of(saved.encode()))
            }
            Subject::Order(order) | Subject::Delivery(order) => {
                // It was seen in a final block: if it is gone, its buyer has forgotten it.
                let Some(found) = chain.prove_order(order, at).await? else {
                    return Ok(Proof::Never);
                };
                let delivery = matches!(subject, Subject::Delivery(_));
                Ok(match found.stage {
                    Stage::Placed { .. } if delivery => Proof::Later,
                    Stage::Closed(Outcome::Refunded) if delivery => Proof::Never,
                    Stage::Placed { .. } | Stage::Delivered { .. } | Stage::Closed(_) => Proof::Of(
                        SavedOrder {
                            height: at.height,
                            finality: at.block.clone(),
                            state: found.state,
                            stage: found.stage,
                        }
                        .encode(),
                    ),
                })
            }
            // Saved by `follow_sets`.
            Subject::Checkpoint | Subject::Handover(_) => Ok(Proof::Never),
        }
    }

    /// What a record is derived from, nearest first: at most [`MAX_ANCESTORS`].
    async fn ancestors(&self, record: &SignedStatement) -> Result<Vec<SignedStatement>, DeskError> {
        let chain = &self.service.ports().chain;
        let mut found: Vec<SignedStatement> = Vec::new();
        let mut next = 0;
        let mut of = Some(record.clone());
        while let Some(child) = of {
            for parent in &child.statement.parents {
                let known = found.iter().any(|ancestor| ancestor.record == parent.record);
                if known || found.len() == MAX_ANCESTORS as usize {
                    continue;
                }
                found.extend(chain.signed(parent.record).await?);
            }
            of = found.get(next).cloned();
            next += 1;
        }
        Ok(found)
    }
}

enum Proof {
    Of(Vec<u8>),
    Later,
    Never,
}

impl Service {
    pub(super) fn checkpoint(&self) -> Result<Option<Checkpoint>, JournalError> {
        self.saved(Subject::Checkpoint, "checkpoint")
    }

    /// The saved hand-overs below `below`, oldest first.
    pub(super) fn handovers(&self, below: u32) -> Result<Vec<Handover>, JournalError> {
        let Some(checkpoint) = self.checkpoint()? else {
            return Ok(Vec::new());
        };
        let mut handovers = Vec::new();
        for set in (checkpoint.set.id..).take(MAX_HANDOVERS as usize) {
            match self.saved::<Handover>(Subject::Handover(set), "hand-over")? {
                Some(handover) if handover.height < below => handovers.push(handover),
                Some(_) | None => break,
            }
        }
        Ok(handovers)
    }

    pub(super) fn saved<T: Decode>(
        &self,
        subject: Subject,
        what: &'static str,
    ) -> Result<Option<T>, JournalError> {
        let Some(bytes) = self.ports().journal.proof(subject)? else {
            return Ok(None);
        };
        let read = T::decode(&mut bytes.as_slice());
        read.map(Some).map_err(|cause| JournalError::Corrupt {
            what,
            cause: cause.to_string(),
        })
    }
}

/// The blocks of hand-overs, as a bundle holds them.
pub(super) fn blocks(handovers: Vec<Handover>) -> Vec<Finalised> {
    handovers.into_iter().map(|handover| handover.block).collect()
}
