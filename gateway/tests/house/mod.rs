//! A gateway without a node and without a network: real stores in a temporary folder, the chain's twin, and an
//! anonymiser that only replaces bytes.

#![allow(dead_code, reason = "each test file uses another part of the house")]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use tempfile::TempDir;
use vouchsafe_documents::terms::Derivation;
use vouchsafe_gateway::{
    adapters::{DiskBlobs, DiskStaging, RedbJournal},
    domain::{
        ClassFindings, ClassPolicy, DatasetDraft, Findings, Isolation, ItemRow, Job, JobId, JobView,
        Leftovers, LicenceDraft, Media, Model, NewDataset, PhotoWishes, Pipeline, Reason, SecondDetector,
        SecondLook, SellerWishes, Utility,
    },
    keys::GatewayKeys,
    ports::{
        AnonymiseError, Anonymiser, BlobKind, Catalogue, Chain, Change, Cleaned, Journal, JournalError,
        catalogue::MemoryCatalogue,
        chain::{Call, MemoryChain},
        clock::StoppedClock,
        entropy::CountingEntropy,
        journal::{Answer, SecretKind, Subject},
        lookalikes::MemoryLookalikes,
    },
    work::{Desk, Ports, Service, Settings, Tick, Worker},
};
use vouchsafe_protocol::{
    delivery::Blind,
    id::{Account, Digest, Genesis, OfferId, OrderId},
    key::ContentSecret,
    record::Grade,
    sidecar::Sidecar,
};

/// Bytes that are in every raw file and may be nowhere afterwards.
pub const CANARY: &[u8] = b"canary-of-a-raw-face-7f3a";

/// What the gateway's account owns at the start.
pub const FUNDS: u128 = 1_000_000;

/// The smallest thing that passes for a JPEG of 64 × 48 pixels, with the canary and `mark` in its body.
pub fn photo(mark: &str) -> Vec<u8> {
    let mut bytes = vec![
        0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0, 48, 0, 64, 1, 1, 0x11, 0, 0xff, 0xda, 0, 2,
    ];
    bytes.extend_from_slice(CANARY);
    bytes.extend_from_slice(mark.as_bytes());
    bytes.extend_from_slice(&[0xff, 0xd9]);
    bytes
}

pub fn dataset() -> NewDataset {
    NewDataset::new(draft()).unwrap()
}

pub fn draft() -> DatasetDraft {
    DatasetDraft {
        title: "Faces of nobody".into(),
        description: "Three photos".into(),
        licence: LicenceDraft {
            name: "CC BY 4.0".into(),
            text: "Attribution, whole text.".into(),
        },
        price: "5000".into(),
        tags: vec!["street".into(), "day".into()],
        parents: Vec::new(),
        parent_documents: Vec::new(),
        derivation: Derivation::Unstated,
        policy: None,
    }
}

pub fn pipeline() -> Pipeline {
    Pipeline {
        version: "0.0.1".into(),
        provider: "cpu".into(),
        isolation: Isolation {
            layers: vec!["process".into(), "seccomp".into()],
            complete: false,
        },
        digest: Digest([0xd1; 32]),
        grade: Grade::Anonymous,
        policy: "street".into(),
        classes: BTreeMap::from([(
            "face".into(),
            ClassPolicy {
                action: "mask".into(),
                operator: "solid".into(),
                threshold_milli: 120,
                margin_milli: 350,
            },
        )]),
        models: vec![Model {
            name: "twin".into(),
            sha256: "00".repeat(32),
            licence: "CC0".into(),
            precision: "int8".into(),
        }],
        second_look: vec![SecondDetector {
            name: "twin".into(),
            threshold_milli: 350,
        }],
        missing: Vec::new(),
        manifests: vec![format!("{{\"sha256\":\"{}\"}}", "00".repeat(32)).into_bytes()],
        limits: vec!["a twin sees no faces".into()],
    }
}

/// Replaces a photo by a sentence about its length and what is kept of it. Of what says `refuse` one face is still seen at
/// the end: it is refused unless it is wished for.
pub struct TwinAnonymiser(Pipeline);

impl Default for TwinAnonymiser {
    fn default() -> Self {
        Self(pipeline())
    }
}

/// What [`TwinAnonymiser`] makes of a photo. Long enough for two chunks.
pub fn cleaned(raw: &[u8]) -> Vec<u8> {
    let mut bytes = format!(
        "clean photo of {} bytes, sum {}. ",
        raw.len(),
        raw.iter().map(|b| u64::from(*b)).sum::<u64>()
    );
    bytes = bytes.repeat(2_000);
    bytes.into_bytes()
}

impl Anonymiser for TwinAnonymiser {
    fn pipeline(&self) -> &Pipeline {
        &self.0
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        let says = |word: &[u8]| raw.windows(word.len()).any(|part| part == word);
        let left = match says(b"refuse") {
            true => BTreeMap::from([("face".to_owned(), 1)]),
            false => BTreeMap::new(),
        };
        let allowed = match &wishes.leftovers {
            Leftovers::Refuse => left.is_empty(),
            Leftovers::Exactly(known) => left.is_empty() || *known == left,
            Leftovers::Show => true,
        };
        if !allowed {
            return Err(AnonymiseError::Refused(Reason::new(
                "residual_faces",
                "a face is left",
            )));
        }
        let mut bytes = cleaned(raw);
        for region in &wishes.keep {
            bytes.extend(format!("{region:?}").bytes());
        }
        Ok(Cleaned {
            bytes,
            media: Media::Jpeg,
            findings: Findings::from([(
                "face".into(),
                ClassFindings {
                    found: 2,
                    masked: 2,
                    sizes: BTreeMap::from([("from_24".into(), 2)]),
                    ..ClassFindings::default()
                },
            )]),
            areas: Vec::new(),
            second_look: SecondLook {
                left,
                ..SecondLook::default()
            },
            utility: Utility {
                kept_ppm: 1_000 * wishes.keep.len() as u32,
                ..Utility::default()
            },
            metadata_removed: BTreeMap::from([("exif".into(), 1)]),
            metrics: format!("{{\"found\":2,\"height\":48,\"v\":1,\"width\":{}}}", raw.len()),
            sketch: None,
        })
    }
}

/// Everything that survives a crash: the state folder, the chain and the seed.
pub struct House {
    pub dir: TempDir,
    pub chain: Arc<MemoryChain>,
    pub keys: Arc<GatewayKeys>,
    pub clock: Arc<StoppedClock>,
    opened: AtomicU64,
}

impl House {
    pub fn new() -> Self {
        let keys = Arc::new(GatewayKeys::from_seed([0x5e; 32].into()));
        let chain = Arc::new(MemoryChain::new(keys.account(), FUNDS));
        Self {
            dir: TempDir::new().unwrap(),
            chain,
            keys,
            clock: Arc::new(StoppedClock::at(1_000)),
            opened: AtomicU64::new(0),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn journal(&self) -> RedbJournal {
        RedbJournal::open(&self.path("journal.redb")).unwrap()
    }

    pub fn ports(&self, journal: impl Journal + 'static, catalogue: impl Catalogue + 'static) -> Ports {
        // Another stream of randomness per opening, as after a real restart.
        let entropy = CountingEntropy::new(self.opened.fetch_add(1, Ordering::SeqCst));
        Ports {
            journal: Arc::new(journal),
            catalogue: Arc::new(catalogue),
            blobs: Arc::new(DiskBlobs::open(self.path("blobs")).unwrap()),
            staging: Arc::new(DiskStaging::open(self.path("staging")).unwrap()),
            lookalikes: Arc::new(MemoryLookalikes::default()),
            chain: self.chain.clone(),
            clock: self.clock.clone(),
            entropy: Arc::new(entropy),
        }
    }

    pub fn open(&self) -> Shift {
        self.open_over(self.journal())
    }

    pub fn open_over(&self, journal: impl Journal + 'static) -> Shift {
        let ports = self.ports(journal, MemoryCatalogue::default());
        self.try_open(ports).unwrap()
    }

    pub fn try_open(&self, ports: Ports) -> Result<Shift, vouchsafe_gateway::work::ServiceError> {
        self.try_open_with(ports, pipeline())
    }

    pub fn try_open_with(
        &self,
        ports: Ports,
        pipeline: Pipeline,
    ) -> Result<Shift, vouchsafe_gateway::work::ServiceError> {
        let service = Service::new(ports.clone(), self.keys.clone(), Settings::default(), pipeline)?;
        Ok(Shift {
            service,
            ports,
            clock: self.clock.clone(),
        })
    }

    /// Every file of the state folder with its bytes.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        walk(self.dir.path(), &mut found);
        found
    }

    /// Files below one folder of the state.
    pub fn files_in(&self, name: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        walk(&self.path(name), &mut found);
        found.into_iter().map(|(path, _)| path).collect()
    }
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
}

/// One run of the gateway, from start to crash.
pub struct Shift {
    pub service: Arc<Service>,
    pub ports: Ports,
    pub clock: Arc<StoppedClock>,
}

impl Shift {
    pub fn worker(&self) -> Worker {
        Worker::new(self.service.clone(), vec![Box::new(TwinAnonymiser::default())])
    }

    pub fn desk(&self) -> Desk {
        Desk::new(self.service.clone())
    }

    pub async fn upload(&self, photos: &[Vec<u8>]) -> JobId {
        self.upload_as(dataset(), photos).await
    }

    pub async fn upload_as(&self, dataset: NewDataset, photos: &[Vec<u8>]) -> JobId {
        let mut upload = self.service.begin_upload(dataset).await.unwrap();
        for (at, photo) in photos.iter().enumerate() {
            upload.start_file(&format!("IMG_{at}.JPG")).unwrap();
            upload.write(photo).unwrap();
            upload.end_file().unwrap();
        }
        upload.commit().unwrap()
    }

    /// Uploads photos with what is asked for each.
    pub async fn upload_with(&self, photos: &[(Vec<u8>, SellerWishes)]) -> JobId {
        let mut upload = self.service.begin_upload(dataset()).await.unwrap();
        for (photo, wishes) in photos {
            upload.start_file_with("IMG.JPG", wishes.clone()).unwrap();
            upload.write(photo).unwrap();
            upload.end_file().unwrap();
        }
        upload.commit().unwrap()
    }

    /// Ticks until nothing is due, letting time pass over waits. Returns the ticks that did something.
    pub async fn work(&self) -> Vec<Tick> {
        let mut worker = self.worker();
        let mut done = Vec::new();
        for _ in 0..200 {
            match worker.tick().await.unwrap() {
                Tick::Idle => return done,
                tick => done.push(tick),
            }
            if matches!(done.last(), Some(Tick::Waiting(_))) {
                self.clock.advance_ms(60_000);
            }
        }
        panic!("200 steps and no end: {done:?}");
    }

    pub fn view(&self, job: JobId) -> JobView {
        self.service.job(job).unwrap()
    }
}

/// Three different photos.
pub fn photos() -> Vec<Vec<u8>> {
    ["one", "two", "three"].map(photo).to_vec()
}

/// A journal whose machine loses power at one write: just before or just after it is durable. From then on every
/// call fails, as for a process that is gone.
pub struct Brittle<J> {
    inner: J,
    left: Arc<AtomicI64>,
    after: bool,
}

impl<J> Brittle<J> {
    /// Fails at write number `at`, counted from 0.
    pub fn new(inner: J, at: i64, after: bool) -> Self {
        Self {
            inner,
            left: Arc::new(AtomicI64::new(at)),
            after,
        }
    }

    /// Counts writes and never fails.
    pub fn counting(inner: J) -> (Self, Arc<AtomicI64>) {
        let left = Arc::new(AtomicI64::new(i64::MAX));
        (
            Self {
                inner,
                left: left.clone(),
                after: false,
            },
            left,
        )
    }

    fn alive(&self) -> Result<(), JournalError> {
        if self.left.load(Ordering::SeqCst) < 0 {
            Err(dead())
        } else {
            Ok(())
        }
    }

    fn write<T>(&self, act: impl FnOnce(&J) -> Result<T, JournalError>) -> Result<T, JournalError> {
        self.alive()?;
        if self.left.fetch_sub(1, Ordering::SeqCst) > 0 {
            return act(&self.inner);
        }
        if self.after {
            act(&self.inner)?;
        }
        Err(dead())
    }
}

fn dead() -> JournalError {
    JournalError::Store("the machine has no power".into())
}

impl<J: Journal> Journal for Brittle<J> {
    fn create(&self, job: &Job, staging: &[u8]) -> Result<(), JournalError> {
        self.write(|inner| inner.create(job, staging))
    }

    fn conclude(&self, change: &Change) -> Result<(), JournalError> {
        self.write(|inner| inner.conclude(change))
    }

    fn job(&self, id: JobId) -> Result<Option<Job>, JournalError> {
        self.alive()?;
        self.inner.job(id)
    }

    fn jobs(&self) -> Result<Vec<Job>, JournalError> {
        self.alive()?;
        self.inner.jobs()
    }

    fn open_jobs(&self) -> Result<Vec<Job>, JournalError> {
        self.alive()?;
        self.inner.open_jobs()
    }

    fn items(&self, id: JobId) -> Result<Vec<ItemRow>, JournalError> {
        self.alive()?;
        self.inner.items(id)
    }

    fn secret(&self, id: JobId, kind: SecretKind) -> Result<Option<Vec<u8>>, JournalError> {
        self.alive()?;
        self.inner.secret(id, kind)
    }

    fn bind(&self, genesis: Genesis) -> Result<(), JournalError> {
        self.write(|inner| inner.bind(genesis))
    }

    fn genesis(&self) -> Result<Option<Genesis>, JournalError> {
        self.alive()?;
        self.inner.genesis()
    }

    fn record_answer(&self, order: OrderId, answer: Answer) -> Result<(), JournalError> {
        self.write(|inner| inner.record_answer(order, answer))
    }

    fn answer(&self, order: OrderId) -> Result<Option<Answer>, JournalError> {
        self.alive()?;
        self.inner.answer(order)
    }

    fn keep_proof(&self, subject: Subject, proof: &[u8]) -> Result<(), JournalError> {
        self.write(|inner| inner.keep_proof(subject, proof))
    }

    fn proof(&self, subject: Subject) -> Result<Option<Vec<u8>>, JournalError> {
        self.alive()?;
        self.inner.proof(subject)
    }

    fn unproven(&self, subjects: &[Subject]) -> Result<Vec<Subject>, JournalError> {
        self.alive()?;
        self.inner.unproven(subjects)
    }

    fn answers(&self) -> Result<Vec<(OrderId, Answer)>, JournalError> {
        self.alive()?;
        self.inner.answers()
    }
}

/// Uploads three photos and works until the dataset is offered.
pub async fn offered(shift: &Shift) -> JobView {
    let job = shift.upload(&photos()).await;
    shift.work().await;
    let view = shift.view(job);
    assert_eq!(view.state, "done", "{view:?}");
    view
}

/// Whole bytes of a public blob.
pub fn blob(shift: &Shift, offer: OfferId, kind: BlobKind) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut view = shift.service.offer_blob(offer, kind).unwrap();
    view.blob.reader.read_to_end(&mut bytes).unwrap();
    bytes
}

pub const BUYER: Account = Account([0xb0; 32]);
const BUYER_SEED: [u8; 32] = [0xb1; 32];

/// The buyer orders; with the blind that opens the answer.
pub async fn order(house: &House, offer: OfferId) -> (OrderId, Blind) {
    house.chain.set_free(BUYER, 10_000);
    let genesis = house.chain.genesis().await.unwrap();
    let blind = Blind::from_seed(&BUYER_SEED, &genesis, &offer, 0, 0);
    (
        house.chain.place_order(offer, BUYER, blind.blinded()).unwrap(),
        blind,
    )
}

/// Decrypts as a buyer does, item by item.
pub fn open_items(secret: &ContentSecret, sidecar: &Sidecar, ciphertext: &[u8]) -> Vec<Vec<u8>> {
    let layout = sidecar.layout();
    (0..layout.items())
        .map(|item| {
            let mut plain = Vec::new();
            for index in layout.item(item).unwrap() {
                let place = layout.chunk(index).unwrap();
                let start = place.offset as usize;
                let mut chunk = ciphertext[start..start + place.len as usize].to_vec();
                secret
                    .open(index, &mut chunk, &sidecar.leaves()[index as usize])
                    .unwrap();
                plain.extend_from_slice(&chunk);
            }
            plain
        })
        .collect()
}

/// Names of the calls that the chain accepted.
pub fn names(chain: &MemoryChain) -> Vec<&'static str> {
    chain.accepted().iter().map(Call::name).collect()
}
