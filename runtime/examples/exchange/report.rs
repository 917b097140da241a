//! What came out: a table for people, one line for machines.

use crate::{
    ledger::Change,
    simulation::{Plan, Played},
    stage::{Outcome, Tally},
    strategies::{ALL, Bar, Strategy},
};
use std::fmt::Write;
use vouchsafe_runtime::{Balance, constants::VCH};

/// The results of all chains.
pub struct Report {
    plan: Plan,
    pub tally: Tally,
    /// By strategy, in the order of the list; each with the run's number.
    outcomes: Vec<Vec<(u32, Outcome)>>,
    tariff: Vec<(&'static str, Balance)>,
    /// What must never be, and was.
    pub breaches: Vec<String>,
}

/// Least, mean and largest of some amounts.
struct Span {
    least: Change,
    mean: Change,
    most: Change,
}

impl Span {
    fn of(amounts: impl Iterator<Item = Change> + Clone) -> Option<Self> {
        let count = Change::try_from(amounts.clone().count()).ok()?;
        Some(Self {
            least: amounts.clone().min()?,
            most: amounts.clone().max()?,
            mean: amounts.sum::<Change>() / count,
        })
    }
}

impl Report {
    pub(crate) fn new(plan: Plan) -> Self {
        Self {
            plan,
            tally: Tally::default(),
            outcomes: ALL.iter().map(|_| vec![]).collect(),
            tariff: vec![],
            breaches: vec![],
        }
    }

    pub(crate) fn add(&mut self, chain: u32, played: Played) {
        self.tally.add(&played.tally);
        for (place, run, outcome) in played.outcomes {
            if let Some(outcomes) = self.outcomes.get_mut(place) {
                outcomes.push((run, outcome));
            }
        }
        if chain == 0 {
            self.tariff = played.tariff;
        }
        self.breaches.extend(played.breach);
    }

    /// Brings everything into an order that does not depend on which thread was first.
    pub(crate) fn finish(&mut self) {
        self.breaches.sort();
        self.outcomes
            .iter_mut()
            .for_each(|outcomes| outcomes.sort_by_key(|(run, _)| *run));
    }

    fn rows(&self) -> impl Iterator<Item = (&'static Strategy, Vec<&Outcome>)> {
        let outcomes = self
            .outcomes
            .iter()
            .map(|outcomes| outcomes.iter().map(|(_, outcome)| outcome).collect());
        ALL.iter().zip(outcomes)
    }

    /// The strategies that pass their bar: each of them is a hole in the marketplace.
    pub fn profitable(&self) -> Vec<&'static str> {
        self.rows()
            .filter(|(strategy, outcomes)| pays(strategy.bar, outcomes))
            .map(|(strategy, _)| strategy.name)
            .collect()
    }

    /// Strategies that were never played, although the plan asks for them.
    fn missing(&self) -> Vec<&'static str> {
        let due = |strategy: &Strategy| strategy.runs.is_some() || self.plan.frauds >= 100;
        self.rows()
            .filter(|(strategy, outcomes)| outcomes.is_empty() && due(strategy))
            .map(|(strategy, _)| strategy.name)
            .collect()
    }

    /// Whether everything is as it must be.
    pub fn ok(&self) -> bool {
        let Tally {
            honest_orders,
            slashes_of_honest,
            lost_units,
            frauds,
            refunds,
            refunded_orders,
            slashes,
        } = self.tally;
        self.breaches.is_empty()
            && self.profitable().is_empty()
            && self.missing().is_empty()
            && (honest_orders, slashes_of_honest, lost_units) == (self.plan.honest, 0, 0)
            && [frauds, refunds, slashes] == [self.plan.frauds; 3]
            && refunded_orders >= refunds
    }

    /// Strategy by strategy, in VCH.
    pub fn table(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{:<36} {:>5} {:>12} {:>12} {:>12} {:>12} {:>12}  must not exceed",
            "strategy", "runs", "profit min", "mean", "max", "victims lost", "honest mean"
        );
        for (strategy, outcomes) in self.rows() {
            let profit = Span::of(outcomes.iter().map(|outcome| outcome.profit));
            let lost = Span::of(outcomes.iter().map(|outcome| outcome.victims_lost));
            let honest = Span::of(outcomes.iter().map(|outcome| outcome.honest));
            let (Some(profit), Some(lost), Some(honest)) = (profit, lost, honest) else {
                let _ = writeln!(text, "{:<36} {:>5}", strategy.name, 0);
                continue;
            };
            let verdict = if pays(strategy.bar, &outcomes) {
                ", AND DOES"
            } else {
                ""
            };
            let note = match strategy.note {
                "" => String::new(),
                note => format!("; {note}"),
            };
            let _ = writeln!(
                text,
                "{:<36} {:>5} {:>12} {:>12} {:>12} {:>12} {:>12}  {}{verdict}{note}",
                strategy.name,
                outcomes.len(),
                vch(profit.least),
                vch(profit.mean),
                vch(profit.most),
                vch(lost.mean),
                vch(honest.mean),
                strategy.bar.words(),
            );
        }
        let fees: Vec<String> = self
            .tariff
            .iter()
            .map(|&(call, fee)| format!("{call} {:.6}", fee as f64 / VCH as f64))
            .collect();
        let _ = writeln!(text, "\nAmounts in VCH per run. Fees: {}.", fees.join(", "));
        let _ = writeln!(
            text,
            "Profit is what all accounts of the attacker can spend more, goods received at their price. d is the share \
             of buyers who check;\na cheat who sells until somebody checks loses where e x bond >= price x (1 - d) / d, \
             e = 0.9 of the bond being lost for good."
        );
        for breach in &self.breaches {
            let _ = writeln!(text, "BREACH {breach}");
        }
        for name in self.missing() {
            let _ = writeln!(text, "NOT PLAYED {name}");
        }
        text
    }

    /// One line of JSON.
    pub fn summary(&self) -> String {
        serde_json::json!({
            "simulation": "exchange",
            "seed": self.plan.seed,
            "honest_orders": self.tally.honest_orders,
            "slashes_of_honest": self.tally.slashes_of_honest,
            "frauds": self.tally.frauds,
            "refunds": self.tally.refunds,
            "refunded_orders": self.tally.refunded_orders,
            "slashes": self.tally.slashes,
            "lost_units": u64::try_from(self.tally.lost_units).unwrap_or(u64::MAX),
            "strategies": ALL.len(),
            "profitable_strategies": self.profitable(),
            "breaches": self.breaches.len(),
            "ok": self.ok(),
        })
        .to_string()
    }
}

impl Bar {
    fn words(self) -> &'static str {
        match self {
            Self::Honesty => "honesty",
            Self::Nothing => "0",
            Self::NothingOnAverage => "0 on average",
            Self::Noted => "-",
        }
    }
}

/// Whether a strategy earns more than its bar allows.
fn pays(bar: Bar, outcomes: &[&Outcome]) -> bool {
    match bar {
        Bar::Honesty => outcomes.iter().any(|run| run.profit > run.honest),
        Bar::Nothing => outcomes.iter().any(|run| run.profit > 0),
        Bar::NothingOnAverage => outcomes.iter().map(|run| run.profit).sum::<Change>() > 0,
        Bar::Noted => false,
    }
}

/// Planck as VCH with four decimals, rounded towards zero.
fn vch(amount: Change) -> String {
    let sign = if amount < 0 { "-" } else { "" };
    let (whole, rest) = (amount.unsigned_abs() / VCH, amount.unsigned_abs() % VCH);
    format!("{sign}{whole}.{:04}", rest / (VCH / 10_000))
}
