#![doc = include_str!("../README.md")]

mod execution;
mod figures;
mod weights_file;

use crate::{
    execution::{Bench, Build, ExecutionError},
    figures::{Figures, FitError, Measurements, points},
    weights_file::{WeightsFile, micros},
};
use frame_benchmarking::{BenchmarkConfig, BenchmarkList, BenchmarkMetadata};
use std::{
    env, fs, io,
    num::ParseIntError,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Why there are no new weights.
#[derive(Debug, thiserror::Error)]
enum WeightsError {
    #[error("{0} is no argument; scripts/bench weights --help")]
    Argument(String),
    #[error("{0} wants a value")]
    NoValue(&'static str),
    #[error("{name} wants a number of at least {least}, not {text}")]
    Number {
        name: &'static str,
        least: u32,
        text: String,
        source: Option<ParseIntError>,
    },
    #[error("none of the runtime's benchmarks belongs to a pallet in {0}")]
    NoPallet(PathBuf),
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    #[error(transparent)]
    Fit(#[from] FitError),
    #[error("cannot write {path}")]
    Write { path: PathBuf, source: io::Error },
}

/// What to measure, and how thoroughly.
struct Arguments {
    /// The runtime with its benchmarks, as WebAssembly.
    wasm: PathBuf,
    /// The folder with one folder for each pallet of ours.
    pallets: PathBuf,
    /// Values of each component, and turns for a call without; at least 2.
    steps: u32,
    /// Runs at each of them; at least 1.
    repeat: u32,
    /// Whether to replace the pallets' `weights.rs`.
    write: bool,
    /// The machine in words, for the files.
    machine: String,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, WeightsError> {
        let mut parsed = Self {
            wasm: PathBuf::new(),
            pallets: PathBuf::from("pallets"),
            steps: 20,
            repeat: 25,
            write: false,
            machine: "a machine that nobody described".into(),
        };
        while let Some(word) = words.next() {
            let mut value = |name| words.next().ok_or(WeightsError::NoValue(name));
            match word.as_str() {
                "--wasm" => parsed.wasm = value("--wasm")?.into(),
                "--pallets" => parsed.pallets = value("--pallets")?.into(),
                "--machine" => parsed.machine = value("--machine")?,
                "--steps" => parsed.steps = number("--steps", 2, value("--steps")?)?,
                "--repeat" => parsed.repeat = number("--repeat", 1, value("--repeat")?)?,
                "--write" => parsed.write = true,
                _ => return Err(WeightsError::Argument(word)),
            }
        }
        Ok(parsed)
    }
}

fn number(name: &'static str, least: u32, text: String) -> Result<u32, WeightsError> {
    let source = match text.parse() {
        Ok(number) if number >= least => return Ok(number),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    Err(WeightsError::Number {
        name,
        least,
        text,
        source,
    })
}

fn main() -> ExitCode {
    match Arguments::parse(env::args().skip(1)).and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                eprintln!("because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), WeightsError> {
    let bench = Bench::new(&arguments.wasm)?;
    let (pallets, rows) = bench.listed()?;
    let ours: Vec<_> = pallets
        .iter()
        .filter_map(|pallet| Some((pallet, weights_path(&arguments.pallets, pallet)?)))
        .collect();
    if ours.is_empty() {
        return Err(WeightsError::NoPallet(arguments.pallets));
    }
    // Round by round over all calls: a burst of other work on the machine then meets a few runs of each call instead of
    // all runs of one, and the middle of its times stays what it was.
    let mut measured: Vec<Vec<Measurements>> = ours
        .iter()
        .map(|(pallet, _)| {
            pallet
                .benchmarks
                .iter()
                .map(|_| Measurements::default())
                .collect()
        })
        .collect();
    let rounds = arguments.repeat.div_ceil(RUNS_A_ROUND);
    for round in 0..rounds {
        eprint!("\rround {} of {rounds}", round + 1);
        let runs = RUNS_A_ROUND.min(arguments.repeat - round * RUNS_A_ROUND);
        for ((pallet, _), measured) in ours.iter().zip(&mut measured) {
            for (call, measured) in pallet.benchmarks.iter().zip(measured) {
                measure(
                    &bench,
                    pallet,
                    call,
                    (arguments.steps, runs),
                    round == 0,
                    measured,
                )?;
            }
        }
    }
    eprintln!();
    println!("{TITLE}");
    for ((pallet, path), measured) in ours.into_iter().zip(measured) {
        println!("{}", String::from_utf8_lossy(&pallet.pallet));
        let mut calls = Vec::new();
        for (call, measured) in pallet.benchmarks.iter().zip(measured) {
            let name = String::from_utf8_lossy(&call.name);
            let figures = Figures::fit(&name, call.components.clone(), measured, &rows)?;
            println!("{}", table_line(&figures));
            calls.push(figures);
        }
        if arguments.write {
            write(&path, &calls, &arguments)?;
        }
    }
    Ok(())
}

/// Where the weights of a pallet are kept, if it is one of ours.
fn weights_path(pallets: &Path, pallet: &BenchmarkList) -> Option<PathBuf> {
    let name = std::str::from_utf8(&pallet.pallet)
        .ok()?
        .strip_prefix("pallet_")?;
    let path = pallets.join(name.replace('_', "-")).join("src/weights.rs");
    path.is_file().then_some(path)
}

/// Most runs of one call at one point before the next has its turn.
const RUNS_A_ROUND: u32 = 5;

/// One round of one call: `runs` at each point of so many `steps`, and with `count` the rows that it touches there.
/// Where both builds are measured they take turns, so that other work on the machine meets both.
fn measure(
    bench: &Bench,
    pallet: &BenchmarkList,
    call: &BenchmarkMetadata,
    (steps, runs): (u32, u32),
    count: bool,
    measured: &mut Measurements,
) -> Result<(), WeightsError> {
    for selected_components in points(&call.components, steps) {
        let config = BenchmarkConfig {
            pallet: pallet.pallet.clone(),
            instance: pallet.instance.clone(),
            benchmark: call.name.clone(),
            selected_components,
            verify: false,
            internal_repeats: 1,
        };
        if count {
            measured.counts.extend(bench.count(&config)?);
        }
        measured.wasm.extend(bench.time(Build::Wasm, &config, runs)?);
        #[cfg(feature = "native")]
        measured.native.extend(bench.time(Build::Native, &config, runs)?);
    }
    Ok(())
}

const TITLE: &str = "call, greatest components        wasm µs  native µs  ratio  reads  writes  proof bytes";

fn table_line(call: &Figures) -> String {
    let most = |line: &figures::Line| line.at_most(&call.components);
    let components: Vec<_> = call
        .components
        .iter()
        .map(|(letter, _, most)| format!(" {letter}={most}"))
        .collect();
    let wasm = most(&call.wasm);
    let (native, ratio) = match call.native.as_ref().map(most) {
        Some(native) => (
            micros(native),
            format!("{:.2}", wasm as f64 / native.max(1) as f64),
        ),
        None => ("-".into(), "-".into()),
    };
    format!(
        "  {:<28} {:>9} {:>10} {:>6} {:>6} {:>7} {:>12}",
        format!("{}{}", call.call, components.concat()),
        micros(wasm),
        native,
        ratio,
        most(&call.reads),
        most(&call.writes),
        most(&call.proof)
    )
}

fn write(path: &Path, calls: &[Figures], arguments: &Arguments) -> Result<(), WeightsError> {
    let command = format!(
        "scripts/bench weights --steps {} --repeat {} --write",
        arguments.steps, arguments.repeat
    );
    let file = WeightsFile {
        command: &command,
        machine: &arguments.machine,
        profile: if cfg!(debug_assertions) { "dev" } else { "release" },
        calls,
    };
    fs::write(path, file.to_string()).map_err(|source| WeightsError::Write {
        path: path.into(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(words: &str) -> Result<Arguments, WeightsError> {
        Arguments::parse(words.split_whitespace().map(String::from))
    }

    #[test]
    fn arguments_are_taken_as_given() {
        let parsed = parse("--wasm a.wasm --steps 5 --repeat 3 --write").expect("all known");
        assert_eq!((parsed.steps, parsed.repeat, parsed.write), (5, 3, true));
        assert_eq!(parsed.wasm, Path::new("a.wasm"));
    }

    #[test]
    fn fewer_steps_than_a_line_has_points_are_refused() {
        for words in ["--steps 1", "--steps x", "--repeat 0"] {
            assert!(
                matches!(parse(words), Err(WeightsError::Number { .. })),
                "{words}"
            );
        }
    }

    #[test]
    fn unknown_word_and_missing_value_are_refused() {
        assert!(matches!(parse("--fast"), Err(WeightsError::Argument(word)) if word == "--fast"));
        assert!(matches!(parse("--steps"), Err(WeightsError::NoValue("--steps"))));
    }

    #[test]
    fn only_a_pallet_with_a_weights_file_is_ours() {
        let pallets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pallets");
        let named = |name: &str| BenchmarkList {
            pallet: name.into(),
            ..Default::default()
        };
        let path = weights_path(&pallets, &named("pallet_provenance")).expect("a pallet of ours");
        assert!(path.ends_with("provenance/src/weights.rs"));
        assert_eq!(weights_path(&pallets, &named("pallet_balances")), None);
        assert_eq!(weights_path(&pallets, &named("frame_system")), None);
    }
}
