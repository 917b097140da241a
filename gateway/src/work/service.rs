use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::stream::{self, BoxStream, StreamExt};
use tokio::sync::watch;
use vouchsafe_documents::dcat;
use vouchsafe_evaluation::Label;
use vouchsafe_protocol::{
    delivery::OfferSecret,
    id::{Digest, Genesis, OfferId, RecordId},
    report::report_hash,
};

use super::{
    archive::Missing,
    looks::are_rows_of,
    own_offers::{Owed, OwnOffers},
    parents,
    secrets::Opening,
    service_error::ServiceError,
    settings::Settings,
    status::{Health, Status, Totals},
    upload::{Upload, UploadError},
};
use crate::{
    domain::{
        DatasetRefusal, DatasetView, Event, GatewayView, Job, JobId, JobState, JobView, LicenceView,
        NewDataset, OfferView, Pipeline, Planck, Sealed, grade_name,
    },
    keys::GatewayKeys,
    ports::{
        Blob, BlobKind, Blobs, Catalogue, CatalogueError, Chain, ChainError, Change, Clock, Entropy, Entry,
        Journal, JournalError, Lookalikes, Staging, journal::SecretKind,
    },
};

/// How long an upload waits for the node's answers about the money that exists and the dataset's parents, and who asks for a
/// lineage for all of it.
pub(super) const ASK_FOR: Duration = Duration::from_secs(3);

/// Most datasets of one catalogue.
const MAX_CATALOGUED: usize = 1_000;

/// Everything outside, behind ports.
#[derive(Clone)]
pub struct Ports {
    pub journal: Arc<dyn Journal>,
    pub catalogue: Arc<dyn Catalogue>,
    pub blobs: Arc<dyn Blobs>,
    pub staging: Arc<dyn Staging>,
    pub lookalikes: Arc<dyn Lookalikes>,
    pub chain: Arc<dyn Chain>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
}

/// A public blob with the strong entity tag that its content root makes possible.
#[derive(Debug)]
pub struct BlobView {
    pub blob: Blob,
    /// Opaque, without quotes. Changes with any byte.
    pub etag: String,
}

/// The exact canonical bytes of a document, with the gateway's signature for a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentView {
    pub bytes: Vec<u8>,
    /// Tagged hash of the bytes, as the record carries it. Serves as strong entity tag.
    pub hash: Digest,
    /// ed25519 over the report's signing bytes.
    pub signature: Option<[u8; 64]>,
}

/// The application, as HTTP sees it. Stores are read and written on the caller's thread: short, but blocking.
pub struct Service {
    ports: Ports,
    keys: Arc<GatewayKeys>,
    settings: Settings,
    pipeline: Pipeline,
    /// Rings at every stored change of any job.
    bell: watch::Sender<u64>,
    status: Status,
    pub(super) own_offers: OwnOffers,
    /// Proofs that are to be saved.
    pub(super) missing: Missing,
    /// Held while the registration is looked at and mended, so that worker and desk do not both pay for it.
    pub(super) registering: tokio::sync::Mutex<()>,
    /// Held while a lineage is read from the node.
    pub(super) walking: tokio::sync::Mutex<()>,
}

impl Service {
    /// Builds the service and brings its stores in order: destroys staged files that no job needs, and rebuilds the
    /// catalogue and the list of own offers from the journal.
    pub fn new(
        ports: Ports,
        keys: Arc<GatewayKeys>,
        settings: Settings,
        pipeline: Pipeline,
    ) -> Result<Arc<Self>, ServiceError> {
        let (bell, _) = watch::channel(0);
        let (status, registering) = (Status::default(), tokio::sync::Mutex::new(()));
        let service = Self {
            ports,
            keys,
            settings,
            pipeline,
            bell,
            status,
            own_offers: OwnOffers::default(),
            missing: Missing::default(),
            registering,
            walking: tokio::sync::Mutex::new(()),
        };
        service.sweep()?;
        service.read_jobs()?;
        Ok(Arc::new(service))
    }

    /// Begins a dataset. Whether the seller relies on another policy is checked here, the price against the money that
    /// exists, and the parents against the records that the chain knows, if the node can be asked.
    ///
    /// Files are then added to the [`Upload`]; nothing of it exists until [`Upload::commit`].
    pub async fn begin_upload(self: &Arc<Self>, dataset: NewDataset) -> Result<Upload, UploadError> {
        dataset.check_policy(&self.pipeline.policy)?;
        // Uploads are taken without a node too: then the chain itself refuses the parents when the record is registered,
        // and the price when the offer is made.
        let asked = tokio::time::timeout(ASK_FOR, self.objection(&dataset));
        match asked.await {
            Ok(Ok(Some(refusal))) => Err(refusal.into()),
            Ok(Ok(None) | Err(_)) | Err(_) => Ok(Upload::new(self.clone(), dataset)),
        }
    }

    /// What the chain has against the dataset now: against its price, then against its parents.
    async fn objection(&self, dataset: &NewDataset) -> Result<Option<DatasetRefusal>, ChainError> {
        let issuance = Planck(self.ports.chain.total_issuance().await?);
        match dataset.check_payable(issuance) {
            Err(refusal) => Ok(Some(refusal)),
            Ok(()) => parents::objection(self, dataset).await,
        }
    }

    /// One job.
    pub fn job(&self, id: JobId) -> Result<JobView, ServiceError> {
        Ok(JobView::of(&self.stored_job(id)?))
    }

    /// All jobs, newest first.
    pub fn jobs(&self) -> Result<Vec<JobView>, ServiceError> {
        Ok(self.ports.journal.jobs()?.iter().rev().map(JobView::of).collect())
    }

    /// The job now, then after every change, until it is terminal. Ends early if the store fails.
    pub fn watch(self: &Arc<Self>, id: JobId) -> Result<BoxStream<'static, JobView>, ServiceError> {
        // Subscribed before the first look: a change in between is seen.
        let bell = self.bell.subscribe();
        let first = self.job(id)?;
        let start = (self.clone(), bell, Some(first), None::<u64>);
        let views = stream::unfold(start, move |(service, mut bell, pending, last)| async move {
            if let Some(view) = pending {
                let seen = view.revision;
                return Some((view, (service, bell, None, Some(seen))));
            }
            loop {
                bell.changed().await.ok()?;
                let view = service.job(id).ok()?;
                if Some(view.revision) != last {
                    let seen = view.revision;
                    return Some((view, (service, bell, None, Some(seen))));
                }
            }
        });
        // A terminal view is the last one, and it is sent.
        let ended = stream::unfold((views.boxed(), false), |(mut views, over)| async move {
            if over {
                return None;
            }
            let view = views.next().await?;
            let over = view.is_terminal();
            Some((view, (views, over)))
        });
        Ok(ended.boxed())
    }

    /// Gives a job up. Staged bytes and their key are destroyed before this returns. What has reached the chain is
    /// withdrawn by the worker.
    pub fn cancel(&self, id: JobId) -> Result<JobView, ServiceError> {
        self.end(id, Event::Cancelled)
    }

    /// The public description of a listed dataset.
    pub fn dataset(&self, record: RecordId) -> Result<DatasetView, ServiceError> {
        let (job, sealed) = self.listed(record)?;
        let report = self.document(&sealed, BlobKind::Report)?;
        let metadata = self.document(&sealed, BlobKind::Metadata)?;
        let json = |bytes: &[u8], kind| -> Result<serde_json::Value, ServiceError> {
            serde_json::from_slice(bytes).map_err(|_| ServiceError::DamagedBlob {
                offer: sealed.offer,
                kind,
            })
        };
        let report = json(&report, BlobKind::Report)?;
        let quality: Option<Label> = serde_json::from_value(report["quality"].clone()).unwrap_or_default();
        let words = quality.map(|label| label.to_string()).unwrap_or_default();
        let dataset = &job.dataset;
        Ok(DatasetView {
            record,
            offer: sealed.offer,
            title: dataset.title().into(),
            description: dataset.description().into(),
            licence: LicenceView {
                name: dataset.licence().name().into(),
                text: dataset.licence().text().into(),
                hash: dataset.licence().hash(),
            },
            tags: dataset.tags().to_vec(),
            price: dataset.price(),
            items: sealed.statement.items,
            bytes: sealed.statement.content.bytes,
            grade: grade_name(sealed.statement.grade),
            quality: words.lines().map(str::to_owned).collect(),
            parents: sealed.statement.parents.to_vec(),
            report,
            report_signature: hex::encode(sealed.report_signature),
            report_key: Digest(self.keys.record_public()),
            metadata: json(&metadata, BlobKind::Metadata)?,
        })
    }

    /// The signed report's exact bytes.
    pub fn report(&self, record: RecordId) -> Result<DocumentView, ServiceError> {
        let (_, sealed) = self.listed(record)?;
        let bytes = self.document(&sealed, BlobKind::Report)?;
        Ok(DocumentView {
            bytes,
            hash: sealed.statement.report,
            signature: Some(sealed.report_signature),
        })
    }

    /// The metadata document's exact bytes.
    pub fn metadata(&self, record: RecordId) -> Result<DocumentView, ServiceError> {
        let (_, sealed) = self.listed(record)?;
        let bytes = self.document(&sealed, BlobKind::Metadata)?;
        Ok(DocumentView {
            bytes,
            hash: sealed.statement.metadata,
            signature: None,
        })
    }

    /// A listed dataset as DCAT-AP.
    pub fn dcat(&self, record: RecordId) -> Result<serde_json::Value, ServiceError> {
        let document = self.metadata_json(record)?;
        Ok(dcat::dataset(&self.catalogued(record, &document)))
    }

    /// The newest listed datasets, at most [`MAX_CATALOGUED`], as a DCAT-AP catalogue. One whose document is damaged is left
    /// out: it cannot be sold either.
    pub fn catalogue(&self) -> Result<serde_json::Value, ServiceError> {
        let listed = self.ports.catalogue.list(None)?;
        let documents: Vec<_> = listed
            .iter()
            .take(MAX_CATALOGUED)
            .filter_map(|entry| Some((entry.record, self.metadata_json(entry.record).ok()?)))
            .collect();
        let publisher = dcat::Publisher {
            account: self.keys.account(),
            gateway: self.base(),
        };
        let datasets = documents
            .iter()
            .map(|(record, document)| self.catalogued(*record, document));
        Ok(dcat::catalogue(&publisher, datasets))
    }

    fn metadata_json(&self, record: RecordId) -> Result<serde_json::Value, ServiceError> {
        let (_, sealed) = self.listed(record)?;
        let bytes = self.document(&sealed, BlobKind::Metadata)?;
        serde_json::from_slice(&bytes).map_err(|_| ServiceError::DamagedBlob {
            offer: sealed.offer,
            kind: BlobKind::Metadata,
        })
    }

    fn catalogued<'a>(&'a self, record: RecordId, document: &'a serde_json::Value) -> dcat::Listed<'a> {
        dcat::Listed {
            record,
            document,
            gateway: self.base(),
        }
    }

    /// The announced endpoint without a slash at its end.
    fn base(&self) -> &str {
        self.settings.endpoint.trim_end_matches('/')
    }

    /// Listed offers, newest first; only those with the tag, if one is given.
    pub fn offers(&self, tag: Option<&str>) -> Result<Vec<OfferView>, ServiceError> {
        let mut views = Vec::new();
        for entry in self.ports.catalogue.list(tag)? {
            let Some(job) = self.ports.journal.job(entry.job)? else {
                continue;
            };
            let JobState::Offered { sealed } = &job.state else {
                continue;
            };
            views.push(OfferView {
                offer: sealed.offer,
                record: sealed.record,
                title: job.dataset.title().into(),
                price: job.dataset.price(),
                tags: job.dataset.tags().to_vec(),
                items: sealed.statement.items,
                bytes: sealed.statement.content.bytes,
                grade: grade_name(sealed.statement.grade),
            });
        }
        Ok(views)
    }

    /// Ciphertext or sidecar of a listed offer, opened.
    pub fn offer_blob(&self, offer: OfferId, kind: BlobKind) -> Result<BlobView, ServiceError> {
        let entry =
            self.ports
                .catalogue
                .by_offer(offer)?
                .ok_or_else(|| match self.own_offers.erased(offer) {
                    Some(record) => ServiceError::Erased(record),
                    None => ServiceError::UnknownOffer(offer),
                })?;
        let (_, sealed) = self.listed(entry.record).map_err(|error| match error {
            ServiceError::UnknownDataset(_) => ServiceError::UnknownOffer(offer),
            other => other,
        })?;
        let blob = self
            .ports
            .blobs
            .open(offer, kind)?
            .ok_or(ServiceError::LostBlob { offer, kind })?;
        // The root commits to every byte of both.
        let etag = format!("{}-{}", hex::encode(sealed.statement.content.root.0), kind.name());
        Ok(BlobView { blob, etag })
    }

    /// Erases a listed dataset. Its ciphertext, documents, salt and share of the offer's secret are destroyed before this
    /// returns, and no order is answered any more; the worker closes the offer, and says on chain that the record is
    /// erased. Of a dataset that is erased already, or on the way, the job is told and nothing changes.
    ///
    /// Copies that buyers hold stay readable for those who were answered, and open orders are refunded when they expire.
    pub fn delete_dataset(&self, record: RecordId) -> Result<JobView, ServiceError> {
        match self.own_offers.of_record(record) {
            Some((job, Some(Owed::Ending | Owed::Ended) | None)) => self.job(job),
            Some((_, Some(Owed::Live))) | None => {
                let (job, _) = self.listed(record)?;
                self.end(job.id, Event::EraseAsked)
            }
        }
    }

    /// The secret of an own offer, as long as its dataset is not erased.
    pub(crate) fn offer_secret(
        &self,
        genesis: &Genesis,
        offer: OfferId,
        version: u32,
    ) -> Result<Option<OfferSecret>, JournalError> {
        let Some(job) = self.own_offers.job_of(offer) else {
            return Ok(None);
        };
        let Some(sealed) = self.ports.journal.secret(job, SecretKind::Opening)? else {
            return Ok(None);
        };
        match Opening::open(&self.keys, job, &sealed) {
            Ok(opening) => {
                let share = opening.share.as_ref().map(|share| &share.0);
                Ok(Some(self.keys.offer_secret(genesis, &offer, version, share)))
            }
            Err(error) => {
                tracing::error!(%offer, %error, "an offer cannot be opened");
                Ok(None)
            }
        }
    }

    /// Who this gateway is.
    pub fn gateway(&self) -> Result<GatewayView, ServiceError> {
        let account = self.keys.account();
        Ok(GatewayView {
            account,
            ss58: self.keys.account_ss58(),
            key: Digest(self.keys.record_public()),
            endpoint: self.settings.endpoint.clone(),
            genesis: self.ports.journal.genesis()?,
            version: self.settings.version.clone(),
            pipelines: vec![self.pipeline.digest],
        })
    }

    /// How the service stands.
    pub fn health(&self) -> Result<Health, ServiceError> {
        let open = self.ports.journal.open_jobs()?.len();
        Ok(Health {
            chain: self.status.chain(),
            registration: self.status.registration(),
            jobs_open: open as u64,
        })
    }

    /// Counts over the journal.
    pub fn totals(&self) -> Result<Totals, ServiceError> {
        let mut totals = Totals {
            jobs: BTreeMap::new(),
            ..Totals::default()
        };
        for job in self.ports.journal.jobs()? {
            *totals.jobs.entry(JobView::of(&job).state).or_default() += 1;
            totals.files_clean += u64::from(job.files_done());
            totals.found += job.counts.found;
            totals.masked += job.counts.masked;
        }
        totals.proofs_missing = self.missing.count();
        for (_, answer) in self.ports.journal.answers()? {
            totals.answered += 1;
            totals.settled += u64::from(answer.settled);
        }
        Ok(totals)
    }

    /// The caps that uploads are held to.
    pub fn limits(&self) -> super::UploadLimits {
        self.settings.limits
    }

    pub(crate) fn ports(&self) -> &Ports {
        &self.ports
    }

    pub(crate) fn keys(&self) -> &GatewayKeys {
        &self.keys
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    pub(crate) fn status(&self) -> &Status {
        &self.status
    }

    /// Stores one step and tells everybody who watches.
    pub(crate) fn conclude(&self, change: &Change) -> Result<(), JournalError> {
        self.ports.journal.conclude(change)?;
        self.own_offers.follow(&change.job);
        self.missing.follow(&*self.ports.journal, &change.job);
        self.ring();
        Ok(())
    }

    pub(crate) fn ring(&self) {
        self.bell.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// A bell that rings at every stored change.
    pub(crate) fn bell(&self) -> watch::Receiver<u64> {
        self.bell.subscribe()
    }

    pub(crate) fn stored_job(&self, id: JobId) -> Result<Job, ServiceError> {
        self.ports.journal.job(id)?.ok_or(ServiceError::UnknownJob(id))
    }

    /// Lists a job that has just been offered.
    pub(crate) fn list(&self, job: &Job) -> Result<(), CatalogueError> {
        if let Some(entry) = entry_of(job) {
            self.ports.catalogue.put(&entry)?;
            self.remember_looks(entry.offer);
        }
        Ok(())
    }

    /// The offer under whose name a job in this state may have written blobs.
    pub(crate) fn offer_of(&self, state: &JobState) -> Result<Option<OfferId>, JournalError> {
        let JobState::Sealing { nonce } = state else {
            return Ok(state.sealed().map(|sealed| sealed.offer));
        };
        let genesis = self.ports.journal.genesis()?;
        Ok(genesis.map(|genesis| OfferId::derive(&genesis, &self.keys.account(), *nonce)))
    }

    pub(super) fn listed(&self, record: RecordId) -> Result<(Job, Sealed), ServiceError> {
        let unknown = || match self.own_offers.of_record(record) {
            Some((_, Some(Owed::Ending | Owed::Ended) | None)) => ServiceError::Erased(record),
            Some((_, Some(Owed::Live))) | None => ServiceError::UnknownDataset(record),
        };
        let entry = self.ports.catalogue.by_record(record)?.ok_or_else(unknown)?;
        let job = self.ports.journal.job(entry.job)?.ok_or_else(unknown)?;
        // The journal is the truth; the catalogue may be a moment behind it.
        let JobState::Offered { sealed } = &job.state else {
            return Err(unknown());
        };
        let sealed = Sealed::clone(sealed);
        Ok((job, sealed))
    }

    /// Reads a document and refuses it when its bytes are not the ones that the record names.
    pub(super) fn document(&self, sealed: &Sealed, kind: BlobKind) -> Result<Vec<u8>, ServiceError> {
        let offer = sealed.offer;
        let bytes = self
            .ports
            .blobs
            .read(offer, kind)?
            .ok_or(ServiceError::LostBlob { offer, kind })?;
        let genesis = self.ports.journal.genesis()?.unwrap_or_default();
        let whole = match kind {
            BlobKind::Report => report_hash(&genesis, &bytes) == sealed.statement.report,
            BlobKind::Metadata => {
                vouchsafe_protocol::report::metadata_hash(&genesis, &bytes) == sealed.statement.metadata
            }
            BlobKind::Metrics => are_rows_of(sealed, &bytes),
            BlobKind::Ciphertext | BlobKind::Sidecar | BlobKind::Models | BlobKind::Hashes => true,
        };
        if whole {
            Ok(bytes)
        } else {
            Err(ServiceError::DamagedBlob { offer, kind })
        }
    }

    /// Ends a job early: the stored state first, which takes the keys with it, then the bytes.
    fn end(&self, id: JobId, event: Event) -> Result<JobView, ServiceError> {
        loop {
            let before = self.stored_job(id)?;
            let job = before.after(event.clone(), self.ports.clock.now())?;
            let change = Change {
                forget: vec![SecretKind::Staging, SecretKind::Opening],
                ..Change::of(job.clone())
            };
            match self.conclude(&change) {
                Ok(()) => {}
                // The worker stored a step in between: look again.
                Err(JournalError::Stale { .. }) => continue,
                Err(error) => return Err(error.into()),
            }
            self.ports.staging.destroy(id)?;
            if let Some(sealed) = job.state.sealed() {
                self.ports.catalogue.remove(sealed.record)?;
                self.forget_looks(sealed.offer);
            }
            if let Some(offer) = self.offer_of(&before.state)? {
                self.ports.blobs.delete(offer)?;
            }
            return Ok(JobView::of(&job));
        }
    }

    /// After a crash: no staged byte and no blob without a job that needs it.
    fn sweep(&self) -> Result<(), ServiceError> {
        for id in self.ports.staging.jobs()? {
            let needed = self
                .ports
                .journal
                .job(id)?
                .is_some_and(|job| job.state.needs_staging());
            if !needed {
                self.ports.staging.destroy(id)?;
                tracing::info!(job = %id, "destroyed staged files that no job needs");
            }
        }
        let mut needed = BTreeSet::new();
        for job in self.ports.journal.jobs()? {
            if !matches!(job.state, JobState::Erasing { .. } | JobState::Erased { .. }) {
                needed.extend(self.offer_of(&job.state)?);
            }
        }
        for offer in self
            .ports
            .blobs
            .offers()?
            .into_iter()
            .filter(|offer| !needed.contains(offer))
        {
            self.ports.blobs.delete(offer)?;
            tracing::info!(%offer, "destroyed blobs that no job needs");
        }
        Ok(())
    }

    /// What can be rebuilt is rebuilt: the catalogue, and the list of own offers.
    fn read_jobs(&self) -> Result<(), ServiceError> {
        let jobs = self.ports.journal.jobs()?;
        jobs.iter().for_each(|job| self.own_offers.follow(job));
        let answers = self.ports.journal.answers()?;
        self.missing.read(&*self.ports.journal, &jobs, &answers)?;
        let entries: Vec<Entry> = jobs.iter().filter_map(entry_of).collect();
        let listed: Vec<OfferId> = entries.iter().map(|entry| entry.offer).collect();
        self.recall_looks(&listed)?;
        Ok(self.ports.catalogue.replace_all(&entries)?)
    }
}

fn entry_of(job: &Job) -> Option<Entry> {
    let JobState::Offered { sealed } = &job.state else {
        return None;
    };
    Some(Entry {
        record: sealed.record,
        offer: sealed.offer,
        job: job.id,
        title: job.dataset.title().into(),
        tags: job.dataset.tags().to_vec(),
        listed_at: job.stage_since,
    })
}
