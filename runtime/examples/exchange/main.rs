//! Plays complete exchanges, honest ones and frauds, against the real runtime; `scripts/simulate exchange` runs it.

mod buyer; //      what a buyer does
mod buyers; //     what a malicious one tries
mod frauds; //     a bad chunk that somebody notices
mod goods; //      contents, honest and spoiled
mod honest; //     sales as they should be
mod ledger; //     whether the money is right
mod patience; //   frauds that go on until somebody checks
mod people; //     who takes part
mod random; //     numbers from a seed
mod report; //     the table and the summary
mod seller; //     what a seller and a gateway do
mod sellers; //    what malicious ones try
mod simulation; // all of it, on several chains
mod stage; //      what a strategy is given
mod strategies; // the list
mod world; //      a chain of the real runtime

use simulation::Plan;
use std::{env, process::ExitCode};

const HELP: &str = "\
Usage: exchange [--honest N] [--frauds N] [--seed N]

  --honest N   orders of honest goods by honest buyers (default 10000)
  --frauds N   offers with a bad chunk that a buyer notices (default 1000)
  --seed N     what everything that looks like chance follows from (default 1)
  --help       this text
";

fn main() -> ExitCode {
    let plan = match plan(env::args().skip(1)) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("exchange: {wrong} (see --help)");
            return ExitCode::from(2);
        }
    };
    let report = simulation::run(plan, |line| eprintln!("{line}"));
    println!("{}\n{}", report.table(), report.summary());
    if report.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What the arguments ask for; `None` for help.
fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Option<Plan>, String> {
    let mut plan = Plan {
        honest: 10_000,
        frauds: 1_000,
        seed: 1,
    };
    while let Some(name) = arguments.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        let value = arguments.next().ok_or_else(|| format!("{name} needs a number"));
        let number = |text: String| {
            text.parse::<u64>()
                .map_err(|_| format!("{name} {text} is no number"))
        };
        let count = |text| u32::try_from(number(text)?).map_err(|_| format!("{name} is too large"));
        match name.as_str() {
            "--honest" => plan.honest = count(value?)?,
            "--frauds" => plan.frauds = count(value?)?,
            "--seed" => plan.seed = number(value?)?,
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(Some(plan))
}
