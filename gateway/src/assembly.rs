//! The composition root: the one place that names concrete adapters.
//!
//! ```text
//! <state>/seed (0600)  journal.redb  catalogue.sled/  lookalikes.sled/  staging/  blobs/
//! ```

use std::{
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use vouchsafe_anonymiser::LoadError;
use vouchsafe_protocol::id::Genesis;
use zeroize::Zeroizing;

use crate::{
    adapters::{
        DiskBlobs, DiskStaging, LockDown, NodeChain, OnnxAnonymiser, OnnxSettings, RedbJournal, SandboxError,
        SandboxSettings, SandboxedAnonymiser, SledCatalogue, SledLookalikes, SystemClock, SystemEntropy,
    },
    config::{Config, Sandbox},
    domain::Pipeline,
    keys::{GatewayKeys, NoiseKey, SeedError, open_or_create_seed, open_seed},
    ports::{Anonymiser, CatalogueError, Chain, Entropy, Journal, JournalError, LookalikesError, Onlooker},
    work::{Ports, Service, ServiceError, Settings},
};

/// Why the gateway cannot be put together. Told at start, never later.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AssemblyError {
    #[error("the state folder {path} cannot be used: {cause}", path = .path.display())]
    Folder { path: PathBuf, cause: io::Error },
    #[error(transparent)]
    Seed(#[from] SeedError),
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Lookalikes(#[from] LookalikesError),
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// Those who clean photos, and what holds them.
pub struct OpenedAnonymisers {
    /// One per worker thread; at least one.
    pub all: Vec<Box<dyn Anonymiser>>,
    /// What every one of them is made of.
    pub pipeline: Pipeline,
    /// Nothing reached with [`Sandbox::Off`].
    pub lock_down: LockDown,
}

/// Somebody who looks at finished photos, and what holds them.
pub struct OpenedOnlooker {
    pub one: Box<dyn Onlooker>,
    pub pipeline: Pipeline,
    /// Nothing reached with [`Sandbox::Off`].
    pub lock_down: LockDown,
}

/// Opens library and models as often as `worker.threads` of the configuration says, in processes of their own unless
/// `sandbox` is off. `noise`: of [`GatewayKeys::noise`], so that the same photo gives the same bytes each time.
pub fn open_anonymisers(
    config: &Config,
    sandbox: Sandbox,
    noise: &NoiseKey,
) -> Result<OpenedAnonymisers, AssemblyError> {
    let Onlookers {
        all,
        pipeline,
        lock_down,
    } = open_onlookers(config, sandbox, noise, config.worker.threads())?;
    Ok(OpenedAnonymisers {
        all: all.into_iter().map(|one| one as Box<dyn Anonymiser>).collect(),
        pipeline,
        lock_down,
    })
}

/// Opens library and models once, to look at finished photos: no noise is drawn, so no key is needed.
pub fn open_onlooker(config: &Config, sandbox: Sandbox) -> Result<OpenedOnlooker, AssemblyError> {
    let Onlookers {
        all,
        pipeline,
        lock_down,
    } = open_onlookers(config, sandbox, &NoiseKey::default(), 1)?;
    let one = all.into_iter().next().expect("one was asked for; qed");
    Ok(OpenedOnlooker {
        one,
        pipeline,
        lock_down,
    })
}

/// As many as were asked for.
struct Onlookers {
    all: Vec<Box<dyn Onlooker>>,
    pipeline: Pipeline,
    lock_down: LockDown,
}

/// `threads`: how many; at least one.
fn open_onlookers(
    config: &Config,
    sandbox: Sandbox,
    noise: &NoiseKey,
    threads: usize,
) -> Result<Onlookers, AssemblyError> {
    let settings = OnnxSettings {
        library: config.anonymiser.library.clone(),
        models: config.anonymiser.models_dir.clone(),
        policy: config.anonymiser.policy.clone(),
        device: config.anonymiser.device,
        noise: noise.clone(),
    };
    let (all, lock_down): (Vec<Box<dyn Onlooker>>, _) = if sandbox == Sandbox::Off {
        let all = OnnxAnonymiser::open(&settings, threads)?;
        let lacking = vec!["photos are read in the gateway's own process".to_owned()];
        let reached = Vec::new();
        (boxed(all), LockDown { reached, lacking })
    } else {
        let held = SandboxSettings {
            required: sandbox == Sandbox::Required,
            memory_bytes: config.worker.photo_memory_bytes,
            max_raw_bytes: u32::try_from(config.upload.max_file_bytes).unwrap_or(u32::MAX),
            photo_timeout: Duration::from_secs(config.worker.photo_timeout_s),
            ..SandboxSettings::default()
        };
        let all = SandboxedAnonymiser::open(&settings, &held, threads)?;
        let lock_down = all.first().map(|one| one.lock_down().clone());
        (boxed(all), lock_down.unwrap_or_default())
    };
    let first = all.first().expect("a valid configuration has a thread; qed");
    let mut pipeline = first.pipeline().clone();
    pipeline.manifests = settings.manifests(&pipeline.models);
    Ok(Onlookers {
        all,
        pipeline,
        lock_down,
    })
}

fn boxed(all: Vec<impl Onlooker + 'static>) -> Vec<Box<dyn Onlooker>> {
    all.into_iter()
        .map(|one| Box::new(one) as Box<dyn Onlooker>)
        .collect()
}

/// Keys, and whether their seed was created just now: then the operator has to be told to back it up.
#[derive(Debug)]
pub struct OpenedKeys {
    pub keys: Arc<GatewayKeys>,
    pub seed_is_new: bool,
    pub seed_path: PathBuf,
}

/// Opens the seed in the state folder, creating both when they are not there.
pub fn open_keys(state: &Path) -> Result<OpenedKeys, AssemblyError> {
    folder(state)?;
    let seed_path = state.join("seed");
    let (seed, seed_is_new) = open_or_create_seed(&seed_path, &SystemEntropy)?;
    Ok(OpenedKeys {
        keys: Arc::new(GatewayKeys::from_seed(seed)),
        seed_is_new,
        seed_path,
    })
}

/// The keys of a gateway that has been started before; `None` where there is no seed. Creates nothing.
pub fn existing_keys(state: &Path) -> Result<Option<GatewayKeys>, AssemblyError> {
    Ok(open_seed(&state.join("seed"))?.map(GatewayKeys::from_seed))
}

/// A noise key that nobody has and nobody keeps: for one run beside any gateway.
pub fn passing_noise() -> NoiseKey {
    let mut key = Zeroizing::new([0; 32]);
    SystemEntropy.fill(key.as_mut());
    NoiseKey::new(key)
}

/// Opens all stores of the state folder and builds the service over them and the node at `node` (`ws://…`).
///
/// `expected`: the only chain that is accepted. The journal remembers the first chain it met and accepts no other.
pub fn open_service(
    state: &Path,
    keys: Arc<GatewayKeys>,
    node: &str,
    expected: Option<Genesis>,
    settings: Settings,
    pipeline: Pipeline,
) -> Result<Arc<Service>, AssemblyError> {
    folder(state)?;
    let journal = RedbJournal::open(&state.join("journal.redb"))?;
    if let (Some(stored), Some(offered)) = (journal.genesis()?, expected)
        && stored != offered
    {
        return Err(JournalError::OtherChain { stored, offered }.into());
    }
    let expected = journal.genesis()?.or(expected);
    let chain = NodeChain::new(node.to_owned(), expected, keys.account_seed());
    open_service_over(state, journal, Arc::new(chain), keys, settings, pipeline)
}

/// [`open_service`] over another chain: for tests that need no node.
pub fn open_service_over(
    state: &Path,
    journal: impl Journal + 'static,
    chain: Arc<dyn Chain>,
    keys: Arc<GatewayKeys>,
    settings: Settings,
    pipeline: Pipeline,
) -> Result<Arc<Service>, AssemblyError> {
    let io = |cause| AssemblyError::Folder {
        path: state.into(),
        cause,
    };
    let ports = Ports {
        journal: Arc::new(journal),
        catalogue: Arc::new(SledCatalogue::open(&state.join("catalogue.sled"))?),
        blobs: Arc::new(DiskBlobs::open(state.join("blobs")).map_err(io)?),
        staging: Arc::new(DiskStaging::open(state.join("staging")).map_err(io)?),
        chain,
        lookalikes: Arc::new(SledLookalikes::open(&state.join("lookalikes.sled"))?),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    Ok(Service::new(ports, keys, settings, pipeline)?)
}

fn folder(state: &Path) -> Result<(), AssemblyError> {
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state);
    made.map_err(|cause| AssemblyError::Folder {
        path: state.into(),
        cause,
    })
}
