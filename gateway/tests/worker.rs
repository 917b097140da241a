//! A job's whole way to its offer, and every way it can be cut short. The chain is its twin.

mod house;

use std::sync::Arc;

use house::{CANARY, FUNDS, House, Shift, TwinAnonymiser, blob, names, offered, photo, photos, pipeline};
use vouchsafe_gateway::{
    adapters::SledCatalogue,
    domain::{DatasetDraft, JobId, NewDataset, Pipeline, Stage},
    ports::{
        Anonymiser, BlobKind, Chain, ChainError, catalogue::MemoryCatalogue, chain::TWIN_ADDRESS,
        journal::SecretKind,
    },
    work::{Desk, OfferWindows, Service, ServiceError, Settings, Tick, Worker},
};
use vouchsafe_protocol::{
    hash::sha256,
    id::Account,
    report::{raw_hash, report_signing_bytes},
};

const BUYER: Account = Account([0xb0; 32]);

#[tokio::test]
async fn the_public_description_carries_the_signed_report() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let record = view.record.unwrap();
    let dataset = shift.service.dataset(record).unwrap();
    assert_eq!(
        (dataset.title.as_str(), dataset.price.0),
        ("Faces of nobody", 5_000)
    );
    assert_eq!(dataset.report["findings"]["face"]["found"], 6);
    assert_eq!(dataset.report["residual"]["verdict"], "clean");
    assert_eq!(dataset.report["input"]["files"], 3);
    assert_eq!(dataset.metadata["name"], "Faces of nobody");

    let report = shift.service.report(record).unwrap();
    let genesis = house.chain.genesis().await.unwrap();
    let key = ed25519_dalek::VerifyingKey::from_bytes(&house.keys.record_public()).unwrap();
    let signature = ed25519_dalek::Signature::from_bytes(&report.signature.unwrap());
    key.verify_strict(&report_signing_bytes(&genesis, &report.hash), &signature)
        .unwrap();
    let value: serde_json::Value = serde_json::from_slice(&report.bytes).unwrap();
    assert_eq!(
        vouchsafe_gateway::domain::canonical_json(&value).unwrap(),
        report.bytes,
        "canonical"
    );
    assert_eq!(value, dataset.report);

    let offers = shift.service.offers(Some("day")).unwrap();
    assert_eq!(
        offers.iter().map(|offer| offer.record).collect::<Vec<_>>(),
        [record]
    );
    assert!(shift.service.offers(Some("night")).unwrap().is_empty());
    let metrics = blob(&shift, view.offer.unwrap(), BlobKind::Metrics);
    let root =
        vouchsafe_protocol::report::rows_root(metrics.split(|b| *b == b'\n').filter(|row| !row.is_empty()));
    assert_eq!(
        dataset.report["output"]["metrics_root"],
        root.unwrap().to_string()
    );
}

#[tokio::test]
async fn a_damaged_report_is_not_served() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let offer = view.offer.unwrap();
    let path = shift
        .ports
        .blobs
        .open(offer, BlobKind::Report)
        .unwrap()
        .unwrap()
        .path
        .unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[10] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let refused = shift.service.report(view.record.unwrap());
    assert!(matches!(
        refused,
        Err(ServiceError::DamagedBlob {
            kind: BlobKind::Report,
            ..
        })
    ));
}

#[tokio::test]
async fn no_raw_byte_is_left_after_a_job_and_none_was_ever_readable() {
    let house = House::new();
    let shift = house.open();
    let job = shift.upload(&photos()).await;
    let mut worker = shift.worker();
    loop {
        let plain = |bytes: &[u8]| bytes.windows(CANARY.len()).any(|part| part == CANARY);
        for (path, bytes) in house.files() {
            assert!(
                !plain(&bytes),
                "{} at {:?}",
                path.display(),
                shift.view(job).stage
            );
        }
        if worker.tick().await.unwrap() == Tick::Idle {
            break;
        }
    }
    assert_eq!(shift.view(job).state, "done");
    assert!(house.files_in("staging").is_empty());
    assert_eq!(
        shift.ports.journal.secret(job, SecretKind::Staging).unwrap(),
        None
    );
    // The plain hash of a raw file is personal data as well.
    for raw in photos() {
        let hash = sha256(&raw);
        let all_raw = raw_hash(photos().iter().map(|raw| sha256(raw))).unwrap();
        for (path, bytes) in house.files() {
            for hash in [hash, all_raw] {
                let hex = hex::encode(hash.0);
                assert!(
                    !bytes.windows(64).any(|part| part == hex.as_bytes()),
                    "{}",
                    path.display()
                );
                assert!(
                    !bytes.windows(32).any(|part| part == hash.0),
                    "{}",
                    path.display()
                );
            }
        }
    }
}

#[tokio::test]
async fn several_threads_give_the_same_dataset_as_one() {
    let roots = futures::future::join_all([1, 2, 4].map(|threads| async move {
        let house = House::new();
        let shift = house.open();
        let job = shift.upload(&photos()).await;
        let twins = (0..threads)
            .map(|_| Box::new(TwinAnonymiser::default()) as Box<dyn Anonymiser>)
            .collect();
        let mut worker = Worker::new(shift.service.clone(), twins);
        while worker.tick().await.unwrap() != Tick::Idle {}
        assert_eq!(shift.view(job).state, "done");
        let items = shift.ports.journal.items(job).unwrap();
        items.iter().map(|row| row.sha256).collect::<Vec<_>>()
    }))
    .await;
    assert_eq!(roots[0], roots[1]);
    assert_eq!(roots[0], roots[2]);
}

#[tokio::test]
async fn one_refused_file_fails_the_job_and_lists_nothing() {
    let house = House::new();
    let shift = house.open();
    let job = shift
        .upload(&[photo("one"), photo("refuse me"), photo("three")])
        .await;
    assert_eq!(shift.work().await.last(), Some(&Tick::Failed(job)));
    let view = shift.view(job);
    assert_eq!(
        (view.state, view.stage, view.counts.files_refused),
        ("failed", Stage::Anonymising, 1)
    );
    let reason = view.reason.unwrap();
    assert_eq!(
        (reason.code.as_str(), reason.detail.as_str()),
        ("residual_faces", "file 2: a face is left")
    );
    assert_eq!(house.chain.accepted(), []);
    assert_eq!(house.files_in("staging").len() + house.files_in("blobs").len(), 0);
    assert_eq!(
        shift.ports.journal.secret(job, SecretKind::Staging).unwrap(),
        None
    );
    assert!(shift.service.offers(None).unwrap().is_empty());
}

#[tokio::test]
async fn cancelling_destroys_everything_at_every_step() {
    for steps in 0.. {
        let house = House::new();
        let shift = house.open();
        let job = shift.upload(&photos()).await;
        let mut worker = shift.worker();
        for _ in 0..steps {
            worker.tick().await.unwrap();
        }
        if shift.view(job).state == "done" {
            assert!(matches!(
                shift.service.cancel(job),
                Err(ServiceError::WrongState(_))
            ));
            assert!(steps > 8, "every step was cut");
            break;
        }
        let view = shift.service.cancel(job).unwrap();
        assert_eq!(view.state, "cancelled", "after {steps} steps");
        assert_eq!(house.files_in("staging").len(), 0, "after {steps} steps");
        assert_eq!(house.files_in("blobs").len(), 0, "after {steps} steps");
        for kind in [SecretKind::Staging, SecretKind::Opening] {
            assert_eq!(
                shift.ports.journal.secret(job, kind).unwrap(),
                None,
                "after {steps} steps"
            );
        }
        shift.work().await;
        assert!(
            matches!(shift.service.cancel(job), Err(ServiceError::WrongState(_))),
            "it ends once"
        );
        let calls = names(&house.chain);
        let registered = calls.contains(&"register_record");
        assert_eq!(
            calls.contains(&"erase_record"),
            registered,
            "what was registered is said to be erased: {calls:?}"
        );
        assert!(!calls.contains(&"offer"), "{calls:?}");
    }
}

#[tokio::test]
async fn a_gateway_that_comes_back_with_another_policy_cleans_nothing_for_a_seller_who_relied_on_the_first() {
    let house = House::new();
    let relying = |policy: &str| {
        NewDataset::new(DatasetDraft {
            policy: Some(policy.into()),
            ..house::draft()
        })
        .unwrap()
    };
    let shift = house.open();
    let refused = shift.service.begin_upload(relying("event")).await.unwrap_err();
    assert!(refused.to_string().contains("and not by \"event\""), "{refused}");
    let job = shift.upload_as(relying("street"), &[photo("a")]).await;
    drop(shift);
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let other = Pipeline {
        policy: "event".into(),
        ..pipeline()
    };
    let shift = house.try_open_with(ports, other).unwrap();
    assert_eq!(shift.work().await.last(), Some(&Tick::Failed(job)));
    let view = shift.view(job);
    assert_eq!((view.state, view.stage), ("failed", Stage::Anonymising));
    assert_eq!(view.reason.unwrap().code, "policy_not_here");
    assert_eq!(house.files_in("staging").len(), 0, "nothing raw is left");
}

#[tokio::test]
async fn a_deleted_catalogue_is_rebuilt() {
    let house = House::new();
    let folder = house.path("catalogue.sled");
    let shift = house
        .try_open(house.ports(house.journal(), SledCatalogue::open(&folder).unwrap()))
        .unwrap();
    let view = offered(&shift).await;
    let before = shift.service.offers(None).unwrap();
    assert_eq!(before.len(), 1);
    drop(shift);
    std::fs::remove_dir_all(&folder).unwrap();
    let shift = house
        .try_open(house.ports(house.journal(), SledCatalogue::open(&folder).unwrap()))
        .unwrap();
    assert_eq!(shift.service.offers(None).unwrap(), before);
    assert_eq!(shift.service.offers(Some("street")).unwrap(), before);
    assert!(shift.service.dataset(view.record.unwrap()).is_ok());
    assert!(
        shift
            .service
            .offer_blob(view.offer.unwrap(), BlobKind::Sidecar)
            .is_ok()
    );
}

#[tokio::test]
async fn without_a_node_the_job_waits_and_says_so() {
    let house = House::new();
    house.chain.set_reachable(false);
    let shift = house.open();
    let job = shift.upload(&photos()).await;
    let mut worker = shift.worker();
    while !matches!(worker.tick().await.unwrap(), Tick::Waiting(_)) {}
    let view = shift.view(job);
    assert_eq!(
        (view.state, view.files.done),
        ("waiting", 3),
        "what needs no node is done"
    );
    assert_eq!(view.reason.unwrap().code, "chain_unreachable");
    assert_eq!(worker.tick().await.unwrap(), Tick::Idle, "not before its time");
    house.clock.advance_ms(60_000);
    assert_eq!(worker.tick().await.unwrap(), Tick::Waiting(job));
    house.chain.set_reachable(true);
    house.clock.advance_ms(60_000);
    shift.work().await;
    assert_eq!(shift.view(job).state, "done");
    assert!(shift.desk().pass().await.is_ok());
    house.chain.set_reachable(false);
    assert!(shift.desk().pass().await.is_err());
}

#[tokio::test]
async fn what_is_shown_of_an_error_holds_nothing_that_a_node_said() {
    let house = House::new();
    house.chain.set_reachable(false);
    let away = house.chain.genesis().await.unwrap_err();
    assert!(
        away.to_string().contains(TWIN_ADDRESS),
        "the log tells all: {away}"
    );
    let inside = || String::from("tcp connect to 10.1.2.3:9944 failed");
    let account = house.keys.account();
    for error in [
        away,
        ChainError::Unreachable(inside()),
        ChainError::Unknown(inside()),
        ChainError::Incompatible(inside()),
        ChainError::NoFunds {
            account,
            detail: inside(),
        },
    ] {
        let plain = error.plain();
        assert!(
            !plain.contains("10.1.2.3") && !plain.contains(TWIN_ADDRESS),
            "{plain}"
        );
        assert!(!plain.is_empty() && plain != error.to_string());
    }
}

#[tokio::test]
async fn without_funds_the_job_waits_until_somebody_pays_in() {
    let house = House::new();
    house.chain.set_free(BUYER, FUNDS); // so that the price exists at all
    house.chain.set_free(house.keys.account(), 500);
    let shift = house.open();
    let mut job_waits = shift.worker();
    let job = shift.upload(&[photo("one")]).await;
    while !matches!(job_waits.tick().await.unwrap(), Tick::Waiting(_)) {}
    let reason = shift.view(job).reason.unwrap();
    assert_eq!(reason.code, "no_funds");
    assert!(
        reason.detail.contains("500 planck free") && reason.detail.contains("1001"),
        "{}",
        reason.detail
    );
    assert_eq!(
        shift.service.health().unwrap().registration.reason.unwrap().code,
        "no_funds"
    );
    house.chain.set_free(house.keys.account(), FUNDS);
    house.clock.advance_ms(60_000);
    shift.work().await;
    assert_eq!(shift.view(job).state, "done");
    assert!(shift.service.health().unwrap().registration.registered);
}

#[tokio::test]
async fn another_chain_than_the_journals_is_refused() {
    let house = House::new();
    let shift = house.open();
    shift
        .ports
        .journal
        .bind(vouchsafe_protocol::id::Genesis([0xaa; 32]))
        .unwrap();
    assert!(
        shift
            .desk()
            .pass()
            .await
            .unwrap_err()
            .to_string()
            .contains("belongs to the chain")
    );
    assert_eq!(house.chain.accepted(), []);
}

#[tokio::test]
async fn a_changed_endpoint_updates_the_registration_and_nothing_else_does() {
    let house = House::new();
    let shift = house.open();
    shift.desk().pass().await.unwrap();
    shift.desk().pass().await.unwrap();
    assert_eq!(names(&house.chain), ["register_gateway"]);
    drop(shift);
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let settings = Settings {
        endpoint: "https://moved.example".into(),
        ..Default::default()
    };
    let service = Service::new(ports, house.keys.clone(), settings, pipeline()).unwrap();
    Desk::new(service).pass().await.unwrap();
    assert_eq!(names(&house.chain), ["register_gateway", "update_gateway"]);
}

#[tokio::test]
async fn a_refused_offer_fails_the_job_and_withdraws_its_record() {
    let house = House::new();
    let windows = OfferWindows {
        deliver_within: Some(1),
        ..Default::default()
    };
    let settings = Settings {
        windows,
        ..Default::default()
    };
    let ports = house.ports(house.journal(), MemoryCatalogue::default());
    let service = Service::new(ports.clone(), house.keys.clone(), settings, pipeline());
    let shift = Shift {
        service: service.unwrap(),
        ports,
        clock: house.clock.clone(),
    };
    let job = shift.upload(&[photo("one")]).await;
    shift.work().await;
    let view = shift.view(job);
    assert_eq!((view.state, view.stage), ("failed", Stage::Offering));
    assert!(view.reason.unwrap().detail.contains("WindowOutOfRange"));
    assert_eq!(names(&house.chain).last(), Some(&"withdraw_record"));
    assert_eq!(house.files_in("blobs").len(), 0);
}

#[tokio::test]
async fn watching_a_job_shows_every_stage_and_ends_with_it() {
    use futures::StreamExt;
    let house = House::new();
    let shift = house.open();
    // The chain is met before: that is a step of the gateway's, and no view of the job tells of it.
    shift.desk().pass().await.unwrap();
    let job = shift.upload(&photos()).await;
    let mut views = shift.service.watch(job).unwrap();
    let first = views.next().await.unwrap();
    assert_eq!((first.state, first.stage), ("queued", Stage::Staged));
    let mut worker = shift.worker();
    let mut seen = vec![first.stage];
    // One view per stored step: the watcher looks after each.
    while worker.tick().await.unwrap() != Tick::Idle {
        let view = views.next().await.unwrap();
        seen.push(view.stage);
    }
    seen.dedup();
    let all = [
        Stage::Staged,
        Stage::Anonymising,
        Stage::Sealing,
        Stage::Registering,
        Stage::Offering,
        Stage::Offered,
    ];
    assert_eq!(seen, all);
    assert!(views.next().await.is_none(), "it ends");
    assert!(matches!(
        shift.service.watch(JobId([9; 16])),
        Err(ServiceError::UnknownJob(_))
    ));
}

#[tokio::test]
async fn a_price_above_all_money_is_refused_before_any_byte() {
    let house = House::new();
    let shift = house.open();
    let mut draft = house::draft();
    draft.price = (FUNDS + 1).to_string();
    let dataset = NewDataset::new(draft).unwrap();
    let refused = shift.service.begin_upload(dataset).await.unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("more than the 1000000 planck that exist"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_gateway_describes_itself() {
    let house = House::new();
    let shift = house.open();
    assert_eq!(
        shift.service.gateway().unwrap().genesis,
        None,
        "no node was met yet"
    );
    shift.desk().pass().await.unwrap();
    let view = shift.service.gateway().unwrap();
    assert_eq!(view.genesis, Some(house.chain.genesis().await.unwrap()));
    assert_eq!(
        (view.account, view.key.0),
        (house.keys.account(), house.keys.record_public())
    );
    assert!(view.ss58.starts_with('5'), "prefix 42: {}", view.ss58);
    assert!(matches!(house.chain.registration(view.account).await, Ok(Some(row)) if row.key == view.key.0));
    let chain: Arc<dyn Chain> = house.chain.clone();
    house.chain.set_reachable(false);
    assert!(matches!(chain.finalised().await, Err(ChainError::Unreachable(_))));
}
