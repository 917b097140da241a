//! `gateway anonymise` over a twin of the neural pipeline: what is written, what is not, and what is reported.

use std::{collections::BTreeMap, fs, path::Path};

use vouchsafe_gateway::{
    anonymise_command::{CommandError, FileReport, Progress, Report, Request, run},
    domain::{Media, Pipeline, Reason},
    ports::{AnonymiseError, Anonymiser, Cleaned},
};
use vouchsafe_protocol::{id::Digest, record::Grade};

/// Gives the bytes backwards as a PNG; refuses what begins with `bad`, breaks on what begins with `broken`.
struct Twin(Pipeline);

impl Anonymiser for Twin {
    fn pipeline(&self) -> &Pipeline {
        &self.0
    }

    fn anonymise(&mut self, raw: &[u8]) -> Result<Cleaned, AnonymiseError> {
        if raw.starts_with(b"bad") {
            return Err(AnonymiseError::Refused(Reason::new(
                "unsupported_format",
                "not a photo",
            )));
        }
        if raw.starts_with(b"broken") {
            return Err(AnonymiseError::Engine("no memory".into()));
        }
        Ok(Cleaned {
            bytes: raw.iter().rev().copied().collect(),
            media: Media::Png,
            faces_found: 2,
            faces_replaced: 2,
            sizes: BTreeMap::new(),
            metadata_removed: BTreeMap::from([("gps".into(), 1)]),
            metrics: "{}".into(),
        })
    }
}

fn twin() -> Twin {
    Twin(Pipeline {
        version: "1".into(),
        provider: "cpu".into(),
        digest: Digest([1; 32]),
        grade: Grade::Anonymous,
        operator: "solid".into(),
        models: Vec::new(),
        residual_threshold_milli: 350,
        limits: Vec::new(),
    })
}

fn request(input: &Path, output: &Path) -> Request {
    Request {
        input: input.into(),
        output: output.into(),
        report: None,
        replace: false,
        max_file_bytes: 1_000,
    }
}

fn go(request: &Request) -> Result<Report, CommandError> {
    run(&mut twin(), request, &mut |_| {})
}

/// Every file under a folder, by path.
fn listing(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn one_photo_becomes_one_file() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("a.png"), dir.path().join("clean.png"));
    fs::write(&input, "abc").unwrap();
    let report = go(&request(&input, &output)).unwrap();
    assert_eq!(fs::read(&output).unwrap(), b"cba");
    assert_eq!(
        (
            report.summary.anonymised,
            report.summary.faces_replaced,
            report.summary.bytes_in
        ),
        (1, 2, 3)
    );
    assert_eq!(
        listing(dir.path()),
        ["a.png", "clean.png"],
        "nothing else is left"
    );
}

#[test]
fn a_photo_goes_into_a_folder_that_exists() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("a.png");
    fs::write(&input, "abc").unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    go(&request(&input, &dir.path().join("out"))).unwrap();
    assert_eq!(fs::read(dir.path().join("out/a.png")).unwrap(), b"cba");
}

#[test]
fn a_folder_keeps_its_shape_and_every_file_has_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    fs::create_dir_all(input.join("deep/er")).unwrap();
    for (name, bytes) in [
        ("b.png", "1"),
        ("a.png", "2"),
        ("deep/er/c.png", "3"),
        ("notes.txt", "bad"),
        (".hidden", "4"),
    ] {
        fs::write(input.join(name), bytes).unwrap();
    }
    std::os::unix::fs::symlink(input.join("a.png"), input.join("link.png")).unwrap();
    let request = Request {
        report: Some(dir.path().join("report.json")),
        ..request(&input, &dir.path().join("out"))
    };
    let mut steps = Vec::new();
    let report = run(&mut twin(), &request, &mut |Progress { done, total }| {
        steps.push((done, total))
    })
    .unwrap();

    assert_eq!(
        listing(&dir.path().join("out")),
        ["a.png", "b.png", "deep/er/c.png"]
    );
    assert_eq!(
        (
            report.summary.anonymised,
            report.summary.refused,
            report.summary.skipped
        ),
        (3, 1, 2)
    );
    let names: Vec<_> = report
        .files
        .iter()
        .map(|file| match file {
            FileReport::Anonymised { name, .. } => ("done", name.as_str()),
            FileReport::Refused { name, .. } => ("refused", name.as_str()),
            FileReport::Skipped { name, .. } => ("skipped", name.as_str()),
        })
        .collect();
    let wanted = [
        ("skipped", ".hidden"),
        ("done", "a.png"),
        ("done", "b.png"),
        ("done", "deep/er/c.png"),
        ("skipped", "link.png"),
        ("refused", "notes.txt"),
    ];
    assert_eq!(names, wanted, "in the order of their names");
    assert_eq!(steps, (0..=6).map(|done| (done, 6)).collect::<Vec<_>>());
    let written: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.path().join("report.json")).unwrap()).unwrap();
    assert_eq!(written, serde_json::to_value(&report).unwrap());
    assert_eq!(written["files"][1]["metadata_removed"]["gps"], 1);
    assert_eq!(written["pipeline"]["grade"], "anonymous");
}

#[test]
fn a_refused_photo_is_reported_and_nothing_is_written_for_it() {
    let dir = tempfile::tempdir().unwrap();
    for (bytes, code) in [
        ("bad photo", "unsupported_format"),
        ("broken", "engine_failed"),
        (&"x".repeat(1_001), "file_too_large"),
    ] {
        let input = dir.path().join("a.png");
        fs::write(&input, bytes).unwrap();
        let report = go(&request(&input, &dir.path().join("out.png"))).unwrap();
        assert_eq!(report.summary.refused, 1);
        assert!(
            matches!(&report.files[0], FileReport::Refused { code: found, .. } if found == code),
            "{report:?}"
        );
        assert_eq!(listing(dir.path()), ["a.png"]);
    }
}

#[test]
fn a_name_whose_ending_lies_gets_a_true_one_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("a.jpg");
    fs::write(&input, "a png inside").unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    let report = go(&request(&input, &dir.path().join("out"))).unwrap();
    assert_eq!(listing(&dir.path().join("out")), ["a.jpg.png"]);
    assert!(
        matches!(&report.files[0], FileReport::Anonymised { written_as, .. } if written_as == "a.jpg.png")
    );
}

#[test]
fn files_that_exist_are_kept_unless_replacing_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (input, output) = (dir.path().join("a.png"), dir.path().join("b.png"));
    fs::write(&input, "abc").unwrap();
    fs::write(&output, "precious").unwrap();
    let asked = request(&input, &output);
    assert!(matches!(go(&asked), Err(CommandError::Exists { .. })));
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    go(&Request {
        replace: true,
        ..asked
    })
    .unwrap();
    assert_eq!(fs::read(&output).unwrap(), b"cba");
}

#[test]
fn a_report_that_exists_is_kept_and_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("a.png");
    fs::write(&input, "abc").unwrap();
    fs::write(dir.path().join("r.json"), "precious").unwrap();
    let asked = Request {
        report: Some(dir.path().join("r.json")),
        ..request(&input, &dir.path().join("b.png"))
    };
    assert!(matches!(go(&asked), Err(CommandError::Exists { .. })));
    assert_eq!(listing(dir.path()), ["a.png", "r.json"]);
}

#[test]
fn an_output_inside_the_input_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.png"), "abc").unwrap();
    let refused = go(&request(dir.path(), &dir.path().join("out")));
    assert!(matches!(refused, Err(CommandError::OutputInInput { .. })));
}

#[test]
fn an_empty_folder_and_an_absent_file_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    assert!(matches!(
        go(&request(&input, &dir.path().join("out"))),
        Err(CommandError::Read { .. })
    ));
    fs::create_dir(&input).unwrap();
    assert!(matches!(
        go(&request(&input, &dir.path().join("out"))),
        Err(CommandError::Nothing { .. })
    ));
}
