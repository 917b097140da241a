//! `gateway anonymise` over a twin of the neural pipeline: what is written, what is not, and what is reported.

mod keeping;

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::Command,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use vouchsafe_gateway::{
    anonymise_command::{CommandError, Existing, FileReport, Progress, Report, Request, run},
    domain::{
        Area, ClassFindings, Findings, Isolation, KeepList, Media, PhotoWishes, Pipeline, Reason, SecondLook,
        Utility,
    },
    ports::{AnonymiseError, Anonymiser, Cleaned},
};
use vouchsafe_protocol::{id::Digest, record::Grade};

/// What begins like a PNG.
fn photo(text: &str) -> Vec<u8> {
    [b"\x89PNG\r\n\x1a\n", text.as_bytes()].concat()
}

/// What the twin makes of it.
fn clean(text: &str) -> Vec<u8> {
    photo(text).into_iter().rev().collect()
}

/// Gives the bytes backwards as a PNG; refuses what holds `bad`, breaks on what holds `broken`, panics at `bomb`.
#[derive(Clone)]
struct Twin {
    pipeline: Pipeline,
    asked: Arc<AtomicUsize>,
}

impl Anonymiser for Twin {
    fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let says = |word: &[u8]| raw.windows(word.len()).any(|part| part == word);
        if says(b"bad") {
            return Err(AnonymiseError::Refused(Reason::new(
                "unsupported_format",
                "not a photo",
            )));
        }
        if says(b"broken") {
            return Err(AnonymiseError::Engine("no memory".into()));
        }
        assert!(!says(b"bomb"), "the twin was told to panic");
        Ok(Cleaned {
            bytes: raw.iter().rev().copied().collect(),
            media: Media::Png,
            findings: Findings::from([(
                "face".into(),
                ClassFindings {
                    found: raw.len() as u64,
                    masked: 2,
                    ..ClassFindings::default()
                },
            )]),
            areas: vec![Area {
                x: 1,
                y: 2,
                width: 3,
                height: 4,
                class: "face".into(),
                score_milli: 900,
                action: "masked".into(),
                operator: Some("inpaint".into()),
                fill: Some("spread".into()),
                escalated: false,
            }],
            second_look: SecondLook::default(),
            utility: Utility {
                kept_ppm: wishes.keep.iter().map(|region| region.width).sum(),
                ..Utility::default()
            },
            metadata_removed: BTreeMap::from([("gps".into(), 1)]),
            metrics: "{}".into(),
            sketch: None,
        })
    }
}

fn twin() -> Twin {
    Twin {
        pipeline: Pipeline {
            version: "1".into(),
            provider: "cpu".into(),
            isolation: Isolation::default(),
            digest: Digest([1; 32]),
            grade: Grade::Anonymous,
            policy: "street".into(),
            classes: BTreeMap::new(),
            models: Vec::new(),
            second_look: Vec::new(),
            missing: Vec::new(),
            manifests: Vec::new(),
            limits: Vec::new(),
        },
        asked: Arc::default(),
    }
}

fn request(input: &Path, output: &Path) -> Request {
    Request {
        input: input.into(),
        output: output.into(),
        report: None,
        existing: Existing::Refuse,
        max_file_bytes: 1_000,
        keep: KeepList::default(),
    }
}

fn go(request: &Request) -> Result<Report, CommandError> {
    run(&mut [twin()], request, &mut |_| {})
}

/// Like [`go`], and how many photos the anonymiser was given.
fn go_counting(request: &Request) -> (Result<Report, CommandError>, usize) {
    let twin = twin();
    let done = run(&mut [twin.clone()], request, &mut |_| {});
    (done, twin.asked.load(Ordering::SeqCst))
}

fn json(report: &Report) -> serde_json::Value {
    serde_json::to_value(report).unwrap()
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
    fs::write(&input, photo("abc")).unwrap();
    let report = go(&request(&input, &output)).unwrap();
    assert_eq!(fs::read(&output).unwrap(), clean("abc"));
    assert_eq!(
        (
            report.summary.anonymised,
            report.summary.masked,
            report.summary.bytes_in
        ),
        (1, 2, 8 + 3)
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
    fs::write(&input, photo("abc")).unwrap();
    fs::create_dir(dir.path().join("out")).unwrap();
    go(&request(&input, &dir.path().join("out"))).unwrap();
    assert_eq!(fs::read(dir.path().join("out/a.png")).unwrap(), clean("abc"));
}

#[test]
fn a_folder_keeps_its_shape_and_every_file_has_a_report() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    fs::create_dir_all(input.join("deep/er")).unwrap();
    for (name, bytes) in [
        ("b.png", photo("1")),
        ("a.png", photo("2")),
        ("deep/er/c.png", photo("3")),
        ("notes.txt", b"bad".to_vec()),
        (".hidden", photo("4")),
    ] {
        fs::write(input.join(name), bytes).unwrap();
    }
    std::os::unix::fs::symlink(input.join("a.png"), input.join("link.png")).unwrap();
    let request = Request {
        report: Some(dir.path().join("report.json")),
        ..request(&input, &dir.path().join("out"))
    };
    let mut steps = Vec::new();
    let report = run(&mut [twin()], &request, &mut |Progress { done, total }| {
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
    assert_eq!(written, json(&report));
    assert_eq!(written["files"][1]["metadata_removed"]["gps"], 1);
    assert_eq!(written["pipeline"]["grade"], "anonymous");
}

#[test]
fn a_refused_photo_is_reported_and_nothing_is_written_for_it() {
    let dir = tempfile::tempdir().unwrap();
    for (bytes, code) in [
        (photo("bad photo"), "unsupported_format"),
        (photo("broken"), "engine_failed"),
        (photo("bomb"), "engine_failed"),
        (photo(&"x".repeat(993)), "file_too_large"),
        (b"text that the engine makes a PNG of".to_vec(), "engine_failed"),
        (
            b"\xff\xd8\xff a JPEG that it makes a PNG of".to_vec(),
            "engine_failed",
        ),
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
    fs::write(&input, photo("inside")).unwrap();
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
    fs::write(&input, photo("abc")).unwrap();
    fs::write(&output, "precious").unwrap();
    let asked = request(&input, &output);
    assert!(matches!(go(&asked), Err(CommandError::Exists { .. })));
    assert_eq!(fs::read(&output).unwrap(), b"precious");
    go(&Request {
        existing: Existing::Replace,
        ..asked
    })
    .unwrap();
    assert_eq!(fs::read(&output).unwrap(), clean("abc"));
}

/// `in` with `names`, each a photo of its own name.
fn folder_of(dir: &Path, names: &[&str]) -> Request {
    for name in names {
        let path = dir.join("in").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, photo(name)).unwrap();
    }
    Request {
        report: Some(dir.join("report.json")),
        ..request(&dir.join("in"), &dir.join("out"))
    }
}

#[test]
fn outputs_that_exist_are_all_named_before_any_work_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let names = ["a.png", "b.png", "c.png", "d.png", "e.png", "f.png", "sub/g.png"];
    let asked = folder_of(dir.path(), &names);
    fs::create_dir_all(dir.path().join("out/sub")).unwrap();
    for name in &names[1..] {
        fs::write(dir.path().join("out").join(name), "precious").unwrap();
    }
    let before = listing(dir.path());
    let (refused, photos) = go_counting(&asked);
    let refused = refused.unwrap_err();
    assert!(
        matches!(&refused, CommandError::Exists { paths } if paths.len() == 6),
        "{refused:?}"
    );
    let text = refused.to_string();
    for part in [
        "6 files are there",
        "b.png",
        "and 1 more",
        "--replace",
        "--resume",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert_eq!((photos, listing(dir.path())), (0, before), "no work, no file");
    assert_eq!(fs::read(dir.path().join("out/b.png")).unwrap(), b"precious");
}

#[test]
fn a_report_that_exists_is_kept_and_nothing_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let asked = folder_of(dir.path(), &["a.png"]);
    fs::write(dir.path().join("report.json"), "precious").unwrap();
    assert!(matches!(go(&asked), Err(CommandError::Exists { .. })));
    assert_eq!(listing(dir.path()), ["in/a.png", "report.json"]);
    assert!(!dir.path().join("out").exists());
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_any_work_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let asked = Request {
        report: Some(dir.path().join("no/such/folder/report.json")),
        ..folder_of(dir.path(), &["a.png"])
    };
    let (refused, photos) = go_counting(&asked);
    assert!(matches!(refused, Err(CommandError::Write { .. })), "{refused:?}");
    assert_eq!(photos, 0);
}

#[test]
fn two_photos_that_would_get_one_name_are_refused_before_any_work_is_done() {
    let dir = tempfile::tempdir().unwrap();
    // The first is a PNG whatever it says, so its output has the name of the second's.
    let asked = folder_of(dir.path(), &["a.jpg", "a.jpg.png"]);
    let refused = go(&asked).unwrap_err();
    assert!(matches!(refused, CommandError::Clash { .. }), "{refused:?}");
    assert_eq!(listing(dir.path()), ["in/a.jpg", "in/a.jpg.png"]);
}

#[test]
fn every_anonymiser_has_a_thread_of_its_own() {
    /// Waits in each photo until as many are under way at the same time as there are anonymisers.
    struct Meeting(Twin, Arc<(Mutex<usize>, Condvar)>);
    impl Anonymiser for Meeting {
        fn pipeline(&self) -> &Pipeline {
            &self.0.pipeline
        }
        fn anonymise_with(&mut self, raw: &[u8], wishes: &PhotoWishes) -> Result<Cleaned, AnonymiseError> {
            let (count, met) = &*self.1;
            let mut here = count.lock().unwrap();
            *here += 1;
            met.notify_all();
            let (here, wait) = met
                .wait_timeout_while(here, Duration::from_secs(60), |here| *here < 3)
                .unwrap();
            drop(here);
            assert!(!wait.timed_out(), "nobody else is at work");
            self.0.anonymise_with(raw, wishes)
        }
    }
    let dir = tempfile::tempdir().unwrap();
    let asked = folder_of(dir.path(), &["a.png", "b.png", "c.png"]);
    let together = Arc::default();
    let mut three = [(); 3].map(|()| Meeting(twin(), Arc::clone(&together)));
    let report = run(&mut three, &asked, &mut |_| {}).unwrap();
    assert_eq!(report.summary.anonymised, 3, "{report:?}");
}

#[test]
fn outputs_and_report_do_not_depend_on_the_number_of_threads() {
    let names: Vec<_> = (0..40).map(|at| format!("{at:02}.png")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let mut seen = Vec::new();
    for threads in [1, 2, 7] {
        let dir = tempfile::tempdir().unwrap();
        let asked = folder_of(dir.path(), &names);
        let mut steps = Vec::new();
        let mut twins: Vec<_> = (0..threads).map(|_| twin()).collect();
        run(&mut twins, &asked, &mut |step| steps.push(step.done)).unwrap();
        assert_eq!(steps, (0..=40).collect::<Vec<_>>(), "progress only grows");
        let out = dir.path().join("out");
        let outputs: Vec<_> = listing(&out)
            .iter()
            .map(|name| fs::read(out.join(name)).unwrap())
            .collect();
        seen.push((outputs, fs::read(dir.path().join("report.json")).unwrap()));
    }
    assert_eq!(seen[0].0.len(), 40);
    assert_eq!(seen[0], seen[1]);
    assert_eq!(seen[0], seen[2]);
}

/// A run over `a`, `deep/b` and `z` that breaks at `deep/b`, because its folder cannot be made.
fn broken_run(dir: &Path) -> Request {
    let asked = folder_of(dir, &["a.png", "deep/b.png", "z.png"]);
    fs::create_dir(dir.join("out")).unwrap();
    fs::write(dir.join("out/deep"), "in the way").unwrap();
    assert!(matches!(go(&asked), Err(CommandError::Write { .. })));
    assert_eq!(
        listing(&dir.join("out")),
        ["a.png", "deep"],
        "whole files or none"
    );
    fs::remove_file(dir.join("out/deep")).unwrap();
    Request {
        existing: Existing::Resume,
        ..asked
    }
}

#[test]
fn a_run_that_was_cut_short_is_resumed_and_reports_as_if_it_had_not_been() {
    let undisturbed = {
        let dir = tempfile::tempdir().unwrap();
        json(&go(&folder_of(dir.path(), &["a.png", "deep/b.png", "z.png"])).unwrap())
    };
    for torn in ["", "{\"verdict\":\"anonym"] {
        let dir = tempfile::tempdir().unwrap();
        let resume = broken_run(dir.path());
        let notes = dir.path().join("report.json.progress");
        let mut text = fs::read_to_string(&notes).unwrap();
        text.push_str(torn);
        fs::write(&notes, text).unwrap();
        let (report, photos) = go_counting(&resume);
        let report = report.unwrap();
        assert_eq!((photos, report.kept), (2, 1), "what is done is not done again");
        assert_eq!(json(&report), undisturbed);
        assert_eq!(
            listing(dir.path()),
            [
                "in/a.png",
                "in/deep/b.png",
                "in/z.png",
                "out/a.png",
                "out/deep/b.png",
                "out/z.png",
                "report.json"
            ],
            "the notes are gone"
        );
        assert_eq!(
            fs::read(dir.path().join("out/deep/b.png")).unwrap(),
            clean("deep/b.png")
        );
    }
}

#[test]
fn a_run_that_is_whole_is_resumed_by_doing_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let asked = folder_of(dir.path(), &["a.png", "b.png"]);
    let first = go(&asked).unwrap();
    let resume = Request {
        existing: Existing::Resume,
        ..asked
    };
    let (again, photos) = go_counting(&resume);
    let again = again.unwrap();
    assert_eq!((photos, again.kept, json(&again)), (0, 2, json(&first)));
}

#[test]
fn resuming_does_a_photo_anew_that_has_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    let asked = folder_of(dir.path(), &["longer.png", "touched.png", "same.png"]);
    go(&asked).unwrap();
    fs::write(dir.path().join("in/longer.png"), photo("another text")).unwrap();
    let (input, output) = (
        dir.path().join("in/touched.png"),
        dir.path().join("out/touched.png"),
    );
    fs::write(&input, photo("TOUCHED.png")).unwrap();
    let later = fs::metadata(&output).unwrap().modified().unwrap() + Duration::from_secs(10);
    fs::File::options()
        .write(true)
        .open(&input)
        .unwrap()
        .set_modified(later)
        .unwrap();
    let resume = Request {
        existing: Existing::Resume,
        ..asked
    };
    let (report, photos) = go_counting(&resume);
    assert_eq!((report.unwrap().kept, photos), (1, 2));
    assert_eq!(fs::read(&output).unwrap(), clean("TOUCHED.png"));
    assert_eq!(
        fs::read(dir.path().join("out/longer.png")).unwrap(),
        clean("another text")
    );
}

#[test]
fn resuming_never_touches_an_output_that_the_report_does_not_vouch_for() {
    let dir = tempfile::tempdir().unwrap();
    let asked = folder_of(dir.path(), &["a.png", "b.png", "c.png"]);
    go(&asked).unwrap();
    fs::write(dir.path().join("out/b.png"), "edited by hand").unwrap();
    fs::remove_file(dir.path().join("out/c.png")).unwrap();
    let resume = Request {
        existing: Existing::Resume,
        ..asked
    };
    let (refused, photos) = go_counting(&resume);
    let refused = refused.unwrap_err();
    let edited = [dir.path().join("out/b.png")];
    assert!(
        matches!(&refused, CommandError::Unvouched { paths, .. } if *paths == edited),
        "{refused:?}"
    );
    assert_eq!(
        (photos, fs::read(&edited[0]).unwrap()),
        (0, b"edited by hand".to_vec())
    );
    assert_eq!(listing(&dir.path().join("out")), ["a.png", "b.png"]);

    let mut other = twin();
    other.pipeline.digest = Digest([2; 32]);
    let refused = run(&mut [other], &resume, &mut |_| {}).unwrap_err();
    assert!(
        matches!(&refused, CommandError::Unvouched { paths, .. } if paths.len() == 2),
        "other settings make other bytes: {refused:?}"
    );
}

#[test]
fn resuming_needs_a_report_and_takes_nothing_else_for_one() {
    let dir = tempfile::tempdir().unwrap();
    let resume = Request {
        existing: Existing::Resume,
        ..folder_of(dir.path(), &["a.png"])
    };
    let without = Request {
        report: None,
        ..resume.clone()
    };
    assert!(matches!(go(&without), Err(CommandError::NoReport)));
    fs::write(dir.path().join("report.json"), "{\"my\": \"diary\"}").unwrap();
    assert!(matches!(go(&resume), Err(CommandError::NotAReport { .. })));
    assert_eq!(listing(dir.path()), ["in/a.png", "report.json"]);
    fs::remove_file(dir.path().join("report.json")).unwrap();
    assert_eq!(
        go(&resume).unwrap().kept,
        0,
        "nothing to resume is a run like any other"
    );
}

#[test]
fn the_command_line_ties_resume_to_a_report_and_parts_it_from_replace() {
    let told = |arguments: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["anonymise", "in", "out"])
            .args(arguments)
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    let (status, text) = told(&["--resume"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("--report"), "{text}");
    let (status, text) = told(&["--resume", "--replace", "--report", "r.json"]);
    assert_eq!(status, Some(2));
    assert!(text.contains("--replace"), "{text}");
}

#[test]
fn the_command_line_takes_1_to_64_threads() {
    let dir = tempfile::tempdir().unwrap();
    let told = |threads: &str| {
        let done = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args([
                "anonymise",
                "in",
                "out",
                "--config",
                "none.toml",
                "--threads",
                threads,
            ])
            .current_dir(dir.path())
            .output()
            .unwrap();
        (done.status.code(), String::from_utf8(done.stderr).unwrap())
    };
    for threads in ["0", "65", "256", "two"] {
        let (status, text) = told(threads);
        assert_eq!(status, Some(2), "{threads}: {text}");
        assert!(text.contains("--threads"), "{text}");
    }
    for threads in ["1", "64"] {
        let (status, text) = told(threads);
        assert_eq!(
            status,
            Some(1),
            "{threads} are taken, and the settings are not there"
        );
        assert!(text.contains("none.toml"), "{text}");
    }
}

#[test]
fn an_output_inside_the_input_is_refused_however_it_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    fs::create_dir(&input).unwrap();
    fs::write(input.join("a.png"), photo("abc")).unwrap();
    std::os::unix::fs::symlink(&input, dir.path().join("link")).unwrap();
    for output in ["in", "in/out", "in/new/out", "link/out", "elsewhere/../in/out"] {
        let refused = go(&request(&input, &dir.path().join(output)));
        assert!(
            matches!(refused, Err(CommandError::OutputInInput { .. })),
            "{output}: {refused:?}"
        );
        assert_eq!(listing(&input), ["a.png"], "{output}");
        assert!(!dir.path().join("elsewhere").exists());
    }
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
