//! What malicious sellers do.

/// A schedule of cheating and spending that all malicious sellers of a market follow together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attack {
    /// As the tables call it.
    pub name: &'static str,
    /// Chance that a lot sold while cheating is bad.
    pub bad: f64,
    /// Days of honest trade before each spell of cheating.
    pub good_days: u32,
    /// Days of a spell of cheating; with `good_days` 0 it never ends.
    pub bad_days: u32,
    /// Nobody is cheated before this day.
    pub from: u32,
    /// Days after each entry under a new name in which nobody is cheated.
    pub grace: u32,
    /// Only sales of at least this price are cheated.
    pub dear_from: f64,
    /// Fees a day, of all attackers together, for buying good lots from themselves and praising them.
    pub own_fee: f64,
    /// The share of those that they praise. The rest brings no evidence, but hides bad lots among good ones.
    pub praise: f64,
    /// They buy from one another and not through fresh accounts.
    pub ring: bool,
    /// They also complain about one of those lots each, whenever a complaint can start an audit: so that the audit
    /// finds a good lot, and no victim's complaint is drawn.
    pub drain: bool,
    /// Spent a day, of all attackers together, on buying from honest sellers and complaining.
    pub slander: f64,
    /// A name whose score falls below this, basis points, is given up for a new one.
    pub leaves_below: u16,
}

/// Cheats always, without any art.
pub const PLAIN: Attack = Attack {
    name: "always bad",
    bad: 1.0,
    good_days: 0,
    bad_days: 1,
    from: 0,
    grace: 0,
    dear_from: 0.0,
    own_fee: 0.0,
    praise: 1.0,
    ring: false,
    drain: false,
    slander: 0.0,
    leaves_below: 0,
};

/// The attacks that lift the attackers, at most 4 % of turnover in fees.
pub const PROMOTION: [Attack; 11] = [
    PLAIN,
    Attack {
        name: "on-off 60/20 days",
        good_days: 60,
        bad_days: 20,
        ..PLAIN
    },
    Attack {
        name: "dear sales only",
        dear_from: 150.0,
        ..PLAIN
    },
    Attack {
        name: "self-purchase 15",
        own_fee: 15.0,
        ..PLAIN
    },
    Attack {
        name: "self-purchase 75",
        own_fee: 75.0,
        ..PLAIN
    },
    Attack {
        name: "self-purchase 300",
        own_fee: 300.0,
        ..PLAIN
    },
    Attack {
        name: "ring 15",
        own_fee: 15.0,
        ring: true,
        ..PLAIN
    },
    Attack {
        name: "dear only + self 75",
        dear_from: 150.0,
        own_fee: 75.0,
        ..PLAIN
    },
    Attack {
        name: "self 75 + own complaints",
        own_fee: 75.0,
        drain: true,
        ..PLAIN
    },
    Attack {
        name: "self 75, half hidden",
        own_fee: 75.0,
        praise: 0.5,
        ..PLAIN
    },
    Attack {
        name: "whitewash",
        leaves_below: 3_000,
        ..PLAIN
    },
];

/// Mediocre sellers who talk others down: 600 a day, 7 % of turnover.
pub const SLANDER: Attack = Attack {
    name: "bad-mouthing 600",
    bad: 0.15,
    slander: 600.0,
    ..PLAIN
};

/// Sellers who are honest for 600 days and then cheat always.
pub const EXIT: Attack = Attack {
    name: "exit at day 600",
    from: 600,
    ..PLAIN
};

/// Nobody cheats, and those who could fail as seldom as others.
pub const NONE: Attack = Attack {
    name: "none",
    from: u32::MAX,
    ..PLAIN
};

impl Attack {
    /// Whether a seller who came on day `since` sells a bad lot on `day` at `price`, if the dice say so.
    pub fn cheats(&self, day: u32, since: u32, price: f64) -> bool {
        let round = self.good_days + self.bad_days;
        day >= self.from
            && day - since >= self.grace
            && price >= self.dear_from
            && (day - since) % round.max(1) >= self.good_days
    }

    /// The same cheating, without spending anything.
    pub fn for_free(&self) -> Self {
        Self {
            own_fee: 0.0,
            slander: 0.0,
            drain: false,
            ..*self
        }
    }
}
