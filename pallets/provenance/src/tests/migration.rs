//! Chains that began before the transparency log.

use crate::{EntriesOf, Log, LogEntries, Pallet, migration::BeginLog, mock::*};
use frame_support::{
    assert_ok,
    traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion},
};
use sp_core::Pair;
use vouchsafe_protocol::{
    id::RecordId,
    log::{Entry, Fact},
};

#[test]
fn earlier_records_are_entered_in_the_order_of_their_heights_once() {
    ExtBuilder::default().gateway(GATE).build_and_execute(|| {
        let early = register(&statement(CITY, GATE, 1));
        run_blocks(3);
        let late = [2, 3, 4].map(|number| register(&statement(CITY, GATE, number)));
        assert_ok!(Provenance::withdraw_record(signed(CITY), late[1]));
        run_blocks(3);
        assert_ok!(Provenance::withdraw_record(signed(CITY), early));
        // As version 1 would have left it.
        Log::<Test>::kill();
        let _ = LogEntries::<Test>::clear(u32::MAX, None);
        let _ = EntriesOf::<Test>::clear(u32::MAX, None);
        StorageVersion::new(1).put::<Pallet<Test>>();

        let weight = BeginLog::<Test>::on_runtime_upgrade();
        assert!(weight.ref_time() > 0);
        assert_eq!(Provenance::on_chain_storage_version(), StorageVersion::new(2));
        let key = gate_key(&GATE).public().0;
        let entry = |height, record, fact| Entry { record, height, fact };
        let mut at_4: Vec<RecordId> = late.to_vec();
        at_4.sort();
        let mut expected = vec![entry(1, early, Fact::Registered { key })];
        for record in at_4 {
            expected.push(entry(4, record, Fact::Registered { key }));
            if record == late[1] {
                expected.push(entry(4, record, Fact::Withdrawn));
            }
        }
        expected.push(entry(7, early, Fact::Withdrawn));
        let found: Vec<Entry> = (0..6)
            .map(|index| LogEntries::<Test>::get(index).unwrap().entry)
            .collect();
        assert_eq!(found, expected);
        assert_eq!(Log::<Test>::get().size(), 6);

        let head = Provenance::log_head();
        BeginLog::<Test>::on_runtime_upgrade();
        assert_eq!(Provenance::log_head(), head, "a second time it does nothing");
    });
}
