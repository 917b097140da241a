//! What a run shows.

use crate::{
    market::{DAYS, Score},
    seller::{Nature, Seller},
};
use std::cmp::Ordering;

/// From this day on scores are judged: before, nobody can know.
const JUDGED_FROM: u32 = 180;
/// Names younger than this are not judged if they are honest, for the same reason.
const JUDGED_AGE: u32 = 60;

/// The figures of a run. Money is in prices; the median price is 100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The chance that a random honest seller has a better score than a random malicious one, equal scores counting
    /// half: mean over days 180 to 720. Mediocre sellers are left out, for there is nothing to tell.
    pub auc: f64,
    /// The same over the last ninety days.
    pub late_auc: f64,
    /// What honest buyers spent.
    pub spent: f64,
    /// What of that went for bad lots.
    pub lost: f64,
    /// What attackers earned by cheating and with good lots, before what they paid for the attack.
    pub gain: f64,
    /// What honest buyers paid for lots with which attackers cheated them.
    pub loot: f64,
    /// Fees that attackers lost on buying from themselves.
    pub fees: f64,
    /// What attackers paid honest sellers in order to talk them down.
    pub slander: f64,
    /// Newcomers' part in the sales of all honest sellers over their part in the number of these, from the first
    /// newcomer on.
    pub newcomers: f64,
    /// Audits per sale by anybody.
    pub audits: f64,
}

impl Outcome {
    /// What attackers paid for the attack.
    pub fn paid(&self) -> f64 {
        self.fees + self.slander
    }

    /// What attacking brought in the end.
    pub fn net(&self) -> f64 {
        self.gain - self.paid()
    }

    /// The share of honest buyers' money that was lost.
    pub fn loss(&self) -> f64 {
        self.lost / self.spent
    }
}

/// The sums that the figures are made of.
#[derive(Default)]
pub struct Tally {
    sums: Outcome,
    judged: f64,
    late: f64,
    newcomers_fair: f64,
    sales: f64,
}

impl Tally {
    pub fn sale(&mut self) {
        self.sales += 1.0;
    }

    pub fn audit(&mut self) {
        self.sums.audits += 1.0;
    }

    pub fn honest_purchase(&mut self, price: f64, bad: bool) {
        self.sums.spent += price;
        if bad {
            self.sums.lost += price;
        }
    }

    pub fn honest_sale(&mut self, by_newcomer: bool, fair: f64) {
        self.newcomers_fair += fair;
        if by_newcomer {
            self.sums.newcomers += 1.0;
        }
    }

    pub fn gained(&mut self, money: f64) {
        self.sums.gain += money;
    }

    pub fn looted(&mut self, money: f64) {
        self.sums.loot += money;
    }

    pub fn paid_fee(&mut self, money: f64) {
        self.sums.fees += money;
    }

    pub fn slandered(&mut self, money: f64) {
        self.sums.slander += money;
    }

    /// Compares the scores of a day, every fifth day.
    pub fn judge(&mut self, sellers: &[Seller], scores: &[Score], day: u32) {
        if day < JUDGED_FROM || !day.is_multiple_of(5) {
            return;
        }
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (one, score) in sellers.iter().zip(scores) {
            if one.gone || one.since > day {
                continue;
            }
            match one.nature {
                Nature::Honest { .. } if day >= one.since + JUDGED_AGE => good.push(score.value),
                Nature::Malicious => bad.push(score.value),
                Nature::Honest { .. } | Nature::Mediocre => {}
            }
        }
        let Some(auc) = chance_to_be_better(&good, &bad) else {
            return;
        };
        self.sums.auc += auc;
        self.judged += 1.0;
        if day >= DAYS - 90 {
            self.sums.late_auc += auc;
            self.late += 1.0;
        }
    }

    pub fn outcome(&self) -> Outcome {
        Outcome {
            auc: self.sums.auc / self.judged,
            late_auc: self.sums.late_auc / self.late,
            newcomers: self.sums.newcomers / self.newcomers_fair,
            audits: self.sums.audits / self.sales,
            ..self.sums
        }
    }
}

/// The area under the receiver operating characteristic; `None` without anybody on either side.
fn chance_to_be_better(good: &[f64], bad: &[f64]) -> Option<f64> {
    if good.is_empty() || bad.is_empty() {
        return None;
    }
    let won: f64 = good
        .iter()
        .flat_map(|good| bad.iter().map(|bad| good.total_cmp(bad)))
        .map(|order| match order {
            Ordering::Greater => 1.0,
            Ordering::Equal => 0.5,
            Ordering::Less => 0.0,
        })
        .sum();
    Some(won / (good.len() * bad.len()) as f64)
}

#[cfg(test)]
mod tests {
    use super::chance_to_be_better;

    #[test]
    fn the_chance_to_be_better_counts_equals_half() {
        assert_eq!(chance_to_be_better(&[3.0, 4.0], &[1.0, 2.0]), Some(1.0));
        assert_eq!(chance_to_be_better(&[1.0], &[1.0]), Some(0.5));
        assert_eq!(chance_to_be_better(&[1.0, 3.0], &[2.0, 2.0]), Some(0.5));
        assert_eq!(chance_to_be_better(&[], &[2.0]), None);
    }
}
