//! Auditors found a fault: nothing more is delivered, nobody loses money, and what was delivered runs its course.

use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{OfferId, OrderId, RecordId},
    order::{Outcome, Stage},
};

use crate::{Error, Event, Faults, FaultsOf, HoldReason, OfferStatus, Offers, Orders, mock::*};

fn stage(order: &OrderId) -> Stage {
    Orders::<Test>::get(order).unwrap().stage
}

fn halt(offer: &OfferId) {
    Marketplace::halt(&Offers::<Test>::get(offer).unwrap().record);
}

#[test]
fn who_waits_for_a_delivery_is_refunded_by_anybody_for_nothing_and_it_is_nobodys_fault() {
    story(|| {
        let (offer, order) = bruno_orders();
        run_to(4);
        events();
        halt(&offer);
        let stored = Offers::<Test>::get(offer).unwrap();
        let status = OfferStatus::Halted {
            bond_until: 4 + COOL_OFF,
        };
        assert_eq!((stored.status, stored.bond), (status, BOND));
        assert_eq!(events(), [Event::OfferHalted { offer }]);

        let post = Marketplace::refund(signed(ANYONE), order).unwrap();
        assert_eq!(post.pays_fee, Pays::No);
        assert_eq!(stage(&order), Stage::Closed(Outcome::Voided));
        assert_eq!(
            (free(&BRUNO), held(HoldReason::Escrow, &BRUNO)),
            (START - DEPOSIT, 0),
            "the price to the unit"
        );
        assert_eq!(held(HoldReason::OfferBond, &SOFIA), BOND, "nothing is slashed");
        assert_eq!(FaultsOf::<Test>::get(SOFIA), Faults::default());
    });
}

#[test]
fn nothing_is_delivered_expired_or_ordered_any_more() {
    story(|| {
        let (offer, order) = bruno_orders();
        let Delivery { evaluated, proof } = honest(&order);
        halt(&offer);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
            Error::<Test>::OfferHalted
        );
        let blinded = blind(&CLARA, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(CLARA), offer, 0, blinded, PRICE, LICENCE),
            Error::<Test>::OfferHalted
        );
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer, PRICE, BOND),
            Error::<Test>::OfferHalted
        );
        assert_noop!(
            Marketplace::close(signed(SOFIA), offer),
            Error::<Test>::OfferHalted
        );
        // Not even when the seller is late: the seller must not deliver, so that is no fault.
        run_to(500);
        assert_noop!(
            Marketplace::expire(signed(BRUNO), order),
            Error::<Test>::OfferHalted
        );
    });
}

#[test]
fn what_was_delivered_before_is_settled_and_its_buyer_keeps_the_key() {
    story(|| {
        let (offer, order) = bruno_orders();
        delivers(&order);
        halt(&offer);
        assert_noop!(
            Marketplace::refund(signed(BRUNO), order),
            Error::<Test>::OfferNotFrozen
        );
        let Stage::Delivered { dispute_by, .. } = stage(&order) else {
            panic!("{:?}", stage(&order));
        };
        run_to(dispute_by + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        assert!(matches!(stage(&order), Stage::Closed(Outcome::Settled { .. })));
    });
}

#[test]
fn a_fraud_proven_in_a_halted_offer_freezes_it() {
    story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        halt(&offer);
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        let stored = Offers::<Test>::get(offer).unwrap();
        assert!(matches!(stored.status, OfferStatus::Frozen { .. }));
        assert_eq!((stored.bond, FaultsOf::<Test>::get(SOFIA).as_seller), (0, 1));
        // And a later word of auditors does not thaw it.
        halt(&offer);
        let status = Offers::<Test>::get(offer).unwrap().status;
        assert!(matches!(status, OfferStatus::Frozen { .. }));
    });
}

#[test]
fn the_bond_comes_back_when_the_last_order_has_ended_and_the_cool_off_is_over() {
    story(|| {
        let (offer, order) = bruno_orders();
        halt(&offer);
        assert_noop!(
            Marketplace::release_bond(signed(SOFIA), offer),
            Error::<Test>::OrdersOpen
        );
        run_to(9);
        assert_ok!(Marketplace::refund(signed(ANYONE), order));
        run_to(9 + COOL_OFF);
        assert_noop!(
            Marketplace::release_bond(signed(SOFIA), offer),
            Error::<Test>::TooEarly
        );
        run_to(10 + COOL_OFF);
        assert_ok!(Marketplace::release_bond(signed(ANYONE), offer));
        assert_eq!((free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)), (START, 0));
        // A released offer has nothing left to halt.
        halt(&offer);
        assert_eq!(Offers::<Test>::get(offer).unwrap().status, OfferStatus::Released);
    });
}

#[test]
fn a_closed_offer_is_halted_too_and_a_record_without_offer_changes_nothing() {
    story(|| {
        let (offer, order) = bruno_orders();
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        events();
        halt(&offer);
        assert_eq!(events(), [Event::OfferHalted { offer }]);
        assert_ok!(Marketplace::refund(signed(ANYONE), order));
        events();
        Marketplace::halt(&RecordId([77; 32]));
        halt(&offer);
        assert_eq!(events(), []);
    });
}
