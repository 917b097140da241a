//! Plays a market of honest and malicious sellers under our score and under others; `scripts/simulate trust` runs it.

mod attack; // what attackers do
mod audits; // who is audited when
mod dice; //   numbers from a seed
mod eigen; //  EigenTrust, for comparison
mod malice; // what attackers spend
mod market; // who sells, and whom buyers choose
mod report; // tables, bars and the summary
mod runs; //   many markets
mod search; // an attacker who adapts
mod seller; // a name and its evidence
mod tally; //  what a run shows

use report::{Plan, Report};
use std::{env, process::ExitCode};

const HELP: &str = "\
Usage: vouchsafe-market-sim [--markets N] [--evaluations N] [--seed N] [--threads N]

  --markets N      markets per figure (default 8)
  --evaluations N  schedules that the adaptive attacker tries (default 2000)
  --seed N         what everything that looks like chance follows from (default 1)
  --threads N      how many markets are played at once (default 2); changes no figure
  --help           this text
";

fn main() -> ExitCode {
    let plan = match plan(env::args().skip(1)) {
        Ok(Some(plan)) => plan,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("vouchsafe-market-sim: {wrong} (see --help)");
            return ExitCode::from(2);
        }
    };
    let report = Report::of(plan, |line| eprintln!("{line}"));
    println!("{}\n{}", report.tables(), report.summary());
    if report.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// What the arguments ask for; `None` for help.
fn plan(mut arguments: impl Iterator<Item = String>) -> Result<Option<Plan>, String> {
    let mut plan = Plan {
        markets: 8,
        evaluations: 2_000,
        seed: 1,
        threads: 2,
    };
    while let Some(name) = arguments.next() {
        if name == "--help" || name == "-h" {
            return Ok(None);
        }
        let text = arguments.next().ok_or_else(|| format!("{name} needs a number"))?;
        let number: u32 = text.parse().map_err(|_| format!("{name} {text} is no number"))?;
        if number == 0 {
            return Err(format!("{name} 0 would show nothing"));
        }
        match name.as_str() {
            "--markets" => plan.markets = u64::from(number),
            "--evaluations" => plan.evaluations = number as usize,
            "--seed" => plan.seed = u64::from(number),
            "--threads" => plan.threads = number as usize,
            _ => return Err(format!("unknown argument {name}")),
        }
    }
    Ok(Some(plan))
}

#[cfg(test)]
mod tests {
    use super::{
        attack::{EXIT, NONE, PLAIN, PROMOTION},
        market::{Rule, SOUND, play},
        plan,
        report::{Plan, Report},
        runs::{Job, play_all},
    };

    #[test]
    fn the_same_seed_plays_the_same_market() {
        let twice = [0; 2].map(|_| play(7, Rule::Ours, &PROMOTION[4], SOUND));
        assert_eq!(twice[0], twice[1]);
        assert_ne!(twice[0], play(8, Rule::Ours, &PROMOTION[4], SOUND));
    }

    #[test]
    fn threads_change_no_figure() {
        let jobs = [PLAIN, NONE, EXIT].map(|attack| Job {
            seed: 3,
            rule: Rule::Ours,
            attack,
            audits: SOUND,
        });
        assert_eq!(play_all(&jobs, 1), play_all(&jobs, 3));
    }

    #[test]
    fn who_pays_nothing_has_no_costs() {
        let free = play(1, Rule::Ours, &PROMOTION[4].for_free(), SOUND);
        assert_eq!(free.paid(), 0.0);
        let paid = play(1, Rule::Ours, &PROMOTION[4], SOUND).paid();
        assert!((53_900.0..=54_000.0).contains(&paid), "75 a day: {paid}");
    }

    /// A small run of `scripts/simulate trust`: one market, few evaluations.
    #[test]
    fn a_small_run_holds_the_bars_that_one_market_can_show() {
        let small = Plan {
            markets: 1,
            evaluations: 16,
            seed: 1,
            threads: 2,
        };
        let report = Report::of(small, |_| {});
        assert!(report.promotion() >= 0.85, "{}", report.tables());
        assert!(report.summary().starts_with(r#"{"simulation":"trust","#));
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let read = |text: &str| plan(text.split_whitespace().map(str::to_owned));
        let read_plan = read("--markets 3 --seed 9").unwrap().unwrap();
        assert_eq!((read_plan.markets, read_plan.seed), (3, 9));
        assert!(read("--help").unwrap().is_none());
        assert!(read("--markets").is_err());
        assert!(read("--markets many").is_err());
        assert!(read("--markets 0").is_err());
        assert!(read("--colour 3").is_err());
    }
}
