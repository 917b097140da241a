//! Bytes that other programs and later versions rely on.

use crate::{
    Activities, Activity, Call, Cells, Dues, Pair, Pairs, ParametersOf, Quote, Ratable, RatableOrder, Trust,
    mock::*,
};
use codec::{Decode, Encode, MaxEncodedLen};
use frame_support::traits::{GetCallIndex, GetCallName, GetStorageVersion, StorageInfoTrait, StorageVersion};
use vouchsafe_protocol::trust::{Cell, OutOfReach, Parameters, Price};

#[test]
fn rows_are_as_long_as_documented() {
    assert_eq!(Cell::max_encoded_len(), 40);
    assert_eq!(Pair::max_encoded_len(), 12);
    assert_eq!(Activity::max_encoded_len(), 44);
    assert_eq!(RatableOrder::<[u8; 32]>::max_encoded_len(), 77);
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
            (&"rate", &0),
            (&"sweep_order", &1),
            (&"sweep_pair", &2),
            (&"set_parameters", &3),
        ]
    );
}

#[test]
fn a_rating_is_the_order_and_one_byte() {
    let call = RuntimeCall::from(Call::<Test>::rate {
        order: order(7),
        good: true,
    });
    assert_eq!(call.encode(), [[22, 0].as_slice(), &[7; 32], &[1]].concat());
}

#[test]
fn parameters_are_their_fields_in_order_little_endian() {
    let call = RuntimeCall::from(Call::<Test>::set_parameters {
        parameters: Parameters::first(DAY, VCH),
    });
    let expected = [
        [22, 3].as_slice(),
        &1_u16.to_le_bytes(),
        &(365 * DAY).to_le_bytes(),
        &(730 * DAY).to_le_bytes(),
        &VCH.to_le_bytes(),
        &[8, 0, 4, 0, 60, 0, 8, 0, 1, 0, 3, 0, 8, 0, 25, 0],
        &(30 * DAY).to_le_bytes(),
    ];
    assert_eq!(call.encode(), expected.concat());
}

#[test]
fn rows_are_their_fields_in_order_little_endian() {
    let row = RatableOrder::<AccountId> {
        buyer: 1,
        seller: 2,
        modality: vouchsafe_protocol::trust::Modality::Image,
        weight: 3,
        until: 4,
    };
    let expected = [
        [].as_slice(),
        &1_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &[1],
        &3_u64.to_le_bytes(),
        &4_u32.to_le_bytes(),
    ];
    assert_eq!(row.encode(), expected.concat());
    let activity = Activity {
        open: 1,
        settled: 2,
        at: 3,
        orders: 4,
        rated: 5,
    };
    let expected = [
        [].as_slice(),
        &1_u128.to_le_bytes(),
        &2_u128.to_le_bytes(),
        &3_u32.to_le_bytes(),
        &4_u32.to_le_bytes(),
        &5_u32.to_le_bytes(),
    ];
    assert_eq!(activity.encode(), expected.concat());
    assert_eq!(
        Pair { used: 1, at: 2 }.encode(),
        [[].as_slice(), &1_u64.to_le_bytes(), &2_u32.to_le_bytes()].concat()
    );
}

#[test]
fn answers_are_their_fields_in_order_little_endian() {
    let quote = Quote {
        price: Err(OutOfReach::AboveCap),
        parameters: 2,
        formula: 3,
        at: 4,
    };
    assert_eq!(quote.encode(), [1, 1, 2, 0, 3, 0, 4, 0, 0, 0]);
    let price = Price {
        missing: 1,
        weight: 2,
        burned: 3,
        orders: 4,
        accounts: 5,
        upkeep: 6,
    };
    let expected = [
        [0].as_slice(),
        &1_u64.to_le_bytes(),
        &2_u64.to_le_bytes(),
        &3_u128.to_le_bytes(),
        &4_u32.to_le_bytes(),
        &5_u32.to_le_bytes(),
        &6_u128.to_le_bytes(),
        &[2, 0, 3, 0, 4, 0, 0, 0],
    ];
    let quote = Quote {
        price: Ok(price),
        ..quote
    };
    assert_eq!(quote.encode(), expected.concat());
    let dues = Dues {
        bond: 1,
        room: 2,
        score: 3,
        parameters: 4,
        formula: 5,
        at: 6,
    };
    let expected = [
        [].as_slice(),
        &1_u128.to_le_bytes(),
        &2_u128.to_le_bytes(),
        &[3, 0, 4, 0, 5, 0, 6, 0, 0, 0],
    ];
    assert_eq!(dues.encode(), expected.concat());
    assert_eq!(Dues::decode(&mut &dues.encode()[..]), Ok(dues));
    // Headline 14, standing 49, content and privacy 16 each, and nine numbers.
    assert_eq!(Trust::max_encoded_len(), 14 + 49 + 32 + 60);
}

#[test]
fn storage_is_bounded_and_keeps_its_names() {
    new_test_ext().execute_with(|| {
        let sizes: Vec<_> = Reputation::storage_info()
            .iter()
            .map(|item| {
                (
                    String::from_utf8_lossy(&item.storage_name).into_owned(),
                    item.max_size,
                )
            })
            .collect();
        // Accounts have 8 bytes here; with Blake2 each key of them has 16 more, with Twox 8.
        assert_eq!(
            sizes,
            [
                ("Cells".into(), Some(24 + 11 + 40)),
                ("Pairs".into(), Some(24 + 24 + 12)),
                ("Activities".into(), Some(24 + 44)),
                ("Ratable".into(), Some(48 + 29)),
                ("ParametersOf".into(), Some(46)),
            ]
        );
        assert_eq!(Reputation::in_code_storage_version(), StorageVersion::new(1));
        assert_eq!(Reputation::on_chain_storage_version(), StorageVersion::new(1));
        assert_eq!(Cells::<Test>::iter().count() + Pairs::<Test>::iter().count(), 0);
        assert_eq!(
            Activities::<Test>::iter().count() + Ratable::<Test>::iter().count(),
            0
        );
        assert!(ParametersOf::<Test>::exists());
    });
}
