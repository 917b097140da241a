//! What a seller or a gateway may try short of a bad chunk. Most of it the chain refuses.

use crate::{
    buyer::{Purchase, fits},
    goods::Goods,
    ledger::{Change, Round, net},
    seller::{Draft, Terms, deliver},
    stage::{Opening, Outcome, Stage},
    world::{Checked, ensure},
};
use pallet_marketplace::Call as Market;
use pallet_provenance::Call as Trail;
use vouchsafe_protocol::{
    delivery::{Delivery, OfferSecret},
    price::part,
};
use vouchsafe_runtime::{
    Balance, Marketplace, Runtime,
    constants::{LATE_PENALTY_PPM, RECORD_DEPOSIT},
};

/// How a seller lets the deadline pass.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Silence {
    /// Does nothing.
    Whole,
    /// Delivers one block late.
    Late,
    /// Delivers with the proof of another order.
    ReplayedProof,
    /// Delivers another order's answer as it stands.
    ReplayedAnswer,
    /// Delivers with another offer's secret.
    ForeignKey,
}

/// Orders that are never delivered: the buyers are refunded and compensated.
pub fn silent(stage: &mut Stage<'_>, silence: Silence) -> Checked<Outcome> {
    let cast = stage.cast;
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(&cast.cheat)?;
    let buyers = [stage.buyer(0), stage.buyer(1)];
    let goods = &listing.goods;
    let first = Purchase::check_and_place(stage.world, buyers[0], listing.offer, goods)?;
    let second = Purchase::check_and_place(stage.world, buyers[1], listing.offer, goods)?;

    let honest = listing.answer(&listing.secret, &first)?;
    let other = listing.answer(&listing.secret, &second)?;
    let false_delivery = match silence {
        Silence::Whole | Silence::Late => None,
        Silence::ReplayedProof => Some(Delivery {
            proof: other.proof,
            ..honest
        }),
        Silence::ReplayedAnswer => Some(other),
        Silence::ForeignKey => {
            let chain = Marketplace::genesis();
            let foreign = OfferSecret::derive(&cast.cheat.seed, &chain, &listing.offer, 1);
            Some(listing.answer(&foreign, &first)?)
        }
    };
    if let Some(delivery) = false_delivery {
        stage
            .world
            .refused(&cast.cheat, deliver(&first, delivery), "BadProof")?;
    }
    stage.world.go_to(second.deadline()?);
    stage.world.refused(&cast.anyone, first.expire(), "TooEarly")?;
    stage.world.next_block();
    if silence == Silence::Late {
        stage
            .world
            .refused(&cast.cheat, deliver(&first, honest), "TooLate")?;
    }
    for purchase in [&first, &second] {
        stage.world.must(purchase.buyer, purchase.expire())?;
        purchase.forget(stage.world)?;
    }
    listing.wind_up(stage.world)?;

    let penalty = part(terms.price, LATE_PENALTY_PPM) as Change;
    let mut victims_lost = 0;
    for buyer in buyers {
        victims_lost += (penalty - round.gained_before_fees(stage.world, &buyer.account)).max(0);
    }
    stage.tally.lost_units += victims_lost.unsigned_abs();
    round.end(
        stage.world,
        &[&cast.cheat.account, &buyers[0].account, &buyers[1].account],
    )?;
    Ok(Outcome {
        profit: round.gained(&cast.cheat.account),
        victims_lost,
        honest: stage.honest_seller(terms.price, 2),
    })
}

/// A sidecar that does not go with the offer's root: the buyer sees it and does not pay.
pub fn wrong_sidecar(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let terms = Terms::some(&mut stage.dice);
    let draft = Draft::new(stage.world, &cast.cheat);
    let goods = Goods::honest(&draft.secret.content_secret(), &mut stage.dice)?;
    let mut listing = draft.list(stage.world, &cast.corrupt, goods, terms, &[])?;
    listing.goods = listing.goods.with_wrong_sidecar(&mut stage.dice)?;
    ensure(!fits(&listing.offer, &listing.goods), || {
        "a wrong sidecar looks right".into()
    })?;
    listing.wind_up(stage.world)?;
    round.end(stage.world, &[&cast.cheat.account])?;
    Ok(Outcome {
        profit: round.gained(&cast.cheat.account),
        victims_lost: 0,
        honest: stage.honest_seller(terms.price, 1),
    })
}

/// An honest sale that its seller settles twice.
pub fn double_settle(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(&cast.cheat)?;
    let buyer = stage.buyer(0);
    let purchase = Purchase::check_and_place(stage.world, buyer, listing.offer, &listing.goods)?;
    listing.deliver(stage.world, &purchase)?;
    stage.world.refused(&cast.cheat, purchase.settle(), "TooEarly")?;
    stage.world.go_to(purchase.deadline()? + 1);
    stage.world.must(&cast.cheat, purchase.settle())?;
    stage
        .world
        .refused(&cast.cheat, purchase.settle(), "WrongStage")?;
    purchase.forget(stage.world)?;
    stage
        .world
        .refused(&cast.cheat, purchase.settle(), "OrderNotFound")?;
    listing.wind_up(stage.world)?;
    let lost = -(terms.price as Change) - round.gained_before_fees(stage.world, &buyer.account);
    stage.tally.lost_units += lost.unsigned_abs();
    round.end(stage.world, &[&cast.cheat.account, &buyer.account])?;
    Ok(Outcome {
        profit: round.gained(&cast.cheat.account),
        victims_lost: -lost,
        honest: stage.honest_seller(terms.price, 1),
    })
}

/// The price is doubled while an order is on its way: the order names the price that its buyer saw.
pub fn price_in_flight(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(&cast.cheat)?;
    let buyer = stage.buyer(0);
    let (_, order) = Purchase::draft(stage.world, buyer, listing.offer, terms.price);
    let revise = Market::<Runtime>::revise {
        offer: listing.offer,
        price: terms.price * 2,
        bond: terms.bond * 2,
    };
    stage.world.must(&cast.cheat, revise)?;
    stage.world.refused(buyer, order, "PriceAboveMax")?;
    listing.wind_up(stage.world)?;
    let gained = round.gained_before_fees(stage.world, &buyer.account);
    stage.tally.lost_units += gained.unsigned_abs();
    round.end(stage.world, &[&cast.cheat.account])?;
    Ok(Outcome {
        profit: round.gained(&cast.cheat.account),
        victims_lost: -gained,
        honest: stage.honest_seller(terms.price, 1),
    })
}

/// A seller buys from itself through a second account, to look well-visited.
pub fn self_purchase(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(&cast.cheat)?;
    let (_, own) = Purchase::draft(stage.world, &cast.cheat, listing.offer, terms.price);
    stage.world.refused(&cast.cheat, own, "OwnOffer")?;
    let purchase = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    listing.deliver(stage.world, &purchase)?;
    stage.world.go_to(purchase.deadline()? + 1);
    stage.world.must(&cast.cheat, purchase.settle())?;
    purchase.forget(stage.world)?;
    listing.wind_up(stage.world)?;
    let (seller, buyer) = (&cast.cheat.account, &cast.friend.account);
    let kept = round.gained_before_fees(stage.world, seller) + round.gained_before_fees(stage.world, buyer);
    let house = (terms.price - net(terms.price) + RECORD_DEPOSIT) as Change;
    ensure(kept == -house, || {
        format!("a purchase from oneself cost {kept} and not {house} planck")
    })?;
    round.end(stage.world, &[seller, buyer])?;
    Ok(Outcome {
        profit: round.gained(seller) + round.gained(buyer),
        victims_lost: 0,
        honest: stage.honest_seller(terms.price, 1),
    })
}

/// An honest sale whose seller wants the bond back before its time, at every point where that could slip through.
pub fn early_release(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(&cast.cheat)?;
    let (seller, offer) = (&cast.cheat, listing.offer);
    let release = || Market::<Runtime>::release_bond { offer };
    stage.world.refused(seller, release(), "OfferNotClosed")?;
    let buyer = stage.buyer(0);
    let purchase = Purchase::check_and_place(stage.world, buyer, offer, &listing.goods)?;
    stage.world.must(seller, Market::<Runtime>::close { offer })?;
    stage.world.refused(seller, release(), "OrdersOpen")?;
    listing.deliver(stage.world, &purchase)?;
    stage.world.refused(seller, release(), "OrdersOpen")?;
    stage.world.go_to(purchase.deadline()? + 1);
    stage.world.must(seller, purchase.settle())?;
    stage.world.refused(seller, release(), "TooEarly")?;
    purchase.forget(stage.world)?;
    listing.wait_for_bond(stage.world);
    listing.release_bond(stage.world)?;
    stage.world.refused(seller, release(), "OfferClosed")?;
    let lost = -(terms.price as Change) - round.gained_before_fees(stage.world, &buyer.account);
    stage.tally.lost_units += lost.unsigned_abs();
    round.end(stage.world, &[&seller.account, &buyer.account])?;
    Ok(Outcome {
        profit: round.gained(&seller.account),
        victims_lost: -lost,
        honest: stage.honest_seller(terms.price, 1),
    })
}

/// A record in the name of a gateway that never saw the content.
pub fn forged_record(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let draft = Draft::new(stage.world, &cast.cheat);
    let goods = Goods::honest(&draft.secret.content_secret(), &mut stage.dice)?;
    let statement = draft.statement(&cast.gateway, &goods, &[])?;
    let call = Trail::<Runtime>::register_record {
        signature: cast
            .corrupt
            .sign(&statement.signing_bytes(&Marketplace::genesis())),
        statement: Box::new(statement),
    };
    stage.world.refused(&cast.cheat, call, "BadSignature")?;
    round.end(stage.world, &[&cast.cheat.account])?;
    let price: Balance = Terms::some(&mut stage.dice).price;
    Ok(Outcome {
        profit: round.gained(&cast.cheat.account),
        victims_lost: 0,
        honest: stage.honest_seller(price, 1),
    })
}
