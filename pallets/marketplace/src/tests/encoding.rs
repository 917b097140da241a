//! Bytes that other programs and later versions rely on.

use codec::{Encode, MaxEncodedLen};
use frame_support::traits::{GetCallIndex, GetCallName, GetStorageVersion, StorageInfoTrait, StorageVersion};
use sp_runtime::transaction_validity::InvalidTransaction;
use vouchsafe_protocol::{
    delivery::Point,
    id::{Digest, OfferId, RecordId},
    leaf::Leaf,
    misbehaviour::Evidence,
    order::{Outcome, Stage},
    record::Content,
};

use crate::{Call, DisputeRefusal, HoldReason, Offer, OfferRow, OfferStatus, Order, OrderRow, mock::*};

fn offer() -> OfferRow<Test> {
    Offer {
        seller: SOFIA,
        gateway: GATE,
        record: RecordId([2; 32]),
        content: Content {
            root: Digest([3; 32]),
            chunks: 4,
            bytes: 5,
        },
        version: 6,
        key: Point([7; 32]),
        price: 8,
        licence: Digest([9; 32]),
        deliver_within: 10,
        dispute_within: 11,
        bond: 12,
        drawn: 18,
        status: OfferStatus::Closed { bond_until: 17 },
        open_orders: 13,
        settled: 14,
        refunded: 15,
        offered_at: 16,
    }
}

fn order(stage: Stage) -> OrderRow<Test> {
    Order {
        offer: OfferId([1; 32]),
        version: 2,
        buyer: BRUNO,
        seller: SOFIA,
        blinded: Point([4; 32]),
        price: 5,
        deposit: 6,
        licence: Digest([7; 32]),
        stage,
        placed_at: 8,
    }
}

#[test]
fn an_offer_is_its_fields_in_order_little_endian() {
    let expected = [
        [1; 32].as_slice(),
        &[4; 32],
        &[2; 32],
        &[3; 32],
        &4_u32.to_le_bytes(),
        &5_u64.to_le_bytes(),
        &6_u32.to_le_bytes(),
        &[7; 32],
        &8_u128.to_le_bytes(),
        &[9; 32],
        &10_u32.to_le_bytes(),
        &11_u32.to_le_bytes(),
        &12_u128.to_le_bytes(),
        &18_u128.to_le_bytes(),
        &[1, 17, 0, 0, 0],
        &13_u32.to_le_bytes(),
        &14_u32.to_le_bytes(),
        &15_u32.to_le_bytes(),
        &16_u32.to_le_bytes(),
    ];
    assert_eq!(offer().encode(), expected.concat());
    assert_eq!(OfferStatus::Open.encode(), [0]);
    assert_eq!(OfferStatus::Released.encode(), [2]);
    assert_eq!(OfferStatus::Frozen { at: 1 }.encode(), [3, 1, 0, 0, 0]);
    assert_eq!(OfferStatus::Halted { bond_until: 1 }.encode(), [4, 1, 0, 0, 0]);
    assert_eq!(OfferRow::<Test>::max_encoded_len(), 285);
    assert_eq!(offer().encode().len(), 285);
}

#[test]
fn an_order_is_its_fields_in_order_little_endian() {
    let evaluated = Point([0xee; 32]);
    let stages: [(Stage, Vec<u8>); 6] = [
        (
            Stage::Placed { deliver_by: 9 },
            [[0].as_slice(), &9_u32.to_le_bytes()].concat(),
        ),
        (
            Stage::Delivered {
                evaluated,
                dispute_by: 9,
            },
            [[1].as_slice(), &[0xee; 32], &9_u32.to_le_bytes()].concat(),
        ),
        (
            Stage::Closed(Outcome::Settled { evaluated }),
            [[2, 0].as_slice(), &[0xee; 32]].concat(),
        ),
        (Stage::Closed(Outcome::Refunded), vec![2, 1]),
        (Stage::Closed(Outcome::Disputed), vec![2, 2]),
        (Stage::Closed(Outcome::Voided), vec![2, 3]),
    ];
    for (stage, bytes) in stages {
        let expected = [
            [1; 32].as_slice(),
            &2_u32.to_le_bytes(),
            &[2; 32],
            &[1; 32],
            &[4; 32],
            &5_u128.to_le_bytes(),
            &6_u128.to_le_bytes(),
            &[7; 32],
            &bytes,
            &8_u32.to_le_bytes(),
        ];
        assert_eq!(order(stage).encode(), expected.concat(), "{stage:?}");
    }
    assert_eq!(OrderRow::<Test>::max_encoded_len(), 237);
}

#[test]
fn calls_keep_their_indices() {
    let named: Vec<_> = Call::<Test>::get_call_names()
        .iter()
        .zip(Call::<Test>::get_call_indices())
        .collect();
    assert_eq!(
        named,
        [
            (&"offer", &0),
            (&"revise", &1),
            (&"close", &2),
            (&"order", &3),
            (&"deliver", &4),
            (&"settle", &5),
            (&"expire", &6),
            (&"forget", &7),
            (&"dispute", &8),
            (&"refund", &9),
            (&"release_bond", &10),
        ]
    );
}

#[test]
fn a_delivery_costs_130_bytes_of_call() {
    let call = RuntimeCall::from(Call::<Test>::deliver {
        order: vouchsafe_protocol::id::OrderId([1; 32]),
        evaluated: Point([2; 32]),
        proof: [3; 64],
    });
    let expected = [[21, 4].as_slice(), &[1; 32], &[2; 32], &[3; 64]].concat();
    assert_eq!(call.encode(), expected);
    assert_eq!(expected.len(), 130);
}

#[test]
fn a_dispute_of_a_full_chunk_at_the_greatest_depth_is_66_447_bytes_of_call() {
    let leaf = Leaf {
        len: 65_536,
        ciphertext: Digest([4; 32]),
        commitment: Digest([5; 32]),
    };
    let call = RuntimeCall::from(Call::<Test>::dispute {
        order: vouchsafe_protocol::id::OrderId([1; 32]),
        evidence: Box::new(Evidence {
            blind: [2; 32],
            index: 3,
            leaf,
            path: vec![Digest([6; 32]); 24].try_into().unwrap(),
            ciphertext: vec![7; 65_536].try_into().unwrap(),
        }),
    });
    let head = [
        [21, 8].as_slice(),
        &[1; 32],
        &[2; 32],
        &3_u32.to_le_bytes(),
        &65_536_u32.to_le_bytes(),
        &[4; 32],
        &[5; 32],
        &[24 << 2],
        &[6; 24 * 32],
        &(65_536_u32 << 2 | 2).to_le_bytes(),
    ]
    .concat();
    let encoded = call.encode();
    assert!(encoded.starts_with(&head));
    assert_eq!(encoded.len(), head.len() + 65_536);
    assert_eq!(encoded.len(), 66_447);
}

#[test]
fn the_reasons_of_a_refused_dispute_keep_their_numbers() {
    use DisputeRefusal::*;
    let reasons = [
        OrderNotFound,
        WrongStage,
        TooLate,
        OfferFrozen,
        IndexBeyondEnd,
        NotUnderRoot,
        WrongBlind,
        WrongCiphertext,
        Honest,
    ];
    for (number, reason) in (1_u8..).zip(reasons) {
        assert_eq!(
            InvalidTransaction::from(reason),
            InvalidTransaction::Custom(number)
        );
    }
}

#[test]
fn hold_reasons_keep_their_indices() {
    let reasons = [
        HoldReason::Escrow,
        HoldReason::OrderDeposit,
        HoldReason::OfferBond,
    ];
    for (index, reason) in (0_u8..).zip(reasons) {
        assert_eq!(RuntimeHoldReason::from(reason).encode(), [21, index]);
    }
}

#[test]
fn storage_is_bounded_and_keeps_its_names() {
    new_test_ext().execute_with(|| {
        let info = Marketplace::storage_info();
        let sizes: Vec<_> = info
            .iter()
            .map(|item| {
                (
                    String::from_utf8_lossy(&item.storage_name).into_owned(),
                    item.max_size,
                )
            })
            .collect();
        // Each key part is 16 bytes of hash and 32 of id.
        assert_eq!(
            sizes,
            [
                ("Offers".into(), Some(48 + 285)),
                ("OfferOf".into(), Some(48 + 32)),
                ("OpenOrders".into(), Some(48 + 48)),
                ("Orders".into(), Some(48 + 237)),
                ("FaultsOf".into(), Some(48 + 8)),
                ("HouseOf".into(), Some(8 + 33)),
            ]
        );
        assert_eq!(Marketplace::in_code_storage_version(), StorageVersion::new(2));
    });
}
