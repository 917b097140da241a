//! Who is audited when, and what comes of it.

use crate::market::{BLOCKS_PER_DAY, LOT, Market, Rule, SPREAD};
use vouchsafe_protocol::trust::Happening;

/// Days between two audits of a seller that complaints start.
const COMPLAINT_GAP: u32 = 3;
/// Days between two audits of a seller that nothing starts, and how far back an audit looks.
pub const AUDIT_EVERY: u32 = 30;
/// Lots of a new name that are audited before it sells.
const LISTING_AUDITS: u32 = 3;

impl Market<'_> {
    /// The first lots of a name.
    pub(crate) fn audit_listing(&mut self, seller: usize, day: u32) {
        if self.sellers.get(seller).is_none_or(|one| one.since != day) {
            return;
        }
        for _ in 0..LISTING_AUDITS {
            let price = self.offered_by_value();
            let bad = self.is_bad(seller, day, price);
            self.conclude(seller, bad, day);
        }
    }

    /// The price of a lot on offer, drawn by value: lots at twice the price are drawn twice as often.
    fn offered_by_value(&mut self) -> f64 {
        LOT * (SPREAD * self.audit_dice.normal() + SPREAD * SPREAD).exp()
    }

    /// One audit a month of each seller.
    pub(crate) fn audit_monthly(&mut self, seller: usize, day: u32) {
        if let Some(one) = self.sellers.get_mut(seller)
            && one.audit_at <= day
        {
            one.audit_at = day + AUDIT_EVERY;
            self.audit(seller, day);
        }
    }

    /// A complaint buys an audit, at most one in three days: of any lot that nobody praised, not only of those that
    /// somebody complained about. Complaints pick the bad lots, so auditing them alone would punish whoever sells much.
    pub(crate) fn answer_complaints(&mut self, seller: usize, day: u32) {
        if let Some(one) = self.sellers.get_mut(seller)
            && one.complained
            && one.complaint_from <= day
        {
            one.complained = false;
            one.complaint_from = day + COMPLAINT_GAP;
            self.audit(seller, day);
        }
    }

    /// Draws, by value, among the last month's sales that nobody praised; of who has none, a lot that they offer.
    fn audit(&mut self, seller: usize, day: u32) {
        let luck = self.audit_dice.share();
        let Some(one) = self.sellers.get_mut(seller) else {
            return;
        };
        one.forget_before(day.saturating_sub(AUDIT_EVERY));
        let whole: f64 = one.recent.iter().map(|sale| sale.price).sum();
        let mut left = luck * whole;
        let drawn = one.recent.iter().find(|sale| {
            left -= sale.price;
            left < 0.0
        });
        let bad = match drawn {
            Some(sale) => sale.bad,
            None => {
                let price = self.offered_by_value();
                self.is_bad(seller, day, price)
            }
        };
        self.conclude(seller, bad, day);
    }

    fn conclude(&mut self, seller: usize, bad: bool, day: u32) {
        self.tally.audit();
        let found = self.audit_dice.chance(if bad {
            self.audits.recall
        } else {
            self.audits.alarm
        });
        if found && self.audit_dice.chance(self.audits.suppressed) {
            return;
        }
        let happening = if found {
            Happening::AuditMismatch
        } else {
            Happening::AuditClean
        };
        if let Some(one) = self.sellers.get_mut(seller) {
            one.note(happening, day * BLOCKS_PER_DAY, &self.parameters);
        }
        if self.rule == Rule::Ours {
            self.score(seller, day);
        }
    }
}
