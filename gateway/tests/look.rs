//! Finished photos looked at by somebody who has nothing else, with the library and the nets that `scripts/setup` places.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use serde_json::Value;
use vouchsafe_evaluation::Look;
use vouchsafe_gateway::{
    adapters::{OnnxAnonymiser, OnnxSettings, SandboxSettings, SandboxedAnonymiser},
    ports::{AnonymiseError, Anonymiser, Onlooker},
};
use vouchsafe_protocol::hash::sha256;

const GATEWAY: &str = env!("CARGO_BIN_EXE_gateway");

fn photo(name: &str) -> PathBuf {
    let photos = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.d/photos");
    photos.join(name)
}

fn look(arguments: &[&Path]) -> Output {
    let mut command = Command::new(GATEWAY);
    command.arg("look").args(arguments).arg("--json");
    command.output().unwrap()
}

#[test]
fn a_locked_process_sees_what_the_nets_see_and_nothing_in_what_was_anonymised() {
    let settings = SandboxSettings {
        program: GATEWAY.into(),
        // A test waits for a busy machine rather than to fail on it.
        photo_timeout: Duration::from_secs(280),
        ..SandboxSettings::default()
    };
    let nets = OnnxSettings::default();
    let mut locked = SandboxedAnonymiser::open(&nets, &settings, 1).expect("run scripts/setup first");
    let (inside, mut outside) = (&mut locked[0], OnnxAnonymiser::open(&nets, 1).unwrap().remove(0));
    let raw = fs::read(photo("astronaut.jpg")).unwrap();
    let seen = inside.look(&raw).unwrap();
    assert_eq!(seen, outside.look(&raw).unwrap());
    assert_eq!(seen.residual["face"], 1, "{seen:?}");
    let objects = seen.objects.as_ref().unwrap();
    assert!(objects["person"] > 0 && objects.len() == 80, "{seen:?}");
    let finished = inside.anonymise(&raw).unwrap();
    let after = inside.look(&finished.bytes).unwrap();
    assert_eq!(after.residual["face"], 0, "{after:?}");
    let row: Value = serde_json::from_str(&finished.metrics).unwrap();
    let told = row["residual"].as_object().unwrap();
    assert!(
        told.keys().eq(after.residual.keys()),
        "the same classes: {row}, {after:?}"
    );

    let cut = inside.look(&raw[..raw.len() / 2]);
    assert!(
        matches!(&cut, Err(AnonymiseError::Refused(reason)) if reason.code == "damaged_picture"),
        "{cut:?}"
    );
    assert!(
        inside.look(&finished.bytes).is_ok(),
        "the next photo is looked at"
    );
}

#[test]
fn the_command_tells_every_file_and_fails_when_one_could_not_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let (good, bad) = (folder.path().join("a.jpg"), folder.path().join("b.jpg"));
    fs::copy(photo("coffee.webp"), &good).unwrap();
    fs::write(&bad, "no photo").unwrap();
    fs::write(folder.path().join("notes.txt"), "not looked at").unwrap();
    let output = look(&[folder.path()]);
    assert_eq!(output.status.code(), Some(1));
    let told = Look::parse(&output.stdout).unwrap();
    let [seen] = &told.files[..] else {
        panic!("one photo: {told:?}")
    };
    assert_eq!(seen.sha256, sha256(&fs::read(&good).unwrap()));
    assert_eq!((told.provider.as_str(), told.policy.as_str()), ("cpu", "street"));
    assert_eq!(told.nets.len(), 4);
    let [unseen] = &told.unseen[..] else {
        panic!("one file is bad: {told:?}")
    };
    assert_eq!(
        (unseen.code.as_str(), Path::new(&unseen.name)),
        ("unknown_format", &*bad)
    );

    // The good one alone is a success, and nothing was written anywhere.
    assert!(look(&[&good]).status.success());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    let empty = tempfile::tempdir().unwrap();
    let none = look(&[empty.path()]);
    let said = String::from_utf8_lossy(&none.stderr);
    assert!(
        !none.status.success() && said.contains("no JPEG, PNG or WebP photo"),
        "{said}"
    );
    let away = look(&[&empty.path().join("away")]);
    let said = String::from_utf8_lossy(&away.stderr);
    assert!(!away.status.success() && said.contains("cannot read"), "{said}");
}
