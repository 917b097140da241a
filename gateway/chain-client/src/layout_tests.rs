//! Against the runtime's own metadata, which is committed: a change of the runtime that this crate would misread fails
//! here, before any node is started.

use super::*;
use crate::{
    rpc::RuntimeVersion,
    signer::Signer,
    transaction::{Circumstances, sign},
};
use subxt_metadata::StorageHasher;
use vouchsafe_protocol::id::Genesis;

fn metadata() -> Metadata {
    Metadata::decode_from(include_bytes!("../metadata.scale")).unwrap()
}

#[test]
fn the_runtime_has_the_shapes_that_are_written_and_read_here() {
    let layout = Layout::check(&metadata()).unwrap();
    assert_eq!(layout.orders.parts(), 1);
    assert_eq!(layout.open_orders.parts(), 2);
}

#[test]
fn the_runtimes_constants_are_read() {
    let constants = constants(&metadata(), 1_000).unwrap();
    assert!(constants.existential_deposit > 0);
    assert!(constants.min_offer_bond >= constants.existential_deposit);
    assert!(constants.windows.deliver.0 <= constants.windows.deliver.1);
    assert!(constants.windows.dispute.0 <= constants.windows.dispute.1);
    assert_eq!(constants.slot_ms, 1_000);
}

#[test]
fn a_transaction_can_be_signed_for_every_call() {
    let signer = Signer::dev("alice");
    let circumstances = Circumstances {
        genesis: Genesis([1; 32]),
        version: RuntimeVersion {
            spec_version: 1,
            transaction_version: 1,
        },
        born: 5,
        born_hash: [2; 32],
        nonce: 7,
    };
    for call in Call::samples() {
        let signed = sign(&metadata(), &signer, &call, &circumstances).unwrap();
        assert!(signed.ends_with(&call.arguments()), "{call:?}");
    }
}

#[test]
fn a_constant_a_call_or_an_entry_that_is_missing_is_named() {
    let metadata = metadata();
    let said = |result: Result<(), ChainError>| result.unwrap_err().to_string();
    let constant = constant::<u128>(&metadata, "Marketplace", "Nonsense").map(|_| ());
    assert!(said(constant).contains("Marketplace has no constant Nonsense"));
    let entry = check_entry(&metadata, "Marketplace", "Nonsense", 1, &[], &[]).map(|_| ());
    assert!(said(entry).contains("it stores no Marketplace.Nonsense"));
    assert!(said(pallet(&metadata, "Nonsense").map(|_| ())).contains("it has no pallet Nonsense"));
}

#[test]
fn other_keys_fields_or_lengths_of_an_entry_are_named() {
    let metadata = metadata();
    let said = |parts, fields: &[&str], sample: Vec<u8>| {
        let found = check_entry(&metadata, "Marketplace", "OfferOf", parts, fields, &[sample]);
        found.unwrap_err().to_string()
    };
    assert!(said(2, &[], vec![0; 32]).contains("has 1 keys, expected 2"));
    assert!(said(1, &["a"], vec![0; 32]).contains("expected (a)"));
    assert!(said(1, &[], vec![0; 33]).contains("1 bytes shorter than expected"));
    assert!(said(1, &[], vec![0; 31]).contains("Marketplace.OfferOf"));
}

#[test]
fn a_constant_of_another_type_is_refused() {
    let found = constant::<u32>(&metadata(), "Marketplace", "OrderDeposit");
    assert!(found.unwrap_err().to_string().contains("unexpected type"));
}

#[test]
fn listed_entries_have_readable_keys() {
    let layout = Layout::check(&metadata()).unwrap();
    assert!(layout.offers.is_enumerable());
    assert!(!Entry::new("A", "B", vec![StorageHasher::Twox128]).is_enumerable());
}
