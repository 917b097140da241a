//! For every stage and height exactly one thing can be done with an open order, or the quiet window runs.

use frame_support::{assert_ok, storage::with_storage_layer};
use sp_runtime::{DispatchError, traits::Dispatchable};
use vouchsafe_protocol::{
    delivery::Delivery,
    id::OrderId,
    order::{Open, Outcome, Stage},
};

use crate::{Orders, mock::*};

/// The calls that would be accepted now, by those who may make them, without making them.
fn accepted(order: OrderId, delivery: Delivery) -> Vec<&'static str> {
    let calls: [(&str, RuntimeCall); 4] = [
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
    calls
        .into_iter()
        .filter(|(name, call)| would_pass(name, call.clone()))
        .map(|(name, _)| name)
        .collect()
}

/// What the protocol says of the stage that is stored now.
fn expected(order: &OrderId, height: u32) -> Vec<&'static str> {
    match Orders::<Test>::get(order).unwrap().stage.open(height) {
        Some(Open::Deliver { .. }) => vec!["deliver"],
        Some(Open::Expire) => vec!["expire"],
        Some(Open::Quiet { .. }) => vec![],
        Some(Open::Settle) => vec!["settle"],
        None => vec!["forget"],
    }
}

#[test]
fn a_placed_order_can_be_delivered_and_then_only_expired() {
    story(|| {
        let offer = sofia_offers(1);
        let order = orders(&BRUNO, &offer, 0);
        let delivery = honest(&order);
        for height in 1..=1 + 2 * DELIVER_WITHIN {
            run_to(height);
            let only = if height <= 1 + DELIVER_WITHIN {
                "deliver"
            } else {
                "expire"
            };
            assert_eq!(accepted(order, delivery), [only], "height {height}");
            assert_eq!(expected(&order, height), [only], "height {height}");
        }
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        assert_eq!(
            Orders::<Test>::get(order).unwrap().stage,
            Stage::Closed(Outcome::Refunded)
        );
        assert_eq!(accepted(order, delivery), ["forget"]);
    });
}

#[test]
fn a_delivered_order_rests_and_can_then_only_be_settled() {
    for delivered_at in [1, 2, DELIVER_WITHIN, 1 + DELIVER_WITHIN] {
        story(|| {
            let offer = sofia_offers(1);
            let order = orders(&BRUNO, &offer, 0);
            let delivery = honest(&order);
            run_to(delivered_at);
            delivers(&order);
            for height in delivered_at..=delivered_at + 2 * DISPUTE_WITHIN {
                run_to(height);
                let only: &[&str] = if height <= delivered_at + DISPUTE_WITHIN {
                    &[]
                } else {
                    &["settle"]
                };
                assert_eq!(accepted(order, delivery), only, "height {height}");
                assert_eq!(expected(&order, height), only, "height {height}");
            }
            assert_ok!(Marketplace::settle(signed(ANYONE), order));
            assert_eq!(accepted(order, delivery), ["forget"]);
        });
    }
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
