//! What every adapter must do. `reopen` closes a journal and opens the same one again; the in-memory twin gives itself
//! back.

use std::collections::BTreeMap;

use vouchsafe_documents::terms::Derivation;
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, Genesis, OfferId, OrderId, RecordId},
};

use super::{Answer, Change, Journal, JournalError, SecretKind, Subject};
use crate::domain::{
    ClassFindings, Credentials, DatasetDraft, Deed, Event, Findings, Input, ItemRow, Job, JobId, JobState,
    Kept, LicenceDraft, Media, NewDataset, Note, ParentDraft, Reason, SecondLook, SignedNote, Timestamp,
    Utility,
};

/// A job that exists nowhere yet. `at` decides its id and its age.
pub fn new_job(at: u8) -> Job {
    let dataset = NewDataset::new(DatasetDraft {
        title: format!("Dataset {at}"),
        description: String::new(),
        licence: LicenceDraft {
            name: "CC0".into(),
            text: "No rights reserved.".into(),
        },
        price: "340282366920938463463374607431768211455".into(),
        tags: vec!["street".into()],
        parents: vec![ParentDraft {
            record: RecordId([0x9a; 32]),
            share_ppm: u32::from(at),
        }],
        parent_documents: vec!["{}".into()],
        derivation: Derivation::Allowed { least_share_ppm: 7 },
        policy: Some("street".into()),
    });
    let input = Input { files: 2, bytes: 20 };
    Job::new(JobId([at; 16]), dataset.unwrap(), input, Timestamp(u64::from(at)))
}

fn row(at: u8) -> ItemRow {
    ItemRow {
        media: Media::Jpeg,
        bytes: u64::from(at),
        sha256: Digest([at; 32]),
        findings: Findings::from([("face".into(), ClassFindings::default())]),
        second_look: SecondLook {
            replaced_late: 1,
            left: BTreeMap::from([("face".into(), 1)]),
        },
        utility: Utility::default(),
        kept: Kept {
            regions: 1,
            area_ppm: 7,
            reasons: BTreeMap::from([("a statue".into(), 1)]),
        },
        note: Some(SignedNote {
            note: Note {
                schema: "vouchsafe/override/1".into(),
                photo: Digest([1; 32]),
                output: Digest([2; 32]),
                policy: Digest([3; 32]),
                code: "residual_faces".into(),
                left: BTreeMap::from([("face".into(), 1)]),
                text: "a curtain".into(),
                time_ms: Timestamp(4),
            },
            signature: [at; 64],
        }),
        credentials: Some(Credentials {
            agent: "0.1.0".into(),
            actions: vec![Deed {
                action: "c2pa.edited".into(),
                description: "face: 1 found".into(),
                parameters: vec![("vouchsafe.class".into(), vec!["face".into()])],
            }],
        }),
        metadata_removed: BTreeMap::from([("exif".into(), 1)]),
        metrics: format!("{{\"v\":{at}}}"),
    }
}

pub fn returns_the_job_that_was_created(journal: &dyn Journal) {
    let job = new_job(1);
    journal.create(&job, b"sealed").unwrap();
    assert_eq!(journal.job(job.id).unwrap(), Some(job.clone()));
    assert_eq!(
        journal.secret(job.id, SecretKind::Staging).unwrap().as_deref(),
        Some(b"sealed".as_slice())
    );
    assert_eq!(journal.secret(job.id, SecretKind::Opening).unwrap(), None);
    assert_eq!(journal.job(JobId([9; 16])).unwrap(), None);
}

pub fn refuses_to_create_a_job_twice(journal: &dyn Journal) {
    journal.create(&new_job(1), b"first").unwrap();
    let again = journal.create(&new_job(1), b"second");
    assert!(matches!(again, Err(JournalError::Exists(id)) if id == JobId([1; 16])));
    assert_eq!(
        journal
            .secret(JobId([1; 16]), SecretKind::Staging)
            .unwrap()
            .as_deref(),
        Some(b"first".as_slice())
    );
}

pub fn refuses_a_step_of_an_unknown_job(journal: &dyn Journal) {
    let step = Change::of(new_job(1).after(Event::Started, Timestamp(2)).unwrap());
    assert!(matches!(journal.conclude(&step), Err(JournalError::Missing(_))));
}

pub fn refuses_a_step_that_missed_another(journal: &dyn Journal) {
    let job = new_job(1);
    journal.create(&job, b"sealed").unwrap();
    let cancelled = job.after(Event::Cancelled, Timestamp(2)).unwrap();
    journal
        .conclude(&Change {
            forget: vec![SecretKind::Staging],
            ..Change::of(cancelled.clone())
        })
        .unwrap();
    let late = Change {
        item: Some((0, row(1))),
        keep: Some((SecretKind::Opening, vec![1])),
        ..Change::of(job.after(Event::Started, Timestamp(3)).unwrap())
    };
    let refused = journal.conclude(&late);
    assert!(
        matches!(
            refused,
            Err(JournalError::Stale {
                stored: 1,
                offered: 1,
                ..
            })
        ),
        "{refused:?}"
    );
    assert_eq!(
        journal.job(job.id).unwrap(),
        Some(cancelled),
        "nothing of the late step is stored"
    );
    assert_eq!(journal.items(job.id).unwrap(), []);
    assert_eq!(journal.secret(job.id, SecretKind::Opening).unwrap(), None);
}

pub fn stores_a_step_whole(journal: &dyn Journal) {
    let job = new_job(1);
    journal.create(&job, b"sealed").unwrap();
    let started = job.after(Event::Started, Timestamp(2)).unwrap();
    journal.conclude(&Change::of(started.clone())).unwrap();
    let cleaned = started
        .after(Event::FileCleaned { found: 1, masked: 1 }, Timestamp(3))
        .unwrap();
    let step = Change {
        item: Some((0, row(1))),
        keep: Some((SecretKind::Opening, b"opening".to_vec())),
        forget: vec![SecretKind::Staging],
        job: cleaned.clone(),
    };
    journal.conclude(&step).unwrap();
    assert_eq!(journal.job(job.id).unwrap(), Some(cleaned));
    assert_eq!(journal.items(job.id).unwrap(), [row(1)]);
    assert_eq!(
        journal.secret(job.id, SecretKind::Opening).unwrap().as_deref(),
        Some(b"opening".as_slice())
    );
    assert_eq!(
        journal.secret(job.id, SecretKind::Staging).unwrap(),
        None,
        "forgotten"
    );
}

pub fn gives_rows_in_item_order_and_of_one_job_only(journal: &dyn Journal) {
    for at in [1, 2] {
        let mut job = new_job(at);
        job.input.files = 300;
        journal.create(&job, b"sealed").unwrap();
        job = job.after(Event::Started, Timestamp(2)).unwrap();
        journal.conclude(&Change::of(job.clone())).unwrap();
        // 257 rows: an order by text or by the last byte alone would show
        for position in 0..257_u32 {
            job = job
                .after(Event::FileCleaned { found: 0, masked: 0 }, Timestamp(3))
                .unwrap();
            let mut row = row(at);
            row.bytes = u64::from(position);
            journal
                .conclude(&Change {
                    item: Some((position, row)),
                    ..Change::of(job.clone())
                })
                .unwrap();
        }
    }
    let rows = journal.items(JobId([1; 16])).unwrap();
    assert!(rows.iter().map(|row| row.bytes).eq(0..257));
    assert!(rows.iter().all(|row| row.sha256 == Digest([1; 32])));
}

pub fn lists_jobs_oldest_first(journal: &dyn Journal) {
    for at in [3, 1, 2] {
        journal.create(&new_job(at), b"sealed").unwrap();
    }
    let ids: Vec<JobId> = journal.jobs().unwrap().iter().map(|job| job.id).collect();
    assert_eq!(ids, [JobId([1; 16]), JobId([2; 16]), JobId([3; 16])]);
}

pub fn lists_only_open_jobs_as_open(journal: &dyn Journal) {
    for at in [1, 2, 3] {
        journal.create(&new_job(at), b"sealed").unwrap();
    }
    let failed = new_job(2)
        .after(Event::Failed(Reason::new("x", "y")), Timestamp(5))
        .unwrap();
    journal.conclude(&Change::of(failed)).unwrap();
    let open: Vec<JobId> = journal.open_jobs().unwrap().iter().map(|job| job.id).collect();
    assert_eq!(open, [JobId([1; 16]), JobId([3; 16])]);
    assert!(
        journal
            .open_jobs()
            .unwrap()
            .iter()
            .all(|job| job.state == JobState::Queued)
    );
}

pub fn belongs_to_one_chain(journal: &dyn Journal) {
    assert_eq!(journal.genesis().unwrap(), None);
    journal.bind(Genesis([1; 32])).unwrap();
    journal.bind(Genesis([1; 32])).unwrap();
    let other = journal.bind(Genesis([2; 32]));
    assert!(matches!(
        other,
        Err(JournalError::OtherChain {
            stored: Genesis([1, ..]),
            offered: Genesis([2, ..])
        })
    ));
    assert_eq!(journal.genesis().unwrap(), Some(Genesis([1; 32])));
}

pub fn keeps_answers(journal: &dyn Journal) {
    let answer = Answer {
        offer: OfferId([1; 32]),
        evaluated: Point([2; 32]),
        seen_at: 7,
        settled: false,
    };
    journal.record_answer(OrderId([1; 32]), answer).unwrap();
    journal.record_answer(OrderId([2; 32]), answer).unwrap();
    journal
        .record_answer(
            OrderId([1; 32]),
            Answer {
                settled: true,
                ..answer
            },
        )
        .unwrap();
    assert_eq!(
        journal.answer(OrderId([1; 32])).unwrap(),
        Some(Answer {
            settled: true,
            ..answer
        })
    );
    assert_eq!(journal.answer(OrderId([3; 32])).unwrap(), None);
    assert_eq!(journal.answers().unwrap().len(), 2);
}

pub fn keeps_the_first_proof_of_everything_apart(journal: &dyn Journal) {
    let subjects = [
        Subject::Checkpoint,
        Subject::Handover(0),
        Subject::Handover(u64::MAX),
        Subject::Record(RecordId([1; 32])),
        Subject::Order(OrderId([1; 32])),
        Subject::Delivery(OrderId([1; 32])),
    ];
    assert_eq!(journal.unproven(&subjects).unwrap(), subjects);
    for (at, subject) in (0u8..).zip(subjects) {
        assert_eq!(journal.proof(subject).unwrap(), None, "{subject:?}");
        journal.keep_proof(subject, &[at]).unwrap();
        journal.keep_proof(subject, b"later").unwrap();
    }
    for (at, subject) in (0u8..).zip(subjects) {
        assert_eq!(journal.proof(subject).unwrap(), Some(vec![at]), "{subject:?}");
    }
    let other = Subject::Record(RecordId([2; 32]));
    assert_eq!(journal.unproven(&[subjects[0], other]).unwrap(), [other]);
}

/// Runs after every other check on a journal that is closed and opened again.
pub fn remembers_everything<J: Journal>(journal: J, reopen: impl Fn(J) -> J) {
    let job = new_job(1);
    journal.create(&job, b"sealed").unwrap();
    let journal = reopen(journal);
    let started = job.after(Event::Started, Timestamp(2)).unwrap();
    journal
        .conclude(&Change {
            item: Some((0, row(1))),
            ..Change::of(started.clone())
        })
        .unwrap();
    journal.bind(Genesis([1; 32])).unwrap();
    let answer = Answer {
        offer: OfferId([1; 32]),
        evaluated: Point([2; 32]),
        seen_at: 7,
        settled: true,
    };
    journal.record_answer(OrderId([1; 32]), answer).unwrap();
    journal.keep_proof(Subject::Handover(1), b"proof").unwrap();
    let journal = reopen(journal);
    assert_eq!(journal.job(job.id).unwrap(), Some(started.clone()));
    let proof = journal.proof(Subject::Handover(1)).unwrap();
    assert_eq!(proof.as_deref(), Some(b"proof".as_slice()));
    assert_eq!(journal.open_jobs().unwrap(), [started]);
    assert_eq!(journal.items(job.id).unwrap(), [row(1)]);
    assert_eq!(
        journal.secret(job.id, SecretKind::Staging).unwrap().as_deref(),
        Some(b"sealed".as_slice())
    );
    assert_eq!(journal.genesis().unwrap(), Some(Genesis([1; 32])));
    assert_eq!(journal.answer(OrderId([1; 32])).unwrap(), Some(answer));
}

/// The whole suite; `fresh` makes an empty journal.
pub fn all<J: Journal>(fresh: impl Fn() -> J, reopen: impl Fn(J) -> J) {
    returns_the_job_that_was_created(&fresh());
    refuses_to_create_a_job_twice(&fresh());
    refuses_a_step_of_an_unknown_job(&fresh());
    refuses_a_step_that_missed_another(&fresh());
    stores_a_step_whole(&fresh());
    gives_rows_in_item_order_and_of_one_job_only(&fresh());
    lists_jobs_oldest_first(&fresh());
    lists_only_open_jobs_as_open(&fresh());
    belongs_to_one_chain(&fresh());
    keeps_answers(&fresh());
    keeps_the_first_proof_of_everything_apart(&fresh());
    remembers_everything(fresh(), reopen);
}
