//! Frauds that pay as long as nobody checks. `d` is the chance that a buyer checks and disputes in time.
//!
//! One sale at a time, a cheat sells `(1 - d) / d` times until somebody checks, and then loses the bond but for the
//! reward that a friend's account gets who is first. With `e` for the share that is lost it does not pay where
//! `e * bond >= price * (1 - d) / d`: for the fifteen prices that somebody without a score binds and `e` = 0.9, where `d`
//! is at least 0.07. Nobody rates here, so nobody gets a score.

use crate::{
    buyer::Purchase,
    goods::Place,
    ledger::{Change, Round},
    people::Person,
    seller::Terms,
    stage::{Outcome, Stage},
    world::Checked,
};
use vouchsafe_protocol::price::part;
use vouchsafe_runtime::{
    Balance, Marketplace,
    constants::{LATE_PENALTY_PPM, MIN_DELIVER_WITHIN, MIN_OFFER_BOND, VCH},
};

/// Orders that are placed in one block at most.
const PER_BLOCK: usize = 150;
/// Blocks between the late friends' orders and the victim's: enough to expire them all before the victim must be served.
const PAUSE: u32 = 12;

/// How many buyers in a row do not check, in this run.
fn unchecked(stage: &Stage<'_>, d: f64, most: u32) -> u32 {
    let (mut sold, mut unseen) = (0, 1.0 - d);
    while sold < most && stage.luck() >= 1.0 - unseen {
        sold += 1;
        unseen *= 1.0 - d;
    }
    sold
}

/// One sale after the other, until a buyer checks; the cheat's friend is then first with the dispute.
pub fn one_by_one(stage: &mut Stage<'_>, d: f64) -> Checked<Outcome> {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let price = 25 * VCH;
    let (listing, bad) = stage.spoiled_offer(Place::Middle, Terms::at(price))?;
    // The chance that the first buyer checks is `d`: luck below `d` means that nobody was sold to before.
    let sold = unchecked(stage, d, u32::MAX);
    for n in 0..sold {
        let buyer = stage.buyer(n);
        let purchase = Purchase::place(stage.world, buyer, listing.offer)?;
        listing.deliver(stage.world, &purchase)?;
        stage.world.go_to(purchase.deadline()? + 1);
        stage.world.must(&cast.cheat, purchase.settle())?;
        purchase.forget(stage.world)?;
    }
    let buyer = stage.buyer(sold);
    let last = Purchase::place(stage.world, buyer, listing.offer)?;
    let friend = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    listing.deliver(stage.world, &last)?;
    listing.deliver(stage.world, &friend)?;
    friend.dispute(stage.world, &listing.goods, bad)?;
    stage.world.must(last.buyer, last.refund())?;
    last.forget(stage.world)?;
    friend.forget(stage.world)?;
    finish(stage, &round, price, sold + 1)
}

/// Ten orders in one quiet window: one buyer who checks is enough.
pub fn ten_at_once(stage: &mut Stage<'_>, d: f64) -> Checked<Outcome> {
    const ORDERS: u32 = 10;
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let price = 25 * VCH;
    let (listing, bad) = stage.spoiled_offer(Place::First, Terms::at(price))?;
    let mut purchases = vec![];
    for n in 0..ORDERS {
        let buyer = stage.buyer(n);
        purchases.push(Purchase::place(stage.world, buyer, listing.offer)?);
    }
    let friend = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    for purchase in purchases.iter().chain([&friend]) {
        listing.deliver(stage.world, purchase)?;
    }
    if unchecked(stage, d, ORDERS) < ORDERS {
        friend.dispute(stage.world, &listing.goods, bad)?;
        for purchase in &purchases {
            stage.world.must(&cast.anyone, purchase.refund())?;
        }
    } else {
        stage.world.go_to(friend.deadline()? + 1);
        for purchase in purchases.iter().chain([&friend]) {
            stage.world.must(&cast.cheat, purchase.settle())?;
        }
        listing.wind_up(stage.world)?;
    }
    for purchase in purchases.iter().chain([&friend]) {
        purchase.forget(stage.world)?;
    }
    finish(stage, &round, price, ORDERS)
}

/// The bond is drawn out before it can be slashed: the cheat's friend orders so often, and the cheat lets all those
/// deadlines pass, that the compensations take of the bond what they can, all while a victim's order is open. Then the
/// victim is delivered to, at the last moment. Where compensations were bounded by the least bond alone, this paid.
pub fn late_friends(stage: &mut Stage<'_>, d: f64) -> Checked<Outcome> {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let price = 250 * VCH;
    let terms = Terms {
        deliver_within: MIN_DELIVER_WITHIN + PAUSE,
        ..Terms::at(price)
    };
    let (listing, bad) = stage.spoiled_offer(Place::First, terms)?;
    let each = part(price, LATE_PENALTY_PPM);
    // So many that, were there no other bound, the least bond would be left: 1,496. But what may be open at once is
    // bounded: by fifteen orders and what earlier sales allow, of which two are for the victim and the first dispute.
    let open = Marketplace::room(&cast.cheat.account) / price;
    let wanted = (terms.bond - MIN_OFFER_BOND)
        .div_ceil(each)
        .min(500)
        .min(open - 2) as usize;
    let mut late = vec![];
    while late.len() < wanted {
        late.push(Purchase::place(stage.world, &cast.friend, listing.offer)?);
        if late.len() % PER_BLOCK == 0 {
            stage.world.next_block();
        }
    }
    // The victim sees the whole bond, and one more friend is there to file the first dispute.
    stage.world.go_to(stage.world.height() + PAUSE);
    let buyer = stage.buyer(0);
    let victim = Purchase::check_and_place(stage.world, buyer, listing.offer, &listing.goods)?;
    let first = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    if let Some(last) = late.last() {
        stage.world.go_to(last.deadline()? + 1);
    }
    for purchase in &late {
        stage.world.must(&cast.friend, purchase.expire())?;
    }
    stage.world.go_to(victim.deadline()?);
    listing.deliver(stage.world, &victim)?;
    listing.deliver(stage.world, &first)?;
    for purchase in &late {
        purchase.forget(stage.world)?;
    }
    if stage.luck() < d {
        first.dispute(stage.world, &listing.goods, bad)?;
        stage.world.must(victim.buyer, victim.refund())?;
    } else {
        stage.world.go_to(first.deadline()? + 1);
        stage.world.must(&cast.cheat, victim.settle())?;
        stage.world.must(&cast.cheat, first.settle())?;
        listing.wind_up(stage.world)?;
    }
    victim.forget(stage.world)?;
    first.forget(stage.world)?;
    finish(stage, &round, price, 1)
}

/// Who gained what: the cheat's accounts together, and the buyers who did not check.
fn finish(stage: &mut Stage<'_>, round: &Round, price: Balance, orders: u32) -> Checked<Outcome> {
    let cast = stage.cast;
    let bought = |person: &Person| round.gained_before_fees(stage.world, &person.account);
    let victims_lost = -cast.buyers.iter().map(bought).sum::<Change>();
    let mut parties: Vec<_> = cast.buyers.iter().map(|person| &person.account).collect();
    parties.extend([&cast.cheat.account, &cast.friend.account]);
    round.end(stage.world, &parties)?;
    Ok(Outcome {
        profit: [&cast.cheat, &cast.friend, &cast.corrupt]
            .map(|person| round.gained(&person.account))
            .iter()
            .sum(),
        victims_lost,
        honest: stage.honest_seller(price, orders),
    })
}
