//! Honest exchanges, from the record to the released bond, every planck accounted for.

use crate::{
    buyer::Purchase,
    goods::Goods,
    ledger::{Change, Round, net},
    people::Person,
    seller::{Draft, Listing, Terms},
    stage::Stage,
    world::{Breach, Checked, ensure},
};
use pallet_marketplace::{OfferStatus, Offers};
use std::collections::BTreeMap;
use vouchsafe_protocol::{
    misbehaviour::NoFault,
    price::part,
    record::{Parent, WHOLE_PPM},
};
use vouchsafe_runtime::{AccountId, Runtime, constants::RECORD_DEPOSIT};

/// What everybody should have gained when the round is over, before fees.
type Expected = BTreeMap<AccountId, Change>;

/// One offer of good goods and so many orders of it. One content in four is derived from another seller's.
pub fn sale(stage: &mut Stage<'_>, orders: u32) -> Checked {
    let cast = stage.cast;
    let round = Round::begin(stage.world, cast);
    let sellers = cast.sellers.len() as u32;
    let first = stage.dice.below(sellers);
    let seller = &cast.sellers[first as usize];
    let mut expected = Expected::new();

    let mut parents = vec![];
    let mut shares = None;
    if stage.dice.once_in(4) {
        let owner = &cast.sellers[((first + 1) % sellers) as usize];
        let draft = Draft::new(stage.world, owner);
        let goods = Goods::honest(&draft.secret.content_secret(), &mut stage.dice)?;
        let record = draft.register(stage.world, &cast.gateway, &goods, &[])?;
        let share_ppm = stage.dice.between(1, WHOLE_PPM / 2);
        parents.push(Parent { record, share_ppm });
        *expected.entry(owner.account.clone()).or_default() -= RECORD_DEPOSIT as Change;
        shares = Some((owner, share_ppm));
    }
    let draft = Draft::new(stage.world, seller);
    let goods = Goods::honest(&draft.secret.content_secret(), &mut stage.dice)?;
    let terms = Terms::some(&mut stage.dice);
    let listing = draft.list(stage.world, &cast.gateway, goods, terms, &parents)?;
    *expected.entry(seller.account.clone()).or_default() -= RECORD_DEPOSIT as Change;

    let mut left = orders;
    while left > 0 {
        let together = stage.dice.between(1, 5).min(left);
        left -= together;
        for buyer in some_purchases(stage, &listing, together)? {
            *expected.entry(buyer.account.clone()).or_default() -= terms.price as Change;
            let net = net(terms.price);
            let royalty = shares.map_or(0, |(owner, ppm)| {
                let royalty = part(net, ppm);
                *expected.entry(owner.account.clone()).or_default() += royalty as Change;
                ppm
            });
            *expected.entry(seller.account.clone()).or_default() += part(net, WHOLE_PPM - royalty) as Change;
        }
    }
    listing.wind_up(stage.world)?;
    close(stage, &round, &listing, &expected)?;
    stage.tally.honest_orders += orders;
    Ok(())
}

/// So many purchases at a time, each paid for, delivered, checked, settled and forgotten; returns their buyers.
fn some_purchases<'a>(stage: &mut Stage<'a>, listing: &Listing<'a>, count: u32) -> Checked<Vec<&'a Person>> {
    let (cast, gap) = (stage.cast, stage.dice.below(5));
    stage.world.go_to(stage.world.height() + gap);
    let first = stage.dice.next() as usize;
    let mut purchases = vec![];
    for n in 0..count as usize {
        let buyer = &cast.buyers[first.wrapping_add(n) % cast.buyers.len()];
        purchases.push(Purchase::check_and_place(
            stage.world,
            buyer,
            listing.offer,
            &listing.goods,
        )?);
    }
    let deadline = purchases[0].deadline()?;
    let wait = stage.dice.below(deadline - stage.world.height() + 1);
    let late = if stage.dice.once_in(8) {
        deadline
    } else {
        stage.world.height() + wait
    };
    stage.world.go_to(late);
    for purchase in &purchases {
        listing.deliver(stage.world, purchase)?;
        let bad = purchase.bad_chunks(&listing.goods)?;
        ensure(bad.is_empty(), || format!("honest goods do not open: {bad:?}"))?;
        if stage.dice.once_in(10) {
            let refused = purchase.evidence(&listing.goods, 0)?.map(drop);
            ensure(refused == Err(NoFault::Honest), || {
                format!("evidence against honest goods: {refused:?}")
            })?;
        }
    }
    let quiet = purchases
        .iter()
        .map(Purchase::deadline)
        .collect::<Checked<Vec<_>>>()?;
    let last = quiet.into_iter().max().unwrap_or_default();
    if stage.dice.once_in(10) {
        stage.world.go_to(last);
        let settle = purchases[purchases.len() - 1].settle();
        stage.world.refused(&cast.anyone, settle, "TooEarly")?;
    }
    stage.world.go_to(last + 1);
    for purchase in &purchases {
        let by = if stage.dice.once_in(4) {
            &cast.anyone
        } else {
            listing.seller
        };
        stage.world.must(by, purchase.settle())?;
        purchase.forget(stage.world)?;
    }
    Ok(purchases.iter().map(|purchase| purchase.buyer).collect())
}

/// Counts what is missing, and closes the books.
fn close(stage: &mut Stage<'_>, round: &Round, listing: &Listing<'_>, expected: &Expected) -> Checked {
    let offer =
        Offers::<Runtime>::get(listing.offer).ok_or_else(|| Breach("an offer has vanished".into()))?;
    if offer.status != OfferStatus::Released {
        stage.tally.slashes_of_honest += 1;
    }
    for (who, &expected) in expected {
        let gained = round.gained_before_fees(stage.world, who);
        if gained < expected {
            stage.tally.lost_units += gained.abs_diff(expected);
        }
        ensure(gained == expected, || {
            format!("{who} gained {gained} planck before fees in an honest round and should have {expected}")
        })?;
    }
    round.end(stage.world, &expected.keys().collect::<Vec<_>>())
}
