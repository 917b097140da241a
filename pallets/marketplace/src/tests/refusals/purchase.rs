//! What cannot be done with an order.

use super::*;

#[test]
fn orders_that_are_not_there() {
    story(|| {
        let (unknown, point) = (OrderId([5; 32]), blind(&BRUNO, &OfferId([5; 32]), 0).blinded());
        for refused in [
            Marketplace::refund(signed(ANYONE), unknown)
                .map(drop)
                .map_err(|refused| refused.error),
            Marketplace::deliver(signed(SOFIA), unknown, point, [0; 64]),
            Marketplace::settle(signed(ANYONE), unknown)
                .map(drop)
                .map_err(|e| e.error),
            Marketplace::expire(signed(ANYONE), unknown),
            Marketplace::forget(signed(BRUNO), unknown),
        ] {
            assert_noop!(refused, Error::<Test>::OrderNotFound);
        }
    });
}

#[test]
fn what_only_the_buyer_may_do() {
    story(|| {
        let (_, order) = bruno_orders();
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        for other in [SOFIA, ANYONE] {
            assert_noop!(Marketplace::forget(signed(other), order), Error::<Test>::NotBuyer);
        }
    });
}

#[test]
fn calls_without_a_signature() {
    story(|| {
        let (offer, order) = bruno_orders();
        for origin in [RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                Marketplace::close(origin.clone(), offer),
                DispatchError::BadOrigin
            );
            assert_noop!(
                Marketplace::settle(origin.clone(), order),
                DispatchError::BadOrigin
            );
            assert_noop!(Marketplace::expire(origin, order), DispatchError::BadOrigin);
        }
    });
}

#[test]
fn an_order_of_another_version() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(order(offer, 1, blinded, LICENCE), Error::<Test>::VersionMismatch);
    });
}

#[test]
fn an_order_under_another_licence() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            order(offer, 0, blinded, Digest([0x12; 32])),
            Error::<Test>::LicenceMismatch
        );
    });
}

#[test]
fn an_order_below_the_price() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE - 1, LICENCE),
            Error::<Test>::PriceAboveMax
        );
    });
}

#[test]
fn an_order_beyond_the_buyers_means() {
    story(|| {
        let offer = sofia_offers(1);
        assert_ok!(Balances::transfer_allow_death(
            signed(BRUNO),
            ANYONE,
            START - PRICE
        ));
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE),
            TokenError::FundsUnavailable
        );
    });
}

#[test]
fn a_seller_buying_from_himself() {
    story(|| {
        let offer = sofia_offers(1);
        let blinded = blind(&SOFIA, &offer, 0).blinded();
        assert_noop!(
            Marketplace::order(signed(SOFIA), offer, 0, blinded, PRICE, LICENCE),
            Error::<Test>::OwnOffer
        );
    });
}

#[test]
fn the_same_order_twice() {
    story(|| {
        let offer = sofia_offers(1);
        orders(&BRUNO, &offer, 0);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::AlreadyOrdered);
    });
}

#[test]
fn more_deliveries_than_the_secret_allows() {
    story(|| {
        MaxDeliveries::set(2);
        let offer = sofia_offers(1);
        let first = orders(&BRUNO, &offer, 0);
        orders(&CLARA, &offer, 0);
        let blinded = blind(&BRUNO, &offer, 1).blinded();
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::DeliveriesSpent);
        delivers(&first);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), first));
        assert_noop!(order(offer, 0, blinded, LICENCE), Error::<Test>::DeliveriesSpent);
        // An order that was never answered has not used the secret.
        let unanswered = order_id(&offer, &CLARA, &blind(&CLARA, &offer, 0).blinded());
        assert_ok!(Marketplace::expire(signed(ANYONE), unanswered));
        assert_ok!(order(offer, 0, blinded, LICENCE));
    });
}

#[test]
fn proofs_with_any_byte_changed() {
    story(|| {
        let (offer, order) = bruno_orders();
        let Delivery { evaluated, proof } = honest(&order);
        for byte in 0..proof.len() {
            let mut altered = proof;
            altered[byte] ^= 1;
            assert_noop!(
                Marketplace::deliver(signed(SOFIA), order, evaluated, altered),
                Error::<Test>::BadProof
            );
        }
        for evaluated in [NOT_A_POINT, IDENTITY, secret(&offer).public()] {
            assert_noop!(
                Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
                Error::<Test>::BadProof
            );
        }
    });
}

#[test]
fn payment_and_refund_before_their_time() {
    story(|| {
        let (_, order) = bruno_orders();
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
        delivers(&order);
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
    });
}

#[test]
fn actions_of_another_stage() {
    story(|| {
        let (_, order) = bruno_orders();
        let Delivery { evaluated, proof } = honest(&order);
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
        delivers(&order);
        assert_noop!(
            Marketplace::deliver(signed(SOFIA), order, evaluated, proof),
            Error::<Test>::WrongStage
        );
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
    });
}

#[test]
fn forgetting_an_order_that_has_not_ended() {
    story(|| {
        let (_, order) = bruno_orders();
        assert_noop!(
            Marketplace::forget(signed(BRUNO), order),
            Error::<Test>::OrderOpen
        );
        delivers(&order);
        assert_noop!(
            Marketplace::forget(signed(BRUNO), order),
            Error::<Test>::OrderOpen
        );
    });
}
