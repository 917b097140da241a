//! The life of an order: every stage, action and deadline.

use vouchsafe_protocol::{
    delivery::Point,
    order::{Action, Open, Outcome, Refusal, Stage, step},
};

const W: Point = Point([5; 32]);
const DELIVER: Action = Action::Deliver {
    evaluated: W,
    dispute_within: 10,
};
const ACTIONS: [Action; 3] = [DELIVER, Action::Settle, Action::Expire];
const PLACED: Stage = Stage::Placed { deliver_by: 100 };
const DELIVERED: Stage = Stage::Delivered {
    evaluated: W,
    dispute_by: 100,
};
const SETTLED: Stage = Stage::Closed(Outcome::Settled { evaluated: W });
const REFUNDED: Stage = Stage::Closed(Outcome::Refunded);

#[test]
fn deadlines_are_inclusive() {
    assert_eq!(
        step(PLACED, DELIVER, 100),
        Ok(Stage::Delivered {
            evaluated: W,
            dispute_by: 110
        })
    );
    assert_eq!(step(PLACED, DELIVER, 101), Err(Refusal::TooLate));
    assert_eq!(step(PLACED, Action::Expire, 100), Err(Refusal::TooEarly));
    assert_eq!(step(PLACED, Action::Expire, 101), Ok(REFUNDED));
    assert_eq!(step(DELIVERED, Action::Settle, 100), Err(Refusal::TooEarly));
    assert_eq!(step(DELIVERED, Action::Settle, 101), Ok(SETTLED));
}

#[test]
fn every_other_pair_of_stage_and_action_is_refused() {
    assert_eq!(step(PLACED, Action::Settle, 0), Err(Refusal::WrongStage));
    assert_eq!(step(DELIVERED, DELIVER, 0), Err(Refusal::WrongStage));
    assert_eq!(step(DELIVERED, Action::Expire, 1000), Err(Refusal::WrongStage));
    for closed in [SETTLED, REFUNDED] {
        for action in ACTIONS {
            assert_eq!(
                step(closed, action, 1000),
                Err(Refusal::WrongStage),
                "{closed:?} {action:?}"
            );
        }
    }
}

#[test]
fn a_quiet_window_at_the_end_of_heights_does_not_overflow() {
    let stage = Stage::Placed { deliver_by: u32::MAX };
    assert_eq!(
        step(stage, DELIVER, u32::MAX),
        Ok(Stage::Delivered {
            evaluated: W,
            dispute_by: u32::MAX
        })
    );
}

#[test]
fn for_every_open_stage_and_height_at_most_one_action_is_open_and_open_names_it() {
    for stage in [PLACED, DELIVERED] {
        for now in [0, 1, 99, 100, 101, 102, u32::MAX] {
            let allowed: Vec<Action> = ACTIONS
                .into_iter()
                .filter(|&a| step(stage, a, now).is_ok())
                .collect();
            let named = match stage.open(now).unwrap() {
                Open::Deliver { until } => {
                    assert_eq!(until, 100);
                    vec![DELIVER]
                }
                Open::Expire => vec![Action::Expire],
                Open::Settle => vec![Action::Settle],
                Open::Quiet { until } => {
                    assert_eq!(until, 100);
                    vec![]
                }
            };
            assert_eq!(allowed, named, "{stage:?} at {now}");
        }
    }
    assert_eq!((SETTLED.open(0), REFUNDED.open(0)), (None, None));
}

#[test]
fn the_evaluation_stays_readable_after_settlement() {
    assert_eq!(DELIVERED.evaluated(), Some(W));
    assert_eq!(SETTLED.evaluated(), Some(W));
    assert_eq!((PLACED.evaluated(), REFUNDED.evaluated()), (None, None));
}
