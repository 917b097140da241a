//! What follows from a score: the bond of the next offer, how much may be open, and the warning.

use super::{audited, seller};
use crate::{FrozenOffers, mock::*};
use frame_support::assert_ok;
use vouchsafe_protocol::trust::{
    Amount, Happening, Modality, Role, TrustSink, TrustSource, UNIT, units, upper,
};

fn least_bond(price: u128) -> u128 {
    <Reputation as TrustSource<AccountId>>::least_bond(&SOFIA, Modality::Any, price)
}

fn room(bond: u128) -> u128 {
    <Reputation as TrustSource<AccountId>>::room(&SOFIA, bond)
}

#[test]
fn a_bond_is_fifteen_prices_of_somebody_unknown_and_falls_with_the_score() {
    execute(|| {
        assert_eq!(least_bond(PRICE), 15 * PRICE);
        for _ in 0..12 {
            audited(Happening::AuditClean);
        }
        assert_eq!(seller().headline.score, 7_500);
        assert_eq!(least_bond(PRICE), PRICE * 15 / 2);
        assert_eq!(least_bond(PRICE + 1), PRICE * 15 / 2 + 8, "rounded up");
        assert_eq!(least_bond(u128::MAX), u128::MAX, "nobody has that much");
    });
}

/// The story of issue 7: praise brought the bond down, a fraud puts it up again, to the unit.
#[test]
fn after_a_proven_fraud_the_next_offer_needs_a_higher_bond() {
    execute(|| {
        for number in 0..20u8 {
            let buyer = 100 + u64::from(number);
            sale(number, buyer);
            assert_ok!(Reputation::rate(signed(buyer), order(number), true));
        }
        let before = seller().headline;
        assert_eq!((before.score, before.middle), (8_750, 8_823));
        assert_eq!(least_bond(PRICE), PRICE * 625 / 100);

        let deal = deal(BRUNO);
        Reputation::ordered(&deal);
        Reputation::fraud_proven(&deal);
        // Thirty good units of delivery against twenty-five bad ones: (25 + 2 - 2 * sqrt(1 + 750 / 55)) / 59 = 0.3278.
        let after = seller();
        let deliveries = Amount {
            r: units(30),
            s: units(25),
        };
        assert_eq!(after.standing.deliveries, deliveries);
        assert_eq!((after.headline.high, upper(units(30), units(25))), (6_721, 6_721));
        assert_eq!((after.headline.score, after.strikes), (6_500, UNIT));
        assert_eq!(least_bond(PRICE), PRICE * 85 / 10);
    });
}

#[test]
fn room_is_bonds_and_a_quarter_of_past_sales_less_what_is_open() {
    execute(|| {
        assert_eq!(room(15 * PRICE), 15 * PRICE);
        sale(1, BRUNO);
        assert_eq!(room(0), PRICE / 4);
        let deal = deal(BRUNO);
        Reputation::ordered(&deal);
        assert_eq!(room(15 * PRICE), 14 * PRICE + PRICE / 4);
        assert_eq!(room(0), 0, "never below nothing");
        Reputation::refunded(&deal);
        pass(365 * DAY);
        assert_eq!(room(15 * PRICE), 15 * PRICE + PRICE / 8);
    });
}

#[test]
fn whose_offer_is_frozen_is_flagged_in_that_role_and_scores_no_less() {
    execute(|| {
        for _ in 0..12 {
            audited(Happening::AuditClean);
        }
        let sound = seller();
        assert!(!sound.standing.frozen && !sound.headline.flagged);
        Frozen::set(vec![(SOFIA, Role::Seller)]);
        let frozen = seller();
        assert!(frozen.standing.frozen && frozen.headline.flagged);
        assert_eq!(frozen.headline.score, sound.headline.score);
        let gateway = Reputation::trust_of(&GATE, Role::Gateway, Modality::Any);
        assert!(!gateway.standing.frozen && !gateway.headline.flagged);
    });
}

#[test]
fn without_reputation_nothing_is_asked_and_nothing_frozen() {
    assert_eq!(
        <() as TrustSource<AccountId>>::least_bond(&SOFIA, Modality::Any, 1),
        0
    );
    assert_eq!(<() as TrustSource<AccountId>>::room(&SOFIA, 0), u128::MAX);
    assert!(!<() as FrozenOffers<AccountId>>::any(&SOFIA, Role::Seller));
}
