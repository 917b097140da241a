//! A seller's name in the market: what it is, and all that is known about it.

use std::collections::VecDeque;
use vouchsafe_protocol::trust::{Cell, Facet, Happening, Headline, Parameters, Role, Standing, headline};

/// One sale that an audit may draw.
#[derive(Clone, Copy, Debug)]
pub struct Sale {
    pub day: u32,
    pub price: f64,
    pub bad: bool,
}

/// Who is behind a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Nature {
    /// Good with this chance.
    Honest { good: f64 },
    /// An honest seller who is often wrong; neither good nor evil, so no score is judged by it.
    Mediocre,
    /// Follows the attack.
    Malicious,
}

/// A name under which somebody sells.
pub struct Seller {
    pub nature: Nature,
    /// Day of entry.
    pub since: u32,
    /// Given up for another name.
    pub gone: bool,
    /// Ratings by head count, for the scores that only count.
    pub praised: f64,
    pub blamed: f64,
    delivery: Cell,
    content: Cell,
    opinion: Cell,
    /// Sales that nobody praised, the oldest first; [`forget_before`](Self::forget_before) keeps it short.
    pub recent: VecDeque<Sale>,
    /// Whether somebody complained since the last audit that a complaint started.
    pub complained: bool,
    /// The first day on which a complaint may start an audit.
    pub complaint_from: u32,
    /// Day of the next monthly audit.
    pub audit_at: u32,
}

impl Seller {
    pub fn new(nature: Nature, since: u32, audit_at: u32) -> Self {
        Self {
            nature,
            since,
            gone: false,
            praised: 0.0,
            blamed: 0.0,
            delivery: Cell::default(),
            content: Cell::default(),
            opinion: Cell::default(),
            recent: VecDeque::new(),
            complained: false,
            complaint_from: 0,
            audit_at,
        }
    }

    /// Adds what happened to the seller's cells, as the pallet does.
    pub fn note(&mut self, happening: Happening, height: u32, parameters: &Parameters) {
        for effect in happening
            .effects(parameters)
            .filter(|effect| effect.role == Role::Seller)
        {
            let strikes = match effect.facet {
                Facet::Opinion => self.content.decayed(height, parameters).strikes,
                _ => 0,
            };
            let cell = match effect.facet {
                Facet::Delivery => &mut self.delivery,
                Facet::Content => &mut self.content,
                Facet::Opinion => &mut self.opinion,
                Facet::Privacy | Facet::Agreement => continue,
            };
            *cell = cell.with(effect.change, strikes, height, parameters);
        }
    }

    /// Forgets sales from before `day`.
    pub fn forget_before(&mut self, day: u32) {
        while self.recent.front().is_some_and(|sale| sale.day < day) {
            self.recent.pop_front();
        }
    }

    fn standing(&self, height: u32, parameters: &Parameters) -> Standing {
        let now = |cell: &Cell| cell.decayed(height, parameters).amount();
        Standing {
            audits: now(&self.content),
            opinions: now(&self.opinion),
            deliveries: now(&self.delivery),
            frozen: false,
        }
    }

    /// Headline, and audits and opinions together in units.
    pub fn headline(&self, height: u32, parameters: &Parameters) -> (Headline, u64) {
        let standing = self.standing(height, parameters);
        (
            headline(&standing, parameters),
            standing.audits.plus(standing.opinions).total(),
        )
    }

    /// The score of the opinions alone.
    pub fn opinion_only(&self, height: u32, parameters: &Parameters) -> Headline {
        let standing = Standing {
            opinions: self.standing(height, parameters).opinions,
            ..Standing::default()
        };
        headline(&standing, parameters)
    }
}
