//! The life of an order: every stage, standing, action and deadline.

use Standing::{Frozen, Halted, Sound};
use proptest::prelude::*;
use vouchsafe_protocol::{
    delivery::Point,
    order::{Action, Open, Outcome, Refusal, Stage, Standing, least_dispute_window, step},
};

const W: Point = Point([5; 32]);
const DELIVER: Action = Action::Deliver {
    evaluated: W,
    dispute_within: 10,
};
const ACTIONS: [Action; 5] = [
    DELIVER,
    Action::Settle,
    Action::Expire,
    Action::Dispute,
    Action::Void,
];
const PLACED: Stage = Stage::Placed { deliver_by: 100 };
const DELIVERED: Stage = Stage::Delivered {
    evaluated: W,
    dispute_by: 100,
};
const SETTLED: Stage = Stage::Closed(Outcome::Settled { evaluated: W });
const REFUNDED: Stage = Stage::Closed(Outcome::Refunded);
const DISPUTED: Stage = Stage::Closed(Outcome::Disputed);
const VOIDED: Stage = Stage::Closed(Outcome::Voided);

#[test]
fn deadlines_are_inclusive() {
    let delivered = Stage::Delivered {
        evaluated: W,
        dispute_by: 110,
    };
    assert_eq!(step(PLACED, Sound, DELIVER, 100), Ok(delivered));
    assert_eq!(step(PLACED, Sound, DELIVER, 101), Err(Refusal::TooLate));
    assert_eq!(step(PLACED, Sound, Action::Expire, 100), Err(Refusal::TooEarly));
    assert_eq!(step(PLACED, Sound, Action::Expire, 101), Ok(REFUNDED));
    assert_eq!(step(DELIVERED, Sound, Action::Dispute, 100), Ok(DISPUTED));
    assert_eq!(
        step(DELIVERED, Sound, Action::Dispute, 101),
        Err(Refusal::TooLate)
    );
    assert_eq!(
        step(DELIVERED, Sound, Action::Settle, 100),
        Err(Refusal::TooEarly)
    );
    assert_eq!(step(DELIVERED, Sound, Action::Settle, 101), Ok(SETTLED));
}

#[test]
fn every_other_pair_of_stage_and_action_is_refused() {
    for action in [Action::Settle, Action::Dispute] {
        assert_eq!(step(PLACED, Sound, action, 0), Err(Refusal::WrongStage));
    }
    for action in [DELIVER, Action::Expire] {
        assert_eq!(step(DELIVERED, Sound, action, 1000), Err(Refusal::WrongStage));
    }
    for stage in [PLACED, DELIVERED] {
        assert_eq!(step(stage, Sound, Action::Void, 1000), Err(Refusal::NotFrozen));
    }
}

#[test]
fn a_closed_order_is_never_left() {
    for closed in [SETTLED, REFUNDED, DISPUTED, VOIDED] {
        for standing in [Sound, Frozen, Halted] {
            for action in ACTIONS {
                for now in [0, 100, 101, u32::MAX] {
                    assert_eq!(
                        step(closed, standing, action, now),
                        Err(Refusal::WrongStage),
                        "{closed:?} {action:?}"
                    );
                }
            }
            assert_eq!(closed.open(standing, 0), None);
        }
    }
}

#[test]
fn a_frozen_offer_leaves_its_open_orders_the_refund_alone() {
    for stage in [PLACED, DELIVERED] {
        for now in [0, 100, 101, u32::MAX] {
            for action in [DELIVER, Action::Settle, Action::Expire, Action::Dispute] {
                assert_eq!(step(stage, Frozen, action, now), Err(Refusal::Frozen));
            }
            assert_eq!(step(stage, Frozen, Action::Void, now), Ok(VOIDED));
        }
    }
}

#[test]
fn a_halted_offer_delivers_nothing_more_and_refunds_who_waits() {
    for now in [0, 100, 101, u32::MAX] {
        for action in [DELIVER, Action::Settle, Action::Expire, Action::Dispute] {
            assert_eq!(step(PLACED, Halted, action, now), Err(Refusal::Halted));
        }
        assert_eq!(step(PLACED, Halted, Action::Void, now), Ok(VOIDED));
        assert_eq!(PLACED.open(Halted, now), Some(Open::Void));
    }
}

#[test]
fn what_was_delivered_before_an_offer_was_halted_runs_its_course() {
    for now in [0, 100, 101, u32::MAX] {
        for action in ACTIONS {
            assert_eq!(
                step(DELIVERED, Halted, action, now),
                step(DELIVERED, Sound, action, now),
                "{action:?} at {now}"
            );
        }
        assert_eq!(DELIVERED.open(Halted, now), DELIVERED.open(Sound, now));
    }
}

#[test]
fn a_quiet_window_at_the_end_of_heights_does_not_overflow() {
    let stage = Stage::Placed { deliver_by: u32::MAX };
    let delivered = Stage::Delivered {
        evaluated: W,
        dispute_by: u32::MAX,
    };
    assert_eq!(step(stage, Sound, DELIVER, u32::MAX), Ok(delivered));
}

/// Who will want the one open action: nobody's indifference can hold money for ever.
fn wanted_by(open: Open) -> (&'static str, Action) {
    match open {
        Open::Deliver { .. } => ("seller", DELIVER),
        Open::Expire => ("buyer", Action::Expire),
        Open::Dispute { .. } => ("buyer", Action::Dispute),
        Open::Settle => ("seller", Action::Settle),
        Open::Void => ("buyer", Action::Void),
    }
}

/// Every height up to beyond both deadlines, for every deadline in a small range: exhaustive, because only the order
/// of `now` and the deadline decides.
#[test]
fn for_every_open_stage_standing_and_height_exactly_one_action_is_open_and_open_names_it() {
    let mut pairs = 0;
    for deadline in 0..=12u32 {
        for stage in [
            Stage::Placed { deliver_by: deadline },
            Stage::Delivered {
                evaluated: W,
                dispute_by: deadline,
            },
        ] {
            for standing in [Sound, Frozen] {
                for now in (0..=deadline + 3).chain([u32::MAX - 1, u32::MAX]) {
                    let allowed: Vec<Action> = ACTIONS
                        .into_iter()
                        .filter(|&action| step(stage, standing, action, now).is_ok())
                        .collect();
                    let (_, named) = wanted_by(stage.open(standing, now).unwrap());
                    assert_eq!(allowed, [named], "{stage:?} {standing:?} at {now}");
                    pairs += 1;
                }
            }
        }
    }
    assert_eq!(pairs, 4 * (0..=12).map(|deadline| deadline + 6).sum::<u32>());
}

#[test]
fn a_deadline_is_named_while_it_has_not_passed() {
    assert_eq!(PLACED.open(Sound, 7), Some(Open::Deliver { until: 100 }));
    assert_eq!(DELIVERED.open(Sound, 7), Some(Open::Dispute { until: 100 }));
}

#[test]
fn the_evaluation_stays_readable_after_settlement() {
    assert_eq!(DELIVERED.evaluated(), Some(W));
    assert_eq!(SETTLED.evaluated(), Some(W));
    for stage in [PLACED, REFUNDED, DISPUTED, VOIDED] {
        assert_eq!(stage.evaluated(), None);
    }
}

#[test]
fn the_shortest_quiet_window_grows_with_the_content() {
    assert_eq!(least_dispute_window(20, 0, 1000, 500), 20);
    assert_eq!(least_dispute_window(20, 1, 1000, 500), 21);
    assert_eq!(least_dispute_window(20, 1000, 1000, 500), 21);
    assert_eq!(least_dispute_window(20, 1001, 1000, 500), 22);
    assert_eq!(least_dispute_window(20, u64::MAX, 1000, 500), 500);
    assert_eq!(least_dispute_window(20, u64::MAX, 1, u32::MAX), u32::MAX);
    assert_eq!(least_dispute_window(20, 1_000_000, 0, 500), 20);
}

proptest! {
    /// Any sequence of actions at rising heights reaches a closed stage at most once, and waiting long enough always
    /// leaves a way to it.
    #[test]
    fn every_walk_can_end(actions in prop::collection::vec((0..5usize, 0..40u32), 0..12), frozen_from in 0..400u32) {
        let (mut stage, mut now) = (Stage::Placed { deliver_by: 30 }, 0u32);
        for (action, wait) in actions {
            now += wait;
            let standing = if now >= frozen_from { Frozen } else { Sound };
            let before = stage;
            if let Ok(next) = step(stage, standing, ACTIONS[action], now) {
                prop_assert!(!matches!(before, Stage::Closed(_)));
                stage = next;
            }
        }
        let standing = if now >= frozen_from { Frozen } else { Sound };
        if let Some(open) = stage.open(standing, now + 1000) {
            let (_, action) = wanted_by(open);
            prop_assert!(matches!(step(stage, standing, action, now + 1000), Ok(Stage::Closed(_))));
        }
    }
}
