//! Datasets that are derived from others' records: refused early where the chain already says no, registered with their
//! parents, and paid for to the unit.

mod house;

use house::{BUYER, House, Shift, draft, offered, order, photos};
use serde_json::json;
use vouchsafe_documents::{
    lineage::{Format, State},
    terms::{Derivation, UnclearTerms},
};
use vouchsafe_gateway::{
    domain::{DatasetRefusal, JobView, NewDataset, ParentDraft},
    ports::{
        BlobKind, Chain,
        chain::{Call, MemoryChain},
    },
    work::UploadError,
};
use vouchsafe_protocol::{
    id::{Account, Digest, Genesis, RecordId},
    record::{Content, Grade, Parent, Statement},
    report::metadata_hash,
    royalty::RoyaltyError,
};

const ANNA: Account = Account([0xa1; 32]);
const BEN: Account = Account([0xb2; 32]);

/// The metadata of everything that others have registered here: it states no terms.
const PLAIN: &str = r#"{"name":"Somebody's photos"}"#;

/// A document with these terms.
fn stating(terms: Derivation) -> String {
    let policy = terms.policy("urn:vouchsafe:account:a", "urn:vouchsafe:offer:b");
    json!({"name": "Somebody's photos", "usageInfo": policy}).to_string()
}

/// A record that somebody else has registered.
fn elsewhere(chain: &MemoryChain, owner: Account, mark: u8, parents: &[(RecordId, u32)]) -> RecordId {
    elsewhere_with(chain, owner, mark, parents, PLAIN)
}

/// The same, with a metadata document.
fn elsewhere_with(
    chain: &MemoryChain,
    owner: Account,
    mark: u8,
    parents: &[(RecordId, u32)],
    document: &str,
) -> RecordId {
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
        metadata: metadata_hash(&Genesis([0x6e; 32]), document.as_bytes()),
        grade: Grade::Anonymous,
        parents: parents.collect::<Vec<_>>().try_into().unwrap(),
    };
    chain.register_elsewhere(&statement).unwrap()
}

fn derived_from(parents: &[(RecordId, u32)]) -> NewDataset {
    derived_with(parents, PLAIN)
}

/// A wish to derive, with a document that is handed in with it.
fn derived_with(parents: &[(RecordId, u32)], document: &str) -> NewDataset {
    let mut draft = draft();
    draft.parent_documents = vec![document.to_owned()];
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
    let origins = metadata["prov:wasDerivedFrom"].as_array().unwrap();
    assert_eq!(origins.len(), 3, "the raw files and two parents");
    assert_eq!(origins[1]["@id"], format!("urn:vouchsafe:record:{collage}"));

    let lineage = shift.service.lineage(record).await.unwrap();
    let shown: Vec<_> = lineage
        .nodes
        .iter()
        .map(|node| (node.record, node.generation))
        .collect();
    assert_eq!(shown, [(record, 0), (collage, 1), (photo, 2)]);
    assert_eq!(lineage.nodes[0].title.as_deref(), Some("Faces of nobody"));
    assert_eq!(
        lineage.nodes[1].title, None,
        "others' documents are not asked for"
    );
    house.chain.withdraw(photo).unwrap();
    let lineage = shift.service.lineage(record).await.unwrap();
    assert_eq!(lineage.nodes[2].state, State::Withdrawn);
    assert!(lineage.show(Format::Svg).contains("WITHDRAWN"));

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
    assert_eq!(
        metadata["prov:wasDerivedFrom"].as_array().unwrap().len(),
        1,
        "the raw files"
    );
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
async fn terms_that_forbid_derivation_are_kept() {
    let house = House::new();
    let shift = house.open();
    let document = stating(Derivation::Forbidden);
    let record = elsewhere_with(&house.chain, ANNA, 1, &[], &document);
    assert_eq!(
        refused(&shift, derived_with(&[(record, 1_000_000)], &document)).await,
        DatasetRefusal::DerivationForbidden { record }
    );
}

#[tokio::test]
async fn terms_that_ask_for_a_share_are_kept_to_the_last_part() {
    let house = House::new();
    let shift = house.open();
    let asked_ppm = 250_000;
    let document = stating(Derivation::Allowed {
        least_share_ppm: asked_ppm,
    });
    let record = elsewhere_with(&house.chain, ANNA, 1, &[], &document);
    let given_ppm = asked_ppm - 1;
    assert_eq!(
        refused(&shift, derived_with(&[(record, given_ppm)], &document)).await,
        DatasetRefusal::ShareBelowAsked {
            record,
            asked_ppm,
            given_ppm
        }
    );
    let view = sold(&shift, derived_with(&[(record, asked_ppm)], &document)).await;
    assert_eq!(view.state, "done", "{view:?}");
}

#[tokio::test]
async fn a_parent_whose_document_is_not_handed_in_is_refused_and_another_document_is_none() {
    let house = House::new();
    let shift = house.open();
    let record = elsewhere_with(&house.chain, ANNA, 1, &[], &stating(Derivation::Forbidden));
    let mut without = draft();
    without.parents = vec![ParentDraft { record, share_ppm: 1 }];
    for dataset in [
        NewDataset::new(without).unwrap(),
        derived_with(&[(record, 1)], &stating(Derivation::Unstated)),
    ] {
        assert_eq!(
            refused(&shift, dataset).await,
            DatasetRefusal::UnreadParentTerms { record }
        );
    }
}

#[tokio::test]
async fn a_document_that_is_not_understood_allows_nothing() {
    let house = House::new();
    let shift = house.open();
    let conditions = r#"{"usageInfo":{"odrl:permission":{"odrl:action":"odrl:derive","odrl:duty":{}}}}"#;
    for (mark, document) in [(1, "no JSON"), (2, conditions)] {
        let record = elsewhere_with(&house.chain, ANNA, mark, &[], document);
        assert_eq!(
            refused(&shift, derived_with(&[(record, 1)], document)).await,
            DatasetRefusal::UnclearParentTerms {
                record,
                terms: UnclearTerms
            }
        );
    }
}

#[tokio::test]
async fn the_terms_of_own_datasets_are_known_without_a_document() {
    let house = House::new();
    let shift = house.open();
    let mut first = draft();
    first.derivation = Derivation::Allowed { least_share_ppm: 10 };
    let parent = sold(&shift, NewDataset::new(first).unwrap())
        .await
        .record
        .unwrap();
    let mut second = draft();
    second.title = "Faces of nobody, again".into();
    second.parents = vec![ParentDraft {
        record: parent,
        share_ppm: 9,
    }];
    assert_eq!(
        refused(&shift, NewDataset::new(second.clone()).unwrap()).await,
        DatasetRefusal::ShareBelowAsked {
            record: parent,
            asked_ppm: 10,
            given_ppm: 9
        }
    );
    second.parents[0].share_ppm = 10;
    let view = sold(&shift, NewDataset::new(second).unwrap()).await;
    let lineage = shift.service.lineage(view.record.unwrap()).await.unwrap();
    assert_eq!(lineage.nodes[1].title.as_deref(), Some("Faces of nobody"));
    assert_eq!(
        lineage.nodes[1].terms,
        Some(Derivation::Allowed { least_share_ppm: 10 })
    );
    assert_eq!(lineage.breaches().count(), 0);
}

#[tokio::test]
async fn terms_that_no_node_was_there_to_check_stop_the_record() {
    let house = House::new();
    let shift = house.open();
    let document = stating(Derivation::Forbidden);
    let record = elsewhere_with(&house.chain, ANNA, 1, &[], &document);
    house.chain.set_reachable(false);
    let job = shift
        .upload_as(derived_with(&[(record, 1)], &document), &photos())
        .await;
    house.chain.set_reachable(true);
    shift.work().await;
    let reason = shift.view(job).reason.unwrap();
    assert_eq!(reason.code, "parent_terms");
    assert!(reason.detail.contains("forbid"), "{}", reason.detail);
    assert_eq!(house.files_in("blobs").len(), 0, "nothing is left of it");
}

#[tokio::test]
async fn a_lineage_is_there_for_listed_datasets_and_needs_the_node() {
    let house = House::new();
    let shift = house.open();
    let stranger = elsewhere(&house.chain, ANNA, 1, &[]);
    let error = shift.service.lineage(stranger).await.unwrap_err();
    assert!(error.to_string().contains("no dataset"), "{error}");
    let record = offered(&shift).await.record.unwrap();
    house.chain.set_reachable(false);
    let error = shift.service.lineage(record).await.unwrap_err();
    assert!(error.to_string().contains("cannot be reached"), "{error}");
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
