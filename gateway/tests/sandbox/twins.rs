//! Photo processes that misbehave: shell scripts which play back what a broken or conquered one might say.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command};

use serde_json::json;
use tempfile::TempDir;
use vouchsafe_gateway::{
    adapters::{OnnxSettings, SandboxError, SandboxSettings, SandboxedAnonymiser},
    domain::{Isolation, Pipeline},
    ports::{AnonymiseError, Anonymiser},
};
use vouchsafe_protocol::{id::Digest, record::Grade};

use crate::{
    code,
    frames::{CLEANED, PROBED, READY, frame, header},
    id_of, send, settings, wait_for_state,
};

/// A program that does what the shell does with `script`.
///
/// A shell writes it, too: were it open for writing in this process, a test beside this one could start a process that
/// has it open, and it could not be run.
pub fn program(folder: &TempDir, script: &str) -> PathBuf {
    let path = folder.path().join("program");
    let written = Command::new("/bin/sh")
        .args([
            "-c",
            "printf '#!/bin/sh\\n%s\\n' \"$1\" > \"$2\" && chmod 755 \"$2\"",
            "sh",
            script,
        ])
        .arg(&path)
        .status();
    assert!(written.unwrap().success());
    path
}

/// Says all of this at once and then nothing.
fn says(folder: &TempDir, frames: &[Vec<u8>]) -> PathBuf {
    let path = folder.path().join("frames");
    fs::write(&path, frames.concat()).unwrap();
    program(folder, &format!("cat {path:?}; exec sleep 1000"))
}

fn open(program: PathBuf, required: bool) -> Result<SandboxedAnonymiser, SandboxError> {
    let sandbox = SandboxSettings {
        program,
        required,
        ..settings()
    };
    SandboxedAnonymiser::open(&OnnxSettings::default(), &sandbox, 1).map(|mut opened| opened.remove(0))
}

fn ready(digest: u8, lacking: &[&str]) -> Vec<u8> {
    let pipeline = Pipeline {
        version: "0.0.1".into(),
        provider: "cpu".into(),
        isolation: Isolation::default(),
        digest: Digest([digest; 32]),
        grade: Grade::Anonymous,
        policy: "street".into(),
        classes: BTreeMap::new(),
        models: Vec::new(),
        second_look: Vec::new(),
        missing: Vec::new(),
        manifests: Vec::new(),
        limits: Vec::new(),
    };
    frame(
        READY,
        &json!({ "pipeline": pipeline, "locked": { "reached": ["process"], "lacking": lacking } }),
    )
}

fn probed(open_a_file: i32) -> Vec<u8> {
    frame(
        PROBED,
        &json!({ "attempts": { "open a file": open_a_file }, "variables": 0, "descriptors": [0, 1, 2] }),
    )
}

#[test]
fn an_answer_of_four_gib_is_refused_by_its_header() {
    for (head, body) in [(u32::MAX, 0), (0, u32::MAX)] {
        let folder = TempDir::new().unwrap();
        // Nothing follows the header: whoever waits for it waits until the script's sleep ends.
        let error = open(says(&folder, &[header(READY, head, body)]), false).unwrap_err();
        assert!(matches!(error, SandboxError::Protocol(_)), "{error:?}");
        assert!(error.to_string().contains("4294967295 bytes"), "{error}");
    }
}

#[test]
fn a_cleaned_photo_of_four_gib_is_refused_by_its_header() {
    let folder = TempDir::new().unwrap();
    let frames = [ready(1, &[]), probed(1), header(CLEANED, 0, u32::MAX)];
    let mut one = open(says(&folder, &frames), false).unwrap();
    let error = one.anonymise(b"photo").unwrap_err();
    assert!(matches!(error, AnonymiseError::Engine(_)), "{error:?}");
    assert!(error.to_string().contains("4294967295 bytes"), "{error}");
}

#[test]
fn something_else_than_an_answer_to_a_photo_is_no_photo() {
    let folder = TempDir::new().unwrap();
    let frames = [ready(1, &[]), probed(1), probed(1)];
    let mut one = open(says(&folder, &frames), false).unwrap();
    let error = one.anonymise(b"photo").unwrap_err();
    assert!(matches!(error, AnonymiseError::Engine(_)), "{error:?}");
    assert!(one.process().is_none(), "it is not used again");
}

#[test]
fn a_photo_in_which_something_is_left_that_nobody_asked_for_is_no_photo() {
    for (left, wanted) in [(json!({ "face": 1 }), false), (json!({}), true)] {
        let head = json!({
            "media": "jpeg", "findings": {}, "areas": [], "second_look": { "replaced_late": 0, "left": left },
            "utility": { "changed_ppm": 0, "outside_error_milli": 0, "units": null, "agreement": null },
            "metadata_removed": {}, "metrics": "{}",
        });
        let (head, body) = (head.to_string().into_bytes(), b"\xff\xd8 photo");
        let cleaned = [
            header(CLEANED, head.len() as u32, body.len() as u32),
            head,
            body.to_vec(),
        ]
        .concat();
        let folder = TempDir::new().unwrap();
        let mut one = open(says(&folder, &[ready(1, &[]), probed(1), cleaned]), false).unwrap();
        let outcome = one.anonymise(b"photo");
        assert_eq!(outcome.is_ok(), wanted, "{outcome:?}");
        assert_eq!(one.process().is_some(), wanted, "it is not used again");
    }
}

#[test]
fn another_version_is_refused() {
    let folder = TempDir::new().unwrap();
    let mut told = ready(1, &[]);
    told[0] = 7;
    let error = open(says(&folder, &[told]), false).unwrap_err();
    assert!(error.to_string().contains("version 7"), "{error}");
}

#[test]
fn a_program_that_ends_at_once_is_told_with_its_status() {
    let folder = TempDir::new().unwrap();
    let error = open(program(&folder, "exit 3"), false).unwrap_err();
    assert!(matches!(error, SandboxError::Ended(_)), "{error:?}");
    assert!(error.to_string().contains("exit status: 3"), "{error}");
}

#[test]
fn a_program_that_is_not_there_is_told() {
    let error = open("/no/such/program".into(), false).unwrap_err();
    assert!(matches!(error, SandboxError::Start(_)), "{error:?}");
}

#[test]
fn a_missing_lock_is_named_and_stops_who_requires_it() {
    for (lacks, file, wanted) in [
        (
            &["landlock: this kernel has none"][..],
            1,
            "landlock: this kernel has none",
        ),
        (&[][..], 0, "it could open a file"),
    ] {
        let folder = TempDir::new().unwrap();
        let program = says(&folder, &[ready(1, lacks), probed(file)]);
        let error = open(program.clone(), true).unwrap_err();
        let SandboxError::NotLocked { lacking } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(lacking.as_slice(), [wanted]);
        assert!(error.to_string().contains(wanted), "{error}");
        let accepted = open(program, false).unwrap();
        assert_eq!(accepted.lock_down().lacking, [wanted]);
        assert_eq!(accepted.lock_down().text(), "process");
    }
}

#[test]
fn a_new_process_that_is_made_of_something_else_or_held_by_less_does_no_photo() {
    for other in [ready(2, &[]), ready(1, &["landlock: gone"])] {
        does_no_photo_after(&other);
    }
}

fn does_no_photo_after(other: &[u8]) {
    let folder = TempDir::new().unwrap();
    let [first, second, marker] = ["first", "second", "marker"].map(|name| folder.path().join(name));
    fs::write(&first, [ready(1, &[]), probed(1)].concat()).unwrap();
    fs::write(&second, [other, &probed(1)].concat()).unwrap();
    let script = format!(
        "if [ -e {marker:?} ]; then cat {second:?}; else : > {marker:?}; cat {first:?}; fi; exec sleep 1000"
    );
    let mut one = open(program(&folder, &script), false).unwrap();
    let process = id_of(&one);
    send(nix::sys::signal::Signal::SIGKILL, process);
    wait_for_state(process, &['Z', '-']);
    let error = one.anonymise(b"photo").unwrap_err();
    assert!(matches!(error, AnonymiseError::Engine(_)), "{error:?}");
    assert!(error.to_string().contains("not the ones"), "{error}");
}

#[test]
fn a_process_that_ends_on_a_photo_costs_that_photo() {
    let folder = TempDir::new().unwrap();
    let frames = folder.path().join("frames");
    fs::write(&frames, [ready(1, &[]), probed(1)].concat()).unwrap();
    // Settings and question are far shorter than that, and the rest of the photo fits into the pipe: it has been handed
    // over when the process ends.
    let script = format!("cat {frames:?}; head -c 20000 > /dev/null; kill -SEGV $$");
    let mut one = open(program(&folder, &script), false).unwrap();
    let outcome = one.anonymise(&[7; 40_000]);
    assert_eq!(code(&outcome), "crashed_the_decoder");
    assert!(format!("{outcome:?}").contains("signal: 11"), "{outcome:?}");
}
