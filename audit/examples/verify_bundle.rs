//! How long it takes to verify a bundle, and how large one is: a record of PHOTOS photos (default 1,000) with one item
//! opened, among OTHERS records in the state (default 10,000), 7 validators, one hand-over. Prints one line of JSON.
//!
//! Headers, votes and state are made by the tests' own writer, in the encoding of the chain; so the size is that of a real
//! bundle of such a record but for what a real chain's state has beside records.

#[path = "../tests/house/mod.rs"]
mod house;

use house::{House, Plan};
use serde_json::json;
use std::{env, time::Instant};
use vouchsafe_audit::{Question, verify};

const RUNS: usize = 21;

fn main() {
    let mut arguments = env::args()
        .skip(1)
        .map(|argument| argument.parse().expect("a number"));
    let photos: u32 = arguments.next().unwrap_or(1_000);
    let others: usize = arguments.next().map_or(10_000, |others| others as usize);
    let bytes = |photo: u32| {
        (0..60_000u32)
            .map(move |at| (at ^ photo).to_le_bytes()[at as usize % 4])
            .collect()
    };
    let mut plan = Plan {
        photos: (1..=photos).map(bytes).collect(),
        opened: vec![photos / 2 + 1],
        others,
        ..Plan::default()
    };
    plan.report["output"]["items"] = json!(photos);
    let house = House::new(plan);
    let (file, opened) = (house.file(), house.opened());
    let question = || Question {
        anchor: Some(house.anchor.clone()),
        files: house::brought(&opened),
        ..Question::default()
    };
    let mut millis: Vec<f64> = (0..RUNS)
        .map(|_| {
            let question = question();
            let start = Instant::now();
            let verdict = verify(&file, &question);
            let taken = start.elapsed().as_secs_f64() * 1e3;
            assert!(verdict.is_good(), "{:?}", verdict.failed().collect::<Vec<_>>());
            taken
        })
        .collect();
    millis.sort_by(f64::total_cmp);
    let contents = house
        .bundle
        .contents
        .as_ref()
        .map_or(0, |contents| contents.document.len());
    let state: usize = house.bundle.state.iter().map(|node| node.len()).sum();
    println!(
        "{}",
        json!({
            "photos": photos, "records_in_state": others, "bundle_bytes": file.len(), "contents_bytes": contents,
            "state_bytes": state, "runs": RUNS, "verify_ms_median": millis[RUNS / 2], "verify_ms_most": millis[RUNS - 1],
        })
    );
}
