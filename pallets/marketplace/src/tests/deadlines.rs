//! For every stage and height exactly one thing can be done with an open order, by somebody who will want it.

use frame_support::{assert_ok, storage::with_storage_layer};
use sp_runtime::{DispatchError, traits::Dispatchable};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::{OfferId, OrderId},
    order::{Open, Outcome, Stage},
};

use crate::{Offers, Orders, mock::*};

/// The calls that would be accepted now, by those who may make them, without making them. The order's content is bad, so
/// that its buyer has something to dispute.
fn accepted(order: OrderId, delivery: Delivery, goods: &Goods) -> Vec<&'static str> {
    let calls: [(&str, RuntimeCall); 5] = [
        (
            "deliver",
            crate::Call::<Test>::deliver {
                order,
                evaluated: delivery.evaluated,
                proof: delivery.proof,
            }
            .into(),
        ),
        ("settle", crate::Call::<Test>::settle { order }.into()),
        ("expire", crate::Call::<Test>::expire { order }.into()),
        ("forget", crate::Call::<Test>::forget { order }.into()),
        ("refund", crate::Call::<Test>::refund { order }.into()),
    ];
    let caller = |name: &str| match name {
        "deliver" => SOFIA,
        "forget" => BRUNO,
        _ => ANYONE,
    };
    let would_pass = |name: &str, call: RuntimeCall| {
        let tried = with_storage_layer::<(), DispatchError, _>(|| {
            let passed = call.dispatch(signed(caller(name))).is_ok();
            // Undo it, whatever it did.
            Err(DispatchError::Other(if passed { "passed" } else { "refused" }))
        });
        tried == Err(DispatchError::Other("passed"))
    };
    let disputable = evidence(&order, goods, 1, 0).is_ok_and(|evidence| validity(&order, &evidence).is_ok());
    calls
        .into_iter()
        .filter(|(name, call)| would_pass(name, call.clone()))
        .map(|(name, _)| name)
        .chain(disputable.then_some("dispute"))
        .collect()
}

/// Sofia offers a content with a bad chunk.
fn bad_offer() -> (OfferId, Goods) {
    let goods = bad_goods(&offer_id(&SOFIA, 1));
    (sofia_offers_goods(1, &goods), goods)
}

/// What the protocol says of the stage that is stored now.
fn expected(order: &OrderId, height: u32) -> Vec<&'static str> {
    let row = Orders::<Test>::get(order).unwrap();
    let standing = Offers::<Test>::get(row.offer).unwrap().status.standing();
    match row.stage.open(standing, height) {
        Some(Open::Deliver { .. }) => vec!["deliver"],
        Some(Open::Expire) => vec!["expire"],
        Some(Open::Dispute { .. }) => vec!["dispute"],
        Some(Open::Settle) => vec!["settle"],
        Some(Open::Void) => vec!["refund"],
        None => vec!["forget"],
    }
}

#[test]
fn a_placed_order_can_be_delivered_and_then_only_expired() {
    story(|| {
        let (offer, goods) = bad_offer();
        let order = orders(&BRUNO, &offer, 0);
        let delivery = honest(&order);
        for height in 1..=1 + 2 * DELIVER_WITHIN {
            run_to(height);
            let only = if height <= 1 + DELIVER_WITHIN {
                "deliver"
            } else {
                "expire"
            };
            assert_eq!(accepted(order, delivery, &goods), [only], "height {height}");
            assert_eq!(expected(&order, height), [only], "height {height}");
        }
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        assert_eq!(
            Orders::<Test>::get(order).unwrap().stage,
            Stage::Closed(Outcome::Refunded)
        );
        assert_eq!(accepted(order, delivery, &goods), ["forget"]);
    });
}

#[test]
fn a_delivered_order_can_be_disputed_and_then_only_settled() {
    for delivered_at in [1, 2, DELIVER_WITHIN, 1 + DELIVER_WITHIN] {
        story(|| {
            let (offer, goods) = bad_offer();
            let order = orders(&BRUNO, &offer, 0);
            let delivery = honest(&order);
            run_to(delivered_at);
            delivers(&order);
            for height in delivered_at..=delivered_at + 2 * DISPUTE_WITHIN {
                run_to(height);
                let only = if height <= delivered_at + DISPUTE_WITHIN {
                    "dispute"
                } else {
                    "settle"
                };
                assert_eq!(accepted(order, delivery, &goods), [only], "height {height}");
                assert_eq!(expected(&order, height), [only], "height {height}");
            }
            assert_ok!(Marketplace::settle(signed(ANYONE), order));
            assert_eq!(accepted(order, delivery, &goods), ["forget"]);
        });
    }
}

#[test]
fn an_order_of_a_frozen_offer_can_only_be_refunded_at_any_height() {
    story(|| {
        let (offer, goods) = bad_offer();
        let (first, placed, delivered) = (
            orders(&BRUNO, &offer, 0),
            orders(&CLARA, &offer, 0),
            orders(&ANYONE, &offer, 0),
        );
        let late = honest(&placed);
        delivers(&first);
        let again = honest(&delivered);
        delivers(&delivered);
        disputes(&first, &evidence(&first, &goods, 1, 0).unwrap()).unwrap();
        for height in [1, DELIVER_WITHIN + 1, DELIVER_WITHIN + 2, 500] {
            run_to(height);
            for (order, delivery) in [(placed, late), (delivered, again)] {
                assert_eq!(accepted(order, delivery, &goods), ["refund"], "height {height}");
                assert_eq!(expected(&order, height), ["refund"], "height {height}");
            }
        }
    });
}

#[test]
fn a_deadline_beyond_the_last_height_is_refused() {
    story(|| {
        let offer = sofia_offers(1);
        run_to(u32::MAX - DELIVER_WITHIN + 1);
        let blinded = blind(&BRUNO, &offer, 0).blinded();
        frame_support::assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE),
            sp_runtime::ArithmeticError::Overflow
        );
    });
}
