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

use clap::Parser;
use report::{Plan, Report};
use std::process::ExitCode;

fn main() -> ExitCode {
    let report = Report::of(Plan::parse(), |line| eprintln!("{line}"));
    println!("{}\n{}", report.tables(), report.summary());
    if report.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[cfg(test)]
mod tests {
    use super::{
        Parser,
        attack::{EXIT, NONE, PLAIN, PROMOTION},
        market::{Rule, SOUND, play},
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
        let small = Plan::parse_from(["small", "--markets", "1", "--evaluations", "16"]);
        let report = Report::of(small, |_| {});
        assert!(report.promotion() >= 0.85, "{}", report.tables());
        assert!(report.summary().starts_with(r#"{"simulation":"trust","#));
    }

    #[test]
    fn arguments_are_read_or_refused() {
        let read = |text: &str| Plan::try_parse_from(["sim"].into_iter().chain(text.split_whitespace()));
        let plan = read("--markets 3 --seed 9").unwrap();
        assert_eq!((plan.markets.get(), plan.seed), (3, 9));
        for wrong in [
            "--markets",
            "--markets many",
            "--markets 0",
            "--threads 0",
            "--colour 3",
        ] {
            assert_eq!(
                read(wrong).err().map(|error| error.exit_code()),
                Some(2),
                "{wrong}"
            );
        }
    }
}
