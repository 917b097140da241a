//! A gateway in this process: memory behind every port, a real listener in front.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use actix_web::web::Data;
use vouchsafe_gateway::{
    config::Config,
    domain::{
        ClassFindings, ClassPolicy, Findings, Isolation, JobId, Leftovers, Media, Model, PhotoWishes,
        Pipeline, SecondDetector, SecondLook, Utility,
    },
    http::{Api, OperatorToken, Stop, WorkerAlive, serve},
    keys::GatewayKeys,
    ports::{
        AnonymiseError, Anonymiser, Cleaned, Staging, blobs::MemoryBlobs, catalogue::MemoryCatalogue,
        chain::MemoryChain, clock::StoppedClock, entropy::CountingEntropy, journal::MemoryJournal,
        lookalikes::MemoryLookalikes, staging::MemoryStaging,
    },
    work::{Ports, Service, Tick, Worker},
};
use vouchsafe_protocol::{id::Digest, record::Grade};

use crate::client::{BOUNDARY, Client, Form, Reply};

/// Money that exists on the twin of the chain. Planck.
pub const ISSUANCE: u128 = 1_000_000_000;

pub const METADATA: &str = r#"{"title":"Crossing","description":"One morning","price":"5000","tags":["street"],
    "licence":{"name":"Open","text":"Do what you like."}}"#;

pub struct World {
    pub address: SocketAddr,
    pub token: String,
    pub service: Arc<Service>,
    pub staging: Arc<MemoryStaging>,
    pub chain: Arc<MemoryChain>,
    pub stop: Stop,
    server: Option<JoinHandle<()>>,
    _state: tempfile::TempDir,
}

impl World {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// A world whose settings differ from the defaults.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::default();
        config.http.listen = "127.0.0.1:0".parse().unwrap();
        config.http.threads = 1;
        change(&mut config);
        config.validate().unwrap();
        let state = tempfile::tempdir().unwrap();
        let token = OperatorToken::open(state.path()).unwrap();
        let keys = Arc::new(GatewayKeys::from_seed([7; 32].into()));
        let staging = Arc::new(MemoryStaging::default());
        let chain = Arc::new(MemoryChain::new(keys.account(), ISSUANCE));
        let ports = Ports {
            journal: Arc::new(MemoryJournal::default()),
            catalogue: Arc::new(MemoryCatalogue::default()),
            blobs: Arc::new(MemoryBlobs::default()),
            staging: staging.clone(),
            lookalikes: Arc::new(MemoryLookalikes::default()),
            chain: chain.clone(),
            clock: Arc::new(StoppedClock::at(1_000)),
            entropy: Arc::new(CountingEntropy::new(1)),
        };
        let service = Service::new(ports, keys, config.settings(), pipeline()).unwrap();
        let stop = Stop::default();
        let api = Api::new(
            service.clone(),
            token.clone(),
            &config,
            WorkerAlive::new(|| true),
            &stop,
        );
        let (told, address) = mpsc::channel();
        let until = stop.clone();
        let server = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let api = Data::new(api);
                serve(api, &config.http, &until, |address| told.send(address).unwrap())
                    .await
                    .unwrap();
            });
        });
        let address = address.recv().expect("the server listens");
        let token = token.expose().to_owned();
        Self {
            address,
            token,
            service,
            staging,
            chain,
            stop,
            server: Some(server),
            _state: state,
        }
    }

    /// Lets the worker take steps until it has none left.
    pub fn work(&self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut worker = Worker::new(self.service.clone(), vec![Box::new(Reverse(pipeline()))]);
        runtime.block_on(async { while worker.tick().await.unwrap() != Tick::Idle {} });
    }

    /// A listed dataset of two photos: record and offer.
    pub fn listed(&self) -> (String, String) {
        let form = Form::default()
            .metadata(METADATA)
            .file("a.png", &png(8, 8))
            .file("b.png", &png(9, 9));
        let job = self.accepted(&form.end());
        self.work();
        let view = self.get_as_operator(&format!("/v1/jobs/{job}")).json();
        assert_eq!(view["state"], "done", "{view}");
        (
            view["record"].as_str().unwrap().to_owned(),
            view["offer"].as_str().unwrap().to_owned(),
        )
    }

    pub fn send(&self, method: &str, path: &str, headers: &[String], body: &[u8]) -> Reply {
        let mut client = Client::to(self.address);
        let mut lines = headers.to_vec();
        if !body.is_empty() {
            lines.push(format!("Content-Length: {}", body.len()));
        }
        client.head(method, path, &lines);
        // A refusal may come before all is sent; then the answer counts.
        let _ = std::io::Write::write_all(&mut client.stream, body);
        client.reply_to(method)
    }

    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[], &[])
    }

    pub fn get_with(&self, path: &str, headers: &[&str]) -> Reply {
        self.send(
            "GET",
            path,
            &headers.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>(),
            &[],
        )
    }

    pub fn get_as_operator(&self, path: &str) -> Reply {
        self.send("GET", path, &[self.bearer()], &[])
    }

    pub fn delete_as_operator(&self, path: &str) -> Reply {
        self.send("DELETE", path, &[self.bearer()], &[])
    }

    pub fn bearer(&self) -> String {
        format!("Authorization: Bearer {}", self.token)
    }

    /// The headers of an upload, without its length.
    pub fn upload_headers(&self) -> Vec<String> {
        vec![
            self.bearer(),
            format!("Content-Type: multipart/form-data; boundary={BOUNDARY}"),
        ]
    }

    pub fn upload(&self, body: &[u8]) -> Reply {
        self.send("POST", "/v1/datasets", &self.upload_headers(), body)
    }

    /// Uploads what must be taken; the job's id.
    pub fn accepted(&self, body: &[u8]) -> String {
        let reply = self.upload(body);
        assert_eq!(reply.status, 202, "{}", reply.text());
        reply.json()["job"].as_str().unwrap().to_owned()
    }

    /// Refused, and nothing is left of it.
    pub fn refused(&self, body: &[u8]) -> (u16, String) {
        let problem = self.upload(body).problem();
        self.has_nothing_staged();
        problem
    }

    pub fn has_nothing_staged(&self) {
        assert_eq!(self.service.jobs().unwrap(), [], "no job came out of it");
        assert_eq!(
            self.staging.jobs().unwrap(),
            Vec::<JobId>::new(),
            "nothing is staged"
        );
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.ask();
        if let Some(server) = self.server.take() {
            let ended = server.join();
            if !std::thread::panicking() {
                ended.expect("the server ended well");
            }
        }
    }
}

pub fn pipeline() -> Pipeline {
    Pipeline {
        version: "test".into(),
        provider: "cpu".into(),
        isolation: Isolation {
            layers: vec!["process".into(), "landlock".into()],
            complete: false,
        },
        digest: Digest([3; 32]),
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
            licence: "Apache-2.0".into(),
            precision: "int8".into(),
        }],
        second_look: vec![SecondDetector {
            name: "twin".into(),
            threshold_milli: 350,
        }],
        missing: Vec::new(),
        manifests: Vec::new(),
        limits: vec!["Finds nothing.".into()],
    }
}

/// Stands for the neural pipeline: the raw bytes backwards, one face each. In what holds `REFUSE` one more is seen at the
/// end: it is refused unless exactly that is wished for.
pub struct Reverse(pub Pipeline);

impl Anonymiser for Reverse {
    fn pipeline(&self) -> &Pipeline {
        &self.0
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        let left = match raw.windows(6).any(|window| window == b"REFUSE") {
            true => BTreeMap::from([("face".to_owned(), 1)]),
            false => BTreeMap::new(),
        };
        if !left.is_empty() && wishes.leftovers != Leftovers::Exactly(left.clone()) {
            let reason = vouchsafe_gateway::domain::Reason::new("residual_faces", "a face is left");
            return Err(AnonymiseError::Refused(reason));
        }
        Ok(Cleaned {
            bytes: raw.iter().rev().copied().collect(),
            media: Media::Png,
            findings: Findings::from([(
                "face".into(),
                ClassFindings {
                    found: 1,
                    masked: 1,
                    sizes: BTreeMap::from([("from_24".into(), 1)]),
                    ..ClassFindings::default()
                },
            )]),
            areas: Vec::new(),
            second_look: SecondLook {
                left,
                ..SecondLook::default()
            },
            utility: Utility {
                kept_ppm: 10 * wishes.keep.len() as u32,
                ..Utility::default()
            },
            metadata_removed: BTreeMap::from([("exif".into(), 2)]),
            metrics: r#"{"v":1}"#.into(),
            sketch: None,
        })
    }
}

/// A PNG as far as its frame goes: header, one data chunk, end.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    png_with(width, height, b"pixels")
}

pub fn png_with(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend_from_slice(&[8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, body) in [(b"IHDR", &header[..]), (b"IDAT", data), (b"IEND", &[])] {
        png.extend_from_slice(&(body.len() as u32).to_be_bytes());
        png.extend_from_slice(kind);
        png.extend_from_slice(body);
        png.extend_from_slice(&[0; 4]);
    }
    png
}
