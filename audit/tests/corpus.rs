//! Every committed fuzz input, through the same function as the fuzz target (`fuzz/README.md`).
//!
//! `UPDATE_CORPUS=1 cargo test -p vouchsafe-audit --test corpus` writes the seeds anew.

#[path = "../fuzz/src/lib.rs"]
mod fuzz;

use fuzz::verdict::{self, house::house};
use std::{fs, path::PathBuf};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/verdict")
}

/// Small inputs of each kind, and whether each is something.
fn seeds() -> Vec<(&'static str, bool, Vec<u8>)> {
    let house = house();
    let bundle = &house.bundle;
    let input = |kind: &[u8], rest: &[u8]| [kind, rest].concat();
    let mut small = bundle.clone();
    (small.report, small.metadata, small.contents) = (None, None, None);
    (small.models, small.openings, small.ancestors) = Default::default();
    small.state = Default::default();
    vec![
        ("file", true, input(&[0], &small.to_file().unwrap())),
        ("no-file", false, input(&[0], b"VSB1")),
        ("edit", true, input(&[1], &[200, 0, 0, 0, 1])),
        ("cut", false, input(&[1], &[0, 0, 0, 3, 9])),
        ("header", true, input(&[2, 2], &bundle.finality.header)),
        ("justification", true, input(&[2, 3], &bundle.finality.justification)),
        ("report", true, input(&[2, 5], &bundle.report.as_ref().unwrap().document)),
        ("nodes", true, input(&[2, 9], &[3, 0x40, 4, 1, 1, 0])),
        ("hand-over", true, input(&[3], &bundle.handovers[0].header)),
        ("votes", false, input(&[3], &bundle.handovers[0].justification)),
        ("trie", false, input(&[3], &[7, 0x80, 1, 0, 12, 0x40, 4, 1])),
        ("document", true, input(&[4], &bundle.report.as_ref().unwrap().document)),
        ("list", true, input(&[4], br#"{"items":[{"bytes":1,"media_type":"x","name":"a","sha256":"0x00"}],"schema":"vouchsafe/contents/1"}"#)),
        ("manifest", true, input(&[4], &bundle.models[0])),
        ("anchor", true, input(&[5], house.anchor.to_json().to_string().as_bytes())),
        ("no-anchor", false, input(&[5], b"{}")),
    ]
}

#[test]
fn seeds_are_what_they_are_for() {
    for (name, something, bytes) in seeds() {
        let path = folder().join(format!("seed-{name}"));
        if std::env::var_os("UPDATE_CORPUS").is_some() {
            fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), bytes, "{name}");
        assert_eq!(verdict::check(&bytes), something, "{name}");
    }
}

#[test]
fn the_verifier_keeps_its_promises_on_all_that_was_ever_found() {
    for entry in fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        verdict::check(&fs::read(path).unwrap());
    }
}
