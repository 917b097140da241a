//! Numbers that are part of encoded calls, events, errors and addresses: changing one breaks every client, every
//! signed transaction in flight and every old block's meaning.

use codec::Encode;
use frame_support::traits::PalletsInfoAccess;
use sp_keyring::Sr25519Keyring;
use sp_runtime::traits::TransactionExtension;
use vouchsafe_runtime::{AllPalletsWithSystem, RuntimeCall, TxExtension, UncheckedExtrinsic, VERSION};

#[test]
fn pallets_keep_their_indices() {
    let mut found: Vec<_> = AllPalletsWithSystem::infos()
        .into_iter()
        .map(|pallet| (pallet.index, pallet.name))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            (0, "System"),
            (1, "Timestamp"),
            (2, "Balances"),
            (3, "TransactionPayment"),
            (4, "Authorship"),
            (5, "Network"),
            (6, "Session"),
            (7, "Aura"),
            (8, "Grandpa"),
            (9, "Sudo"),
            (10, "Utility"),
            (20, "Provenance"),
            (21, "Marketplace"),
            (22, "Reputation"),
            (23, "Attestation"),
        ]
    );
}

#[test]
fn calls_keep_their_leading_bytes() {
    let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    assert_eq!(remark.encode(), [0, 0, 0]);
    let to = Sr25519Keyring::Bob.to_account_id();
    let transfer = RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: to.into(),
        value: 1,
    });
    assert_eq!(transfer.encode()[..2], [2, 3]);
    let validators = RuntimeCall::Network(vouchsafe_runtime::network::Call::set_validators {
        validators: Default::default(),
    });
    assert_eq!(validators.encode(), [5, 0, 0]);
    let rating = RuntimeCall::Reputation(pallet_reputation::Call::rate {
        order: vouchsafe_protocol::id::OrderId([7; 32]),
        good: false,
    });
    assert_eq!(rating.encode(), [[22, 0].as_slice(), &[7; 32], &[0]].concat());
    let attestation = RuntimeCall::Attestation(pallet_attestation::Call::attest {
        record: vouchsafe_protocol::id::RecordId([7; 32]),
        finding: vouchsafe_protocol::finding::Finding::FalseExact { item: 1, metric: 2 },
        attestation: vouchsafe_protocol::id::Digest([8; 32]),
    });
    assert_eq!(
        attestation.encode(),
        [[23, 2].as_slice(), &[7; 32], &[2, 1, 0, 0, 0, 2], &[8; 32]].concat()
    );
}

#[test]
fn signed_transactions_carry_the_extensions_in_this_order() {
    let names: Vec<_> = TxExtension::metadata()
        .into_iter()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "AuthorizeCall",
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "WeightReclaim",
        ]
    );
}

#[test]
fn bare_transactions_start_with_format_version_5() {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let bare = UncheckedExtrinsic::new_bare(call).encode();
    assert_eq!(bare, [4 * 4, 5, 0, 0, 0], "length, version, call");
}

#[test]
fn version_says_who_we_are() {
    assert_eq!(
        (
            &*VERSION.spec_name,
            VERSION.transaction_version,
            VERSION.system_version
        ),
        ("vouchsafe", 1, 2)
    );
}
