//! What the gateway saves of the chain while there is something to save, and what it shows of it later.

mod house;

use codec::DecodeAll;
use house::{House, Shift, cleaned, draft, names, offered, order, photo, photos};
use vouchsafe_gateway::{
    domain::{DatasetDraft, NewDataset, ParentDraft},
    ports::{
        Chain,
        chain::{Call, Fault},
        journal::{SecretKind, Subject},
    },
    work::{Archive, Filed, ServiceError},
};
use vouchsafe_protocol::{
    bundle::{Bundle, Contents, Opening},
    chunk::Layout,
    id::{OrderId, RecordId},
    log::Fact,
};

async fn file(shift: &Shift) -> Filed {
    Archive::new(shift.service.clone()).pass().await.unwrap()
}

fn saved(count: u32) -> Filed {
    Filed {
        saved: count,
        ..Filed::default()
    }
}

fn missing(shift: &Shift) -> u64 {
    shift.service.totals().unwrap().proofs_missing
}

fn bundle(shift: &Shift, record: RecordId) -> Bundle {
    Bundle::from_file(&shift.service.saved_bundle(record).unwrap()).unwrap()
}

#[tokio::test]
async fn a_record_its_order_and_its_delivery_are_proven_once_and_then_nothing_is_asked() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    assert_eq!(missing(&shift), 1);
    let no_proof = shift.service.saved_bundle(view.record.unwrap());
    assert!(matches!(no_proof, Err(ServiceError::NoProofYet)), "{no_proof:?}");
    assert_eq!(file(&shift).await, saved(1));
    let (order, _) = order(&house, view.offer.unwrap()).await;
    shift.desk().pass().await.unwrap();
    assert_eq!(missing(&shift), 2);
    assert_eq!(file(&shift).await, saved(2));
    assert_eq!(missing(&shift), 0);
    let proof = shift.service.order_proof(order).unwrap();
    assert!(proof.placed.is_some() && proof.delivered.is_some());
    let stranger = shift.service.order_proof(OrderId([9; 32]));
    assert!(matches!(stranger, Err(ServiceError::NoProofYet)));
    house.chain.set_reachable(false);
    assert_eq!(
        file(&shift).await,
        Filed::default(),
        "nothing is missing: no question"
    );
}

#[tokio::test]
async fn what_was_not_saved_before_a_crash_is_saved_after_it() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    order(&house, view.offer.unwrap()).await;
    shift.desk().pass().await.unwrap();
    drop(shift);
    let shift = house.open();
    assert_eq!(missing(&shift), 3);
    assert_eq!(file(&shift).await, saved(3));
    drop(shift);
    assert_eq!(missing(&house.open()), 0);
}

#[tokio::test]
async fn without_the_node_proofs_wait() {
    let house = House::new();
    let shift = house.open();
    offered(&shift).await;
    house.chain.set_reachable(false);
    assert!(Archive::new(shift.service.clone()).pass().await.is_err());
    assert_eq!(missing(&shift), 1);
    house.chain.set_reachable(true);
    assert_eq!(file(&shift).await, saved(1));
}

#[tokio::test]
async fn an_order_that_its_buyer_has_forgotten_is_given_up() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    file(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    shift.desk().pass().await.unwrap();
    house.chain.forget(order);
    let filed = file(&shift).await;
    assert_eq!((filed.saved, filed.given_up), (0, 2));
    assert_eq!(missing(&shift), 0);
}

#[tokio::test]
async fn a_delivery_is_proven_only_once_it_is_there() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    file(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    house.chain.fail_next(Fault::BeforeInclusion);
    assert_eq!(shift.desk().pass().await.unwrap().failed, 1);
    assert_eq!(file(&shift).await, saved(1), "placed, and not delivered");
    assert!(shift.service.order_proof(order).unwrap().delivered.is_none());
    assert_eq!(file(&shift).await, saved(0));
    shift.desk().pass().await.unwrap();
    assert_eq!(file(&shift).await, saved(1));
    assert!(shift.service.order_proof(order).unwrap().delivered.is_some());
}

#[tokio::test]
async fn a_bundle_leads_from_the_first_set_that_was_met_to_the_block_of_its_record() {
    let house = House::new();
    let shift = house.open();
    let first = offered(&shift).await.record.unwrap();
    file(&shift).await;
    for changes in 0..2 {
        house.chain.change_set();
        house.chain.advance(changes);
    }
    let job = shift.upload_as(named("Later"), &[photo("later")]).await;
    shift.work().await;
    let second = shift.view(job).record.unwrap();
    assert_eq!(file(&shift).await.handovers, 2);
    assert_eq!(bundle(&shift, first).handovers.len(), 0);
    assert_eq!(bundle(&shift, second).handovers.len(), 2);
    assert_eq!(
        bundle(&shift, first).checkpoint,
        bundle(&shift, second).checkpoint
    );
    house.chain.change_set();
    drop(shift);
    let shift = house.open();
    assert_eq!(bundle(&shift, second).handovers.len(), 2, "as saved");
}

#[tokio::test]
async fn a_saved_bundle_has_the_documents_and_the_ancestors() {
    let house = House::new();
    let shift = house.open();
    let parent = offered(&shift).await.record.unwrap();
    let derived = DatasetDraft {
        parents: vec![ParentDraft {
            record: parent,
            share_ppm: 1,
        }],
        ..draft()
    };
    let job = shift
        .upload_as(NewDataset::new(derived).unwrap(), &[photo("child")])
        .await;
    shift.work().await;
    let record = shift.view(job).record.unwrap();
    file(&shift).await;
    let found = bundle(&shift, record);
    assert_eq!(found.record.record, record);
    let report = shift.service.report(record).unwrap();
    let in_bundle = found.report.unwrap();
    assert_eq!(in_bundle.document.into_inner(), report.bytes);
    assert_eq!(Some(in_bundle.signature), report.signature);
    assert_eq!(
        found.metadata.unwrap().into_inner(),
        shift.service.metadata(record).unwrap().bytes
    );
    assert_eq!(found.models.len(), 1, "of the one model");
    let ancestors: Vec<RecordId> = found.ancestors.iter().map(|one| one.record).collect();
    assert_eq!(ancestors, [parent]);
    let facts: Vec<Fact> = found.trail.iter().map(|(entry, _)| entry.fact).collect();
    assert!(matches!(facts.as_slice(), [Fact::Registered { .. }]), "{facts:?}");
}

#[tokio::test]
async fn an_opening_shows_the_very_bytes_under_the_records_root_and_no_others() {
    let house = House::new();
    let shift = house.open();
    let record = offered(&shift).await.record.unwrap();
    let names = ["000003.jpg", "000002.jpg", "000003.jpg"].map(str::to_owned);
    let bytes = shift.service.openings(record, &names).unwrap();
    let (contents, openings) = <(Contents, Vec<Opening>)>::decode_all(&mut bytes.as_slice()).unwrap();
    assert_eq!(openings.iter().map(|one| one.item).collect::<Vec<_>>(), [2, 3]);
    let clean: Vec<Vec<u8>> = photos().iter().map(|photo| cleaned(photo)).collect();
    let lengths: Vec<u64> = core::iter::once(contents.document.len())
        .chain(clean.iter().map(Vec::len))
        .map(|len| len as u64)
        .collect();
    let layout = Layout::new(&lengths).unwrap();
    let content = house
        .chain
        .signed(record)
        .await
        .unwrap()
        .unwrap()
        .statement
        .content;
    contents
        .opening
        .verify(&content, &layout, &contents.document)
        .unwrap();
    openings[1].verify(&content, &layout, &clean[2]).unwrap();
    let mut other = clean[2].clone();
    other[0] ^= 1;
    assert!(openings[1].verify(&content, &layout, &other).is_err());
    let nobody = shift.service.openings(record, &["nobody.jpg".to_owned()]);
    assert!(matches!(nobody, Err(ServiceError::UnknownItem { .. })));
}

#[tokio::test]
async fn erasing_leaves_nothing_that_opens_the_content_and_the_saved_proof() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (record, offer) = (view.record.unwrap(), view.offer.unwrap());
    file(&shift).await;
    let genesis = house.chain.genesis().await.unwrap();
    let key = house.chain.offer(offer).await.unwrap().unwrap().key;
    let (order, _) = order(&house, offer).await;
    shift.service.delete_dataset(record).unwrap();
    let opening = shift.ports.journal.secret(view.id, SecretKind::Opening).unwrap();
    assert_eq!(opening, None);
    let from_the_seed = house.keys.offer_secret(&genesis, &offer, 0, None);
    assert_ne!(from_the_seed.public(), key, "the seed alone gives another key");
    shift.work().await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 0);
    assert!(matches!(
        shift.service.order_proof(order),
        Err(ServiceError::NoProofYet)
    ));
    assert!(matches!(
        shift.service.openings(record, &[]),
        Err(ServiceError::Erased(_))
    ));
    let found = bundle(&shift, record);
    assert!(found.report.is_none() && found.metadata.is_none() && found.models.is_empty());
    assert_eq!(found.trail.len(), 1, "as it was when it became final");
    drop(shift);
    let shift = house.open();
    assert_eq!(bundle(&shift, record), found, "after a restart as well");
    assert!(matches!(
        shift.service.report(record),
        Err(ServiceError::Erased(_))
    ));
}

#[tokio::test]
async fn wherever_the_chain_fails_an_erasure_is_finished_and_said_once() {
    for fault in [Fault::BeforeInclusion, Fault::AfterInclusion] {
        // Closing the offer, saying that it is erased, and neither.
        for at in 0..3 {
            let house = House::new();
            let shift = house.open();
            let view = offered(&shift).await;
            house.chain.fail_after(names(&house.chain).len() + at, fault);
            shift.service.delete_dataset(view.record.unwrap()).unwrap();
            assert_eq!(
                house.files_in("blobs").len(),
                0,
                "destroyed before anything is said"
            );
            let mut worker = shift.worker();
            worker.tick().await.unwrap();
            drop((worker, shift));
            let shift = house.open();
            house.clock.advance_ms(60_000);
            shift.work().await;
            let case = format!("{fault:?} at {at}");
            assert_eq!(shift.view(view.id).reason.unwrap().code, "erased", "{case}");
            assert_eq!(
                names(&house.chain)[3..],
                ["close", "erase_record"],
                "each once: {case}"
            );
            let standing = house.chain.standing(view.record.unwrap()).await.unwrap();
            assert!(standing.unwrap().erased.is_some(), "{case}");
        }
    }
}

#[tokio::test]
async fn what_somebody_else_said_of_the_erasure_is_not_said_again() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let record = view.record.unwrap();
    shift.service.delete_dataset(record).unwrap();
    house.chain.submit(Call::EraseRecord { record }).await.unwrap();
    shift.work().await;
    let said = names(&house.chain);
    assert_eq!(said.iter().filter(|name| **name == "erase_record").count(), 1);
    assert_eq!(shift.view(view.id).reason.unwrap().code, "erased");
    let kept = shift.ports.journal.proof(Subject::Record(record)).unwrap();
    assert_eq!(kept, None, "it was erased before it was proven");
}

fn named(title: &str) -> NewDataset {
    NewDataset::new(DatasetDraft {
        title: title.into(),
        ..draft()
    })
    .unwrap()
}
