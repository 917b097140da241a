//! What is stored, sent and signed keeps its bytes: clients and old blocks depend on them.

use crate::{
    Call, EntriesOf, Gateway, GatewayStatus, Gateways, HoldReason, Log, LogEntries, LogRow, MAX_ENTRIES,
    Record, RecordStatus, Records, mock::*,
};
use codec::{Encode, MaxEncodedLen};
use frame_support::{
    BoundedVec,
    traits::{ConstU32, GetStorageVersion, StorageVersion},
};
use vouchsafe_protocol::{
    id::{Account, Digest, RecordId},
    log::{Entry, Fact},
    royalty::{Ancestor, Royalties},
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_gateway_is_stored_field_by_field_in_order() {
    let gateway = Gateway::<u128> {
        key: [0xAA; 32],
        pipelines: pipelines(&[0xBB]),
        endpoint: url("http://a"),
        status: GatewayStatus::Retiring {
            release_after: 0x01020304,
        },
        registered_at: 5,
        bond: 6,
    };
    let expected = [
        "aa".repeat(32),
        format!("04{}", "bb".repeat(32)),
        format!("20{}", hex(b"http://a")),
        "0104030201".into(),
        "05000000".into(),
        format!("06{}", "00".repeat(15)),
    ];
    assert_eq!(hex(&gateway.encode()), expected.concat());
    assert_eq!(GatewayStatus::Active.encode(), [0]);
    assert_eq!(
        Gateway::<u128>::max_encoded_len(),
        32 + (1 + 16 * 32) + (2 + 256) + 5 + 4 + 16
    );
}

#[test]
fn a_record_is_stored_field_by_field_in_order() {
    let statement = statement(CITY, GATE, 1);
    let record = Record::<u128> {
        statement: statement.clone(),
        key: [0xAA; 32],
        signature: [0xBB; 64],
        registered_at: 5,
        status: RecordStatus::Withdrawn { at: 7 },
        deposit: 6,
        royalties: Royalties::of(&[Ancestor {
            owner: Account([0xCC; 32]),
            share_ppm: 0x01_02_03,
            royalties: Royalties::default(),
        }])
        .unwrap(),
    };
    let expected = [
        hex(&statement.encode()),
        "aa".repeat(32),
        "bb".repeat(64),
        "05000000".into(),
        "0107000000".into(),
        format!("06{}", "00".repeat(15)),
        format!("04{}0302010001", "cc".repeat(32)),
    ];
    assert_eq!(hex(&record.encode()), expected.concat());
    assert_eq!(RecordStatus::Live.encode(), [0]);
    let statement_at_most = 2 * 32 + (32 + 4 + 8) + 3 * 32 + 4 + 32 + 1 + (1 + 8 * 36);
    assert_eq!(
        Record::<u128>::max_encoded_len(),
        statement_at_most + 32 + 64 + 4 + 5 + 16 + (1 + 16 * 36 + 1)
    );
}

#[test]
fn an_entry_of_the_log_is_stored_with_its_nodes() {
    let row = LogRow {
        entry: Entry {
            record: RecordId([0xAA; 32]),
            height: 5,
            fact: Fact::Withdrawn,
        },
        nodes: vec![Digest([0xBB; 32]), Digest([0xCC; 32])].try_into().unwrap(),
    };
    let expected = format!(
        "{}050000000108{}{}",
        "aa".repeat(32),
        "bb".repeat(32),
        "cc".repeat(32)
    );
    assert_eq!(hex(&row.encode()), expected);
    assert_eq!(LogRow::max_encoded_len(), 107 + (2 + 64 * 32));
    let indices = BoundedVec::<u64, ConstU32<MAX_ENTRIES>>::truncate_from(vec![1, 2]);
    assert_eq!(hex(&indices.encode()), "0801000000000000000200000000000000");
}

#[test]
fn calls_keep_their_index_and_the_order_of_their_arguments() {
    let (key, says) = ([0xAA; 32], statement(CITY, GATE, 1));
    let declaration = hex(&(key, pipelines(&[1]), endpoint()).encode());
    let record = RecordId([0xCC; 32]);
    let calls: [(Call<Test>, String); 7] = [
        (
            Call::register_gateway {
                key,
                pipelines: pipelines(&[1]),
                endpoint: endpoint(),
            },
            format!("1400{declaration}"),
        ),
        (
            Call::update_gateway {
                key,
                pipelines: pipelines(&[1]),
                endpoint: endpoint(),
            },
            format!("1401{declaration}"),
        ),
        (Call::retire_gateway {}, "1402".into()),
        (
            Call::release_bond { gateway: GATE },
            format!("1403{}", "a1".repeat(32)),
        ),
        (
            Call::register_record {
                statement: Box::new(says.clone()),
                signature: [0xBB; 64],
            },
            format!("1404{}{}", hex(&says.encode()), "bb".repeat(64)),
        ),
        (
            Call::withdraw_record { record },
            format!("1405{}", "cc".repeat(32)),
        ),
        (Call::erase_record { record }, format!("1406{}", "cc".repeat(32))),
    ];
    for (call, expected) in calls {
        assert_eq!(hex(&RuntimeCall::from(call).encode()), expected);
    }
}

#[test]
fn rows_lie_under_their_keys() {
    let prefix = |map: &[u8]| {
        [
            sp_io::hashing::twox_128(b"Provenance"),
            sp_io::hashing::twox_128(map),
        ]
        .concat()
    };
    let gate: [u8; 32] = GATE.into();
    let under_gate = [
        prefix(b"Gateways"),
        sp_io::hashing::blake2_128(&gate).to_vec(),
        gate.to_vec(),
    ];
    assert_eq!(Gateways::<Test>::hashed_key_for(GATE), under_gate.concat());
    let under_record = [prefix(b"Records"), vec![9; 32]];
    assert_eq!(
        Records::<Test>::hashed_key_for(RecordId([9; 32])),
        under_record.concat()
    );
    assert_eq!(Log::<Test>::hashed_key().to_vec(), prefix(b"Log"));
    let index = 0x0102_u64.to_le_bytes();
    let under_index = [
        prefix(b"LogEntries"),
        sp_io::hashing::twox_64(&index).to_vec(),
        index.to_vec(),
    ];
    assert_eq!(LogEntries::<Test>::hashed_key_for(0x0102), under_index.concat());
    let under_record = [prefix(b"EntriesOf"), vec![9; 32]];
    assert_eq!(
        EntriesOf::<Test>::hashed_key_for(RecordId([9; 32])),
        under_record.concat()
    );
}

#[test]
fn hold_reasons_keep_their_index() {
    assert_eq!(RuntimeHoldReason::from(HoldReason::GatewayBond).encode(), [20, 0]);
    assert_eq!(
        RuntimeHoldReason::from(HoldReason::RecordDeposit).encode(),
        [20, 1]
    );
}

#[test]
fn a_new_chain_starts_with_the_storage_version_in_code() {
    ExtBuilder::default().build_and_execute(|| {
        assert_eq!(Provenance::in_code_storage_version(), StorageVersion::new(2));
        assert_eq!(Provenance::on_chain_storage_version(), StorageVersion::new(2));
    });
}
