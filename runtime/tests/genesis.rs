//! What a network starts with.

use frame_support::traits::Get;
use sp_core::crypto::Ss58Codec;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::BuildStorage;
use vouchsafe_runtime::{
    AccountId, Aura, Balances, Grandpa, Network, Runtime, RuntimeGenesisConfig, Session, Timestamp,
    constants, genesis, network,
};

fn preset(name: &str) -> serde_json::Value {
    let json = genesis::preset_json(&PresetId::from(name)).expect("listed preset");
    serde_json::from_slice(&json).expect("a preset is JSON")
}

/// The state of a network whose genesis is the default overlaid with `patch`, as the node builds it.
fn network(patch: serde_json::Value) -> sp_io::TestExternalities {
    let mut whole = serde_json::to_value(RuntimeGenesisConfig::default()).expect("serialises");
    merge(&mut whole, patch);
    let config: RuntimeGenesisConfig = serde_json::from_value(whole).expect("decodes");
    sp_io::TestExternalities::new(config.build_storage().expect("builds"))
}

fn merge(into: &mut serde_json::Value, from: serde_json::Value) {
    match (into, from) {
        (serde_json::Value::Object(into), serde_json::Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(serde_json::Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

#[test]
fn every_listed_preset_builds_a_network_with_validators_in_both_consensus_pallets() {
    let names = genesis::preset_names();
    assert_eq!(
        names,
        [PresetId::from("development"), PresetId::from("local_testnet")]
    );
    for (name, validators) in names.iter().zip([1, 3]) {
        network(preset(name)).execute_with(|| {
            assert_eq!(network::Validators::<Runtime>::get().len(), validators);
            assert_eq!(Session::validators().len(), validators);
            assert_eq!(pallet_aura::Authorities::<Runtime>::get().len(), validators);
            assert_eq!(Grandpa::grandpa_authorities().len(), validators);
        });
    }
}

#[test]
fn no_preset_is_made_up_for_an_unknown_name() {
    assert_eq!(genesis::preset_json(&PresetId::from("mainnet")), None);
}

#[test]
fn slot_duration_is_what_genesis_says() {
    for (patch, expected) in [
        (preset("development"), 1_000),
        (preset("local_testnet"), 2_000),
        (serde_json::json!({}), constants::DEFAULT_SLOT_MS),
        (serde_json::json!({ "network": { "slotDuration": 6_000 } }), 6_000),
    ] {
        network(patch).execute_with(|| {
            assert_eq!(Aura::slot_duration(), expected);
            let least: u64 = <Runtime as pallet_timestamp::Config>::MinimumPeriod::get();
            assert_eq!(least, expected / 2, "half a slot between timestamps");
            assert_eq!(Timestamp::get(), 0);
        });
    }
}

#[test]
#[should_panic(expected = "network.slotDuration is 999 ms")]
fn slot_too_short_for_a_full_block_is_refused() {
    network(serde_json::json!({ "network": { "slotDuration": 999 } }));
}

#[test]
fn development_accounts_are_endowed_under_both_signature_schemes() {
    network(preset("development")).execute_with(|| {
        for (sr, ed) in [
            (Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            (Sr25519Keyring::Bob, Ed25519Keyring::Bob),
            (Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
            (Sr25519Keyring::Dave, Ed25519Keyring::Dave),
            (Sr25519Keyring::Eve, Ed25519Keyring::Eve),
        ] {
            let ed = Balances::free_balance(ed.to_account_id());
            assert_eq!(ed, genesis::ENDOWMENT, "{sr:?}, ed25519");
            let held = if sr == Sr25519Keyring::Alice {
                Balances::reserved_balance(sr.to_account_id())
            } else {
                0
            };
            let sr_free = Balances::free_balance(sr.to_account_id());
            assert_eq!(sr_free + held, genesis::ENDOWMENT, "{sr:?}, sr25519");
        }
        let alice = AccountId::from_ss58check("5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu")
            .expect("an address");
        assert_eq!(
            Balances::free_balance(&alice),
            genesis::ENDOWMENT,
            "the address in our documents"
        );
    });
}

#[test]
fn evidence_ages_by_days_whatever_a_slot_is() {
    use vouchsafe_protocol::trust::Parameters;
    for (name, blocks_per_day) in [("development", 86_400), ("local_testnet", 43_200)] {
        network(preset(name)).execute_with(|| {
            let expected = Parameters::first(blocks_per_day, constants::VCH);
            assert_eq!(
                pallet_reputation::ParametersOf::<Runtime>::get(),
                expected,
                "{name}"
            );
        });
    }
}

#[test]
fn first_session_change_is_announced_so_that_finality_can_be_proven() {
    use pallet_session::SessionManager;
    network(preset("local_testnet")).execute_with(|| {
        let first = <Network as SessionManager<AccountId>>::new_session(2);
        assert_eq!(first.map(|validators| validators.len()), Some(3));
        assert_eq!(
            <Network as SessionManager<AccountId>>::new_session(3),
            None,
            "nothing has changed since"
        );
    });
}
