//! Who comes next: work that needs the chain and work that needs none do not wait for each other.

mod house;

use std::time::Duration;

use futures::StreamExt;
use house::{House, Shift, TwinAnonymiser, names, photo, photos};
use vouchsafe_gateway::{
    domain::{JobId, JobView, Stage},
    work::{Running, Tick, Worker},
};

/// Only a guard against a test that never ends: nothing here is measured.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until a job looks as wanted.
async fn until(shift: &Shift, job: JobId, wanted: impl Fn(&JobView) -> bool) -> JobView {
    let mut views = shift.service.watch(job).unwrap();
    let found = async {
        loop {
            let view = views.next().await.expect("the job goes on");
            if wanted(&view) {
                return view;
            }
        }
    };
    let last = || shift.view(job);
    tokio::time::timeout(PATIENCE, found)
        .await
        .unwrap_or_else(|_| panic!("it never came to that: {:?}", last()))
}

fn run(shift: &Shift) -> Running {
    let handle = tokio::runtime::Handle::current();
    let twin = Box::new(TwinAnonymiser::default());
    Running::start(shift.service.clone(), vec![twin], &handle).unwrap()
}

/// A house whose gateway has met its chain.
async fn settled_house() -> (House, Shift) {
    let house = House::new();
    let shift = house.open();
    shift.desk().pass().await.unwrap();
    (house, shift)
}

fn local(shift: &Shift) -> Worker {
    Worker::local(shift.service.clone(), vec![Box::new(TwinAnonymiser::default())])
}

#[tokio::test]
async fn while_a_job_waits_for_a_silent_node_the_next_ones_are_anonymised_and_sealed() {
    let (house, shift) = settled_house().await;
    let first = shift.upload(&photos()).await;
    house.clock.advance_ms(1);
    let second = shift.upload(&[photo("four")]).await;
    house.chain.set_silent(true);
    let running = run(&shift);
    let view = until(&shift, second, |view| view.stage == Stage::Registering).await;
    assert_eq!((view.files.done, view.files.total), (1, 1));
    assert_eq!(
        shift.view(first).stage,
        Stage::Registering,
        "it waits all the while"
    );

    house.chain.set_silent(false);
    for job in [first, second] {
        until(&shift, job, |view| view.state == "done").await;
    }
    running.stop().await;
    let offers = names(&house.chain)
        .iter()
        .filter(|name| **name == "offer")
        .count();
    assert_eq!(offers, 2);
}

#[tokio::test]
async fn before_any_node_was_met_every_photo_is_anonymised_all_the_same() {
    let house = House::new();
    house.chain.set_reachable(false);
    let shift = house.open();
    let jobs = [
        shift.upload(&photos()).await,
        shift.upload(&[photo("four")]).await,
    ];
    house.chain.set_silent(true);
    house.chain.set_reachable(true);
    let running = run(&shift);
    for job in jobs {
        until(&shift, job, |view| view.files.done == view.files.total).await;
    }
    house.chain.set_silent(false);
    for job in jobs {
        until(&shift, job, |view| view.state == "done").await;
    }
    running.stop().await;
}

#[tokio::test]
async fn stopping_and_cancelling_do_not_wait_for_a_silent_node() {
    let (house, shift) = settled_house().await;
    let job = shift.upload(&photos()).await;
    house.chain.set_silent(true);
    let running = run(&shift);
    until(&shift, job, |view| view.stage == Stage::Registering).await;
    assert_eq!(shift.service.cancel(job).unwrap().state, "cancelled");
    assert_eq!(house.files_in("staging").len() + house.files_in("blobs").len(), 0);
    assert!(running.is_alive());
    tokio::time::timeout(PATIENCE, running.stop())
        .await
        .expect("a node that says nothing holds up no shutdown");
}

#[tokio::test]
async fn a_new_job_comes_before_another_try_of_one_that_waits_for_the_chain() {
    let (house, shift) = settled_house().await;
    let first = shift.upload(&[photo("one")]).await;
    let mut worker = shift.worker();
    house.chain.set_reachable(false);
    while worker.tick().await.unwrap() != Tick::Waiting(first) {}
    house.clock.advance_ms(60_000);
    let second = shift.upload(&[photo("two")]).await;
    // Started, anonymised, planned, sealed, cleared: no step of it needs a node.
    for step in 0..5 {
        assert_eq!(worker.tick().await.unwrap(), Tick::Stepped(second), "step {step}");
    }
    assert_eq!(shift.view(second).stage, Stage::Registering);
    assert!(matches!(worker.tick().await.unwrap(), Tick::Waiting(_)));
}

#[tokio::test]
async fn jobs_that_failed_at_the_chain_go_behind_those_that_have_not_had_their_turn() {
    let (house, shift) = settled_house().await;
    let mut jobs = Vec::new();
    for mark in ["one", "two", "three"] {
        jobs.push(shift.upload(&[photo(mark)]).await);
        house.clock.advance_ms(1);
    }
    let mut here = local(&shift);
    while here.tick().await.unwrap() != Tick::Idle {
        house.clock.advance_ms(1);
    }
    house.chain.set_reachable(false);
    let mut chain = Worker::chain(shift.service.clone());
    let mut tried = Vec::new();
    for _ in 0..6 {
        // Each try takes so long that whoever failed before could try again at once.
        house.clock.advance_ms(60_000);
        let Tick::Waiting(job) = chain.tick().await.unwrap() else {
            panic!("the node is away")
        };
        tried.push(job);
    }
    assert_eq!(tried, [jobs.clone(), jobs].concat(), "in turn, the oldest first");
}

#[tokio::test]
async fn here_one_dataset_is_finished_before_the_next_is_begun() {
    let (house, shift) = settled_house().await;
    let first = shift.upload(&photos()).await;
    house.clock.advance_ms(1);
    let second = shift.upload(&[photo("four")]).await;
    let mut here = local(&shift);
    let mut taken = Vec::new();
    while let Tick::Stepped(job) = here.tick().await.unwrap() {
        house.clock.advance_ms(1);
        taken.push(job);
    }
    taken.dedup();
    assert_eq!(taken, [first, second]);
    for job in [first, second] {
        assert_eq!(
            shift.view(job).stage,
            Stage::Registering,
            "the chain is another lane's"
        );
    }
    assert_eq!(names(&house.chain), ["register_gateway"]);
}

#[tokio::test]
async fn each_lane_leaves_the_other_ones_work_alone() {
    let house = House::new();
    let shift = house.open();
    let job = shift.upload(&[photo("one")]).await;
    let mut chain = Worker::chain(shift.service.clone());
    assert_eq!(chain.tick().await.unwrap(), Tick::Idle);
    let mut here = local(&shift);
    while here.tick().await.unwrap() != Tick::Idle {}
    assert_eq!(
        (shift.view(job).stage, shift.view(job).files.done),
        (Stage::Anonymising, 1),
        "no chain was met"
    );
    assert_eq!(house.chain.accepted(), []);
    assert_eq!(
        chain.tick().await.unwrap(),
        Tick::Stepped(job),
        "the chain is met"
    );
    assert_eq!(chain.tick().await.unwrap(), Tick::Idle);
    while here.tick().await.unwrap() != Tick::Idle {}
    assert_eq!(shift.view(job).stage, Stage::Registering);
    while chain.tick().await.unwrap() != Tick::Idle {}
    assert_eq!(shift.view(job).state, "done");
}
