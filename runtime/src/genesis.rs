//! The genesis presets that are part of the runtime: `development` for one machine and `local_testnet` for a
//! network of three. Both hold the well-known development keys and are worth nothing.

use crate::{
    AccountId, Balance, BalancesConfig, MarketplaceConfig, NetworkConfig, ReputationConfig,
    RuntimeGenesisConfig, SessionConfig, SessionKeys, SudoConfig,
    constants::{BURNED_PPM, DEFAULT_SLOT_MS, DEV_SLOT_MS, UNIT_FEE, VCH},
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::{DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET, PresetId};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What every development account starts with.
pub const ENDOWMENT: Balance = 1_000_000 * VCH;

/// Evidence ages by days, which are as many blocks as there are slots in one.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// The names whose accounts are endowed, each as an sr25519 and as an ed25519 account: wallets use the former, our
/// own gateway and command line sign with the latter.
const ENDOWED: [(Sr25519Keyring, Ed25519Keyring); 6] = [
    (Sr25519Keyring::Alice, Ed25519Keyring::Alice),
    (Sr25519Keyring::Bob, Ed25519Keyring::Bob),
    (Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
    (Sr25519Keyring::Dave, Ed25519Keyring::Dave),
    (Sr25519Keyring::Eve, Ed25519Keyring::Eve),
    (Sr25519Keyring::Ferdie, Ed25519Keyring::Ferdie),
];

/// One authority and one-second slots.
fn development() -> Value {
    preset(DEV_SLOT_MS, 1)
}

/// Three authorities and slots of the default length.
fn local_testnet() -> Value {
    preset(DEFAULT_SLOT_MS, 3)
}

fn preset(slot_ms: u64, validators: usize) -> Value {
    let validators = &ENDOWED[..validators];
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig {
            balances: ENDOWED
                .iter()
                .flat_map(|(sr, ed)| [(sr.to_account_id(), ENDOWMENT), (ed.to_account_id(), ENDOWMENT)])
                .collect::<Vec<_>>(),
        },
        network: NetworkConfig {
            slot_duration: Some(slot_ms),
            validators: validators
                .iter()
                .map(|(sr, _)| sr.to_account_id())
                .collect::<Vec<AccountId>>(),
        },
        session: SessionConfig {
            keys: validators
                .iter()
                .map(|(sr, ed)| {
                    let keys = SessionKeys {
                        aura: sr.public().into(),
                        grandpa: ed.public().into(),
                    };
                    (sr.to_account_id(), sr.to_account_id(), keys)
                })
                .collect::<Vec<_>>(),
        },
        marketplace: MarketplaceConfig {
            burned_ppm: BURNED_PPM
        },
        reputation: ReputationConfig {
            blocks_per_day: u32::try_from(DAY_MS / slot_ms).unwrap_or(u32::MAX),
            unit_fee: UNIT_FEE,
        },
        sudo: SudoConfig {
            // An ed25519 key, as all that sign are: `vouchsafe --key dev:alice` governs.
            key: Some(Ed25519Keyring::Alice.to_account_id())
        },
    })
}

/// The names of the presets.
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(DEV_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

/// A preset as JSON, or nothing for a name that [`preset_names`] does not list.
pub fn preset_json(id: &PresetId) -> Option<Vec<u8>> {
    let preset = match id.as_ref() {
        DEV_RUNTIME_PRESET => development(),
        LOCAL_TESTNET_RUNTIME_PRESET => local_testnet(),
        _ => return None,
    };
    Some(serde_json::to_vec(&preset).expect("a JSON value without maps of odd keys always serialises; qed"))
}
