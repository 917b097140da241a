//! Frauds that somebody notices: one bad chunk, bought by somebody who checks. Whatever the cheat tries beside it, all
//! open orders are refunded and the bond is gone.

use crate::{
    buyer::Purchase,
    goods::Place,
    ledger::{Change, Round},
    people::Person,
    seller::{Listing, Terms, open_gateway},
    stage::{Outcome, Stage},
    world::{Breach, Checked, Refusal, ensure},
};
use pallet_marketplace::{Call as Market, DisputeRefusal, FaultsOf, OfferStatus, Offers};
use pallet_provenance::Call as Trail;
use sp_runtime::transaction_validity::InvalidTransaction;
use vouchsafe_protocol::order::{Outcome as End, Stage as Step};
use vouchsafe_runtime::{
    Runtime,
    constants::{GATEWAY_COOL_OFF, RECORD_DEPOSIT},
};

/// What is done beside the bad chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beside {
    Nothing,
    /// A second account of the cheat's orders too and files the first dispute, to have the reward.
    FriendFirst,
    /// The record is withdrawn while orders are open.
    Withdrawal,
    /// The offer is closed, and its bond asked for at once.
    EarlyRelease,
    /// The gateway retires while orders are open.
    GatewayRetires,
    /// An outsider copies the dispute from the pool, for the same order and for an order of its own.
    CopiedDispute,
    /// An outsider who has bought too asks for the refund twice.
    SecondRefund,
}

impl Beside {
    /// Whether the friend's account is the cheat's own here, or an outsider's who is the one to profit.
    fn by_outsider(self) -> bool {
        matches!(self, Self::CopiedDispute | Self::SecondRefund)
    }
}

/// One fraud. The victims are one to three honest buyers; the first of them checks.
pub fn fraud(stage: &mut Stage<'_>, place: Place, beside: Beside) -> Checked<Outcome> {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let before = faults(stage);
    let terms = Terms::some(&mut stage.dice);
    let (listing, bad) = stage.spoiled_offer(place, terms)?;

    let victims = stage.dice.between(1, 3);
    let mut purchases = vec![];
    for n in 0..victims {
        let buyer = stage.buyer(n);
        purchases.push(Purchase::check_and_place(
            stage.world,
            buyer,
            listing.offer,
            &listing.goods,
        )?);
    }
    let friendly = beside == Beside::FriendFirst || beside.by_outsider();
    let own = match friendly {
        true => Some(Purchase::place(stage.world, &cast.friend, listing.offer)?),
        false => None,
    };
    stage.world.next_block();
    // The last order is sometimes left waiting: it is refunded all the same.
    let waiting = victims > 1 && stage.dice.once_in(2);
    let delivered = purchases.len() - usize::from(waiting);
    for purchase in purchases[..delivered].iter().chain(&own) {
        listing.deliver(stage.world, purchase)?;
    }
    interfere(stage, &listing, beside)?;

    let rewarded = match (beside, &own) {
        (Beside::FriendFirst, Some(friend)) => {
            friend.dispute(stage.world, &listing.goods, bad)?;
            let late = purchases[0].evidence(&listing.goods, bad)?;
            let late = late.map_err(|error| Breach(format!("a bad chunk convicts nobody: {error}")))?;
            let late = stage.world.dispute(purchases[0].order, &late);
            expect_refused(late, DisputeRefusal::OfferFrozen)?;
            friend
        }
        (Beside::CopiedDispute, Some(outsider)) => {
            let wanted = purchases[0].evidence(&listing.goods, bad)?;
            let copy = wanted.map_err(|error| Breach(format!("a bad chunk convicts nobody: {error}")))?;
            let stolen = stage.world.dispute(outsider.order, &copy);
            expect_refused(stolen, DisputeRefusal::WrongBlind)?;
            purchases[0].dispute(stage.world, &listing.goods, bad)?;
            let again = stage.world.dispute(purchases[0].order, &copy);
            expect_refused(again, DisputeRefusal::WrongStage)?;
            let stolen = stage.world.dispute(outsider.order, &copy);
            expect_refused(stolen, DisputeRefusal::OfferFrozen)?;
            &purchases[0]
        }
        _ => {
            purchases[0].dispute(stage.world, &listing.goods, bad)?;
            &purchases[0]
        }
    };
    let frozen =
        Offers::<Runtime>::get(listing.offer).ok_or_else(|| Breach("an offer has vanished".into()))?;
    ensure(
        matches!(frozen.status, OfferStatus::Frozen { .. }) && frozen.bond == 0,
        || {
            format!(
                "a convicted offer is {:?} with a bond of {}",
                frozen.status, frozen.bond
            )
        },
    )?;
    if beside == Beside::EarlyRelease {
        let offer = listing.offer;
        stage.world.refused(
            listing.seller,
            Market::<Runtime>::release_bond { offer },
            "OfferFrozen",
        )?;
    }
    if delivered > 1 {
        stage
            .world
            .refused(listing.seller, purchases[1].settle(), "OfferFrozen")?;
    }

    for purchase in purchases
        .iter()
        .chain(&own)
        .filter(|one| one.order != rewarded.order)
    {
        stage.world.must(&cast.anyone, purchase.refund())?;
        let end = purchase.stage()?;
        ensure(end == Step::Closed(End::Voided), || {
            format!("a refunded order is {end:?}")
        })?;
    }
    if let (Beside::SecondRefund, Some(own)) = (beside, &own) {
        stage.world.refused(own.buyer, own.refund(), "WrongStage")?;
    }
    for purchase in purchases.iter().chain(&own) {
        purchase.forget(stage.world)?;
    }
    if beside == Beside::GatewayRetires {
        revive_gateway(stage)?;
    }

    let now = faults(stage);
    ensure(now == (before.0 + 1, before.1 + 1), || {
        format!("faults of the cheat and the gateway went from {before:?} to {now:?}")
    })?;
    let buyers = purchases
        .iter()
        .chain(&own)
        .map(|purchase| purchase.buyer)
        .collect();
    count(stage, &round, terms, &listing, rewarded, buyers, beside)
}

/// What the cheat does between delivery and dispute.
fn interfere(stage: &mut Stage<'_>, listing: &Listing<'_>, beside: Beside) -> Checked {
    let (offer, record) = (listing.offer, listing.record);
    match beside {
        Beside::Withdrawal => stage
            .world
            .must(listing.seller, Trail::<Runtime>::withdraw_record { record }),
        Beside::EarlyRelease => {
            stage
                .world
                .must(listing.seller, Market::<Runtime>::close { offer })?;
            stage.world.refused(
                listing.seller,
                Market::<Runtime>::release_bond { offer },
                "OrdersOpen",
            )
        }
        Beside::GatewayRetires => stage
            .world
            .must(&stage.cast.corrupt, Trail::<Runtime>::retire_gateway {}),
        Beside::Nothing | Beside::FriendFirst | Beside::CopiedDispute | Beside::SecondRefund => Ok(()),
    }
}

/// The gateway comes back, as anybody may who puts up a bond.
fn revive_gateway(stage: &mut Stage<'_>) -> Checked {
    stage.world.go_to(stage.world.height() + GATEWAY_COOL_OFF + 1);
    let gateway = &stage.cast.corrupt;
    let call = Trail::<Runtime>::release_bond {
        gateway: gateway.account.clone(),
    };
    stage.world.must(gateway, call)?;
    open_gateway(stage.world, gateway)
}

/// Checks the money and counts refund and slash.
fn count(
    stage: &mut Stage<'_>,
    round: &Round,
    terms: Terms,
    listing: &Listing<'_>,
    rewarded: &Purchase<'_>,
    buyers: Vec<&Person>,
    beside: Beside,
) -> Checked<Outcome> {
    let cast = stage.cast;
    let reward = (terms.bond / 10).min(terms.price);
    let mut victims_lost = 0;
    let mut refunded = true;
    for buyer in &buyers {
        let due = if buyer.account == rewarded.buyer.account {
            reward
        } else {
            0
        };
        let gained = round.gained_before_fees(stage.world, &buyer.account);
        refunded &= gained == due as Change;
        victims_lost += (due as Change - gained).max(0);
    }
    stage.tally.frauds += 1;
    if refunded {
        stage.tally.refunds += 1;
        stage.tally.refunded_orders += buyers.len() as u32;
    }
    stage.tally.lost_units += victims_lost.unsigned_abs();
    let lost = round.gained_before_fees(stage.world, &listing.seller.account);
    if lost == -((terms.bond + RECORD_DEPOSIT) as Change) {
        stage.tally.slashes += 1;
    }
    let mut parties: Vec<_> = buyers.iter().map(|buyer| &buyer.account).collect();
    parties.push(&listing.seller.account);
    round.end(stage.world, &parties)?;

    let accounts = if beside.by_outsider() {
        vec![&cast.friend]
    } else {
        vec![&cast.cheat, &cast.friend, &cast.corrupt]
    };
    Ok(Outcome {
        profit: accounts.iter().map(|person| round.gained(&person.account)).sum(),
        victims_lost,
        honest: match beside.by_outsider() {
            true => stage.honest_buyer(),
            false => stage.honest_seller(terms.price, buyers.len() as u32),
        },
    })
}

/// Proven frauds of the cheat as a seller, and of its gateway.
fn faults(stage: &Stage<'_>) -> (u32, u32) {
    (
        FaultsOf::<Runtime>::get(&stage.cast.cheat.account).as_seller,
        FaultsOf::<Runtime>::get(&stage.cast.corrupt.account).as_gateway,
    )
}

/// That a dispute was not included, for this reason.
pub fn expect_refused(outcome: Result<(), Refusal>, reason: DisputeRefusal) -> Checked {
    let wanted = Refusal::Invalid(InvalidTransaction::Custom(reason as u8).into());
    ensure(outcome == Err(wanted), || {
        format!("a dispute should be refused as {reason:?}: {outcome:?}")
    })
}
