//! Chains on which orders were open before anybody was told of them.

use frame_support::traits::{GetStorageVersion, OnRuntimeUpgrade, StorageVersion};

use crate::{Pallet, migration::TellOpenOrders, mock::*};

#[test]
fn open_orders_are_told_of_once_and_ended_ones_are_not() {
    story(|| {
        let (offer, ended) = bruno_orders();
        delivers(&ended);
        run_to(1 + DISPUTE_WITHIN + 1);
        Marketplace::settle(signed(ANYONE), ended).unwrap();
        let placed = orders(&BRUNO, &offer, 1);
        delivers(&placed);
        orders(&CLARA, &offer, 0);
        // As version 1 would have left it.
        TestTrust::forget();
        StorageVersion::new(1).put::<Pallet<Test>>();

        let weight = TellOpenOrders::<Test>::on_runtime_upgrade();
        assert!(weight.ref_time() > 0);
        assert_eq!(Marketplace::on_chain_storage_version(), StorageVersion::new(2));
        let mut told = TestTrust::told();
        told.sort_by_key(|told| matches!(told, Told::Ordered(parties) if parties.0 == CLARA));
        let ordered = |buyer| Told::Ordered((buyer, SOFIA, GATE, PRICE));
        assert_eq!(told, [ordered(BRUNO), ordered(CLARA)]);

        TellOpenOrders::<Test>::on_runtime_upgrade();
        assert_eq!(TestTrust::told().len(), 2, "a second time it does nothing");
    });
}
