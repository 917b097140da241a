//! The list: every strategy under its name, with the bar that it must not pass.

use crate::{
    buyers, frauds,
    frauds::Beside,
    goods::Place,
    patience, sellers,
    sellers::Silence,
    stage::{Outcome, Stage},
    world::Checked,
};

/// What a strategy must not earn more than.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Bar {
    /// What somebody honest in the same place earns: goods were delivered, or paid for.
    Honesty,
    /// Nothing: an honest seller has the cost of making the goods, the cheat has none.
    Nothing,
    /// Nothing, on average over all runs: some run pays, as somebody has to be unlucky.
    NothingOnAverage,
    /// No bar: this may pay, and the note says from which `d` on it does not.
    Noted,
}

/// A way to play.
pub struct Strategy {
    pub name: &'static str,
    pub bar: Bar,
    /// Runs of it; `None` for the frauds, of which a plan says how many there are.
    pub runs: Option<u32>,
    pub note: &'static str,
    pub play: fn(&mut Stage<'_>) -> Checked<Outcome>,
}

const fn fraud(name: &'static str, play: fn(&mut Stage<'_>) -> Checked<Outcome>) -> Strategy {
    Strategy {
        name,
        bar: Bar::Nothing,
        runs: None,
        note: "",
        play,
    }
}

const fn trick(name: &'static str, bar: Bar, play: fn(&mut Stage<'_>) -> Checked<Outcome>) -> Strategy {
    Strategy {
        name,
        bar,
        runs: Some(10),
        note: "",
        play,
    }
}

const fn gamble(
    name: &'static str,
    bar: Bar,
    runs: u32,
    note: &'static str,
    play: fn(&mut Stage<'_>) -> Checked<Outcome>,
) -> Strategy {
    Strategy {
        name,
        bar,
        runs: Some(runs),
        note,
        play,
    }
}

/// The place of a bad chunk in the strategies that are not about the place.
fn somewhere(stage: &Stage<'_>) -> Place {
    [Place::First, Place::Middle, Place::Last, Place::Only][stage.run as usize % 4]
}

fn with(stage: &mut Stage<'_>, beside: Beside) -> Checked<Outcome> {
    let place = somewhere(stage);
    frauds::fraud(stage, place, beside)
}

/// Why a bond of this size deters, and when.
const UNKNOWN: &str = "bond 15 x price, the least of somebody unknown: pays only for d < 0.07";

/// What late orders do to a bond.
const LATE: &str =
    "as many late orders as may be open draw the bond before the fraud; no more than a tenth comes back";

/// All of them.
pub const ALL: &[Strategy] = &[
    fraud("garbage in the first chunk", |s| {
        frauds::fraud(s, Place::First, Beside::Nothing)
    }),
    fraud("garbage in a middle chunk", |s| {
        frauds::fraud(s, Place::Middle, Beside::Nothing)
    }),
    fraud("garbage in the last chunk", |s| {
        frauds::fraud(s, Place::Last, Beside::Nothing)
    }),
    fraud("garbage as the only chunk", |s| {
        frauds::fraud(s, Place::Only, Beside::Nothing)
    }),
    fraud("a friend disputes first", |s| with(s, Beside::FriendFirst)),
    fraud("record withdrawn midway", |s| with(s, Beside::Withdrawal)),
    fraud("bond released early", |s| with(s, Beside::EarlyRelease)),
    fraud("gateway retires midway", |s| with(s, Beside::GatewayRetires)),
    fraud("dispute copied from the pool", |s| with(s, Beside::CopiedDispute)),
    fraud("refund asked for twice", |s| with(s, Beside::SecondRefund)),
    trick("seller silent", Bar::Nothing, |s| {
        sellers::silent(s, Silence::Whole)
    }),
    trick("seller late", Bar::Nothing, |s| sellers::silent(s, Silence::Late)),
    trick("delivery proof replayed", Bar::Nothing, |s| {
        sellers::silent(s, Silence::ReplayedProof)
    }),
    trick("other order's answer", Bar::Nothing, |s| {
        sellers::silent(s, Silence::ReplayedAnswer)
    }),
    trick("key of another offer", Bar::Nothing, |s| {
        sellers::silent(s, Silence::ForeignKey)
    }),
    trick("wrong sidecar", Bar::Nothing, sellers::wrong_sidecar),
    trick("record in another's name", Bar::Nothing, sellers::forged_record),
    trick("price raised in flight", Bar::Nothing, sellers::price_in_flight),
    trick("settled twice", Bar::Honesty, sellers::double_settle),
    trick("bond asked for too early", Bar::Honesty, sellers::early_release),
    trick("self-purchase", Bar::Nothing, sellers::self_purchase),
    trick("forged dispute", Bar::Honesty, buyers::forged_dispute),
    trick("buyer lets nothing happen", Bar::Honesty, buyers::inert),
    trick("expired twice", Bar::Honesty, buyers::double_expire),
    trick("blinded point copied", Bar::Honesty, buyers::copied_point),
    gamble("unchecked, d = 0.05", Bar::Noted, 20, UNKNOWN, |s| {
        patience::one_by_one(s, 0.05)
    }),
    gamble("unchecked, d = 0.1", Bar::NothingOnAverage, 20, UNKNOWN, |s| {
        patience::one_by_one(s, 0.1)
    }),
    gamble("unchecked, d = 0.2", Bar::NothingOnAverage, 40, UNKNOWN, |s| {
        patience::one_by_one(s, 0.2)
    }),
    gamble("unchecked, d = 0.5", Bar::NothingOnAverage, 20, UNKNOWN, |s| {
        patience::one_by_one(s, 0.5)
    }),
    gamble("unchecked, d = 0.9", Bar::NothingOnAverage, 20, UNKNOWN, |s| {
        patience::one_by_one(s, 0.9)
    }),
    gamble(
        "ten at once, d = 0.2",
        Bar::NothingOnAverage,
        20,
        "one of ten who checks is enough",
        |s| patience::ten_at_once(s, 0.2),
    ),
    gamble(
        "bond drawn by late friends, d = 0.2",
        Bar::NothingOnAverage,
        5,
        LATE,
        |s| patience::late_friends(s, 0.2),
    ),
    gamble(
        "bond drawn by late friends, d = 0.5",
        Bar::NothingOnAverage,
        2,
        LATE,
        |s| patience::late_friends(s, 0.5),
    ),
    gamble(
        "bond drawn by late friends, d = 0.9",
        Bar::NothingOnAverage,
        10,
        LATE,
        |s| patience::late_friends(s, 0.9),
    ),
];
