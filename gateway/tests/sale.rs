//! From an order to the money: the desk, over the chain's twin.

mod house;

use std::sync::atomic::Ordering;

use house::{
    BUYER, Brittle, FUNDS, House, TwinAnonymiser, blob, cleaned, names, offered, open_items, order, photo,
    photos,
};
use vouchsafe_gateway::{
    adapters::SledCatalogue,
    domain::Stage,
    ports::{
        BlobKind, Chain,
        chain::{Call, Fault},
    },
    work::{Pass, Running, ServiceError, Tick},
};
use vouchsafe_protocol::{
    delivery::Blind,
    hash::sha256,
    id::{Account, OfferId},
    order::{Outcome, Stage as OrderStage},
    sidecar::Sidecar,
};

/// More blocks than a gateway gives itself for a delivery unless told otherwise: five times the twin's least.
const PAST_DELIVERY: u32 = 30;
/// More blocks than the quiet window after a delivery, and than the cool-off of a bond.
const PAST_QUIET: u32 = 10;

#[tokio::test]
async fn photos_become_an_offer_and_a_buyer_reads_exactly_the_clean_bytes() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (record, offer) = (view.record.unwrap(), view.offer.unwrap());
    assert_eq!((view.files.done, view.files.total), (3, 3));
    assert_eq!((view.counts.found, view.counts.masked), (6, 6));
    assert_eq!(
        names(&house.chain),
        ["register_gateway", "register_record", "offer"]
    );

    let sidecar = Sidecar::decode(&blob(&shift, offer, BlobKind::Sidecar)).unwrap();
    let ciphertext = blob(&shift, offer, BlobKind::Ciphertext);
    let Some(Call::RegisterRecord { statement, .. }) = house.chain.accepted().into_iter().nth(1) else {
        panic!()
    };
    assert_eq!(sidecar.root(), statement.content.root);
    assert_eq!(ciphertext.len() as u64, statement.content.bytes);
    assert_eq!(statement.items, 3);

    let (order, blind) = order(&house, offer).await;
    let pass = shift.desk().pass().await.unwrap();
    assert_eq!((pass.delivered, pass.settled, pass.failed), (1, 0, 0));
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    let secret = blind.unblind(&stage.evaluated().unwrap()).unwrap();
    let items = open_items(&secret, &sidecar, &ciphertext);
    for (item, raw) in items[1..].iter().zip(photos()) {
        assert_eq!(*item, cleaned(&raw));
    }
    let contents: serde_json::Value = serde_json::from_slice(&items[0]).unwrap();
    assert_eq!(contents["schema"], "vouchsafe/contents/1");
    assert_eq!(contents["items"][2]["name"], "000003.jpg");
    assert_eq!(contents["items"][2]["sha256"], hex::encode(sha256(&items[3]).0));

    assert_eq!(
        shift.desk().pass().await.unwrap().settled,
        0,
        "the quiet window is open"
    );
    house.chain.advance(10);
    assert_eq!(shift.desk().pass().await.unwrap().settled, 1);
    let before = FUNDS - 1_000 - 10 - 15 * 5_000; // gateway bond, record deposit, offer bond of fifteen prices
    assert_eq!(
        house.chain.free(house.keys.account()).await.unwrap(),
        before + 5_000
    );
    assert_eq!(names(&house.chain)[3..], ["deliver", "settle"]);
    assert_eq!(shift.desk().pass().await.unwrap().settled, 0);
    let totals = shift.service.totals().unwrap();
    assert_eq!((totals.answered, totals.settled), (1, 1));
    assert!(shift.service.dataset(record).is_ok());
}

#[tokio::test]
async fn a_bond_is_what_the_sellers_score_asks_for() {
    let house = House::new();
    house.chain.set_score(9_000);
    offered(&house.open()).await;
    let spent = FUNDS - house.chain.free(house.keys.account()).await.unwrap();
    assert_eq!(spent, 1_000 + 10 + 6 * 5_000);
}

#[tokio::test]
async fn a_score_that_falls_before_the_offer_is_asked_for_again() {
    let house = House::new();
    house.chain.set_score(10_000);
    house.chain.fail_after(2, Fault::ScoreFalls);
    let shift = house.open();
    let job = shift.upload(&[photo("one")]).await;
    let ticks = shift.work().await;
    let waited = ticks.iter().filter(|tick| matches!(tick, Tick::Waiting(_)));
    assert_eq!(waited.count(), 1, "{ticks:?}");
    assert_eq!(shift.view(job).state, "done");
    assert_eq!(
        names(&house.chain),
        ["register_gateway", "register_record", "offer"]
    );
    let spent = FUNDS - house.chain.free(house.keys.account()).await.unwrap();
    assert_eq!(spent, 1_000 + 10 + 15 * 5_000);
}

#[tokio::test]
async fn a_frozen_offer_is_neither_delivered_nor_settled() {
    let house = House::new();
    let shift = house.open();
    let offer = offered(&shift).await.offer.unwrap();
    let (delivered, _) = order(&house, offer).await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    house.chain.freeze(offer).unwrap();
    house.chain.advance(10);
    let pass = shift.desk().pass().await.unwrap();
    assert_eq!((pass.delivered, pass.settled, pass.failed), (0, 0, 0));
    let stage = house.chain.order(delivered).await.unwrap().unwrap().stage;
    assert!(matches!(stage, OrderStage::Delivered { .. }), "{stage:?}");
}

#[tokio::test]
async fn a_halted_offer_delivers_nothing_more_and_what_was_delivered_is_paid() {
    let house = House::new();
    let shift = house.open();
    let offer = offered(&shift).await.offer.unwrap();
    let (delivered, _) = order(&house, offer).await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    let other = Account([0x77; 32]);
    house.chain.set_free(other, 10_000);
    let genesis = house.chain.genesis().await.unwrap();
    let blinded = Blind::from_seed(&[0x78; 32], &genesis, &offer, 0, 0).blinded();
    let waiting = house.chain.place_order(offer, other, blinded).unwrap();
    house.chain.halt(offer).unwrap();
    house.chain.advance(10);
    let pass = shift.desk().pass().await.unwrap();
    assert_eq!((pass.delivered, pass.settled, pass.failed), (0, 1, 0));
    let stage = async |id| house.chain.order(id).await.unwrap().unwrap().stage;
    let paid = stage(delivered).await;
    assert!(
        matches!(paid, OrderStage::Closed(Outcome::Settled { .. })),
        "{paid:?}"
    );
    let placed = stage(waiting).await;
    assert!(matches!(placed, OrderStage::Placed { .. }), "{placed:?}");
}

#[tokio::test]
async fn the_bond_of_a_deleted_dataset_comes_back_after_its_cool_off() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let bonded = house.chain.free(house.keys.account()).await.unwrap();
    shift.service.delete_dataset(view.record.unwrap()).unwrap();
    shift.work().await;
    assert_eq!(shift.desk().pass().await.unwrap().released, 0, "the cool-off");
    house.chain.advance(10);
    assert_eq!(shift.desk().pass().await.unwrap().released, 1);
    assert_eq!(
        house.chain.free(house.keys.account()).await.unwrap(),
        bonded + 15 * 5_000
    );
    assert_eq!(shift.desk().pass().await.unwrap().released, 0);
}

#[tokio::test]
async fn deleting_a_dataset_destroys_its_bytes_and_closes_it_on_chain() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (record, offer) = (view.record.unwrap(), view.offer.unwrap());
    let (order, _) = order(&house, offer).await;
    shift.service.delete_dataset(record).unwrap();
    assert_eq!(house.files_in("blobs").len(), 0, "gone before the call returns");
    assert!(matches!(
        shift.service.dataset(record),
        Err(ServiceError::Erased(id)) if id == record
    ));
    assert!(matches!(
        shift.service.offer_blob(offer, BlobKind::Ciphertext),
        Err(ServiceError::Erased(id)) if id == record
    ));
    let again = shift.service.delete_dataset(record).unwrap();
    assert_eq!(again.reason.unwrap().code, "erasing");
    shift.work().await;
    assert_eq!(names(&house.chain)[3..], ["close", "erase_record"]);
    let again = shift.service.delete_dataset(record).unwrap();
    assert_eq!(again.reason.unwrap().code, "erased");
    assert_eq!(shift.view(view.id).reason.unwrap().code, "erased");
    assert_eq!(
        shift.desk().pass().await.unwrap().delivered,
        0,
        "nothing erased is delivered"
    );
    house.chain.advance(PAST_DELIVERY);
    house.chain.expire(order).unwrap();
    assert_eq!(
        house.chain.free(BUYER).await.unwrap(),
        10_000,
        "the whole price comes back"
    );
}

#[tokio::test]
async fn an_order_is_answered_once_however_often_the_desk_looks() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    house.chain.fail_next(Fault::AfterInclusion);
    assert_eq!(
        shift.desk().pass().await.unwrap().failed,
        1,
        "the answer to the call was lost"
    );
    assert_eq!(
        shift.desk().pass().await.unwrap(),
        Pass {
            height: house.chain.finalised().await.unwrap().height,
            ..Default::default()
        }
    );
    let deliveries = house
        .chain
        .accepted()
        .iter()
        .filter(|call| matches!(call, Call::Deliver { .. }))
        .count();
    assert_eq!(deliveries, 1);
    let answer = shift.ports.journal.answer(order).unwrap().unwrap();
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    assert_eq!(Some(answer.evaluated), stage.evaluated());
}

#[tokio::test]
async fn a_delivery_that_never_left_is_sent_again_with_the_same_key() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    house.chain.fail_next(Fault::BeforeInclusion);
    assert_eq!(shift.desk().pass().await.unwrap().failed, 1);
    let first = shift.ports.journal.answer(order).unwrap().unwrap();
    drop(shift);
    let shift = house.open();
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    let second = shift.ports.journal.answer(order).unwrap().unwrap();
    assert_eq!(first.evaluated, second.evaluated);
}

#[tokio::test]
async fn a_late_order_is_left_to_the_refund() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    house.chain.advance(PAST_DELIVERY);
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 0);
    house.chain.expire(order).unwrap();
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    assert_eq!(stage, OrderStage::Closed(Outcome::Refunded));
}

#[tokio::test]
async fn a_running_gateway_takes_a_job_to_its_sale_by_itself() {
    use futures::StreamExt;
    let house = House::new();
    let shift = house.open();
    let handle = tokio::runtime::Handle::current();
    let twin = Box::new(TwinAnonymiser::default());
    let running = Running::start(shift.service.clone(), vec![twin], &handle).unwrap();
    let job = shift.upload(&photos()).await;
    let last = shift
        .service
        .watch(job)
        .unwrap()
        .collect::<Vec<_>>()
        .await
        .pop()
        .unwrap();
    assert_eq!(last.state, "done");
    let (order, _) = order(&house, last.offer.unwrap()).await;
    let (mut height, mut quiet) = (0, true);
    loop {
        height = house.chain.finalised_above(height).await.unwrap().height;
        match house.chain.order(order).await.unwrap().unwrap().stage {
            OrderStage::Placed { .. } => {}
            OrderStage::Delivered { .. } if quiet => {
                quiet = false;
                house.chain.advance(PAST_QUIET);
            }
            OrderStage::Delivered { .. } => {}
            OrderStage::Closed(_) => break,
        }
    }
    assert!(running.is_alive());
    running.stop().await;
    let calls = names(&house.chain);
    assert_eq!(calls[..3], ["register_gateway", "register_record", "offer"]);
    assert_eq!(calls[3..], ["deliver", "settle"]);
}

#[tokio::test]
async fn a_payment_that_was_never_noted_is_found_at_the_next_start() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let (order, _) = order(&house, view.offer.unwrap()).await;
    shift.desk().pass().await.unwrap();
    house.chain.advance(PAST_QUIET);
    house.chain.fail_next(Fault::AfterInclusion);
    assert_eq!(
        shift.desk().pass().await.unwrap().failed,
        1,
        "settled, and the answer lost"
    );
    assert!(!shift.ports.journal.answer(order).unwrap().unwrap().settled);
    drop(shift);
    let shift = house.open();
    assert_eq!(shift.desk().reconcile().await.unwrap(), 1);
    assert_eq!(shift.desk().reconcile().await.unwrap(), 0);
    assert_eq!(shift.service.totals().unwrap().settled, 1);
}

#[tokio::test]
async fn a_restarted_gateway_with_an_emptied_catalogue_still_answers_its_orders() {
    let house = House::new();
    let folder = house.path("catalogue.sled");
    let open = || {
        let catalogue = SledCatalogue::open(&folder).unwrap();
        house.try_open(house.ports(house.journal(), catalogue)).unwrap()
    };
    let shift = open();
    let offer = offered(&shift).await.offer.unwrap();
    drop(shift);
    let (order, _) = order(&house, offer).await;
    std::fs::remove_dir_all(&folder).unwrap();
    let shift = open();
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    house.chain.advance(PAST_QUIET);
    assert_eq!(shift.desk().pass().await.unwrap().settled, 1);
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    assert!(matches!(stage, OrderStage::Closed(Outcome::Settled { .. })));
}

#[tokio::test]
async fn the_desk_asks_for_its_own_offers_and_for_no_others() {
    let house = House::new();
    let shift = house.open();
    shift.desk().pass().await.unwrap();
    assert_eq!(
        house.chain.take_asked(),
        [],
        "without a dataset there is nothing to ask for"
    );
    let failing = shift.upload(&[photo("refuse me")]).await;
    let mut own = [
        offered(&shift).await.offer.unwrap(),
        offered(&shift).await.offer.unwrap(),
    ];
    own.sort();
    assert_eq!(shift.view(failing).state, "failed");
    house.chain.take_asked();
    for block in 0..2 {
        shift.desk().pass().await.unwrap();
        assert_eq!(house.chain.take_asked(), own, "block {block}");
    }
    drop(shift);
    let shift = house.open();
    shift.desk().pass().await.unwrap();
    assert_eq!(house.chain.take_asked(), own, "after a restart as well");
}

#[tokio::test]
async fn a_deleted_dataset_is_settled_where_it_was_delivered_and_then_asked_for_no_more() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    let offer = view.offer.unwrap();
    let (order, _) = order(&house, offer).await;
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
    shift.service.delete_dataset(view.record.unwrap()).unwrap();
    shift.work().await;
    assert_eq!(shift.view(view.id).reason.unwrap().code, "erased");
    drop(shift);
    let shift = house.open();
    house.chain.advance(PAST_QUIET);
    assert_eq!(
        shift.desk().pass().await.unwrap().settled,
        1,
        "the buyer was served before"
    );
    let stage = house.chain.order(order).await.unwrap().unwrap().stage;
    assert!(matches!(stage, OrderStage::Closed(Outcome::Settled { .. })));
    house.chain.advance(PAST_QUIET);
    assert_eq!(shift.desk().pass().await.unwrap().released, 1, "its bond is back");
    shift.desk().pass().await.unwrap();
    house.chain.take_asked();
    shift.desk().pass().await.unwrap();
    assert_eq!(house.chain.take_asked(), [], "over, for good");
}

#[tokio::test]
async fn an_offer_whose_arrival_was_never_noted_is_answered_all_the_same() {
    let house = House::new();
    let (journal, left) = Brittle::counting(house.journal());
    let shift = house.open_over(journal);
    let job = shift.upload(&photos()).await;
    let mut worker = shift.worker();
    while shift.view(job).stage != Stage::Offering {
        worker.tick().await.unwrap();
    }
    left.store(0, Ordering::SeqCst);
    assert!(worker.tick().await.is_err(), "offered, and the power lost");
    drop((worker, shift));
    let Some(Call::Offer(terms)) = house.chain.accepted().pop() else {
        panic!("the offer is on chain")
    };
    let genesis = house.chain.genesis().await.unwrap();
    let offer = OfferId::derive(&genesis, &house.keys.account(), terms.nonce);
    order(&house, offer).await;
    let shift = house.open();
    assert_eq!(shift.view(job).stage, Stage::Offering);
    assert_eq!(shift.desk().pass().await.unwrap().delivered, 1);
}
