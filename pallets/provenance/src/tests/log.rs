//! Stories of the transparency log: what it says, and what can be proven from it.

use crate::{Error, Event, LiveRecord, Log, RecordStatus, Records, mock::*};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use sp_core::Pair;
use vouchsafe_protocol::{
    hash::sha256,
    id::{Account, Digest, OfferId, OrderId, RecordId},
    log::{Entry, Fact, Frontier, Head},
    tree,
};

const OFFER: OfferId = OfferId([1; 32]);
const ORDER: OrderId = OrderId([2; 32]);

fn with_gateway(story: impl FnOnce()) {
    ExtBuilder::default().gateway(GATE).build_and_execute(story);
}

fn registered() -> Fact {
    Fact::Registered {
        key: gate_key(&GATE).public().0,
    }
}

fn erased(by: AccountId) -> Fact {
    Fact::Erased {
        by: Account(by.into()),
    }
}

fn at(height: u32, record: RecordId, fact: Fact) -> Entry {
    Entry { record, height, fact }
}

/// The leaf hashes of these entries on the tests' chain.
fn leaves(entries: &[Entry]) -> Vec<Digest> {
    entries
        .iter()
        .map(|entry| entry.leaf_hash(&GENESIS, sha256))
        .collect()
}

#[test]
fn everything_that_happens_to_records_is_in_the_log_in_order() {
    with_gateway(|| {
        assert_eq!(Provenance::log_head(), Frontier::default().head(sha256));
        let first = register(&statement(CITY, GATE, 1));
        let second = register(&statement(LAB, GATE, 2));
        run_blocks(4);
        assert_ok!(Provenance::withdraw_record(signed(CITY), first));
        Provenance::note_fraud(&second, &OFFER, &ORDER, 7);
        run_blocks(1);
        assert_ok!(Provenance::erase_record(signed(GATE), first));
        assert_ok!(Provenance::erase_record(signed(LAB), second));

        let fraud = Fact::FraudProven {
            offer: OFFER,
            order: ORDER,
            chunk: 7,
        };
        let expected = [
            at(1, first, registered()),
            at(1, second, registered()),
            at(5, first, Fact::Withdrawn),
            at(5, second, fraud),
            at(6, first, erased(GATE)),
            at(6, second, erased(LAB)),
        ];
        let numbered = |indices: [usize; 3]| indices.map(|i| (i as u64, expected[i])).to_vec();
        assert_eq!(Provenance::log_entries(first), numbered([0, 2, 4]));
        assert_eq!(Provenance::log_entries(second), numbered([1, 3, 5]));
        assert_eq!(Provenance::log_entries(RecordId([7; 32])), []);
        let root = tree::root(&leaves(&expected)).unwrap();
        assert_eq!(Provenance::log_head(), Head { size: 6, root });
    });
}

#[test]
fn every_entry_under_every_head_can_be_proven_and_every_head_extends_the_earlier_ones() {
    with_gateway(|| {
        let mut heads = vec![Provenance::log_head()];
        let mut entries = vec![];
        for number in 0..13 {
            let record = register(&statement(CITY, GATE, number));
            entries.push(at(1, record, registered()));
            heads.push(Provenance::log_head());
        }
        let leaves = leaves(&entries);
        for size in 0..=13 {
            for index in 0..size {
                let proof = Provenance::log_inclusion(index, size).unwrap();
                assert_eq!(
                    proof.verify(&leaves[index as usize], &heads[size as usize]),
                    Ok(())
                );
            }
            for first in 0..=size {
                let proof = Provenance::log_consistency(first, size).unwrap();
                assert_eq!(
                    proof.verify(&heads[first as usize], &heads[size as usize]),
                    Ok(())
                );
            }
        }
    });
}

#[test]
fn nothing_is_proven_of_entries_that_are_not_there() {
    with_gateway(|| {
        assert_eq!(Provenance::log_inclusion(0, 0), None);
        assert_eq!(Provenance::log_inclusion(0, 1), None);
        for number in 0..3 {
            register(&statement(CITY, GATE, number));
        }
        // All siblings of the fourth entry are there, and it is not.
        for (index, size) in [(3, 3), (3, 4), (2, 4), (0, u64::MAX), (u64::MAX, u64::MAX)] {
            assert_eq!(Provenance::log_inclusion(index, size), None, "{index} of {size}");
        }
        for (first, second) in [(3, 2), (3, 4), (4, 4), (0, 4), (1, u64::MAX)] {
            assert_eq!(
                Provenance::log_consistency(first, second),
                None,
                "{first} to {second}"
            );
        }
        assert!(Provenance::log_inclusion(2, 3).is_some());
        assert!(Provenance::log_consistency(2, 3).is_some());
    });
}

#[test]
fn the_owner_or_the_gateway_erases_which_withdraws_and_leaves_the_trail() {
    for by in [CITY, GATE] {
        with_gateway(|| {
            let record = register(&statement(CITY, GATE, 1));
            let before = Records::<Test>::get(record).unwrap();
            events();
            run_blocks(6);
            assert_ok!(Provenance::erase_record(signed(by.clone()), record));

            assert_eq!(Provenance::live(&record), None::<LiveRecord<_>>);
            let after = Records::<Test>::get(record).unwrap();
            assert_eq!(after.status, RecordStatus::Withdrawn { at: 7 });
            assert_eq!(after.statement, before.statement);
            assert_eq!(held(&CITY), (0, DEPOSIT), "the trail stays, and stays paid for");
            let erased_now = Event::RecordErased {
                record,
                by: by.clone(),
            };
            assert_eq!(events(), [erased_now.into(), log_event(1, record, erased(by))]);
            assert_noop!(
                Provenance::withdraw_record(signed(CITY), record),
                Error::<Test>::AlreadyWithdrawn
            );
        });
    }
}

#[test]
fn a_withdrawn_record_is_erased_later_and_stays_withdrawn_since_then() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        run_blocks(1);
        assert_ok!(Provenance::withdraw_record(signed(CITY), record));
        run_blocks(5);
        assert_ok!(Provenance::erase_record(signed(CITY), record));
        let row = Records::<Test>::get(record).unwrap();
        assert_eq!(row.status, RecordStatus::Withdrawn { at: 2 });
        let facts: Vec<Entry> = Provenance::log_entries(record)
            .into_iter()
            .map(|(_, entry)| entry)
            .collect();
        let expected = [
            at(1, record, registered()),
            at(2, record, Fact::Withdrawn),
            at(7, record, erased(CITY)),
        ];
        assert_eq!(facts, expected);
    });
}

#[test]
fn a_gateway_that_has_left_can_still_say_that_it_erased() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        assert_ok!(Provenance::retire_gateway(signed(GATE)));
        run_blocks(COOL_OFF + 1);
        assert_ok!(Provenance::release_bond(signed(ANYONE), GATE));
        assert_ok!(Provenance::erase_record(signed(GATE), record));
    });
}

#[test]
fn a_fraud_is_noted_once_and_leaves_the_record_as_it_is() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        let before = Records::<Test>::get(record);
        events();
        Provenance::note_fraud(&record, &OFFER, &ORDER, 7);
        let fraud = Fact::FraudProven {
            offer: OFFER,
            order: ORDER,
            chunk: 7,
        };
        assert_eq!(events(), [log_event(1, record, fraud)]);
        Provenance::note_fraud(&record, &OFFER, &OrderId([3; 32]), 8);
        assert_eq!((events(), Log::<Test>::get().size()), (vec![], 2));
        assert_eq!(Records::<Test>::get(record), before);
    });
}

#[test]
fn refuses_to_erase_an_unknown_record() {
    with_gateway(|| {
        assert_noop!(
            Provenance::erase_record(signed(CITY), RecordId([7; 32])),
            Error::<Test>::UnknownRecord
        );
    });
}

#[test]
fn refuses_an_erasure_by_anybody_else() {
    ExtBuilder::default()
        .gateway(GATE)
        .gateway(OTHER_GATE)
        .build_and_execute(|| {
            let record = register(&statement(CITY, GATE, 1));
            for stranger in [LAB, ANYONE, OTHER_GATE] {
                assert_noop!(
                    Provenance::erase_record(signed(stranger), record),
                    Error::<Test>::NeitherOwnerNorGateway
                );
            }
        });
}

#[test]
fn refuses_to_erase_twice() {
    with_gateway(|| {
        let record = register(&statement(CITY, GATE, 1));
        assert_ok!(Provenance::erase_record(signed(GATE), record));
        for by in [GATE, CITY] {
            assert_noop!(
                Provenance::erase_record(signed(by), record),
                Error::<Test>::AlreadyErased
            );
        }
    });
}

#[test]
fn refuses_to_register_in_a_full_log_and_notes_no_fraud_there() {
    ExtBuilder::default().gateway(GATE).build().execute_with(|| {
        let record = register(&statement(CITY, GATE, 1));
        let peaks = vec![Digest([1; 32]); 64];
        Log::<Test>::put(Frontier::decode(&mut &(u64::MAX, peaks).encode()[..]).unwrap());
        let says = statement(CITY, GATE, 2);
        let signature = sign(&says, &gate_key(&GATE));
        assert_noop!(
            Provenance::register_record(signed(CITY), Box::new(says), signature),
            Error::<Test>::LogFull
        );
        let root = sp_io::storage::root(sp_runtime::StateVersion::V1);
        Provenance::note_fraud(&record, &OFFER, &ORDER, 7);
        assert_eq!(sp_io::storage::root(sp_runtime::StateVersion::V1), root);
        assert_eq!(held(&CITY), (0, DEPOSIT));
    });
}
