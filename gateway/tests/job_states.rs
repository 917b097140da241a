//! The state machine of a job, exhaustively.

mod house;

use house::{House, photo};
use vouchsafe_gateway::{
    domain::{Event, Input, Job, JobId, JobState, Reason, Sealed, Stage, Timestamp, next},
    work::Settings,
};

/// A sealed value for the states that carry one.
async fn some_sealed() -> Box<Sealed> {
    let house = House::new();
    let shift = house.open();
    let job = shift.upload(&[photo("one")]).await;
    shift.work().await;
    let job = shift.ports.journal.job(job).unwrap().unwrap();
    Box::new(job.state.sealed().unwrap().clone())
}

#[tokio::test]
async fn every_state_takes_exactly_the_events_of_the_table() {
    let sealed = some_sealed().await;
    let reason = || Reason::new("code", "detail");
    let stage = Stage::Anonymising;
    let states = [
        JobState::Queued,
        JobState::Anonymising { done: 1 },
        JobState::Anonymising { done: 2 },
        JobState::Sealing { nonce: sealed.nonce },
        JobState::Clearing {
            sealed: sealed.clone(),
        },
        JobState::Registering {
            sealed: sealed.clone(),
        },
        JobState::Offering {
            sealed: sealed.clone(),
        },
        JobState::Offered {
            sealed: sealed.clone(),
        },
        JobState::Erasing {
            sealed: sealed.clone(),
        },
        JobState::Erased {
            sealed: sealed.clone(),
        },
        JobState::Failed {
            stage,
            reason: reason(),
        },
        JobState::Cancelled { stage },
    ];
    let events = [
        Event::Started,
        Event::FileCleaned { found: 0, masked: 0 },
        Event::Planned { nonce: sealed.nonce },
        Event::Sealed(sealed.clone()),
        Event::Cleared,
        Event::Registered,
        Event::Offered,
        Event::Failed(reason()),
        Event::Cancelled,
        Event::EraseAsked,
        Event::Erased,
    ];
    // One row per state, one column per event, `x` for accepted.
    let table = [
        "x      xx  ", // queued
        " x     xx  ", // anonymising, one of two files
        "  x    xx  ", // anonymising, all files
        "   x   xx  ", // sealing
        "    x  xx  ", // clearing
        "     x xx  ", // registering
        "      xxx  ", // offering
        "         x ", // offered
        "          x", // erasing
        "           ", // erased
        "           ", // failed
        "           ", // cancelled
    ];
    for (state, row) in states.iter().zip(table) {
        for (event, cell) in events.iter().zip(row.chars()) {
            let taken = next(state.clone(), event.clone(), 2);
            assert_eq!(taken.is_ok(), cell == 'x', "{state:?} × {event:?}");
        }
        assert_eq!(
            state.is_at_rest(),
            row.trim().is_empty() || matches!(state, JobState::Offered { .. })
        );
    }
    let mut other = sealed.clone();
    other.nonce ^= 1;
    assert!(
        next(JobState::Sealing { nonce: sealed.nonce }, Event::Sealed(other), 2).is_err(),
        "another nonce"
    );
}

#[test]
fn waits_grow_and_end_with_the_next_step() {
    let job = Job::new(
        JobId([1; 16]),
        house::dataset(),
        Input { files: 1, bytes: 1 },
        Timestamp(10),
    );
    assert!(job.is_due(Timestamp(10)));
    let waits = job.waiting_for(Reason::new("a", "b"), Timestamp(20));
    assert!(!waits.is_due(Timestamp(19)) && waits.is_due(Timestamp(20)));
    let again = waits.waiting_for(Reason::new("a", "b"), Timestamp(40));
    assert_eq!((again.waiting.as_ref().unwrap().attempt, again.revision), (1, 2));
    let started = again.after(Event::Started, Timestamp(50)).unwrap();
    assert_eq!((started.waiting, started.revision), (None, 3));
    assert_eq!(started.stage_ms[&Stage::Staged], 40);
    let retry = Settings::default().retry;
    assert_eq!(
        [0, 1, 4, 5, 99].map(|attempt| retry.wait_ms(attempt)),
        [1_000, 2_000, 16_000, 30_000, 30_000]
    );
}
