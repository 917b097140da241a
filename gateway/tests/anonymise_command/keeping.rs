//! `--keep`: what it names, and what a resumed run makes of it.

use std::fs;

use vouchsafe_gateway::{
    anonymise_command::{CommandError, Existing, Request},
    domain::KeepList,
};

use crate::{folder_of, go, go_counting, json, photo, request};

#[test]
fn resuming_does_photos_anew_whose_regions_may_be_others() {
    let dir = tempfile::tempdir().unwrap();
    let keep = |names: &[&str]| {
        let region = r#"[{"x":1,"y":2,"width":3,"height":4,"reason":"a statue"}]"#;
        let named: Vec<_> = names.iter().map(|name| format!("{name:?}:{region}")).collect();
        KeepList::parse(format!("{{{}}}", named.join(",")).as_bytes()).unwrap()
    };
    let asked = Request {
        keep: keep(&["before.png", "both.png"]),
        ..folder_of(dir.path(), &["before.png", "both.png", "now.png", "never.png"])
    };
    let first = json(&go(&asked).unwrap());
    assert_eq!(first["files"][0]["kept"]["reasons"]["a statue"], 1);
    assert_eq!(first["files"][0]["kept"]["area_ppm"], 3, "as the twin says");
    let resume = Request {
        existing: Existing::Resume,
        keep: keep(&["both.png", "now.png"]),
        ..asked
    };
    let (again, photos) = go_counting(&resume);
    let again = again.unwrap();
    assert_eq!((photos, again.kept), (3, 1), "only never.png is as it was");
    let regions: Vec<_> = json(&again)["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["kept"]["regions"].clone())
        .collect();
    assert_eq!(regions, [0, 1, 0, 1]);
}

#[test]
fn a_photo_that_is_given_itself_is_named_as_it_is_called_and_not_as_its_output() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("a.png");
    fs::write(&input, photo("abc")).unwrap();
    let region = br#"{"a.png":[{"x":1,"y":2,"width":3,"height":4,"reason":"a statue"}]}"#;
    let asked = Request {
        keep: KeepList::parse(region).unwrap(),
        ..request(&input, &dir.path().join("clean.png"))
    };
    let report = json(&go(&asked).unwrap());
    assert_eq!(report["files"][0]["name"], "clean.png");
    assert_eq!(report["files"][0]["kept"]["regions"], 1);
}

#[test]
fn a_kept_region_of_no_photo_stops_the_run_before_any_work_is_done() {
    let dir = tempfile::tempdir().unwrap();
    let asked = Request {
        keep: KeepList::parse(br#"{"a.jpg":[],"out/a.png":[]}"#).unwrap(),
        ..folder_of(dir.path(), &["a.png"])
    };
    let (refused, photos) = go_counting(&asked);
    let refused = refused.unwrap_err();
    assert!(
        matches!(&refused, CommandError::KeepUnknown { names } if *names == ["a.jpg", "out/a.png"]),
        "{refused}"
    );
    assert_eq!(photos, 0);
}
