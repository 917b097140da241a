//! Stories with named people, balances to the unit and the whole list of events.

use frame_support::{
    assert_noop, assert_ok,
    traits::{Currency, ExistenceRequirement::AllowDeath, fungible::MutateFreeze},
};
use sp_runtime::TokenError;
use vouchsafe_protocol::{
    delivery::Delivery,
    order::{Outcome, Stage},
};

use crate::{Error, Event, HoldReason, OfferOf, Offers, OpenOrders, Orders, mock::*};

#[test]
fn a_sale_moves_exactly_the_price_and_gives_the_buyer_the_content_secret() {
    story(|| {
        let offer = sofia_offers(1);
        let key = secret(&offer).public();
        let (record, content) = record(1);
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START - BOND, BOND)
        );
        assert_eq!(OfferOf::<Test>::get(record), Some(offer));

        run_to(5);
        let order = orders(&BRUNO, &offer, 0);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_eq!(free(&BRUNO), START - PRICE - DEPOSIT);
        assert_eq!(held(HoldReason::Escrow, &BRUNO), PRICE);
        assert_eq!(held(HoldReason::OrderDeposit, &BRUNO), DEPOSIT);
        assert!(OpenOrders::<Test>::contains_key(offer, order));

        run_to(7);
        let Delivery { evaluated, proof } = honest(&order);
        assert_ok!(Marketplace::deliver(signed(SOFIA), order, evaluated, proof));
        assert_eq!(
            free(&SOFIA),
            START - BOND,
            "nothing is paid before the quiet window has passed"
        );
        let stored = Orders::<Test>::get(order).unwrap().stage.evaluated().unwrap();
        let opened = blind(&BRUNO, &offer, 0).unblind(&stored).unwrap();
        let mut plain = *b"a street without a face";
        let leaf = secret(&offer).content_secret().seal(0, &mut plain);
        assert_ok!(opened.open(0, &mut plain, &leaf));
        assert_eq!(&plain, b"a street without a face");

        run_to(7 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        assert_eq!(free(&SOFIA), START - BOND + PRICE);
        assert_eq!(
            (free(&BRUNO), held(HoldReason::Escrow, &BRUNO)),
            (START - PRICE - DEPOSIT, 0)
        );
        assert_eq!(free(&ANYONE), START);
        assert_eq!(
            Orders::<Test>::get(order).unwrap().stage,
            Stage::Closed(Outcome::Settled { evaluated })
        );
        assert_eq!(OpenOrders::<Test>::iter().count(), 0);

        assert_ok!(Marketplace::forget(signed(BRUNO), order));
        assert_eq!(
            (free(&BRUNO), held(HoldReason::OrderDeposit, &BRUNO)),
            (START - PRICE, 0)
        );
        assert_eq!(Orders::<Test>::get(order), None);
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        run_to(7 + DISPUTE_WITHIN + 1 + COOL_OFF + 1);
        assert_ok!(Marketplace::release_bond(signed(ANYONE), offer));
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START + PRICE, 0)
        );

        let (buyer, seller, price) = (BRUNO, SOFIA, PRICE);
        assert_eq!(
            events(),
            [
                Event::Offered {
                    offer,
                    seller: SOFIA,
                    gateway: GATE,
                    record,
                    content,
                    version: 0,
                    key,
                    price,
                    licence: LICENCE,
                    deliver_within: DELIVER_WITHIN,
                    dispute_within: DISPUTE_WITHIN,
                    bond: BOND,
                },
                Event::Ordered {
                    order,
                    offer,
                    version: 0,
                    buyer: BRUNO,
                    seller: SOFIA,
                    blinded,
                    price,
                    deposit: DEPOSIT,
                    licence: LICENCE,
                    deliver_by: 5 + DELIVER_WITHIN,
                },
                Event::Delivered {
                    order,
                    evaluated,
                    proof,
                    dispute_by: 7 + DISPUTE_WITHIN
                },
                Event::Settled {
                    order,
                    offer,
                    buyer,
                    seller,
                    price,
                    paid: price,
                    treasury: 0,
                    burned: 0,
                },
                Event::Forgotten { order },
                Event::OfferClosed { offer },
                Event::BondReleased {
                    offer,
                    seller: SOFIA,
                    bond: BOND
                },
            ]
        );
    });
}

#[test]
fn a_silent_seller_means_the_whole_price_back() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&CLARA, &offer, 0);
        events();
        let deliver_by = 1 + DELIVER_WITHIN;
        run_to(deliver_by);
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
        run_to(deliver_by + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        assert_ok!(Marketplace::forget(signed(CLARA), order));
        assert_eq!(
            free(&CLARA),
            START + LATE,
            "price and deposit to the unit, and a compensation"
        );
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START - BOND, BOND - LATE)
        );
        let stored = Offers::<Test>::get(offer).unwrap();
        assert_eq!((stored.open_orders, stored.settled, stored.refunded), (0, 0, 1));
        assert_eq!(
            events(),
            [
                Event::Refunded {
                    order,
                    offer,
                    buyer: CLARA,
                    seller: SOFIA,
                    price: PRICE,
                    compensation: LATE,
                    outcome: Outcome::Refunded,
                },
                Event::Forgotten { order },
            ]
        );
    });
}

#[test]
fn a_wrong_key_is_refused_and_the_right_one_still_accepted() {
    story(|| {
        let (offer, order) = bruno_orders();
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        let other_secret = secret(&offer_id(&SOFIA, 99));
        let wrong = other_secret
            .evaluate(&blinded, &context(&offer, &order, &BRUNO), &[1; 32])
            .unwrap();
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, wrong.evaluated, wrong.proof),
            Error::<Test>::BadProof
        );
        delivers(&order);
        assert_eq!(Offers::<Test>::get(offer).unwrap().open_orders, 1);
    });
}

#[test]
fn a_delivery_made_for_another_order_is_refused() {
    story(|| {
        let offer = sofia_offers(1);
        let (first, second) = (orders(&BRUNO, &offer, 0), orders(&CLARA, &offer, 0));
        let third = orders(&BRUNO, &offer, 1);
        let Delivery { evaluated, proof } = honest(&first);
        for other in [second, third] {
            assert_noop!(
                Marketplace::deliver(signed(SOFIA), other, evaluated, proof),
                Error::<Test>::BadProof
            );
        }
        assert_ok!(Marketplace::deliver(signed(SOFIA), first, evaluated, proof));
    });
}

#[test]
fn a_buyer_who_copies_another_buyers_blinded_point_gets_a_delivery_of_his_own() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        let first = orders(&BRUNO, &offer, 0);
        assert_ok!(Marketplace::order(
            signed(CLARA),
            offer,
            0,
            blinded,
            PRICE,
            LICENCE
        ));
        let copied = order_id(&offer, &CLARA, &blinded);
        let Delivery { evaluated, proof } = honest(&first);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), copied, evaluated, proof),
            Error::<Test>::BadProof
        );
        delivers(&copied);
    });
}

#[test]
fn a_late_delivery_is_refused_and_the_buyer_refunded() {
    story(|| {
        let (_, order) = bruno_orders();
        let Delivery { evaluated, proof } = honest(&order);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
            Error::<Test>::TooLate
        );
        assert_ok!(Marketplace::expire(signed(BRUNO), order));
        assert_eq!(free(&BRUNO), START - DEPOSIT + LATE);
    });
}

#[test]
fn a_price_raised_between_look_and_order_is_refused() {
    story(|| {
        let offer = sofia_offers(1);
        events();
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, PRICE + 1, BOND));
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        let order = |max| Marketplace::order(signed(BRUNO), offer, 0, blinded, max, LICENCE);
        assert_noop!(order(PRICE), Error::<Test>::PriceAboveMax);
        assert_eq!(free(&BRUNO), START);
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, PRICE - 1, BOND));
        assert_ok!(order(PRICE));
        assert_eq!(
            held(HoldReason::Escrow, &BRUNO),
            PRICE - 1,
            "the price, not the maximum"
        );
        assert_eq!(
            events()[..2],
            [
                Event::Revised {
                    offer,
                    price: PRICE + 1,
                    bond: BOND
                },
                Event::Revised {
                    offer,
                    price: PRICE - 1,
                    bond: BOND
                }
            ]
        );
    });
}

#[test]
fn a_price_change_leaves_open_orders_alone() {
    story(|| {
        let (offer, order) = bruno_orders();
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, 3 * PRICE, BOND));
        delivers(&order);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(SOFIA), order));
        assert_eq!(free(&SOFIA), START - BOND + PRICE);
    });
}

#[test]
fn a_withdrawn_record_takes_no_new_order_and_open_ones_run_their_course() {
    story(|| {
        let (offer, order) = bruno_orders();
        TestRecords::withdraw(record(1).0);
        let blinded = blind(&CLARA, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(CLARA), offer, 0, blinded, PRICE, LICENCE),
            Error::<Test>::RecordNotLive
        );
        delivers(&order);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(SOFIA), order));
    });
}

#[test]
fn a_forgotten_order_can_be_placed_and_delivered_again() {
    story(|| {
        let (offer, order) = bruno_orders();
        let Delivery { evaluated, proof } = honest(&order);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(BRUNO), order));
        let again = || {
            let blinded = blind(&BRUNO, &offer, 0).blinded();
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE)
        };
        assert_noop!(again(), Error::<Test>::AlreadyOrdered);
        assert_ok!(Marketplace::forget(signed(BRUNO), order));
        assert_ok!(again());
        assert_ok!(Marketplace::deliver(signed(SOFIA), order, evaluated, proof));
        assert_eq!(held(HoldReason::Escrow, &BRUNO), PRICE);
    });
}

#[test]
fn a_buyer_in_escrow_cannot_be_reaped() {
    story(|| {
        let offer = sofia_offers(1);
        let spare = <Balances as Currency<_>>::free_balance(&BRUNO) - PRICE - DEPOSIT - ED;
        assert_ok!(Balances::transfer_allow_death(signed(BRUNO), ANYONE, spare));
        let order = orders(&BRUNO, &offer, 0);
        assert_eq!(free(&BRUNO), ED);
        let emptied = <Balances as Currency<_>>::transfer(&BRUNO, &ANYONE, 1, AllowDeath);
        assert!(emptied.is_err(), "the existential deposit must stay");
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        assert_eq!(free(&BRUNO), ED + PRICE + LATE);
        assert_eq!(held(HoldReason::OrderDeposit, &BRUNO), DEPOSIT);
    });
}

#[test]
fn a_buyer_must_keep_the_existential_deposit_beside_the_escrow() {
    story(|| {
        let offer = sofia_offers(1);
        let one_too_few = PRICE + DEPOSIT + ED - 1;
        assert_ok!(Balances::transfer_allow_death(
            signed(BRUNO),
            ANYONE,
            START - one_too_few
        ));
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn a_seller_with_nothing_free_but_the_bond_receives_the_smallest_price() {
    story(|| {
        let offer = sofia_offers(1);
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, ED, BOND));
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        // Another reason to exist (a validator's session keys, say) lets the free balance go to zero.
        System::inc_providers(&SOFIA);
        assert_ok!(Balances::transfer_allow_death(
            signed(SOFIA),
            ANYONE,
            START - BOND
        ));
        assert_eq!(free(&SOFIA), 0);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(BRUNO), order));
        assert_eq!(free(&SOFIA), ED);
    });
}

#[test]
fn a_freeze_put_on_after_ordering_does_not_take_the_escrow_hostage() {
    story(|| {
        let (_, order) = bruno_orders();
        delivers(&order);
        assert_ok!(<Balances as MutateFreeze<_>>::set_freeze(&1, &BRUNO, START));
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(SOFIA), order));
        assert_eq!(free(&SOFIA), START - BOND + PRICE);
    });
}

#[test]
fn a_seller_sells_the_same_ciphertext_to_many() {
    story(|| {
        let offer = sofia_offers(1);
        let placed: Vec<_> = [&BRUNO, &CLARA, &ANYONE]
            .map(|who| orders(who, &offer, 0))
            .to_vec();
        placed.iter().for_each(delivers);
        run_to(1 + DISPUTE_WITHIN + 1);
        for order in placed {
            assert_ok!(Marketplace::settle(signed(SOFIA), order));
        }
        assert_eq!(free(&SOFIA), START - BOND + 3 * PRICE);
        let stored = Offers::<Test>::get(offer).unwrap();
        assert_eq!((stored.open_orders, stored.settled, stored.refunded), (0, 3, 0));
    });
}
