//! What a buyer may try.

use crate::{
    buyer::Purchase,
    frauds::expect_refused,
    ledger::{Change, Round, net},
    people::Person,
    seller::Terms,
    stage::{Opening, Outcome, Stage},
    world::{Breach, Checked, ensure},
};
use pallet_marketplace::DisputeRefusal;
use vouchsafe_protocol::{
    hash::sha256,
    id::Digest,
    leaf::Leaf,
    misbehaviour::{Evidence, NoFault},
    price::part,
};
use vouchsafe_runtime::constants::{LATE_PENALTY_PPM, ORDER_DEPOSIT, RECORD_DEPOSIT};

/// Disputes honest goods with every piece of evidence that can be forged, and has the goods and no money in the end.
pub fn forged_dispute(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let seller = stage.seller();
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(seller)?;
    let purchase = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    let goods = &listing.goods;
    let true_evidence = Evidence {
        blind: *purchase.blind.expose(),
        index: 0,
        leaf: goods.sidecar.leaves()[0],
        path: fits(goods.sidecar.path(0).unwrap_or_default())?,
        ciphertext: fits(goods.chunks[0].clone())?,
    };
    let early = stage.world.dispute(purchase.order, &true_evidence);
    expect_refused(early, DisputeRefusal::WrongStage)?;
    listing.deliver(stage.world, &purchase)?;

    let built = purchase.evidence(goods, 0)?.map(drop);
    ensure(built == Err(NoFault::Honest), || {
        format!("evidence against honest goods: {built:?}")
    })?;
    let noise = stage.dice.bytes(goods.chunks[0].len());
    let forgeries = [
        (true_evidence.clone(), DisputeRefusal::Honest),
        (
            Evidence {
                ciphertext: fits(noise.clone())?,
                ..true_evidence.clone()
            },
            DisputeRefusal::WrongCiphertext,
        ),
        (
            Evidence {
                leaf: Leaf {
                    ciphertext: sha256(&noise),
                    ..true_evidence.leaf
                },
                ciphertext: fits(noise)?,
                ..true_evidence.clone()
            },
            DisputeRefusal::NotUnderRoot,
        ),
        (
            Evidence {
                leaf: Leaf {
                    commitment: Digest(stage.dice.digest()),
                    ..true_evidence.leaf
                },
                ..true_evidence.clone()
            },
            DisputeRefusal::NotUnderRoot,
        ),
        (
            Evidence {
                index: goods.content.chunks,
                ..true_evidence.clone()
            },
            DisputeRefusal::IndexBeyondEnd,
        ),
        (
            Evidence {
                blind: sha256(&true_evidence.blind).0,
                ..true_evidence.clone()
            },
            DisputeRefusal::WrongBlind,
        ),
    ];
    for (forgery, reason) in &forgeries {
        expect_refused(stage.world.dispute(purchase.order, forgery), *reason)?;
    }
    stage
        .world
        .refused(purchase.buyer, purchase.refund(), "OfferNotFrozen")?;
    stage
        .world
        .refused(purchase.buyer, purchase.expire(), "WrongStage")?;
    stage.world.go_to(purchase.deadline()? + 1);
    expect_refused(
        stage.world.dispute(purchase.order, &true_evidence),
        DisputeRefusal::TooLate,
    )?;
    stage.world.must(seller, purchase.settle())?;
    purchase.forget(stage.world)?;
    listing.wind_up(stage.world)?;
    finish_honest_sale(stage, &round, terms, seller)
}

/// Orders several times, and then does nothing at all: no settlement, no deposit asked back.
pub fn inert(stage: &mut Stage<'_>) -> Checked<Outcome> {
    const ORDERS: u32 = 5;
    let cast = stage.cast;
    let seller = stage.seller();
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(seller)?;
    let mut purchases = vec![];
    for _ in 0..ORDERS {
        let purchase = Purchase::place(stage.world, &cast.friend, listing.offer)?;
        listing.deliver(stage.world, &purchase)?;
        purchases.push(purchase);
    }
    stage.world.go_to(purchases[ORDERS as usize - 1].deadline()? + 1);
    for purchase in &purchases {
        stage.world.must(seller, purchase.settle())?;
    }
    listing.wind_up(stage.world)?;
    let goods = Change::from(ORDERS) * terms.price as Change;
    let lost = -goods - round.gained_before_fees(stage.world, &cast.friend.account);
    let deposits = Change::from(ORDERS) * ORDER_DEPOSIT as Change;
    ensure(lost == deposits, || {
        format!("{lost} planck are on hold or lost, {deposits} are deposits")
    })?;
    let victims_lost = seller_lost(stage, &round, terms, seller, ORDERS);
    round.end(stage.world, &[&seller.account, &cast.friend.account])?;
    Ok(Outcome {
        profit: round.gained(&cast.friend.account) + goods,
        victims_lost,
        honest: Change::from(ORDERS) * stage.honest_buyer(),
    })
}

/// Asks twice for the refund and the compensation of an order that was not delivered.
pub fn double_expire(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let seller = stage.seller();
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(seller)?;
    let purchase = Purchase::place(stage.world, &cast.friend, listing.offer)?;
    stage.world.go_to(purchase.deadline()? + 1);
    stage.world.must(purchase.buyer, purchase.expire())?;
    stage
        .world
        .refused(purchase.buyer, purchase.expire(), "WrongStage")?;
    purchase.forget(stage.world)?;
    stage
        .world
        .refused(purchase.buyer, purchase.expire(), "OrderNotFound")?;
    listing.wind_up(stage.world)?;
    let penalty = part(terms.price, LATE_PENALTY_PPM) as Change;
    let gained = round.gained_before_fees(stage.world, &seller.account);
    let victims_lost = -((RECORD_DEPOSIT as Change) + penalty) - gained;
    stage.tally.lost_units += victims_lost.unsigned_abs();
    round.end(stage.world, &[&seller.account, &cast.friend.account])?;
    let fees = stage.world.tariff("expire") as Change;
    Ok(Outcome {
        profit: round.gained(&cast.friend.account),
        victims_lost,
        honest: penalty - fees + stage.honest_buyer(),
    })
}

/// Orders with the blinded point of somebody else's order, to read that one's answer.
pub fn copied_point(stage: &mut Stage<'_>) -> Checked<Outcome> {
    let cast = stage.cast;
    let seller = stage.seller();
    let Opening {
        round,
        terms,
        listing,
    } = stage.opening(seller)?;
    let buyer = stage.buyer(0);
    let victim = Purchase::check_and_place(stage.world, buyer, listing.offer, &listing.goods)?;
    let copy = Purchase::copy(&cast.friend, &victim, terms.price);
    stage.world.must(copy.0.buyer, copy.1)?;
    for purchase in [&victim, &copy.0] {
        listing.deliver(stage.world, purchase)?;
    }
    let opened = victim.bad_chunks(&listing.goods)?;
    ensure(opened.is_empty(), || "a copied point spoils the original".into())?;
    let unread = copy.0.bad_chunks(&listing.goods)?;
    ensure(unread.len() == listing.goods.chunks.len(), || {
        "an answer opens without its blind".into()
    })?;
    stage.world.go_to(copy.0.deadline()?.max(victim.deadline()?) + 1);
    for purchase in [&victim, &copy.0] {
        stage.world.must(seller, purchase.settle())?;
        purchase.forget(stage.world)?;
    }
    listing.wind_up(stage.world)?;
    let lost = -(terms.price as Change) - round.gained_before_fees(stage.world, &buyer.account);
    stage.tally.lost_units += lost.unsigned_abs();
    let victims_lost = seller_lost(stage, &round, terms, seller, 2) - lost;
    round.end(
        stage.world,
        &[&seller.account, &buyer.account, &cast.friend.account],
    )?;
    Ok(Outcome {
        profit: round.gained(&cast.friend.account),
        victims_lost,
        honest: stage.honest_buyer(),
    })
}

/// The end of a round in which the friend bought one honest content: who gained what.
fn finish_honest_sale(
    stage: &mut Stage<'_>,
    round: &Round,
    terms: Terms,
    seller: &Person,
) -> Checked<Outcome> {
    let friend = &stage.cast.friend.account;
    let victims_lost = seller_lost(stage, round, terms, seller, 1);
    round.end(stage.world, &[&seller.account, friend])?;
    Ok(Outcome {
        profit: round.gained(friend) + terms.price as Change,
        victims_lost,
        honest: stage.honest_buyer(),
    })
}

/// What an honest seller of so many orders has less than it should, which is counted.
fn seller_lost(stage: &mut Stage<'_>, round: &Round, terms: Terms, seller: &Person, orders: u32) -> Change {
    let due = Change::from(orders) * net(terms.price) as Change - RECORD_DEPOSIT as Change;
    let lost = due - round.gained_before_fees(stage.world, &seller.account);
    stage.tally.lost_units += lost.unsigned_abs();
    lost
}

/// A list within its bound.
fn fits<T, B: TryFrom<Vec<T>>>(list: Vec<T>) -> Checked<B> {
    B::try_from(list).map_err(|_| Breach("a forgery is longer than evidence may be".into()))
}
