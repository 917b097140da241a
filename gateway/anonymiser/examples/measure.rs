//! CPU time per photo, with the share of each step, against the floor of any anonymiser.
//!
//! `measure FOLDER [--models DIR] [--policy NAME|FILE] [--limit N]`: every JPEG, PNG and WebP photo in FOLDER, one after the
//! other on one thread, after one run that is not counted. The floor is what cannot be left out: the first decoding, the
//! first detection and the first encoding of each photo, in this same run. The last line is JSON (milliseconds a photo).
//! How many faces are found is another question: `scripts/bench recall`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use vouchsafe_anonymiser::{Anonymiser, ModelSet, Policy, Runtime, Step, Wishes};

type Failure = Box<dyn std::error::Error>;

const FLOOR: [Step; 3] = [Step::Decode, Step::Detect, Step::Encode];

/// CPU seconds of each step, and those of the floor.
#[derive(Default)]
struct Times {
    steps: BTreeMap<Step, f64>,
    floor: f64,
    escalated: u32,
    refused: u32,
    photos: u32,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse()?;
    let runtime = Runtime::load(&Runtime::discover(None)?)?;
    let models = ModelSet::load(&options.models)?;
    let policy: Policy = match &options.policy {
        Some(name) => match Policy::preset(name) {
            Some(preset) => preset,
            None => Policy::parse(&std::fs::read_to_string(name)?)?,
        },
        None => Policy::default(),
    };
    println!("policy {}", policy.canonical_json());
    let mut anonymiser = Anonymiser::new(&runtime, &models, policy)?;
    let photos = photos(&options.folder, options.limit)?;
    let first = photos.first().ok_or("no photo in the folder")?;
    // Buffers are made in the first run and kept for the next.
    take(&mut anonymiser, &std::fs::read(first)?, &mut Times::default());
    let mut times = Times::default();
    for photo in &photos {
        take(&mut anonymiser, &std::fs::read(photo)?, &mut times);
    }
    print(&times);
    Ok(())
}

fn take(anonymiser: &mut Anonymiser, bytes: &[u8], times: &mut Times) {
    let mut running: Option<(Step, f64)> = None;
    let mut done = BTreeSet::new();
    let mut close = |running: Option<(Step, f64)>, now: f64| {
        if let Some((step, since)) = running {
            *times.steps.entry(step).or_default() += now - since;
            if done.insert(step) && FLOOR.contains(&step) {
                times.floor += now - since;
            }
        }
    };
    let result = anonymiser.anonymise_with(bytes, &Wishes::default(), &mut |step| {
        let now = cpu_seconds();
        close(running.replace((step, now)), now);
    });
    close(running, cpu_seconds());
    times.photos += 1;
    match result {
        Ok(done) => times.escalated += u32::from(done.item.residual.found > 0),
        Err(_) => times.refused += 1,
    }
}

fn print(times: &Times) {
    let each = |seconds: f64| 1000.0 * seconds / f64::from(times.photos);
    let total: f64 = times.steps.values().sum();
    println!(
        "{} photos, {} escalated, {} refused; CPU {:.1} ms a photo",
        times.photos,
        times.escalated,
        times.refused,
        each(total)
    );
    for (step, seconds) in &times.steps {
        println!(
            "  {:<11} {:7.2} ms  {:4.1} %",
            format!("{step:?}"),
            each(*seconds),
            100.0 * seconds / total
        );
    }
    println!(
        "  {:<11} {:7.2} ms  {:4.1} %  (first decoding, detection and encoding)",
        "floor",
        each(times.floor),
        100.0 * times.floor / total
    );
    let steps: BTreeMap<String, f64> = times
        .steps
        .iter()
        .map(|(step, seconds)| (format!("{step:?}").to_lowercase(), each(*seconds)))
        .collect();
    println!(
        "{}",
        serde_json::json!({
            "photos": times.photos,
            "escalated": times.escalated,
            "refused": times.refused,
            "cpu_ms": each(total),
            "floor_ms": each(times.floor),
            "steps_ms": steps,
        })
    );
}

struct Options {
    folder: PathBuf,
    models: PathBuf,
    policy: Option<String>,
    limit: usize,
}

impl Options {
    fn parse() -> Result<Self, Failure> {
        let mut options = Self {
            folder: PathBuf::new(),
            models: "models".into(),
            policy: None,
            limit: usize::MAX,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} wants a value"));
            match argument.as_str() {
                "--models" => options.models = value()?.into(),
                "--policy" => options.policy = Some(value()?),
                "--limit" => options.limit = value()?.parse()?,
                folder => options.folder = folder.into(),
            }
        }
        Ok(options)
    }
}

/// The photos in `folder`, by name, at most `limit`.
fn photos(folder: &Path, limit: usize) -> Result<Vec<PathBuf>, Failure> {
    let mut photos = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let lower = path.to_string_lossy().to_lowercase();
        if [".jpg", ".jpeg", ".png", ".webp"]
            .iter()
            .any(|end| lower.ends_with(end))
        {
            photos.push(path);
        }
    }
    photos.sort();
    photos.truncate(limit);
    Ok(photos)
}

/// CPU time of this process so far, user and system, from the kernel's accounting.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split_whitespace()
        .next()
        .and_then(|ns| ns.parse::<f64>().ok())
        .unwrap_or(0.0)
        / 1e9
}
