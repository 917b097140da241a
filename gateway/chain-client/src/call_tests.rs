//! The bytes of every call, against bytes made by hand: they are consensus.

use super::*;
use vouchsafe_protocol::record::{Grade, Parent, Parents};

fn le(number: u128) -> [u8; 16] {
    number.to_le_bytes()
}

/// 32 bytes of one value, as in [`Call::samples`].
fn b(value: u8) -> Vec<u8> {
    vec![value; 32]
}

#[test]
fn a_gateways_registration_is_key_pipelines_and_endpoint() {
    let call = Call::RegisterGateway {
        key: [7; 32],
        pipelines: vec![Digest([4; 32]), Digest([5; 32])],
        endpoint: "http://g".to_owned(),
    };
    // Compact lengths: 2 is 0x08, 8 is 0x20.
    let expected = [b(7), vec![0x08], b(4), b(5), vec![0x20], b"http://g".to_vec()].concat();
    assert_eq!(call.arguments(), expected);
    let update = Call::UpdateGateway {
        key: [7; 32],
        pipelines: vec![Digest([4; 32]), Digest([5; 32])],
        endpoint: "http://g".to_owned(),
    };
    assert_eq!(update.arguments(), expected);
}

#[test]
fn a_record_is_its_statement_and_signature() {
    let statement = Statement {
        owner: Account([1; 32]),
        gateway: Account([2; 32]),
        content: Content {
            root: Digest([3; 32]),
            chunks: 4,
            bytes: 5,
        },
        input: Digest([6; 32]),
        report: Digest([7; 32]),
        metrics_root: Digest([8; 32]),
        items: 9,
        metadata: Digest([10; 32]),
        grade: Grade::Disguised,
        parents: Parents::truncate_from(vec![Parent {
            record: RecordId([11; 32]),
            share_ppm: 12,
        }]),
    };
    let call = Call::RegisterRecord {
        statement: Box::new(statement),
        signature: [13; 64],
    };
    let expected = [
        b(1),
        b(2),
        b(3),
        vec![4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0],
        b(6),
        b(7),
        b(8),
        vec![9, 0, 0, 0],
        b(10),
        vec![2, 0x04],
        b(11),
        vec![12, 0, 0, 0],
        vec![13; 64],
    ];
    assert_eq!(call.arguments(), expected.concat());
}

#[test]
fn an_offer_is_its_nine_terms_in_order() {
    let call = Call::Offer {
        nonce: 1,
        record: RecordId([2; 32]),
        content: Content {
            root: Digest([3; 32]),
            chunks: 4,
            bytes: 5,
        },
        key: Point([6; 32]),
        price: 7,
        licence: Digest([8; 32]),
        deliver_within: 9,
        dispute_within: 10,
        bond: 11,
    };
    let expected = [
        vec![1, 0, 0, 0, 0, 0, 0, 0],
        b(2),
        b(3),
        vec![4, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0],
        b(6),
        le(7).to_vec(),
        b(8),
        vec![9, 0, 0, 0, 10, 0, 0, 0],
        le(11).to_vec(),
    ];
    assert_eq!(call.arguments(), expected.concat());
}

#[test]
fn an_order_is_offer_version_point_price_and_licence() {
    let call = Call::Order {
        offer: OfferId([1; 32]),
        version: 2,
        blinded: Point([3; 32]),
        max_price: 4,
        licence: Digest([5; 32]),
    };
    let expected = [b(1), vec![2, 0, 0, 0], b(3), le(4).to_vec(), b(5)].concat();
    assert_eq!(call.arguments(), expected);
}

#[test]
fn a_delivery_is_order_point_and_proof() {
    let call = Call::Deliver {
        order: OrderId([1; 32]),
        evaluated: Point([2; 32]),
        proof: [3; 64],
    };
    assert_eq!(call.arguments(), [b(1), b(2), vec![3; 64]].concat());
}

#[test]
fn short_calls_are_their_ids_and_amounts() {
    let (offer, order) = (OfferId([1; 32]), OrderId([1; 32]));
    let price = Call::Revise {
        offer,
        price: 2,
        bond: 3,
    };
    assert_eq!(price.arguments(), [b(1), le(2).to_vec(), le(3).to_vec()].concat());
    for call in [
        Call::Close { offer },
        Call::Settle { order },
        Call::Expire { order },
        Call::Forget { order },
        Call::Refund { order },
        Call::ReleaseOfferBond { offer },
        Call::WithdrawRecord {
            record: RecordId([1; 32]),
        },
        Call::EraseRecord {
            record: RecordId([1; 32]),
        },
        Call::ReleaseBond {
            gateway: Account([1; 32]),
        },
    ] {
        assert_eq!(call.arguments(), b(1), "{call:?}");
    }
    assert_eq!(Call::RetireGateway.arguments(), [0u8; 0]);
}

#[test]
fn a_rating_is_the_order_and_one_byte() {
    for (good, byte) in [(true, 1), (false, 0)] {
        let order = OrderId([1; 32]);
        assert_eq!(
            Call::Rate { order, good }.arguments(),
            [b(1), vec![byte]].concat()
        );
    }
}

#[test]
fn an_attestation_is_the_record_the_finding_and_a_digest() {
    let call = Call::Attest {
        record: RecordId([1; 32]),
        finding: Finding::FalseExact { item: 7, metric: 2 },
        attestation: Digest([3; 32]),
    };
    assert_eq!(call.arguments(), [b(1), vec![2, 7, 0, 0, 0, 2], b(3)].concat());
}

#[test]
fn who_governs_admits_and_dismisses_by_a_call_in_a_call() {
    let auditor = Account([1; 32]);
    let admit = Call::AdmitAuditor { auditor };
    assert_eq!((admit.pallet(), admit.name()), ("Sudo", "sudo"));
    assert_eq!(admit.arguments(), [vec![23, 0], b(1)].concat());
    let dismiss = Call::DismissAuditor { auditor };
    assert_eq!(dismiss.arguments(), [vec![23, 1], b(1)].concat());
}

#[test]
fn a_transfer_names_an_account_and_a_compact_amount() {
    let call = Call::Transfer {
        to: Account([1; 32]),
        amount: 1 << 30,
    };
    // Variant `Id`; 2^30 is the first amount in the compact mode of five bytes: (4 - 4) << 2 | 3, then four bytes.
    let expected = [vec![0], b(1), vec![0x03, 0, 0, 0, 0x40]].concat();
    assert_eq!(call.arguments(), expected);
}

#[test]
fn the_samples_hold_every_call_once() {
    let mut kinds: Vec<_> = Call::samples()
        .iter()
        .map(|call| (call.pallet(), call.name()))
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), 22);
}
