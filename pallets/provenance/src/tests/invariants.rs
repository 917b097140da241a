//! Each invariant of the README is broken on purpose, and the check names it.

use crate::{
    EntriesOf, Gateways, HoldReason, Log, LogEntries, LogRow, RecordStatus, Records, mock::*, try_state,
};
use frame_support::{
    assert_ok,
    traits::{
        fungible::MutateHold,
        tokens::{Fortitude, Precision::Exact, Restriction},
    },
};
use sp_core::Pair;
use sp_runtime::DispatchError;
use vouchsafe_protocol::{
    hash::sha256,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    log::{Entry, Fact, Frontier},
    record::Content,
};

/// A chain with two gateways, one retiring, and three records, one derived, one withdrawn; then `sabotage`; then
/// the check must fail with a message that starts with the invariant's number.
fn breaks(invariant: &str, sabotage: impl FnOnce(RecordId, RecordId)) {
    ExtBuilder::default()
        .gateway(GATE)
        .gateway(OTHER_GATE)
        .build()
        .execute_with(|| {
            run_blocks(10);
            let parent = register(&statement(CITY, GATE, 1));
            run_blocks(10);
            let child = register(&derived(statement(LAB, OTHER_GATE, 2), &[(parent, 400_000)]));
            let withdrawn = register(&statement(CITY, GATE, 3));
            run_blocks(10);
            assert_ok!(Provenance::withdraw_record(signed(CITY), withdrawn));
            assert_ok!(Provenance::retire_gateway(signed(OTHER_GATE)));
            assert_ok!(try_state::check::<Test>());
            sabotage(parent, child);
            match try_state::check::<Test>() {
                Err(DispatchError::Other(message)) => {
                    assert!(
                        message.starts_with(&format!("{invariant}: ")),
                        "broke {invariant}, found: {message}"
                    );
                }
                other => panic!("broke {invariant}, and the check said {other:?}"),
            }
        });
}

fn edit_gateway(edit: impl FnOnce(&mut crate::Gateway<u128>)) {
    Gateways::<Test>::mutate(GATE, |row| edit(row.as_mut().unwrap()));
}

fn edit_record(record: RecordId, edit: impl FnOnce(&mut crate::Record<u128>)) {
    Records::<Test>::mutate(record, |row| edit(row.as_mut().unwrap()));
}

/// Registers again, under its new id and with a new signature, what `edit` makes of a record, so that only the
/// edit itself can be what is wrong.
fn resign(record: RecordId, edit: impl FnOnce(&mut crate::Record<u128>)) {
    let mut row = Records::<Test>::take(record).unwrap();
    edit(&mut row);
    let signer = key(7);
    row.key = signer.public().0;
    row.signature = sign(&row.statement, &signer);
    Records::<Test>::insert(id_of(&row.statement), row);
}

#[test]
fn invariant_1_bond_held_is_the_gateways() {
    let reason = HoldReason::GatewayBond.into();
    breaks("1", |_, _| {
        assert!(Balances::release(&reason, &GATE, 1, Exact).is_ok())
    });
    breaks("1", |_, _| {
        assert_ok!(Balances::hold(&reason, &GATE, 1));
    });
    breaks("1", |_, _| {
        assert_ok!(Balances::hold(&reason, &ANYONE, 1));
    });
    breaks("1", |_, _| Gateways::<Test>::remove(GATE));
    breaks("1", |_, _| edit_gateway(|row| row.bond += 1));
}

#[test]
fn invariant_2_deposit_held_is_the_records() {
    let reason = HoldReason::RecordDeposit.into();
    breaks("2", |_, _| {
        assert!(Balances::release(&reason, &CITY, 1, Exact).is_ok())
    });
    breaks("2", |_, _| {
        assert_ok!(Balances::hold(&reason, &LAB, 1));
    });
    breaks("2", |_, _| {
        let (on, forced) = (Restriction::OnHold, Fortitude::Force);
        assert!(Balances::transfer_on_hold(&reason, &CITY, &LAB, 1, Exact, on, forced).is_ok());
    });
    breaks("2", |_, child| Records::<Test>::remove(child));
    breaks("2", |parent, _| edit_record(parent, |row| row.deposit -= 1));
}

#[test]
fn invariant_3_gateways_declare_what_others_can_use() {
    breaks("3", |_, _| edit_gateway(|row| row.endpoint = url("gopher://a")));
    breaks("3", |_, _| edit_gateway(|row| row.pipelines = pipelines(&[1, 1])));
    breaks("3", |_, _| edit_gateway(|row| row.key = [0; 32]));
}

#[test]
fn invariant_4_a_record_stands_under_its_statements_id() {
    breaks("4", |_, child| {
        edit_record(child, |row| row.statement.report.0[0] ^= 1)
    });
    breaks("4", |_, child| Records::<Test>::swap(child, RecordId([1; 32])));
}

#[test]
fn invariant_5_a_records_signature_verifies_under_its_key() {
    breaks("5", |_, child| edit_record(child, |row| row.signature[0] ^= 1));
    breaks("5", |_, child| {
        edit_record(child, |row| row.key = key(99).public().0)
    });
}

#[test]
fn invariant_6_a_records_content_is_possible() {
    breaks("6", |_, child| resign(child, |row| row.statement.items = 0));
    breaks("6", |_, child| {
        resign(child, |row| {
            row.statement.content = Content {
                bytes: 1,
                ..row.statement.content
            }
        })
    });
}

#[test]
fn invariant_7_parents_stand_and_share_at_most_the_whole() {
    breaks("7", |_, child| {
        resign(child, |row| row.statement.parents[0].share_ppm = 1_000_001)
    });
    breaks("7", |_, child| {
        resign(child, |row| {
            let twice = row.statement.parents[0];
            row.statement.parents.try_push(twice).unwrap();
        });
    });
    breaks("7", |parent, _| Records::<Test>::remove(parent));
    breaks("7", |_, child| edit_record(child, |row| row.registered_at = 10));
    breaks("7", |parent, _| {
        edit_record(parent, |row| row.status = RecordStatus::Withdrawn { at: 20 })
    });
}

#[test]
fn invariant_8_nothing_happens_in_the_future_or_before_its_beginning() {
    let retiring = |release_after| crate::GatewayStatus::Retiring { release_after };
    breaks("8", |_, _| edit_gateway(|row| row.registered_at = 32));
    breaks("8", |_, _| edit_gateway(|row| row.status = retiring(0)));
    breaks("8", |_, child| edit_record(child, |row| row.registered_at = 32));
    breaks("8", |_, child| {
        edit_record(child, |row| row.status = RecordStatus::Withdrawn { at: 20 })
    });
    breaks("8", |_, child| {
        edit_record(child, |row| row.status = RecordStatus::Withdrawn { at: 32 })
    });
}

#[test]
fn invariant_10_royalties_follow_from_the_parents() {
    breaks("10", |_, child| {
        edit_record(child, |row| row.royalties = Default::default())
    });
    breaks("10", |parent, _| {
        edit_record(parent, |row| row.royalties.depth = 1)
    });
}

#[test]
fn invariant_9_the_counters_count() {
    let counter = |map: &[u8]| {
        let mut key = sp_io::hashing::twox_128(b"Provenance").to_vec();
        key.extend(sp_io::hashing::twox_128(map));
        key
    };
    breaks("9", |_, _| {
        frame_support::storage::unhashed::put(&counter(b"CounterForGateways"), &3_u32)
    });
    breaks("9", |_, _| {
        frame_support::storage::unhashed::put(&counter(b"CounterForRecords"), &2_u32)
    });
}

fn edit_row(index: u64, edit: impl FnOnce(&mut LogRow)) {
    LogEntries::<Test>::mutate(index, |row| edit(row.as_mut().unwrap()));
}

/// Writes a whole new log with what `edit` makes of the entries, so that only what they say can be wrong.
fn rewrite(edit: impl FnOnce(&mut Vec<Entry>)) {
    let mut entries: Vec<Entry> = (0..Log::<Test>::get().size())
        .map(|index| LogEntries::<Test>::get(index).unwrap().entry)
        .collect();
    edit(&mut entries);
    let _ = LogEntries::<Test>::clear(u32::MAX, None);
    let _ = EntriesOf::<Test>::clear(u32::MAX, None);
    let mut log = Frontier::default();
    for entry in entries {
        let appended = log.append(entry.leaf_hash(&GENESIS, sha256), sha256).unwrap();
        let nodes = appended.nodes;
        LogEntries::<Test>::insert(appended.index, LogRow { entry, nodes });
        assert_ok!(EntriesOf::<Test>::try_append(entry.record, appended.index));
    }
    Log::<Test>::put(log);
}

/// Four entries: the parent's, the child's and the third record's registration, then its withdrawal.
#[test]
fn invariant_11_the_frontier_is_that_of_the_entries() {
    breaks("11", |_, _| Log::<Test>::kill());
    breaks("11", |_, _| LogEntries::<Test>::remove(1));
    breaks("11", |_, _| {
        let beyond = LogEntries::<Test>::get(0).unwrap();
        LogEntries::<Test>::insert(4, beyond);
    });
    breaks("11", |_, _| LogEntries::<Test>::swap(1, 2));
    breaks("11", |_, _| edit_row(2, |row| row.entry.height += 1));
    breaks("11", |_, _| edit_row(3, |row| row.nodes[2] = Digest([1; 32])));
    breaks("11", |_, _| {
        edit_row(3, |row| {
            row.nodes.pop();
        })
    });
    breaks("11", |_, _| {
        Log::<Test>::mutate(|log| {
            let _ = log.append(Digest([1; 32]), sha256).unwrap();
        })
    });
    breaks("11", |_, _| rewrite(|entries| entries[3].height = 3));
}

#[test]
fn invariant_12_each_record_lists_its_entries() {
    breaks("12", |parent, _| EntriesOf::<Test>::remove(parent));
    breaks("12", |parent, _| {
        assert_ok!(EntriesOf::<Test>::try_append(parent, 1));
    });
    breaks("12", EntriesOf::<Test>::swap);
    breaks("12", |_, _| {
        assert_ok!(EntriesOf::<Test>::try_append(RecordId([1; 32]), 0));
    });
}

#[test]
fn invariant_13_the_log_says_what_the_records_rows_say() {
    let stranger = Account([0xEE; 32]);
    let fraud = Fact::FraudProven {
        offer: OfferId([1; 32]),
        order: OrderId([2; 32]),
        chunk: 3,
    };
    breaks("13", |_, _| {
        rewrite(|entries| entries[0].record = RecordId([1; 32]))
    });
    breaks("13", |_, _| {
        rewrite(|entries| entries[3].record = entries[0].record)
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            entries.pop();
        })
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            entries.remove(0);
        })
    });
    breaks("13", |_, _| {
        rewrite(|entries| entries[0].fact = Fact::Registered { key: [9; 32] })
    });
    breaks("13", |_, _| rewrite(|entries| entries[0].height -= 1));
    breaks("13", |_, _| rewrite(|entries| entries[3].height += 1));
    breaks("13", |_, _| {
        rewrite(|entries| entries[3].fact = Fact::Erased { by: stranger })
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            let withdrawn = entries[3];
            entries.push(withdrawn);
        })
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            let registered = entries[2];
            entries[3] = Entry {
                height: entries[3].height,
                ..registered
            };
        })
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            let about = Entry {
                fact: fraud,
                ..entries[3]
            };
            entries.extend([about, about]);
        })
    });
    breaks("13", |_, _| {
        rewrite(|entries| {
            let erased = Entry {
                fact: Fact::Erased {
                    by: Account(CITY.into()),
                },
                ..entries[3]
            };
            entries.extend([erased, erased]);
        })
    });
}
