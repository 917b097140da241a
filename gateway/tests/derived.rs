//! Datasets that are derived from others' records: refused early where the chain already says no, registered with their
//! parents, and paid for to the unit.

mod house;

use house::{BUYER, House, Shift, draft, offered, order, photos};
use serde_json::json;
use vouchsafe_gateway::{
    domain::{DatasetRefusal, JobView, NewDataset, ParentDraft},
    ports::{
        BlobKind, Chain,
        chain::{Call, MemoryChain},
    },
    work::UploadError,
};
use vouchsafe_protocol::{
    id::{Account, Digest, RecordId},
    record::{Content, Grade, Parent, Statement},
    royalty::RoyaltyError,
};

const ANNA: Account = Account([0xa1; 32]);
const BEN: Account = Account([0xb2; 32]);

/// A record that somebody else has registered.
fn elsewhere(chain: &MemoryChain, owner: Account, mark: u8, parents: &[(RecordId, u32)]) -> RecordId {
    let parents = parents
        .iter()
        .map(|&(record, share_ppm)| Parent { record, share_ppm });
    let statement = Statement {
        owner,
        gateway: owner,
        content: Content {
            root: Digest([mark; 32]),
            chunks: 1,
            bytes: 10,
        },
        input: Digest([mark; 32]),
        report: Digest([mark; 32]),
        metrics_root: Digest([mark; 32]),
        items: 1,
        metadata: Digest([mark; 32]),
        grade: Grade::Anonymous,
        parents: parents.collect::<Vec<_>>().try_into().unwrap(),
    };
    chain.register_elsewhere(&statement).unwrap()
}

fn derived_from(parents: &[(RecordId, u32)]) -> NewDataset {
    let mut draft = draft();
    draft.parents = parents
        .iter()
        .map(|&(record, share_ppm)| ParentDraft { record, share_ppm })
        .collect();
    NewDataset::new(draft).unwrap()
}

async fn refused(shift: &Shift, dataset: NewDataset) -> DatasetRefusal {
    match shift.service.begin_upload(dataset).await {
        Err(UploadError::Dataset(refusal)) => refusal,
        other => panic!("the dataset is refused: {other:?}"),
    }
}

async fn sold(shift: &Shift, dataset: NewDataset) -> JobView {
    let job = shift.upload_as(dataset, &photos()).await;
    shift.work().await;
    shift.view(job)
}

#[tokio::test]
async fn a_derived_dataset_is_registered_with_its_parents_and_pays_them_to_the_unit() {
    let house = House::new();
    let shift = house.open();
    let photo = elsewhere(&house.chain, ANNA, 1, &[]);
    let collage = elsewhere(&house.chain, BEN, 2, &[(photo, 333_333)]);
    let parents = [(collage, 100_001), (photo, 50_000)];
    let view = sold(&shift, derived_from(&parents)).await;
    assert_eq!(view.state, "done", "{view:?}");
    let (record, offer) = (view.record.unwrap(), view.offer.unwrap());

    let registered = house.chain.accepted().into_iter().find_map(|call| match call {
        Call::RegisterRecord { statement, .. } => Some(statement.parents),
        _ => None,
    });
    let said: Vec<_> = registered
        .unwrap()
        .iter()
        .map(|parent| (parent.record, parent.share_ppm))
        .collect();
    assert_eq!(said, parents);
    let shown = serde_json::to_value(shift.service.dataset(record).unwrap()).unwrap();
    assert_eq!(
        shown["parents"],
        json!([
            {"record": collage, "share_ppm": 100_001},
            {"record": photo, "share_ppm": 50_000},
        ])
    );
    let metadata: serde_json::Value =
        serde_json::from_slice(&house::blob(&shift, offer, BlobKind::Metadata)).unwrap();
    assert_eq!(metadata["isBasedOn"][1]["identifier"], photo.to_string());

    let me = house.keys.account();
    let before = house.chain.free(me).await.unwrap();
    order(&house, offer).await;
    shift.desk().pass().await.unwrap();
    house.chain.advance(10);
    assert_eq!(shift.desk().pass().await.unwrap().settled, 1);
    // Of the collage's 100,001 parts Anna's photo gets a third, rounded down to 33,333.
    let anna = 5_000 * (33_333 + 50_000) / 1_000_000;
    let ben = 5_000 * (100_001 - 33_333) / 1_000_000;
    let seller = 5_000 * (1_000_000 - 150_001) / 1_000_000;
    assert_eq!((anna, ben, seller), (416, 333, 4_249));
    assert_eq!(house.chain.free(ANNA).await.unwrap(), anna);
    assert_eq!(house.chain.free(BEN).await.unwrap(), ben);
    assert_eq!(house.chain.free(me).await.unwrap(), before + seller);
    assert_eq!(house.chain.free(BUYER).await.unwrap(), 10_000 - 5_000);
    assert_eq!(5_000 - anna - ben - seller, 2, "what rounding left is nobody's");
}

#[tokio::test]
async fn a_dataset_without_parents_shares_with_nobody_and_says_nothing_of_them() {
    let house = House::new();
    let shift = house.open();
    let view = offered(&shift).await;
    assert_eq!(shift.service.dataset(view.record.unwrap()).unwrap().parents, []);
    let metadata: serde_json::Value =
        serde_json::from_slice(&house::blob(&shift, view.offer.unwrap(), BlobKind::Metadata)).unwrap();
    assert_eq!(metadata.get("isBasedOn"), None);
}

#[tokio::test]
async fn an_unknown_parent_is_refused_before_any_photo() {
    let house = House::new();
    let shift = house.open();
    let record = RecordId([9; 32]);
    assert_eq!(
        refused(&shift, derived_from(&[(record, 1)])).await,
        DatasetRefusal::UnknownParent { record }
    );
}

#[tokio::test]
async fn a_withdrawn_parent_is_refused_before_any_photo() {
    let house = House::new();
    let shift = house.open();
    let record = elsewhere(&house.chain, ANNA, 1, &[]);
    house.chain.withdraw(record).unwrap();
    assert_eq!(
        refused(&shift, derived_from(&[(record, 1)])).await,
        DatasetRefusal::WithdrawnParent { record }
    );
}

#[tokio::test]
async fn too_many_generations_or_payees_behind_the_parents_are_refused_before_any_photo() {
    let house = House::new();
    let shift = house.open();
    let mut deepest = elsewhere(&house.chain, ANNA, 1, &[]);
    for mark in 2..=9 {
        deepest = elsewhere(&house.chain, ANNA, mark, &[(deepest, 1)]);
    }
    assert_eq!(
        refused(&shift, derived_from(&[(deepest, 1)])).await,
        DatasetRefusal::Ancestry(RoyaltyError::TooDeep)
    );
    let parents: Vec<_> = (0..3)
        .map(|wide| {
            let owners = (0..5).map(|at| 20 + 10 * wide + at);
            let photos =
                owners.map(|mark| (elsewhere(&house.chain, Account([mark; 32]), mark, &[]), 100_000));
            let photos: Vec<_> = photos.collect();
            (
                elsewhere(&house.chain, Account([100 + wide; 32]), 100 + wide, &photos),
                100_000,
            )
        })
        .collect();
    assert_eq!(
        refused(&shift, derived_from(&parents)).await,
        DatasetRefusal::Ancestry(RoyaltyError::TooManyPayees)
    );
}

#[tokio::test]
async fn a_parent_that_is_withdrawn_meanwhile_fails_the_job_in_the_chains_words() {
    let house = House::new();
    let shift = house.open();
    let record = elsewhere(&house.chain, ANNA, 1, &[]);
    let job = shift.upload_as(derived_from(&[(record, 1)]), &photos()).await;
    house.chain.withdraw(record).unwrap();
    shift.work().await;
    let view = shift.view(job);
    assert_eq!(view.state, "failed", "{view:?}");
    let reason = view.reason.unwrap();
    assert_eq!(reason.code, "chain_refused");
    assert!(reason.detail.contains("ParentWithdrawn"), "{}", reason.detail);
    assert_eq!(house.files_in("blobs").len(), 0, "nothing is left of it");
}

#[tokio::test]
async fn without_a_node_the_upload_is_taken_and_the_chain_judges_later() {
    let house = House::new();
    let shift = house.open();
    house.chain.set_reachable(false);
    let job = shift
        .upload_as(derived_from(&[(RecordId([9; 32]), 1)]), &photos())
        .await;
    house.chain.set_reachable(true);
    shift.work().await;
    assert!(
        shift
            .view(job)
            .reason
            .is_some_and(|reason| reason.detail.contains("UnknownParent"))
    );
}
