//! For tests: a gateway, its record with everything that belongs to it, and the offer.

use crate::{
    audit::Evidence,
    sealed::{Dataset, dataset},
};
use vouchsafe_chain_client::{
    Faults, GatewayInfo, GatewayStatus, OfferInfo, OfferStatus, OrderInfo, RecordInfo, RecordStatus, Signer,
};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    order::Stage,
    record::{Grade, Parents, Statement},
    report::{metadata_hash, report_hash, report_signing_bytes},
    royalty::Royalties,
};

pub const GENESIS: Genesis = Genesis([42; 32]);
pub const OFFER: OfferId = OfferId([11; 32]);
pub const ORDER: OrderId = OrderId([12; 32]);
const OWNER: Account = Account([13; 32]);

pub fn key() -> Signer {
    Signer::ed25519(&[14; 32])
}

fn sold() -> Dataset {
    dataset(&[b"first".to_vec(), vec![3; 70_000]])
}

pub fn report() -> Vec<u8> {
    let root = Digest([15; 32]);
    let commitment = Digest([16; 32]);
    format!(
        r#"{{"input":{{"commitment":"{commitment}","files":2}},"output":{{"items":2,"metrics_root":"{root}"}},"policy":{{"grade":"anonymous"}},"schema":"vouchsafe/report/1"}}"#
    )
    .into_bytes()
}

fn metadata() -> Vec<u8> {
    br#"{"name":"Two files"}"#.to_vec()
}

pub fn record() -> RecordInfo {
    let statement = Statement {
        owner: OWNER,
        gateway: OWNER,
        content: sold().content,
        input: Digest([16; 32]),
        report: report_hash(&GENESIS, &report()),
        metrics_root: Digest([15; 32]),
        items: 2,
        metadata: metadata_hash(&GENESIS, &metadata()),
        grade: Grade::Anonymous,
        parents: Parents::default(),
    };
    let signature = key().sign(&statement.signing_bytes(&GENESIS));
    let key = key().account().0;
    RecordInfo {
        statement,
        key,
        signature,
        registered_at: 5,
        status: RecordStatus::Live,
        deposit: 1,
        royalties: Royalties::default(),
    }
}

pub fn offer() -> OfferInfo {
    OfferInfo {
        seller: OWNER,
        gateway: OWNER,
        record: RecordId::derive(&GENESIS, &record().statement),
        content: sold().content,
        version: 0,
        key: Point([17; 32]),
        price: 1_000,
        licence: Digest([18; 32]),
        deliver_within: 10,
        dispute_within: 5,
        bond: 100,
        drawn: 0,
        status: OfferStatus::Open,
        open_orders: 1,
        settled: 0,
        refunded: 0,
        offered_at: 6,
    }
}

pub fn order() -> OrderInfo {
    OrderInfo {
        offer: OFFER,
        version: 0,
        buyer: Account([19; 32]),
        seller: OWNER,
        blinded: Point([20; 32]),
        price: 1_000,
        deposit: 2,
        licence: Digest([18; 32]),
        stage: Stage::Placed { deliver_by: 20 },
        placed_at: 10,
    }
}

/// Evidence in which everything is right.
pub fn evidence() -> Evidence {
    let hash = report_hash(&GENESIS, &report());
    let signature = key().sign(&report_signing_bytes(&GENESIS, &hash));
    Evidence {
        genesis: GENESIS,
        id: RecordId::derive(&GENESIS, &record().statement),
        record: record(),
        gateway: Some(GatewayInfo {
            key: key().account().0,
            pipelines: Vec::new(),
            endpoint: "http://gateway.example".to_owned(),
            status: GatewayStatus::Active,
            registered_at: 1,
            bond: 1,
        }),
        report: Ok((report(), Some(signature))),
        metadata: Ok(metadata()),
        sidecar: Some(Ok(sold().sidecar)),
        offer: Some((OFFER, offer())),
        orders: vec![(ORDER, Some(order()))],
        parents: Vec::new(),
        owner_faults: Faults::default(),
        gateway_faults: Faults::default(),
    }
}
