//! What attackers spend, and when they take another name.

use crate::{
    audits::AUDIT_EVERY,
    market::{DAYS, FEE, LOT, Market, Rule, Score},
    seller::{Nature, Sale, Seller},
};

impl Market<'_> {
    fn those(&self, day: u32, wanted: impl Fn(Nature) -> bool) -> Vec<usize> {
        (0..self.sellers.len())
            .filter(|&seller| self.is_here(seller, day) && wanted(self.nature(seller)))
            .collect()
    }

    /// Good lots at the price of one unit, bought from themselves and, as far as the attack says, praised.
    pub(crate) fn buy_from_self(&mut self, day: u32) {
        if self.attack.own_fee == 0.0 {
            return;
        }
        let all = self.those(day, |nature| nature == Nature::Malicious);
        let lot = Sale {
            day,
            price: LOT,
            bad: false,
        };
        self.purse.0 += self.attack.own_fee;
        while self.purse.0 >= LOT * FEE && !all.is_empty() {
            self.purse.0 -= LOT * FEE;
            let (from, by) = (self.spending.below(all.len()), self.spending.below(all.len()));
            let verdict = self.spending.chance(self.attack.praise).then_some(true);
            if let (Some(&seller), Some(&other)) = (all.get(from), all.get(by)) {
                let rater = self.attack.ring.then(|| Self::node(other));
                self.tally.paid_fee(LOT * FEE);
                self.settle(seller, lot, verdict, rater);
            }
        }
        if self.attack.drain {
            for seller in all {
                let open = self
                    .sellers
                    .get(seller)
                    .is_some_and(|one| one.complaint_from <= day);
                if open {
                    self.tally.paid_fee(LOT * FEE);
                    self.settle(seller, lot, Some(false), None);
                }
            }
        }
    }

    /// Lots bought from honest sellers and called bad.
    pub(crate) fn slander(&mut self, day: u32) {
        if self.attack.slander == 0.0 {
            return;
        }
        let victims = self.those(day, |nature| matches!(nature, Nature::Honest { .. }));
        self.purse.1 += self.attack.slander;
        while self.purse.1 >= LOT {
            self.purse.1 -= LOT;
            let Some(&seller) = victims.get(self.spending.below(victims.len())) else {
                return;
            };
            let bad = self.is_bad(seller, day, LOT);
            let sale = Sale { day, price: LOT, bad };
            self.tally.slandered(LOT);
            self.settle(seller, sale, Some(false), None);
        }
    }

    /// A name whose score is worth less to the attacker than a new one is given up.
    pub(crate) fn whitewash(&mut self, day: u32) {
        // Scores of rules that count are shares, ours are basis points; EigenTrust's have no scale.
        let limit = match self.rule {
            Rule::Ours | Rule::Opinion => f64::from(self.attack.leaves_below),
            Rule::Mean | Rule::Beta => f64::from(self.attack.leaves_below) / 10_000.0,
            Rule::Eigen => f64::from(self.attack.leaves_below) / 10_000.0 / self.sellers.len() as f64,
        };
        if limit == 0.0 || day + 1 == DAYS {
            return;
        }
        for seller in self.those(day, |nature| nature == Nature::Malicious) {
            let low = self.scores.get(seller).is_some_and(|score| score.value < limit);
            // Everybody gets a month to become known.
            if low
                && let Some(one) = self.sellers.get_mut(seller)
                && day >= one.since + 30
            {
                one.gone = true;
                let first = day + 1 + self.audit_dice.day_below(AUDIT_EVERY);
                self.sellers.push(Seller::new(Nature::Malicious, day + 1, first));
                self.scores.push(Score::default());
            }
        }
    }
}
