//! The machine loses power at every single write, just before and just after it is durable; the chain's answer is lost
//! at every single call. The gateway starts again and finishes, with nothing done twice and no raw byte left.

mod house;

use std::sync::atomic::Ordering;

use house::{Brittle, CANARY, House, Shift, photos};
use vouchsafe_gateway::{
    domain::JobId,
    ports::{
        Chain,
        catalogue::MemoryCatalogue,
        chain::{Call, Fault, OfferStatus},
    },
    work::{Tick, UploadError},
};
use vouchsafe_protocol::{
    delivery::Blind,
    id::Account,
    order::{Outcome, Stage},
};

const BUYER: Account = Account([0xb0; 32]);

/// Uploads, works and sells until something fails or nothing is left to do.
async fn live(house: &House, shift: &Shift) -> Option<JobId> {
    let known = shift.service.jobs().ok()?;
    let job = match known.first() {
        Some(view) => view.id,
        None => upload(shift).await.ok()?,
    };
    let mut worker = shift.worker();
    loop {
        match worker.tick().await.ok()? {
            Tick::Idle => break,
            Tick::Waiting(_) => house.clock.advance_ms(60_000),
            _ => {}
        }
    }
    sell(house, shift, job).await;
    Some(job)
}

async fn upload(shift: &Shift) -> Result<JobId, UploadError> {
    let mut upload = shift.service.begin_upload(house::dataset()).await?;
    for photo in photos() {
        upload.start_file("a.jpg")?;
        upload.write(&photo)?;
        upload.end_file()?;
    }
    upload.commit()
}

/// One buyer orders once; the desk looks until the order is closed or something fails.
async fn sell(house: &House, shift: &Shift, job: JobId) {
    let Ok(Some(offer)) = shift.service.job(job).map(|view| view.offer) else {
        return;
    };
    let genesis = house.chain.genesis().await.unwrap();
    let state = house.chain.offer(offer).await.unwrap().unwrap();
    let blinded = Blind::from_seed(&[0xb1; 32], &genesis, &offer, 0, 0).blinded();
    let order = vouchsafe_protocol::id::OrderId::derive(&genesis, &offer, 0, &BUYER, &blinded);
    if house.chain.order(order).await.unwrap().is_none() {
        assert_eq!(state.status, OfferStatus::Open);
        house.chain.set_free(BUYER, 10_000);
        house.chain.place_order(offer, BUYER, blinded).unwrap();
    }
    for _ in 0..5 {
        match shift.desk().pass().await {
            Ok(pass) if pass.failed == 0 => house.chain.advance(1),
            _ => return,
        }
    }
}

async fn check(house: &House, shift: &Shift, job: JobId, when: &str) {
    let view = shift.service.job(job).unwrap();
    assert_eq!(view.state, "done", "{when}: {view:?}");
    let calls: Vec<_> = house.chain.accepted().iter().map(Call::name).collect();
    let mut once = calls.clone();
    once.sort_unstable();
    let wanted = [
        "deliver",
        "offer",
        "register_gateway",
        "register_record",
        "settle",
    ];
    assert_eq!(once, wanted, "{when}: each exactly once");
    let genesis = house.chain.genesis().await.unwrap();
    let offer = view.offer.unwrap();
    let blinded = Blind::from_seed(&[0xb1; 32], &genesis, &offer, 0, 0).blinded();
    let order = vouchsafe_protocol::id::OrderId::derive(&genesis, &offer, 0, &BUYER, &blinded);
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    assert!(
        matches!(stage, Stage::Closed(Outcome::Settled { .. })),
        "{when}: {stage:?}"
    );
    assert_eq!(
        house.files_in("staging").len(),
        0,
        "{when}: nothing is staged any more"
    );
    assert_eq!(shift.service.offers(None).unwrap().len(), 1, "{when}: listed");
    for (path, bytes) in house.files() {
        assert!(
            !bytes.windows(CANARY.len()).any(|part| part == CANARY),
            "{when}: {}",
            path.display()
        );
    }
}

/// Finishes after a crash: what a supervisor does.
async fn restart(house: &House, when: &str) {
    for _ in 0..3 {
        let shift = house.open();
        let Some(job) = live(house, &shift).await else {
            panic!("{when}: a healthy run fails")
        };
        if house
            .chain
            .accepted()
            .iter()
            .any(|call| matches!(call, Call::Settle { .. }))
        {
            return check(house, &shift, job, when).await;
        }
    }
    panic!("{when}: not finished after three starts");
}

#[tokio::test]
async fn power_lost_at_any_write_costs_nothing() {
    let writes = {
        let house = House::new();
        let (journal, left) = Brittle::counting(house.journal());
        let shift = house.open_over(journal);
        let job = live(&house, &shift).await.unwrap();
        check(&house, &shift, job, "undisturbed").await;
        i64::MAX - left.load(Ordering::SeqCst)
    };
    assert!(
        writes >= 14,
        "{writes} writes: created, started, 3 files, bound, planned, sealed, cleared, …"
    );
    for at in 0..writes {
        for after in [false, true] {
            let house = House::new();
            let when = format!("power lost {} write {at}", if after { "after" } else { "before" });
            {
                let shift = house.open_over(Brittle::new(house.journal(), at, after));
                // The last writes note what the desk did: there the failure shows only in its passes.
                live(&house, &shift).await;
            }
            restart(&house, &when).await;
        }
    }
}

#[tokio::test]
async fn an_answer_lost_at_any_call_costs_nothing() {
    for fault in [Fault::BeforeInclusion, Fault::AfterInclusion] {
        for at in 0..5 {
            let house = House::new();
            let when = format!("{fault:?} at call {at}");
            {
                let shift = house.open();
                let job = upload(&shift).await.unwrap();
                let mut worker = shift.worker();
                house.chain.fail_after(at, fault);
                for _ in 0..60 {
                    if matches!(worker.tick().await.unwrap(), Tick::Waiting(_)) {
                        house.clock.advance_ms(60_000);
                    }
                }
                sell(&house, &shift, job).await;
            }
            restart(&house, &when).await;
        }
    }
}

#[tokio::test]
async fn an_upload_that_never_ended_leaves_nothing() {
    let house = House::new();
    let shift = house.open();
    let mut upload = shift.service.begin_upload(house::dataset()).await.unwrap();
    upload.start_file("a.jpg").unwrap();
    upload.write(&photos()[0]).unwrap();
    upload.end_file().unwrap();
    assert_eq!(house.files_in("staging").len(), 1);
    // The journal of the forgotten run stays locked, so another, equally empty one stands in for it. A crash runs no destructor.
    std::mem::forget(upload);
    let ports = house.ports(
        vouchsafe_gateway::ports::journal::MemoryJournal::default(),
        MemoryCatalogue::default(),
    );
    let shift = house.try_open(ports).unwrap();
    assert_eq!(house.files_in("staging").len(), 0, "the sweep at start");
    assert_eq!(shift.service.jobs().unwrap(), []);
}

#[tokio::test]
async fn a_dropped_upload_leaves_nothing() {
    let house = House::new();
    let shift = house.open();
    let mut upload = shift.service.begin_upload(house::dataset()).await.unwrap();
    upload.start_file("a.jpg").unwrap();
    upload.write(&photos()[0]).unwrap();
    drop(upload);
    assert_eq!(house.files_in("staging").len(), 0);
    assert_eq!(shift.service.jobs().unwrap(), []);
}

#[tokio::test]
async fn blobs_of_a_job_that_ended_in_a_crash_are_swept() {
    let house = House::new();
    let shift = house.open();
    let job = upload(&shift).await.unwrap();
    let mut worker = shift.worker();
    while shift.service.job(job).unwrap().stage != vouchsafe_gateway::domain::Stage::Registering {
        worker.tick().await.unwrap();
    }
    let kept = house.files_in("blobs").len();
    assert_eq!(
        kept, 7,
        "ciphertext, sidecar, report, metadata, metrics, models, hashes"
    );
    drop((worker, shift));
    // The machine died between the stored cancellation and the removal.
    let journal = house.journal();
    let stored = vouchsafe_gateway::ports::Journal::job(&journal, job)
        .unwrap()
        .unwrap();
    let event = vouchsafe_gateway::domain::Event::Cancelled;
    let cancelled = stored
        .after(event, vouchsafe_gateway::domain::Timestamp(9))
        .unwrap();
    let change = vouchsafe_gateway::ports::Change::of(cancelled);
    vouchsafe_gateway::ports::Journal::conclude(&journal, &change).unwrap();
    assert_eq!(house.files_in("blobs").len(), kept);
    let _shift = house.open_over(journal);
    assert_eq!(house.files_in("blobs").len(), 0);
}
