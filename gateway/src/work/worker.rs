use std::sync::Arc;

use vouchsafe_protocol::{
    id::{Digest, Genesis},
    report::raw_hash,
};

use super::{
    parents,
    queue::{self, Lane},
    registrar::ensure_registered,
    sealing::{Plan, seal},
    secrets::{Opening, StagedSecret},
    service::Service,
    stop::Stop,
};
use crate::{
    domain::{Event, Job, JobId, JobState, Reason, Sealed, WrongState},
    ports::{
        Anonymiser, BlobError, CatalogueError, Change, JournalError, StagingError,
        chain::{Call, OfferStatus, OfferTerms},
        journal::SecretKind,
    },
};

/// A new offer's bond in prices, where nothing else is configured: a cheat who sells to five buyers before the first of
/// them looks has gained nothing.
const BOND_PER_PRICE: u128 = 5;

/// What one call of [`Worker::tick`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// No job is due.
    Idle,
    /// The job is one step on, or the chain that it needs is met for the first time, and that is stored.
    Stepped(JobId),
    /// The job waits for something outside, and that is stored.
    Waiting(JobId),
    /// The job has failed, and that is stored.
    Failed(JobId),
    /// The job was ended by somebody else while its step ran; the step's result was dropped.
    Overtaken(JobId),
}

/// The stores failed: nothing is known to be stored, and the same step is taken again at the next call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkerError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Staging(#[from] StagingError),
    #[error(transparent)]
    Blob(#[from] BlobError),
    #[error("a job refused its own step: {0}")]
    State(#[from] WrongState),
}

/// Moves jobs on. Takes files of one job in parallel when it was given several anonymisers.
pub struct Worker {
    pub(super) service: Arc<Service>,
    /// Looked at in turn.
    lanes: &'static [Lane],
    pub(super) anonymisers: Vec<Box<dyn Anonymiser>>,
}

impl core::fmt::Debug for Worker {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Worker")
            .field("lanes", &self.lanes)
            .field("anonymisers", &self.anonymisers.len())
            .finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker for both lanes. `anonymisers`: each is used by one thread at a time. Panics without any.
    pub fn new(service: Arc<Service>, anonymisers: Vec<Box<dyn Anonymiser>>) -> Self {
        Self {
            lanes: &[Lane::Local, Lane::Chain],
            ..Self::local(service, anonymisers)
        }
    }

    /// A worker for what needs no chain: it never waits for a node. Panics without anonymisers.
    pub fn local(service: Arc<Service>, anonymisers: Vec<Box<dyn Anonymiser>>) -> Self {
        assert!(!anonymisers.is_empty(), "a worker needs an anonymiser");
        Self {
            service,
            lanes: &[Lane::Local],
            anonymisers,
        }
    }

    /// A worker for what needs the chain and nothing else.
    pub fn chain(service: Arc<Service>) -> Self {
        Self {
            service,
            lanes: &[Lane::Chain],
            anonymisers: Vec::new(),
        }
    }

    /// Takes at most one due job one step on, and stores the result before it returns. Which job that is, `queue.rs`
    /// decides; of several lanes the first that has a due job.
    ///
    /// Every step can be repeated: what it needs to repeat itself exactly (nonce, salt, clean files) is stored before,
    /// and the chain is looked at before anything is submitted.
    pub async fn tick(&mut self) -> Result<Tick, WorkerError> {
        let Some((lane, job)) = self.next()? else {
            return Ok(Tick::Idle);
        };
        let id = job.id;
        let stored = match self.step(lane, &job).await {
            Ok(()) => Ok(Tick::Stepped(id)),
            Err(Stop::Wait { reason, cause }) => self.wait(&job, reason, &cause),
            Err(Stop::Fail(reason)) => self.fail(id, reason),
            Err(Stop::Store(error)) => Err(error),
        };
        match stored {
            Err(WorkerError::Journal(JournalError::Stale { .. })) => {
                // Whoever ended the job removed its files; this step may have written one more.
                let needed = self
                    .service
                    .ports()
                    .journal
                    .job(id)?
                    .is_some_and(|job| job.state.needs_staging());
                if !needed {
                    self.service.ports().staging.destroy(id)?;
                }
                Ok(Tick::Overtaken(id))
            }
            other => other,
        }
    }

    fn next(&self) -> Result<Option<(Lane, Job)>, JournalError> {
        let ports = self.service.ports();
        let (open, known) = (ports.journal.open_jobs()?, ports.journal.genesis()?.is_some());
        let now = ports.clock.now();
        let due = |lane: &Lane| Some((*lane, queue::next(&open, *lane, known, now)?.clone()));
        Ok(self.lanes.iter().find_map(due))
    }

    async fn step(&mut self, lane: Lane, job: &Job) -> Result<(), Stop> {
        match &job.state {
            JobState::Queued => self.store(job, Event::Started).map(drop),
            JobState::Anonymising { done } if *done < job.input.files => self.clean_files(job, *done),
            // Only met here: were it planned here too, both lanes could come to plan one job.
            JobState::Anonymising { .. } if lane == Lane::Chain => self.genesis().await.map(drop),
            JobState::Anonymising { .. } => self.plan(job).await,
            JobState::Sealing { nonce } => self.seal(job, *nonce).await,
            JobState::Clearing { .. } => self.clear(job),
            JobState::Registering { sealed } => self.register(job, sealed).await,
            JobState::Offering { sealed } => self.offer(job, sealed).await,
            JobState::Erasing { sealed } => self.erase(job, sealed).await,
            // At rest: never due.
            JobState::Offered { .. } | JobState::Erased { .. } => Ok(()),
            JobState::Failed { .. } | JobState::Cancelled { .. } => Ok(()),
        }
    }

    fn store(&self, job: &Job, event: Event) -> Result<Job, Stop> {
        self.store_with(job, event, Change::of)
    }

    pub(super) fn store_with(
        &self,
        job: &Job,
        event: Event,
        change: impl FnOnce(Job) -> Change,
    ) -> Result<Job, Stop> {
        let after = job.after(event, self.service.ports().clock.now())?;
        self.service.conclude(&change(after.clone()))?;
        Ok(after)
    }

    pub(super) fn staged_secret(&self, id: JobId) -> Result<StagedSecret, Stop> {
        let sealed = self.service.ports().journal.secret(id, SecretKind::Staging)?;
        let sealed =
            sealed.ok_or_else(|| Stop::Fail(Reason::new("secret_lost", "the staging key is gone")))?;
        Ok(StagedSecret::open(self.service.keys(), id, &sealed)?)
    }

    /// The chain that the dataset will belong to: once met, it is stored and needs no node.
    async fn genesis(&self) -> Result<Genesis, Stop> {
        let ports = self.service.ports();
        if let Some(genesis) = ports.journal.genesis()? {
            return Ok(genesis);
        }
        let genesis = ports.chain.genesis().await?;
        ports.journal.bind(genesis)?;
        // Nothing of any job has changed, but jobs may now go on in the other lane.
        self.service.ring();
        Ok(genesis)
    }

    /// Chooses and stores what sealing must not choose twice.
    async fn plan(&self, job: &Job) -> Result<(), Stop> {
        self.genesis().await?;
        let ports = self.service.ports();
        let files = self.staged_secret(job.id)?.files;
        let raw = raw_hash(files.iter().map(|file| file.sha256))
            .ok_or_else(|| Stop::Fail(Reason::new("secret_lost", "the list of raw files is empty")))?;
        let mut salt = Digest::default();
        ports.entropy.fill(&mut salt.0);
        let mut nonce = [0; 8];
        ports.entropy.fill(&mut nonce);
        let mut share = Digest::default();
        ports.entropy.fill(&mut share.0);
        let share = Some(share);
        let opening = Opening { salt, raw, share }.seal(self.service.keys(), job.id, &*ports.entropy);
        let event = Event::Planned {
            nonce: u64::from_le_bytes(nonce),
        };
        let keep = Some((SecretKind::Opening, opening));
        self.store_with(job, event, |after| Change {
            keep,
            ..Change::of(after)
        })?;
        Ok(())
    }

    async fn seal(&self, job: &Job, nonce: u64) -> Result<(), Stop> {
        let genesis = self.genesis().await?;
        let ports = self.service.ports();
        let lost = || {
            Stop::Fail(Reason::new(
                "secret_lost",
                "the opening of the input commitment is gone",
            ))
        };
        let opening = ports
            .journal
            .secret(job.id, SecretKind::Opening)?
            .ok_or_else(lost)?;
        let opening = Opening::open(self.service.keys(), job.id, &opening)?;
        let key = self.staged_secret(job.id)?.key;
        let rows = ports.journal.items(job.id)?;
        let sealed = seal(
            &self.service,
            job,
            &Plan {
                genesis,
                nonce,
                opening: &opening,
                key: &key,
                rows: &rows,
            },
        )?;
        // The staging key dies in the same commit that makes staging superfluous.
        let event = Event::Sealed(Box::new(sealed));
        let stored = self.store_with(job, event, |after| Change {
            forget: vec![SecretKind::Staging],
            ..Change::of(after)
        });
        if let Err(Stop::Store(WorkerError::Journal(JournalError::Stale { .. }))) = &stored {
            // Cancelled while sealing: what was written belongs to nobody.
            let offer =
                vouchsafe_protocol::id::OfferId::derive(&genesis, &self.service.keys().account(), nonce);
            ports.blobs.delete(offer)?;
        }
        stored.map(drop)
    }

    fn clear(&self, job: &Job) -> Result<(), Stop> {
        self.service.ports().staging.destroy(job.id)?;
        self.store(job, Event::Cleared).map(drop)
    }

    async fn register(&self, job: &Job, sealed: &Sealed) -> Result<(), Stop> {
        let chain = &self.service.ports().chain;
        if chain.record(sealed.record).await?.is_none() {
            // Whoever handed it in without a node at hand was not told then.
            if let Some(refusal) = parents::terms_objection(&self.service, &job.dataset).await? {
                return Err(Stop::Fail(Reason::new("parent_terms", refusal.to_string())));
            }
            ensure_registered(&self.service).await?;
            let genesis = self.genesis().await?;
            let signature = self
                .service
                .keys()
                .sign_record(&sealed.statement.signing_bytes(&genesis));
            let call = Call::RegisterRecord {
                statement: Box::new(sealed.statement.clone()),
                signature,
            };
            if let Err(error) = chain.submit(call).await {
                // Refused, perhaps because an earlier try went through after all: the state decides.
                if chain.record(sealed.record).await?.is_none() {
                    return Err(error.into());
                }
            }
        }
        self.store(job, Event::Registered).map(drop)
    }

    async fn offer(&self, job: &Job, sealed: &Sealed) -> Result<(), Stop> {
        let chain = &self.service.ports().chain;
        if chain.offer(sealed.offer).await?.is_none() {
            let rules = chain.rules().await?;
            let windows = self.service.settings().windows;
            let (content, price) = (sealed.statement.content, job.dataset.price().0);
            let terms = OfferTerms {
                nonce: sealed.nonce,
                record: sealed.record,
                content,
                key: sealed.key,
                price,
                licence: sealed.licence,
                deliver_within: windows
                    .deliver_within
                    .unwrap_or_else(|| patient(rules.deliver_within)),
                // A window that is configured shorter than the content allows is as long as it must be.
                dispute_within: windows
                    .dispute_within
                    .unwrap_or_default()
                    .max(rules.least_dispute_window(content.bytes)),
                bond: windows
                    .bond
                    .unwrap_or_else(|| price.saturating_mul(BOND_PER_PRICE))
                    .max(rules.least_bond(price)),
            };
            if let Err(error) = chain.submit(Call::Offer(terms)).await
                && chain.offer(sealed.offer).await?.is_none()
            {
                let stop = Stop::from(error);
                if let Stop::Fail(_) = &stop
                    && let Err(error) = chain
                        .submit(Call::WithdrawRecord {
                            record: sealed.record,
                        })
                        .await
                {
                    tracing::warn!(record = %sealed.record, %error, "the record of a failed job stays on chain");
                }
                return Err(stop);
            }
        }
        // Listed first: an entry whose job is not offered yet is not shown, an offer without entry would be lost.
        self.service
            .list(&job.after(Event::Offered, self.service.ports().clock.now())?)?;
        self.store(job, Event::Offered)?;
        tracing::info!(job = %job.id, record = %sealed.record, offer = %sealed.offer, "a dataset is offered");
        Ok(())
    }

    /// Takes back what reached the chain; the bytes went before this state was stored.
    async fn erase(&self, job: &Job, sealed: &Sealed) -> Result<(), Stop> {
        let ports = self.service.ports();
        ports.staging.destroy(job.id)?;
        ports.blobs.delete(sealed.offer)?;
        if ports
            .chain
            .offer(sealed.offer)
            .await?
            .is_some_and(|offer| offer.status == OfferStatus::Open)
        {
            self.submit_unless_done(Call::Close { offer: sealed.offer })
                .await?;
        }
        let record = sealed.record;
        let standing = ports.chain.standing(record).await?;
        if standing.is_some_and(|standing| standing.erased.is_none()) {
            self.submit_unless_done(Call::EraseRecord { record }).await?;
        }
        self.store(job, Event::Erased)?;
        tracing::info!(job = %job.id, %record, "a dataset is erased, and the chain says so");
        Ok(())
    }

    /// A refusal may only mean that an earlier try went through: then the next look at the state shows it, so it is a
    /// reason to look again and never to give an erasure up.
    async fn submit_unless_done(&self, call: Call) -> Result<(), Stop> {
        match self.service.ports().chain.submit(call).await {
            Ok(_) => Ok(()),
            Err(error) => Err(Stop::wait_for(&error)),
        }
    }

    fn wait(&self, job: &Job, reason: Reason, cause: &str) -> Result<Tick, WorkerError> {
        let id = job.id;
        let attempt = job
            .waiting
            .as_ref()
            .map_or(0, |waiting| waiting.attempt.saturating_add(1));
        let now = self.service.ports().clock.now();
        let retry_at = now.plus_ms(self.service.settings().retry.wait_ms(attempt));
        if job
            .waiting
            .as_ref()
            .is_none_or(|waiting| waiting.reason.code != reason.code)
        {
            tracing::warn!(job = %id, code = %reason.code, %cause, "a job waits");
        }
        self.service
            .conclude(&Change::of(job.waiting_for(reason, retry_at)))?;
        Ok(Tick::Waiting(id))
    }

    /// Ends the job: keys first, in the same commit as the state, then the bytes.
    fn fail(&self, id: JobId, reason: Reason) -> Result<Tick, WorkerError> {
        let ports = self.service.ports();
        let Some(job) = ports.journal.job(id)? else {
            return Ok(Tick::Overtaken(id));
        };
        let offer = self.service.offer_of(&job.state)?;
        let Ok(failed) = job.after(Event::Failed(reason), ports.clock.now()) else {
            return Ok(Tick::Overtaken(id));
        };
        if let JobState::Failed { stage, reason } = &failed.state {
            tracing::warn!(job = %id, ?stage, code = %reason.code, detail = %reason.detail, "a job has failed");
        }
        let forget = vec![SecretKind::Staging, SecretKind::Opening];
        self.service.conclude(&Change {
            forget,
            ..Change::of(failed)
        })?;
        ports.staging.destroy(id)?;
        if let Some(offer) = offer {
            ports.blobs.delete(offer)?;
        }
        Ok(Tick::Failed(id))
    }
}

/// The time for a delivery where the operator names none: five times the least of the chain's bounds (inclusive, blocks),
/// so that a gateway that restarts in between still delivers.
fn patient((least, most): (u32, u32)) -> u32 {
    least.saturating_mul(5).min(most)
}
