//! Runs every file of a folder, hostile ones welcome, and prints counts per outcome, peak memory and longest time.
//!
//! `cargo run -p vouchsafe-anonymiser --example corpus -- FOLDER [MODELS]`
//!
//! Ends with status 1 when the peak is 1 GiB or more. A crash or a hang needs no check of its own to be seen.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};
use vouchsafe_anonymiser::{Anonymiser, ModelSet, Policy, Runtime};

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let folder = arguments.next().ok_or("which folder?")?;
    let models = ModelSet::load(&arguments.next().unwrap_or_else(|| "models".into()))?;
    let runtime = Runtime::load(&Runtime::discover(None)?)?;
    let mut anonymiser = Anonymiser::new(&runtime, &models, Policy::default())?;

    let mut paths: Vec<_> = std::fs::read_dir(&folder)?
        .map(|e| e.map(|e| e.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    let mut longest = (Duration::ZERO, PathBuf::new());
    for path in paths.iter().filter(|path| path.is_file()) {
        let bytes = std::fs::read(path)?;
        let begun = Instant::now();
        let outcome = match anonymiser.anonymise(&bytes) {
            Ok(done) => format!("anonymised {}", done.format.name()),
            Err(error) => {
                println!("{}: {error}", path.display());
                format!("refused {}", error.code())
            }
        };
        *outcomes.entry(outcome).or_default() += 1;
        if begun.elapsed() > longest.0 {
            longest = (begun.elapsed(), path.clone());
        }
    }
    for (outcome, count) in &outcomes {
        println!("{count:5}  {outcome}");
    }
    println!(
        "longest {:.2} s: {}",
        longest.0.as_secs_f64(),
        longest.1.display()
    );
    let peak = peak_kib().ok_or("the kernel tells no peak memory")?;
    println!("peak memory {} MiB", peak / 1024);
    Ok(if peak < 1024 * 1024 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
