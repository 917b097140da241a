//! `gateway.toml`: every setting with its unit and bounds, refused when unknown or out of bounds.
//!
//! The defaults live here; `gateway.toml` beside the crate shows each of them with its reason, and a test keeps the
//! two equal.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    num::NonZero,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    str::FromStr,
    thread,
};

use serde::Deserialize;
use vouchsafe_anonymiser::{Device, Policy};
use vouchsafe_protocol::id::Genesis;

use crate::{
    domain::Planck,
    work::{OfferWindows, Retry, Settings, UploadLimits},
};

/// The commented sample, as shipped.
pub const SAMPLE: &str = include_str!("../gateway.toml");

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const GIB: u64 = 1024 * MIB;

/// Everything that can be set. [`Default`] is what runs without a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Seed, token, journal, catalogue, staged files and ciphertexts. Created with mode 0700.
    pub state_dir: PathBuf,
    pub http: Http,
    pub upload: Upload,
    pub chain: Chain,
    pub offer: Offer,
    pub worker: Worker,
    pub anonymiser: Anonymiser,
    pub log: Log,
}

/// The listener and its limits.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Http {
    /// Address and port. Port 0: the system chooses, and the log names it.
    pub listen: SocketAddr,
    /// Where buyers reach this gateway, announced on chain. ASCII, `http://` or `https://`, at most 256 bytes.
    pub endpoint: String,
    /// Threads that speak HTTP. 1 to 64.
    pub threads: usize,
    /// Open connections per thread; more wait in the backlog. 1 to 65,536.
    pub max_connections: usize,
    /// Time to send a request's head. Milliseconds, 100 to 60,000.
    pub head_timeout_ms: u64,
    /// Idle time before a connection is closed. Milliseconds, 1,000 to 600,000.
    pub keep_alive_ms: u64,
    /// Time for running requests after SIGTERM. Seconds, 1 to 600.
    pub shutdown_timeout_s: u64,
    /// A comment is sent this often on quiet event streams, so that dead peers show. Milliseconds, 100 to 60,000.
    pub heartbeat_ms: u64,
    /// Open event streams in all. 1 to 10,000.
    pub max_event_streams: usize,
}

/// What may be handed in at once, and how slowly.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Upload {
    /// One photo. Bytes, 1 KiB to 1 GiB.
    pub max_file_bytes: u64,
    /// The whole request. Bytes, 64 KiB to 1 TiB, at least `max_file_bytes`.
    pub max_body_bytes: u64,
    /// Photos of one dataset. 1 to 10,000, the most that a record can name.
    pub max_files: u32,
    /// The `metadata` part. Bytes, 1 KiB to 1 MiB.
    pub max_metadata_bytes: usize,
    /// An upload that stays below this rate for a whole `window_ms` is cut. Bytes a second, 0 to 1 GiB; 0: never.
    pub min_bytes_per_s: u64,
    /// Milliseconds, 100 to 600,000.
    pub window_ms: u64,
    /// No upload may take longer. Seconds, 1 to 604,800.
    pub deadline_s: u64,
    /// Uploads at the same time; more are told to come again. 1 to 256.
    pub max_parallel: usize,
}

/// The node that this gateway follows.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Chain {
    /// WebSocket address of a node, `ws://` or `wss://`.
    pub node: String,
    /// Refuse a node of any other chain. Absent: the first chain met is kept for good.
    pub genesis: Option<Genesis>,
}

/// Terms of the offers that this gateway makes; the chain has bounds of its own.
#[derive(Clone, Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Offer {
    /// An order not answered within this is refunded. Blocks, 1 to 10,000,000; absent: the chain's least.
    pub deliver_within_blocks: Option<u32>,
    /// Quiet time after a delivery before the price is paid out, in which a buyer can prove a fraud. Blocks, 1 to
    /// 10,000,000; absent, or too short for the size of the content: the chain's least for that size.
    pub dispute_within_blocks: Option<u32>,
    /// Held while an offer is open, lost if a fraud is proven. Planck above 0, as a decimal string; absent: five times
    /// the price; at least what the chain asks for.
    pub bond_planck: Option<Planck>,
}

/// Who does the work behind an upload.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// Photos anonymised at the same time; each thread holds a model (about 200 MiB) and one core. 1 to 64; absent: as many
    /// as there are cores, at most 8.
    pub threads: Option<usize>,
    /// Whether photos are read in processes of their own, one for each thread, that have given up files, network and
    /// everything else but memory; and whether less than all of it will do.
    pub sandbox: Sandbox,
    /// What such a process may use. Bytes, 512 MiB to 64 GiB.
    pub photo_memory_bytes: u64,
    /// A photo that takes longer in such a process is refused. Seconds, 1 to 3,600.
    pub photo_timeout_s: u64,
    /// First wait after a failure that may pass (node away, no funds); doubles. Milliseconds, 10 to 60,000.
    pub retry_initial_ms: u64,
    /// Longest such wait. Milliseconds, `retry_initial_ms` to 3,600,000.
    pub retry_max_ms: u64,
    /// Whether each photo leaves with content credentials (C2PA): a signed manifest of what was done to it, which names this
    /// gateway's account. About 3 KB a photo. Photos that are clean already keep what was set then.
    pub content_credentials: bool,
}

/// How much must keep a broken photo away from keys and other photos.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sandbox {
    /// A process of its own with all locks, or no start.
    Required,
    /// A process of its own with the locks that this system has; what is missing is told loudly.
    BestEffort,
    /// This process.
    Off,
}

impl FromStr for Sandbox {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "required" => Ok(Self::Required),
            "best-effort" => Ok(Self::BestEffort),
            "off" => Ok(Self::Off),
            other => Err(format!("{other:?} is none of required, best-effort, off")),
        }
    }
}

/// The neural part.
#[derive(Clone, Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Anonymiser {
    /// The ONNX Runtime library. Absent: looked for where `scripts/setup` puts it.
    pub library: Option<PathBuf>,
    /// Directory with manifests and weights. Absent: looked for where `scripts/setup` puts it.
    pub models_dir: Option<PathBuf>,
    /// Where the nets run: `cpu`, `cuda:N` or `tensorrt:N`. A device that cannot be used is refused at start; nothing
    /// falls back to another one.
    pub device: Device,
    pub policy: Policy,
}

/// What the process says about itself. Never content, never a raw file's name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Directives of `tracing`, e.g. `info,vouchsafe_gateway=debug`. The variable `RUST_LOG` wins.
    pub filter: String,
    pub format: LogFormat,
}

/// Shape of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            state_dir: "vouchsafe-gateway".into(),
            http: Http::default(),
            upload: Upload::default(),
            chain: Chain::default(),
            offer: Offer::default(),
            worker: Worker::default(),
            anonymiser: Anonymiser::default(),
            log: Log::default(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8787)),
            endpoint: "http://127.0.0.1:8787".into(),
            threads: 2,
            max_connections: 1_024,
            head_timeout_ms: 5_000,
            keep_alive_ms: 30_000,
            shutdown_timeout_s: 20,
            heartbeat_ms: 15_000,
            max_event_streams: 256,
        }
    }
}

impl Default for Upload {
    fn default() -> Self {
        Self {
            max_file_bytes: 64 * MIB,
            max_body_bytes: 8 * GIB,
            max_files: MAX_FILES,
            max_metadata_bytes: 256 * KIB as usize,
            min_bytes_per_s: 8 * KIB,
            window_ms: 20_000,
            deadline_s: 6 * 3_600,
            max_parallel: 4,
        }
    }
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            node: "ws://127.0.0.1:9944".into(),
            genesis: None,
        }
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            threads: None,
            sandbox: Sandbox::BestEffort,
            photo_memory_bytes: 2 * GIB,
            photo_timeout_s: 60,
            retry_initial_ms: 1_000,
            retry_max_ms: 30_000,
            content_credentials: false,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self {
            filter: "info".into(),
            format: LogFormat::Text,
        }
    }
}

/// Most photos at the same time where nobody says how many: more models than this want memory that should be granted.
const MOST_THREADS_UNASKED: usize = 8;

/// Photos that one record can name: its items less the contents document.
pub const MAX_FILES: u32 = vouchsafe_protocol::chunk::MAX_ITEMS - 1;

/// Why a configuration is not used. Each names the file or the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    #[error("cannot read the configuration {}: {cause}", .path.display())]
    Read { path: PathBuf, cause: io::Error },
    /// An unknown key, a wrong type or a syntax error; the cause shows the line.
    #[error("the configuration is not valid: {0}")]
    Parse(#[from] toml::de::Error),
    #[error("{key} is {value}, wanted {wanted}")]
    Bounds {
        key: &'static str,
        value: String,
        wanted: String,
    },
    #[error("anonymiser.policy: {0}")]
    Policy(String),
}

/// The policy of a preset's name, or of a TOML file. Error: `Policy`.
pub fn read_policy(named: &str) -> Result<Policy, ConfigError> {
    match Policy::preset(named) {
        Some(policy) => Ok(policy),
        None => Policy::load(Path::new(named)).map_err(|cause| {
            let presets = Policy::PRESETS.join(", ");
            ConfigError::Policy(format!("{named} is none of {presets}, and as a file: {cause}"))
        }),
    }
}

impl Config {
    /// Reads and checks a file; without one, the defaults.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let text = std::fs::read_to_string(path).map_err(|cause| ConfigError::Read {
            path: path.into(),
            cause,
        })?;
        Self::parse(&text)
    }

    /// Checks a configuration given as TOML; what it does not name keeps its default.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text)?;
        config.validate()?;
        Ok(config)
    }

    /// What the service wants to know of this.
    pub fn settings(&self) -> Settings {
        Settings {
            endpoint: self.http.endpoint.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            limits: UploadLimits {
                max_files: self.upload.max_files,
                max_file_bytes: self.upload.max_file_bytes,
                max_total_bytes: self.upload.max_body_bytes,
                max_pixels: self.anonymiser.policy.limits.max_pixels,
            },
            windows: OfferWindows {
                deliver_within: self.offer.deliver_within_blocks,
                dispute_within: self.offer.dispute_within_blocks,
                bond: self.offer.bond_planck.map(|bond| bond.0),
            },
            content_credentials: self.worker.content_credentials,
            retry: Retry {
                initial_ms: self.worker.retry_initial_ms,
                max_ms: self.worker.retry_max_ms,
            },
        }
    }

    /// Refuses the first value outside the bounds that its field names.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.http.validate()?;
        self.upload.validate()?;
        address("chain.node", &self.chain.node, &["ws://", "wss://"])?;
        let blocks = |asked: Option<u32>| asked.unwrap_or(1);
        within(
            "offer.deliver_within_blocks",
            blocks(self.offer.deliver_within_blocks),
            1..=10_000_000,
        )?;
        within(
            "offer.dispute_within_blocks",
            blocks(self.offer.dispute_within_blocks),
            1..=10_000_000,
        )?;
        within(
            "offer.bond_planck",
            self.offer.bond_planck.map_or(1, |bond| bond.0),
            1..=u128::MAX,
        )?;
        within("worker.threads", self.worker.threads(), 1..=64)?;
        within(
            "worker.photo_memory_bytes",
            self.worker.photo_memory_bytes,
            512 * MIB..=64 * GIB,
        )?;
        within("worker.photo_timeout_s", self.worker.photo_timeout_s, 1..=3_600)?;
        within(
            "worker.retry_initial_ms",
            self.worker.retry_initial_ms,
            10..=60_000,
        )?;
        within(
            "worker.retry_max_ms",
            self.worker.retry_max_ms,
            self.worker.retry_initial_ms..=3_600_000,
        )?;
        if self.state_dir.as_os_str().is_empty() {
            return Err(ConfigError::Bounds {
                key: "state_dir",
                value: "empty".into(),
                wanted: "a folder".into(),
            });
        }
        self.anonymiser
            .policy
            .validate()
            .map_err(|cause| ConfigError::Policy(cause.to_string()))
    }
}

impl Worker {
    /// How many photos are anonymised at the same time.
    pub fn threads(&self) -> usize {
        let cores = || thread::available_parallelism().map_or(1, NonZero::get);
        self.threads.unwrap_or_else(|| cores().min(MOST_THREADS_UNASKED))
    }
}

impl Http {
    fn validate(&self) -> Result<(), ConfigError> {
        address("http.endpoint", &self.endpoint, &["http://", "https://"])?;
        within("http.threads", self.threads, 1..=64)?;
        within("http.max_connections", self.max_connections, 1..=65_536)?;
        within("http.head_timeout_ms", self.head_timeout_ms, 100..=60_000)?;
        within("http.keep_alive_ms", self.keep_alive_ms, 1_000..=600_000)?;
        within("http.shutdown_timeout_s", self.shutdown_timeout_s, 1..=600)?;
        within("http.heartbeat_ms", self.heartbeat_ms, 100..=60_000)?;
        within("http.max_event_streams", self.max_event_streams, 1..=10_000)
    }
}

impl Upload {
    fn validate(&self) -> Result<(), ConfigError> {
        within("upload.max_file_bytes", self.max_file_bytes, KIB..=GIB)?;
        let least = self.max_file_bytes.max(64 * KIB);
        within("upload.max_body_bytes", self.max_body_bytes, least..=1_024 * GIB)?;
        within("upload.max_files", self.max_files, 1..=MAX_FILES)?;
        within(
            "upload.max_metadata_bytes",
            self.max_metadata_bytes,
            1_024..=1_024 * 1_024,
        )?;
        within("upload.min_bytes_per_s", self.min_bytes_per_s, 0..=GIB)?;
        within("upload.window_ms", self.window_ms, 100..=600_000)?;
        within("upload.deadline_s", self.deadline_s, 1..=604_800)?;
        within("upload.max_parallel", self.max_parallel, 1..=256)
    }
}

fn within<T: PartialOrd + fmt::Display>(
    key: &'static str,
    value: T,
    bounds: RangeInclusive<T>,
) -> Result<(), ConfigError> {
    if bounds.contains(&value) {
        return Ok(());
    }
    let wanted = format!("{} to {}", bounds.start(), bounds.end());
    Err(ConfigError::Bounds {
        key,
        value: value.to_string(),
        wanted,
    })
}

/// The longest address that the chain stores. Bytes.
const MAX_ADDRESS: usize = 256;

fn address(key: &'static str, value: &str, schemes: &[&str]) -> Result<(), ConfigError> {
    let plain = value.bytes().all(|b| b.is_ascii_graphic()) && value.len() <= MAX_ADDRESS;
    let host = schemes.iter().find_map(|scheme| value.strip_prefix(scheme));
    if plain && host.is_some_and(|host| !host.is_empty() && !host.starts_with('/')) {
        return Ok(());
    }
    let wanted = format!(
        "{} and a host, at most {MAX_ADDRESS} ASCII characters",
        schemes.join(" or ")
    );
    Err(ConfigError::Bounds {
        key,
        value: format!("{value:?}"),
        wanted,
    })
}
