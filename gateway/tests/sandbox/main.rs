//! Photos in a process of their own: the same bytes, nothing within reach, and no photo that harms another.

mod frames;
mod twins;

use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use frames::{PHOTO, header, opening};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::TempDir;
use vouchsafe_gateway::{
    adapters::{
        OnnxAnonymiser, OnnxSettings, QUIET_RUNTIME, SandboxError, SandboxSettings, SandboxedAnonymiser,
    },
    domain::{Isolation, Pipeline},
    ports::{AnonymiseError, Anonymiser, Cleaned},
};

const GATEWAY: &str = env!("CARGO_BIN_EXE_gateway");

fn settings() -> SandboxSettings {
    SandboxSettings {
        program: GATEWAY.into(),
        // A test waits for a busy machine rather than to fail on it.
        photo_timeout: Duration::from_secs(280),
        ..SandboxSettings::default()
    }
}

fn open() -> SandboxedAnonymiser {
    let opened = SandboxedAnonymiser::open(&OnnxSettings::default(), &settings(), 1);
    opened.expect("run scripts/setup first").remove(0)
}

/// A picture without a face: two gradients.
fn drawing(width: u32, height: u32) -> Vec<u8> {
    let line = |y: u32| (0..width).flat_map(move |x| [(x / 4) as u8, (y / 4) as u8, 90]);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().unwrap();
    let pixels: Vec<u8> = (0..height).flat_map(line).collect();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    bytes
}

fn photos_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/demo.d/photos")
}

/// The demonstration's photos, which have faces, by name; and a drawing.
fn photos() -> Vec<(String, Vec<u8>)> {
    let mut photos: Vec<_> = fs::read_dir(photos_folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    photos.push(("drawing.png".into(), drawing(320, 240)));
    photos.sort();
    photos
}

/// The code of a refusal.
fn code(outcome: &Result<Cleaned, AnonymiseError>) -> &str {
    match outcome {
        Err(AnonymiseError::Refused(reason)) => &reason.code,
        other => panic!("not refused: {other:?}"),
    }
}

fn id_of(anonymiser: &SandboxedAnonymiser) -> u32 {
    anonymiser.process().expect("a process is there").id()
}

fn send(signal: Signal, process: u32) {
    kill(Pid::from_raw(process.cast_signed()), signal).unwrap();
}

/// The letter that `/proc/N/stat` gives for a process's state, or `-` when it is gone.
fn state(process: u32) -> char {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next())
        .unwrap_or('-')
}

fn wait_for_state(process: u32, wanted: &[char]) {
    while !wanted.contains(&state(process)) {
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_same_bytes_and_refusals_come_out_as_in_the_gateways_own_process() {
    let mut inside = OnnxAnonymiser::open(&OnnxSettings::default(), 1)
        .unwrap()
        .remove(0);
    let mut apart = open();
    assert_eq!(inside.pipeline().isolation, Isolation::default());
    assert_eq!(apart.pipeline().isolation, apart.lock_down().isolation());
    let without = |pipeline: &Pipeline| Pipeline {
        isolation: Isolation::default(),
        ..pipeline.clone()
    };
    assert_eq!(without(apart.pipeline()), without(inside.pipeline()));
    let mut faces = 0;
    for (name, raw) in photos() {
        let (one, other) = (inside.anonymise(&raw).unwrap(), apart.anonymise(&raw).unwrap());
        assert!(one == other, "{name} comes out otherwise");
        faces += one.findings["face"].masked;
        let cut = &raw[..raw.len() / 2];
        let (one, other) = (inside.anonymise(cut), apart.anonymise(cut));
        assert_eq!(format!("{one:?}"), format!("{other:?}"), "{name} cut in half");
        assert!(!code(&other).is_empty());
    }
    assert!(faces > 3, "the comparison is over photos with faces");
    assert_eq!(code(&apart.anonymise(b"")), "empty_file");
}

#[test]
fn files_sockets_processes_threads_and_programs_are_out_of_reach() {
    let mut one = open();
    let probe = one.probe().unwrap();
    assert_eq!(probe.breaches(), [""; 0], "{probe:?}");
    for (what, number) in &probe.attempts {
        let wanted = match what.as_str() {
            "use more memory than allowed" => libc::ENOMEM,
            _ => libc::EPERM,
        };
        assert_eq!(*number, wanted, "{what}: {probe:?}");
    }
    for what in [
        "list a folder",
        "open a file",
        "open a local socket",
        "open a network socket",
        "run another program",
        "signal the gateway",
        "start a process",
        "start a thread",
        "use more memory than allowed",
    ] {
        assert!(probe.attempts.contains_key(what), "{what} was not tried");
    }
    assert_eq!(
        (probe.variables, probe.descriptors.as_slice()),
        (0, &[0, 1, 2][..])
    );
    // It is as able to work as before.
    one.anonymise(&drawing(64, 64)).unwrap();
    let locked = one.lock_down();
    assert!(locked.text().starts_with("process"), "{locked:?}");
    for layer in ["landlock", "rlimits", "seccomp"] {
        let lacks = locked.lacking.iter().any(|why| why.starts_with(layer));
        assert!(
            lacks != locked.reached.iter().any(|name| name == layer),
            "{locked:?}"
        );
    }
    assert!(locked.reached.iter().any(|name| name == "seccomp"), "{locked:?}");
}

#[test]
fn what_a_supervisor_left_open_and_in_the_environment_is_not_passed_on() {
    let folder = TempDir::new().unwrap();
    // What a supervisor might leave: a file that is open, without "close on exec".
    let program = twins::program(
        &folder,
        &format!("exec 7<{GATEWAY}; SECRET=x exec /usr/bin/env -u PWD -u OLDPWD -u SECRET {GATEWAY} \"$@\""),
    );
    let leaky = SandboxSettings {
        program,
        ..settings()
    };
    let mut one = SandboxedAnonymiser::open(&OnnxSettings::default(), &leaky, 1)
        .unwrap()
        .remove(0);
    let probe = one.probe().unwrap();
    assert_eq!(probe.descriptors, [0, 1, 2]);
    assert_eq!(one.lock_down().lacking, [""; 0]);
}

#[test]
fn a_process_that_is_killed_over_a_photo_costs_that_photo_and_no_other() {
    let mut one = open();
    let raw = drawing(320, 240);
    let expected = one.anonymise(&raw).unwrap();
    let process = one.process().unwrap();
    // A stopped one cannot be done before the blow falls.
    send(Signal::SIGSTOP, process.id());
    let outcome = thread::scope(|scope| {
        let working = scope.spawn(|| one.anonymise(&raw));
        while !process.is_busy() {
            thread::yield_now();
        }
        send(Signal::SIGKILL, process.id());
        working.join().unwrap()
    });
    assert_eq!(code(&outcome), "crashed_the_decoder");
    assert_eq!(one.anonymise(&raw).unwrap(), expected);
    assert_ne!(id_of(&one), process.id());
}

#[test]
fn a_photo_that_takes_too_long_is_refused_and_the_next_is_done() {
    let mut one = open();
    let before = id_of(&one);
    // A stopped one takes for ever, whatever the machine.
    send(Signal::SIGSTOP, before);
    one.set_photo_timeout(Duration::from_millis(50));
    let slow = one.anonymise(&drawing(320, 240));
    assert_eq!(code(&slow), "too_slow");
    assert_eq!(state(before), '-', "it is killed and waited for");
    // Also one that does not even read: the photo is larger than a pipe.
    one.set_photo_timeout(Duration::from_secs(280));
    one.anonymise(&drawing(64, 64)).unwrap();
    let next = id_of(&one);
    assert_ne!(next, before);
    send(Signal::SIGSTOP, next);
    one.set_photo_timeout(Duration::from_millis(50));
    assert_eq!(code(&one.anonymise(&vec![0; 4 << 20])), "too_slow");
    one.set_photo_timeout(Duration::from_secs(280));
    one.anonymise(&drawing(64, 64)).unwrap();
}

#[test]
fn a_process_that_dies_between_two_photos_costs_none() {
    let mut one = open();
    let raw = drawing(64, 64);
    let expected = one.anonymise(&raw).unwrap();
    let process = id_of(&one);
    send(Signal::SIGKILL, process);
    wait_for_state(process, &['Z', '-']);
    assert_eq!(one.anonymise(&raw).unwrap(), expected);
    assert_ne!(id_of(&one), process);
}

#[test]
fn what_ends_the_gateway_in_order_does_not_end_a_photo() {
    let mut one = open();
    let process = id_of(&one);
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        send(signal, process);
    }
    one.anonymise(&drawing(64, 64)).unwrap();
    assert_eq!(id_of(&one), process);
}

#[test]
fn a_file_over_the_cap_is_refused_before_it_is_sent() {
    let small = SandboxSettings {
        max_raw_bytes: 1_000,
        ..settings()
    };
    let mut one = SandboxedAnonymiser::open(&OnnxSettings::default(), &small, 1)
        .unwrap()
        .remove(0);
    assert_eq!(code(&one.anonymise(&[0; 1_001])), "file_too_large");
    assert_eq!(code(&one.anonymise(&[0; 1_000])), "unsupported_format");
}

#[test]
fn a_photo_process_told_of_four_gib_ends_without_waiting_for_them() {
    let located = OnnxSettings::default().located().unwrap();
    // Before it is opened, and after.
    for opened in [false, true] {
        let mut process = Command::new(GATEWAY)
            .arg("anonymise-worker")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut to = process.stdin.take().unwrap();
        if opened {
            to.write_all(&opening(&located)).unwrap();
        }
        to.write_all(&header(PHOTO, 0, u32::MAX)).unwrap();
        // `to` stays open: whoever waits for more waits for ever.
        let mut said = Vec::new();
        process.stdout.take().unwrap().read_to_end(&mut said).unwrap();
        assert_eq!(process.wait().unwrap().code(), Some(2));
        assert_eq!(said.is_empty(), !opened, "ready is all that it says");
        drop(to);
    }
}

#[test]
fn a_wrong_model_is_told_in_the_words_of_the_loader() {
    let folder = TempDir::new().unwrap();
    let models = folder.path().join("models");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../models"), &models);
    for entry in fs::read_dir(models.join("weights")).unwrap() {
        let path = entry.unwrap().path();
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
    }
    let altered = OnnxSettings {
        models: Some(models.clone()),
        ..OnnxSettings::default()
    };
    let inside = OnnxAnonymiser::open(&altered, 1).unwrap_err().to_string();
    let apart = SandboxedAnonymiser::open(&altered, &settings(), 1).unwrap_err();
    assert!(matches!(apart, SandboxError::Load(_)), "{apart:?}");
    assert_eq!(apart.to_string(), inside);
    assert!(inside.contains("its manifest wants"), "{inside}");

    // And so it reaches the operator.
    let config = folder.path().join("gateway.toml");
    fs::write(&config, format!("[anonymiser]\nmodels_dir = {models:?}\n")).unwrap();
    let told = Command::new(GATEWAY)
        .args(["anonymise", "in.png", "out.png", "--config"])
        .arg(&config)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains(&inside), "{told}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            fs::set_permissions(&target, fs::Permissions::from_mode(0o644)).unwrap();
        }
    }
}

#[test]
fn the_command_writes_the_same_files_with_and_without_a_sandbox() {
    let folder = TempDir::new().unwrap();
    let written = ["off", "best-effort"].map(|how| {
        let out = folder.path().join(how);
        let done = Command::new(GATEWAY)
            .arg("anonymise")
            .arg(photos_folder())
            .arg(&out)
            .args(["--sandbox", how])
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{told}");
        assert_eq!(told.contains("the gateway's own process"), how == "off", "{told}");
        let mut files: Vec<_> = fs::read_dir(out)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name(), fs::read(entry.path()).unwrap()))
            .collect();
        files.sort();
        files
    });
    assert_eq!(written[0].len(), photos().len() - 1);
    assert!(written[0] == written[1], "other files");
}

#[test]
fn no_record_of_its_use_is_left_in_the_home_folder() {
    let photo = photos_folder().join("coffee.webp");
    for how in ["off", "best-effort"] {
        let (home, out) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let done = Command::new(GATEWAY)
            .arg("anonymise")
            .args([&photo, &out.path().join("out.webp")])
            .args(["--sandbox", how])
            .env_remove(QUIET_RUNTIME)
            .env_remove("XDG_CACHE_HOME")
            .env("HOME", home.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
        let left: Vec<_> = fs::read_dir(home.path()).unwrap().collect();
        assert!(left.is_empty(), "{how}: {left:?}");
    }
}

#[test]
fn a_photo_process_ends_with_the_gateway_that_started_it() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("gateway.toml");
    let state_dir = folder.path().join("state");
    fs::write(
        &config,
        format!("state_dir = {state_dir:?}\n[http]\nlisten = \"127.0.0.1:0\"\n"),
    )
    .unwrap();
    let mut gateway = Command::new(GATEWAY)
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = [0; 9];
    gateway.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    assert_eq!(&line, b"listening");
    let child = child_of(gateway.id());
    // Stopped, it cannot notice by itself that nobody is there any more.
    send(Signal::SIGSTOP, child);
    gateway.kill().unwrap();
    gateway.wait().unwrap();
    wait_for_state(child, &['Z', 'X', '-']);
}

fn child_of(parent: u32) -> u32 {
    let parent = format!(" {parent} ");
    let processes = fs::read_dir("/proc").unwrap();
    let numbers = processes.filter_map(|entry| entry.unwrap().file_name().to_str()?.parse::<u32>().ok());
    let mut children = numbers.filter(|number| {
        let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
        // After the name in brackets: state, then the parent's number.
        stat.rsplit_once(") ")
            .is_some_and(|(_, rest)| rest[1..].starts_with(&parent))
    });
    children.next().expect("the gateway has a photo process")
}

/// The largest photo of the shipped policy, 50 million pixels.
#[test]
fn the_largest_photo_takes_less_than_a_gib() {
    let mut one = open();
    let raw = drawing(10_000, 5_000);
    let cleaned = one.anonymise(&raw).unwrap();
    let metrics: serde_json::Value = serde_json::from_str(&cleaned.metrics).unwrap();
    assert_eq!(
        (&metrics["width"], &metrics["height"]),
        (&10_000.into(), &5_000.into())
    );
    let status = fs::read_to_string(format!("/proc/{}/status", id_of(&one))).unwrap();
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let peak: u64 = peak.trim().trim_end_matches("kB").trim().parse().unwrap();
    assert!(peak < 1 << 20, "{peak} KiB");
    println!("peak memory of the photo process: {} MiB", peak >> 10);
}
