//! A cheat is refunded and slashed by arithmetic; an honest seller cannot be hurt.

use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use sp_runtime::{
    DispatchError,
    transaction_validity::{InvalidTransaction, TransactionPriority},
};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{Digest, OrderId},
    misbehaviour::{Evidence, NoFault},
    order::{Outcome, Stage},
};

use crate::{
    DisputeRefusal, Error, Event, Faults, FaultsOf, HoldReason, OfferStatus, Offers, OpenOrders, Orders,
    mock::*,
};

fn stage(order: &OrderId) -> Stage {
    Orders::<Test>::get(order).unwrap().stage
}

/// Bruno ordered content with a bad second chunk, and has the key.
fn cheated() -> (vouchsafe_protocol::id::OfferId, Goods, OrderId) {
    let goods = bad_goods(&offer_id(&SOFIA, 1));
    let offer = sofia_offers_goods(1, &goods);
    let order = orders(&BRUNO, &offer, 0);
    delivers(&order);
    (offer, goods, order)
}

#[test]
fn one_bad_chunk_refunds_the_buyer_slashes_the_bond_and_freezes_the_offer() {
    story(|| {
        let (offer, goods, order) = cheated();
        events();
        run_to(5);
        let issuance = Balances::total_issuance();
        let proof = evidence(&order, &goods, 1, 0).unwrap();
        assert_ok!(disputes(&order, &proof));

        let reward = BOND / 10;
        let burned = BOND - reward;
        assert_eq!(
            free(&BRUNO),
            START - DEPOSIT + reward,
            "the price to the unit, and a reward"
        );
        assert_eq!(held(HoldReason::Escrow, &BRUNO), 0);
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START - BOND, 0)
        );
        assert_eq!(Balances::total_issuance(), issuance - burned);

        assert_eq!(stage(&order), Stage::Closed(Outcome::Disputed));
        let stored = Offers::<Test>::get(offer).unwrap();
        assert_eq!(stored.status, OfferStatus::Frozen { at: 5 });
        assert_eq!(
            (stored.bond, stored.open_orders, stored.settled, stored.refunded),
            (0, 0, 0, 1)
        );
        let faults = |as_seller, as_gateway| Faults {
            as_seller,
            as_gateway,
        };
        assert_eq!(FaultsOf::<Test>::get(SOFIA), faults(1, 0));
        assert_eq!(FaultsOf::<Test>::get(GATE), faults(0, 1));
        assert_eq!(TestRecords::frauds(&stored.record), [(offer, order, 1)]);
        assert_eq!(
            events(),
            [
                Event::FraudProven {
                    order,
                    offer,
                    buyer: BRUNO,
                    seller: SOFIA,
                    gateway: GATE,
                    chunk: 1,
                    reward,
                    burned,
                },
                Event::Refunded {
                    order,
                    offer,
                    buyer: BRUNO,
                    seller: SOFIA,
                    price: PRICE,
                    compensation: 0,
                    outcome: Outcome::Disputed,
                },
            ]
        );
    });
}

#[test]
fn every_other_open_order_is_refunded_by_anybody_and_for_nothing() {
    story(|| {
        let (offer, goods, order) = cheated();
        let delivered = orders(&CLARA, &offer, 0);
        delivers(&delivered);
        let placed = orders(&ANYONE, &offer, 0);
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        events();
        // Long after both deadlines: the freeze has no end.
        run_to(500);
        for (id, buyer) in [(delivered, CLARA), (placed, ANYONE)] {
            let post = Marketplace::refund(signed(SOFIA), id).unwrap();
            assert_eq!(post.pays_fee, Pays::No);
            assert_eq!(free(&buyer), START - DEPOSIT);
            assert_eq!(stage(&id), Stage::Closed(Outcome::Voided));
            assert_eq!(
                events(),
                [Event::Refunded {
                    order: id,
                    offer,
                    buyer,
                    seller: SOFIA,
                    price: PRICE,
                    compensation: 0,
                    outcome: Outcome::Voided,
                }]
            );
        }
        assert_eq!(OpenOrders::<Test>::iter().count(), 0);
    });
}

#[test]
fn an_order_that_was_settled_before_stays_settled() {
    story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        let early = orders(&CLARA, &offer, 0);
        delivers(&early);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), early));
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        assert!(matches!(stage(&early), Stage::Closed(Outcome::Settled { .. })));
        assert_eq!(free(&SOFIA), START - BOND + PRICE);
        assert_eq!(free(&CLARA), START - PRICE - DEPOSIT);
    });
}

#[test]
fn the_reward_is_never_more_than_the_price() {
    story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, UNIT, BOND));
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        assert_eq!(free(&BRUNO), START - DEPOSIT + UNIT, "not the tenth of the bond");
    });
}

#[test]
fn a_gateway_that_sells_its_own_fraud_carries_both_faults() {
    story(|| {
        let (_, goods, order) = cheated();
        Offers::<Test>::mutate_extant(Orders::<Test>::get(order).unwrap().offer, |row| {
            row.gateway = SOFIA
        });
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        let expected = Faults {
            as_seller: 1,
            as_gateway: 1,
        };
        assert_eq!(FaultsOf::<Test>::get(SOFIA), expected);
    });
}

#[test]
fn a_dispute_waits_in_the_pool_alone_first_and_as_long_as_the_window_is_open() {
    story(|| {
        let (_, goods, order) = cheated();
        let proof = evidence(&order, &goods, 1, 0).unwrap();
        let valid = validity(&order, &proof).unwrap();
        assert_eq!(valid.priority, TransactionPriority::MAX / 2);
        assert_eq!(valid.longevity, u64::from(DISPUTE_WITHIN));
        assert!(valid.propagate && valid.requires.is_empty());
        let tag = codec::Encode::encode(&("vouchsafe/dispute", order));
        assert_eq!(valid.provides, [tag]);
        run_to(1 + DISPUTE_WITHIN);
        assert_eq!(validity(&order, &proof).unwrap().longevity, 1);
    });
}

/// Refused at validation, for this reason: nothing is included, so nothing is published and nobody pays.
fn refused(order: &OrderId, proof: &Evidence, reason: DisputeRefusal) {
    assert_eq!(
        validity(order, proof),
        Err(InvalidTransaction::from(reason).into()),
        "{reason:?}"
    );
}

#[test]
fn an_honest_seller_cannot_be_disputed() {
    story(|| {
        let goods = goods(&offer_id(&SOFIA, 1), |_, _| ());
        let offer = sofia_offers_goods(1, &goods);
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        for chunk in 0..3 {
            // The client makes no such evidence …
            assert_eq!(evidence(&order, &goods, chunk, 0), Err(NoFault::Honest));
            // … and another client's is refused.
            let index = chunk as usize;
            let forged = Evidence {
                blind: *blind(&BRUNO, &offer, 0).expose(),
                index: chunk,
                leaf: goods.sidecar.leaves()[index],
                path: goods.sidecar.path(chunk).unwrap().try_into().unwrap(),
                ciphertext: goods.chunks[index].clone().try_into().unwrap(),
            };
            refused(&order, &forged, DisputeRefusal::Honest);
        }
    });
}

#[test]
fn evidence_that_is_changed_is_refused_with_the_reason() {
    story(|| {
        let (_, goods, order) = cheated();
        let proof = evidence(&order, &goods, 1, 0).unwrap();
        let mut beyond = proof.clone();
        beyond.index = 3;
        refused(&order, &beyond, DisputeRefusal::IndexBeyondEnd);
        let mut moved = proof.clone();
        moved.index = 2;
        refused(&order, &moved, DisputeRefusal::NotUnderRoot);
        let mut invented = proof.clone();
        invented.leaf.commitment = Digest([1; 32]);
        refused(&order, &invented, DisputeRefusal::NotUnderRoot);
        let mut guessed = proof.clone();
        guessed.blind = [1; 32];
        refused(&order, &guessed, DisputeRefusal::WrongBlind);
        let mut damaged = proof.clone();
        damaged.ciphertext[0] ^= 1;
        refused(&order, &damaged, DisputeRefusal::WrongCiphertext);
        assert_ok!(disputes(&order, &proof));
    });
}

#[test]
fn a_dispute_copied_for_another_order_is_refused() {
    story(|| {
        let (offer, goods, order) = cheated();
        let proof = evidence(&order, &goods, 1, 0).unwrap();
        let (same_buyer, other_buyer) = (orders(&BRUNO, &offer, 1), orders(&CLARA, &offer, 0));
        for other in [same_buyer, other_buyer] {
            delivers(&other);
            refused(&other, &proof, DisputeRefusal::WrongBlind);
        }
        refused(&OrderId([7; 32]), &proof, DisputeRefusal::OrderNotFound);
    });
}

#[test]
fn a_dispute_before_the_delivery_after_the_window_or_of_an_ended_order_is_refused() {
    story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        let order = orders(&BRUNO, &offer, 0);
        let invented = Evidence {
            blind: *blind(&BRUNO, &offer, 0).expose(),
            index: 1,
            leaf: goods.sidecar.leaves()[1],
            path: goods.sidecar.path(1).unwrap().try_into().unwrap(),
            ciphertext: goods.chunks[1].clone().try_into().unwrap(),
        };
        refused(&order, &invented, DisputeRefusal::WrongStage);
        delivers(&order);
        let proof = evidence(&order, &goods, 1, 0).unwrap();
        assert_eq!(proof, invented);
        run_to(1 + DISPUTE_WITHIN);
        assert_ok!(validity(&order, &proof));
        run_to(1 + DISPUTE_WITHIN + 1);
        refused(&order, &proof, DisputeRefusal::TooLate);
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        refused(&order, &proof, DisputeRefusal::WrongStage);
    });
}

#[test]
fn a_second_proof_of_the_same_fraud_comes_too_late_and_its_buyer_is_refunded() {
    story(|| {
        let (offer, goods, order) = cheated();
        let second = orders(&CLARA, &offer, 0);
        delivers(&second);
        let seconds = evidence(&second, &goods, 1, 0).unwrap();
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        refused(&second, &seconds, DisputeRefusal::OfferFrozen);
        assert_ok!(Marketplace::refund(signed(CLARA), second));
        assert_eq!(free(&CLARA), START - DEPOSIT);
    });
}

#[test]
fn nobody_can_call_dispute_past_the_validation() {
    story(|| {
        let (_, goods, order) = cheated();
        let proof = Box::new(evidence(&order, &goods, 1, 0).unwrap());
        for origin in [signed(BRUNO), RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                Marketplace::dispute(origin, order, proof.clone()),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn a_frozen_offer_knows_nothing_but_refunds() {
    story(|| {
        let (offer, goods, order) = cheated();
        let (placed, delivered) = (orders(&CLARA, &offer, 0), orders(&ANYONE, &offer, 0));
        let Delivery { evaluated, proof } = honest(&placed);
        delivers(&delivered);
        let frozen = DispatchError::from(Error::<Test>::OfferFrozen);
        assert_noop!(
            Marketplace::refund(signed(CLARA), placed),
            Error::<Test>::OfferNotFrozen
        );
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));

        let point = blind(&BRUNO, &offer, 1).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, point, PRICE, LICENCE),
            frozen
        );
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), placed, evaluated, proof),
            frozen
        );
        assert_noop!(Marketplace::revise(signed(SOFIA), offer, PRICE, BOND), frozen);
        assert_noop!(Marketplace::close(signed(SOFIA), offer), frozen);
        assert_noop!(Marketplace::release_bond(signed(SOFIA), offer), frozen);
        run_to(200);
        assert_noop!(Marketplace::expire(signed(CLARA), placed), frozen);
        assert_noop!(Marketplace::settle(signed(SOFIA), delivered), frozen);
        assert_ok!(Marketplace::refund(signed(CLARA), placed));
        assert_noop!(
            Marketplace::refund(signed(CLARA), placed),
            Error::<Test>::WrongStage
        );
        assert_ok!(Marketplace::refund(signed(CLARA), delivered));
    });
}

#[test]
fn a_refunded_buyer_forgets_and_has_the_deposit_back() {
    story(|| {
        let (offer, goods, order) = cheated();
        let other = orders(&CLARA, &offer, 0);
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        assert_ok!(Marketplace::refund(signed(ANYONE), other));
        assert_ok!(Marketplace::forget(signed(BRUNO), order));
        assert_ok!(Marketplace::forget(signed(CLARA), other));
        assert_eq!(free(&CLARA), START);
        assert_eq!(free(&BRUNO), START + BOND / 10);
    });
}

#[test]
fn a_dispute_reaches_a_closed_offer_whose_order_is_open() {
    story(|| {
        let (offer, goods, order) = cheated();
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        run_to(1 + COOL_OFF + 1);
        assert_noop!(
            Marketplace::release_bond(signed(SOFIA), offer),
            Error::<Test>::OrdersOpen
        );
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        assert_eq!(held(HoldReason::OfferBond, &SOFIA), 0);
    });
}

#[test]
fn a_seller_with_nothing_but_the_bond_is_slashed_like_everybody() {
    story(|| {
        let (_, goods, order) = cheated();
        assert_ok!(Balances::transfer_allow_death(
            signed(SOFIA),
            ANYONE,
            START - BOND - ED
        ));
        assert_ok!(disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()));
        assert_eq!((free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)), (ED, 0));
    });
}
