//! The offline command and its second face, `gateway review`, over the real pipeline and, where arguments matter, as a
//! program; and the noise key, over restarts.

mod house;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use house::{House, Shift};
use serde_json::{Value, json};
use vouchsafe_gateway::{
    adapters::{OnnxAnonymiser, OnnxSettings},
    assembly::open_anonymisers,
    config::{Config, Sandbox},
    domain::{KeepRegions, NoteFile, PhotoWishes, Region, SellerWishes},
    keys::{GatewayKeys, NoiseKey},
    ports::{Anonymiser, catalogue::MemoryCatalogue, clock::StoppedClock, entropy::CountingEntropy},
    review_command::{self, ReviewError, Reviewed},
    work::{Service, Settings, Tick, Worker},
};
use vouchsafe_protocol::record::Grade;

const GATEWAY: &str = env!("CARGO_BIN_EXE_gateway");

fn photo_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scripts/demo.d/photos")
        .join(name)
}

fn photo(name: &str) -> Vec<u8> {
    fs::read(photo_path(name)).unwrap()
}

/// Settings with a policy under which faces are only seen by the last look, which then refuses.
fn blind() -> Config {
    Config::parse(
        "[anonymiser.policy]\nname = \"blind\"\n[anonymiser.policy.classes.face]\nthreshold = 1.0\n\
         [anonymiser.policy.gate]\nescalations = 0\n[worker]\nthreads = 1\n",
    )
    .unwrap()
}

fn open(config: &Config, keys: &GatewayKeys) -> Box<dyn Anonymiser> {
    let opened = open_anonymisers(config, Sandbox::Off, keys.noise());
    opened.expect("run scripts/setup first").all.remove(0)
}

fn keys() -> GatewayKeys {
    GatewayKeys::from_seed([0x5e; 32].into())
}

fn gateway(arguments: &[&str], paths: &[&Path]) -> Output {
    Command::new(GATEWAY)
        .args(arguments)
        .args(paths)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where the largest face of the astronaut is, by the shipped pipeline.
fn face() -> Region {
    let mut one = OnnxAnonymiser::open(&OnnxSettings::default(), 1)
        .unwrap()
        .remove(0);
    let found = one.anonymise(&photo("astronaut.jpg")).unwrap();
    let face = found
        .areas
        .iter()
        .filter(|area| area.class == "face")
        .max_by_key(|area| area.width);
    let face = face.expect("the astronaut has a face");
    Region {
        x: face.x,
        y: face.y,
        width: face.width,
        height: face.height,
    }
}

fn keep_json(region: Region) -> Value {
    let mut region = serde_json::to_value(region).unwrap();
    region["reason"] = "she agreed in writing".into();
    json!([region])
}

#[test]
fn the_command_keeps_a_region_through_the_photo_process_and_says_so_without_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("in"), dir.path().join("out"));
    fs::create_dir(&input).unwrap();
    for name in ["astronaut.jpg", "rear-admiral.jpg"] {
        fs::copy(photo_path(name), input.join(name)).unwrap();
    }
    let keep = dir.path().join("keep.json");
    fs::write(&keep, json!({ "astronaut.jpg": keep_json(face()) }).to_string()).unwrap();
    let (report, config) = (dir.path().join("report.json"), dir.path().join("gateway.toml"));
    fs::write(&config, format!("state_dir = {:?}\n", dir.path().join("state"))).unwrap();
    let flags = ["anonymise", "--threads", "1", "--sandbox", "best-effort"];
    let ran = gateway(
        &flags,
        &[
            &input,
            &output,
            Path::new("--keep"),
            &keep,
            Path::new("--report"),
            &report,
            Path::new("--config"),
            &config,
        ],
    );
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let report: Value = serde_json::from_slice(&fs::read(&report).unwrap()).unwrap();
    let [kept, other] = report["files"].as_array().unwrap().as_slice() else {
        panic!("two files: {report}")
    };
    assert_eq!(kept["kept"]["regions"], 1);
    assert_eq!(kept["kept"]["reasons"], json!({ "she agreed in writing": 1 }));
    assert!(kept["kept"]["area_ppm"].as_u64().unwrap() > 1_000, "{kept}");
    assert!(kept["findings"]["face"]["kept"].as_u64().unwrap() >= 1, "{kept}");
    assert_eq!(other["kept"]["regions"], 0);
    assert_eq!(other["findings"]["face"]["kept"], 0);
    assert!(
        other["findings"]["face"]["masked"].as_u64().unwrap() >= 1,
        "{other}"
    );
    assert!(
        kept.get("masks").is_none() && !kept.to_string().contains("\"x\""),
        "{kept}"
    );
    assert_eq!(report["pipeline"]["isolation"]["layers"][0], "process");
    assert!(!dir.path().join("state").exists(), "no seed is made for it");
}

#[test]
fn the_command_refuses_a_list_that_it_cannot_follow_before_any_work() {
    let dir = tempfile::tempdir().unwrap();
    let (keep, output) = (dir.path().join("keep.json"), dir.path().join("out.jpg"));
    for (list, wanted) in [
        (json!({ "astronuat.jpg": [] }), "--keep names astronuat.jpg"),
        (
            json!({ "astronaut.jpg": vec![keep_json(face())[0].clone(); 17] }),
            "at most 16",
        ),
        (json!([1]), "not a JSON object"),
    ] {
        fs::write(&keep, list.to_string()).unwrap();
        let ran = gateway(
            &["anonymise", "--threads", "1"],
            &[&photo_path("astronaut.jpg"), &output, Path::new("--keep"), &keep],
        );
        assert!(!ran.status.success());
        assert!(
            text(&ran.stderr).contains(wanted),
            "{wanted}: {}",
            text(&ran.stderr)
        );
        assert!(!output.exists());
    }
}

#[test]
fn a_region_outside_the_upright_photo_refuses_the_photo() {
    let mut one = OnnxAnonymiser::open(&OnnxSettings::default(), 1)
        .unwrap()
        .remove(0);
    let keep = vec![Region {
        x: 100_000,
        y: 0,
        width: 1,
        height: 1,
    }];
    let wishes = PhotoWishes {
        keep,
        ..PhotoWishes::default()
    };
    let refused = one.anonymise_with(&photo("sideways.jpg"), &wishes).unwrap_err();
    assert!(
        format!("{refused:?}").contains("keep_outside_photo"),
        "{refused:?}"
    );
}

struct Desk {
    dir: tempfile::TempDir,
    one: Box<dyn Anonymiser>,
    keys: GatewayKeys,
}

impl Desk {
    fn new(config: &Config) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            one: open(config, &keys()),
            keys: keys(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn request(&self, input: PathBuf, text: Option<&str>) -> review_command::Request {
        review_command::Request {
            input,
            preview: self.path("preview.jpg"),
            keep: KeepRegions::default(),
            sign: text.map(|text| (text.to_owned(), self.path("note.json"))),
            max_file_bytes: 1 << 20,
        }
    }

    fn review(&mut self, request: &review_command::Request) -> Result<Reviewed, ReviewError> {
        use vouchsafe_gateway::ports::Clock;
        let now = StoppedClock::at(77).now();
        review_command::run(&mut *self.one, request, &self.keys, &CountingEntropy::new(3), now)
    }
}

#[test]
fn a_review_shows_what_is_still_seen_and_signs_only_when_told_to() {
    let mut desk = Desk::new(&blind());
    let looked = desk
        .review(&desk.request(photo_path("astronaut.jpg"), None))
        .unwrap();
    let Reviewed::Left { seen, signed: false } = looked else {
        panic!("{looked:?}")
    };
    assert!(
        !seen.is_empty() && seen.iter().all(|area| area.action == "left"),
        "{seen:?}"
    );
    assert!(desk.path("preview.jpg").exists() && !desk.path("note.json").exists());

    let again = desk
        .review(&desk.request(photo_path("astronaut.jpg"), None))
        .unwrap_err();
    assert!(
        matches!(again, ReviewError::Write { .. }),
        "nothing is overwritten: {again}"
    );
    fs::remove_file(desk.path("preview.jpg")).unwrap();
    let silent = desk
        .review(&desk.request(photo_path("astronaut.jpg"), Some(" ")))
        .unwrap_err();
    assert!(matches!(silent, ReviewError::Note(_)), "{silent}");
    assert!(
        !desk.path("preview.jpg").exists(),
        "refused before anything is written"
    );

    let signed = desk.review(&desk.request(photo_path("astronaut.jpg"), Some("it is I")));
    assert!(
        matches!(signed, Ok(Reviewed::Left { signed: true, .. })),
        "{signed:?}"
    );
    let note: NoteFile = serde_json::from_slice(&fs::read(desk.path("note.json")).unwrap()).unwrap();
    assert_eq!(note.file.as_deref(), Some("astronaut.jpg"));
    assert_eq!(
        (note.signed.note.text.as_str(), note.signed.note.time_ms.0),
        ("it is I", 77)
    );
    note.check(&desk.keys.record_public(), desk.one.pipeline().digest)
        .unwrap();
}

#[test]
fn a_review_of_what_needs_none_or_cannot_be_let_out_writes_nothing() {
    let mut desk = Desk::new(&Config::default());
    let clean = desk.review(&desk.request(photo_path("astronaut.jpg"), Some("x")));
    assert_eq!(clean.unwrap(), Reviewed::Clean);
    fs::write(desk.path("cut.jpg"), &photo("astronaut.jpg")[..40_000]).unwrap();
    let cut = desk
        .review(&desk.request(desk.path("cut.jpg"), Some("x")))
        .unwrap();
    assert!(
        matches!(&cut, Reviewed::Refused(reason) if reason.code == "damaged_picture"),
        "{cut:?}"
    );
    assert!(!desk.path("preview.jpg").exists() && !desk.path("note.json").exists());
}

#[test]
fn a_review_without_the_gateways_seed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = dir.path().join("gateway.toml");
    fs::write(&config, format!("state_dir = {:?}\n", dir.path().join("state"))).unwrap();
    let preview = dir.path().join("preview.jpg");
    let ran = gateway(
        &["review"],
        &[
            &photo_path("astronaut.jpg"),
            Path::new("--preview"),
            &preview,
            Path::new("--config"),
            &config,
        ],
    );
    assert!(!ran.status.success());
    assert!(
        text(&ran.stderr).contains("there is no seed"),
        "{}",
        text(&ran.stderr)
    );
}

#[tokio::test]
async fn a_reviewed_photo_is_sold_as_it_was_looked_at_and_without_the_note_it_is_not() {
    let config = blind();
    let mut desk = Desk::new(&config);
    desk.review(&desk.request(photo_path("astronaut.jpg"), Some("it is I")))
        .unwrap();
    let note = serde_json::from_slice(&fs::read(desk.path("note.json")).unwrap()).unwrap();
    let looked_at = fs::read(desk.path("preview.jpg")).unwrap();

    let house = House::new();
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let pipeline = desk.one.pipeline().clone();
    assert_eq!(pipeline.grade, Grade::Anonymous);
    let service = Service::new(ports.clone(), house.keys.clone(), Settings::default(), pipeline).unwrap();
    let shift = Shift {
        service,
        ports,
        clock: house.clock.clone(),
    };
    let raw = photo("astronaut.jpg");
    let without = shift.upload(std::slice::from_ref(&raw)).await;
    let wishes = SellerWishes {
        keep: KeepRegions::default(),
        note: Some(note),
    };
    let with = shift.upload_with(&[(raw, wishes)]).await;
    let mut worker = Worker::new(shift.service.clone(), vec![open(&config, &house.keys)]);
    while worker.tick().await.unwrap() != Tick::Idle {}
    assert_eq!(shift.view(without).reason.unwrap().code, "residual_faces");
    let view = shift.view(with);
    assert_eq!(view.state, "done", "{view:?}");
    let rows = shift.ports.journal.items(with).unwrap();
    assert_eq!(rows[0].sha256, vouchsafe_protocol::hash::sha256(&looked_at));
    let dataset = shift.service.dataset(view.record.unwrap()).unwrap();
    assert_eq!(dataset.grade, "disguised");
    assert_eq!(dataset.report["overrides"][0]["note"]["text"], "it is I");
    assert_eq!(dataset.report["residual"]["verdict"], "overridden");
}

#[test]
fn the_same_gateway_gives_the_same_mosaic_over_restarts_and_in_a_photo_process_and_another_does_not() {
    let config = Config::parse(
        "[anonymiser.policy]\nname = \"mosaic\"\ngrade = \"disguised\"\n\
         [anonymiser.policy.classes.face]\noperator = { kind = \"mosaic\", cells = 4 }\n[worker]\nthreads = 1\n",
    )
    .unwrap();
    let raw = photo("astronaut.jpg");
    let made = |seed: u8| {
        let keys = GatewayKeys::from_seed([seed; 32].into());
        open(&config, &keys).anonymise(&raw).unwrap()
    };
    let first = made(1);
    assert!(first.findings["face"].masked >= 1);
    assert!(first.bytes == made(1).bytes, "a restart");
    assert!(first.bytes != made(2).bytes, "another gateway");

    let settings = OnnxSettings {
        policy: config.anonymiser.policy.clone(),
        noise: GatewayKeys::from_seed([1; 32].into()).noise().clone(),
        ..OnnxSettings::default()
    };
    let sandbox = vouchsafe_gateway::adapters::SandboxSettings {
        program: GATEWAY.into(),
        photo_timeout: std::time::Duration::from_secs(280),
        ..Default::default()
    };
    let apart = vouchsafe_gateway::adapters::SandboxedAnonymiser::open(&settings, &sandbox, 1);
    let mut apart = apart.unwrap().remove(0);
    assert!(
        apart.anonymise(&raw).unwrap().bytes == first.bytes,
        "in a photo process"
    );
    let process = apart.process().unwrap().id();
    nix::sys::signal::kill(
        nix::unistd::Pid::from_raw(process.cast_signed()),
        nix::sys::signal::Signal::SIGKILL,
    )
    .unwrap();
    // Whether its death is seen before or while the photo is sent, a new process gets the key again.
    let again = (0..2).find_map(|_| apart.anonymise(&raw).ok());
    assert!(again.unwrap().bytes == first.bytes, "in a new photo process");
}

#[test]
fn the_noise_key_is_its_own_and_is_never_printed() {
    let keys = keys();
    let key = hex::encode(keys.noise().expose().as_slice());
    assert_ne!(key, hex::encode([0; 32]));
    for other in [
        hex::encode(keys.account_seed()),
        hex::encode(keys.record_public()),
    ] {
        assert_ne!(key, other);
    }
    let settings = OnnxSettings {
        noise: keys.noise().clone(),
        ..OnnxSettings::default()
    };
    let shown = format!(
        "{keys:?} {settings:?} {:?} {}",
        NoiseKey::default(),
        serde_json::to_string(&settings).unwrap()
    );
    let list = keys.noise().expose().map(|byte| byte.to_string()).join(", ");
    assert!(!shown.contains(&key) && !shown.contains(&list), "{shown}");
}
