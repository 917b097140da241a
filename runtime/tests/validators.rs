//! Who may change the validators, and to what.

use frame_support::{BoundedVec, assert_noop, assert_ok};
use frame_system::RawOrigin;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{BuildStorage, DispatchError};
use vouchsafe_runtime::{AccountId, Network, Runtime, RuntimeGenesisConfig, SessionKeys, network};

type Error = network::Error<Runtime>;

/// A network of Alice alone, in which Bob has registered session keys too and Dave has not.
fn network() -> sp_io::TestExternalities {
    let keys = |who: Sr25519Keyring| {
        let account = who.to_account_id();
        let grandpa = sp_keyring::Ed25519Keyring::Alice.public();
        (
            account.clone(),
            account,
            SessionKeys {
                aura: who.public().into(),
                grandpa: grandpa.into(),
            },
        )
    };
    let mut bob = keys(Sr25519Keyring::Bob);
    bob.2.grandpa = sp_keyring::Ed25519Keyring::Bob.public().into();
    let mut config = RuntimeGenesisConfig::default();
    config.network.validators = vec![Sr25519Keyring::Alice.to_account_id()];
    config.session.keys = vec![keys(Sr25519Keyring::Alice)];
    config.session.non_authority_keys = vec![bob];
    sp_io::TestExternalities::new(config.build_storage().expect("builds"))
}

fn list(of: &[Sr25519Keyring]) -> network::ValidatorList<Runtime> {
    let accounts: Vec<AccountId> = of.iter().map(|who| who.to_account_id()).collect();
    BoundedVec::try_from(accounts).expect("a short list")
}

#[test]
fn root_replaces_the_validators_and_the_next_session_hears_of_it_once() {
    use pallet_session::SessionManager;
    network().execute_with(|| {
        let new_session = <Network as SessionManager<AccountId>>::new_session;
        assert!(
            new_session(2).is_some(),
            "the change that every network starts with"
        );
        let both = list(&[Sr25519Keyring::Alice, Sr25519Keyring::Bob]);
        assert_ok!(Network::set_validators(RawOrigin::Root.into(), both.clone()));
        assert_eq!(new_session(3), Some(both.into_inner()));
        assert_eq!(new_session(4), None);
    });
}

#[test]
fn nobody_but_root_changes_the_validators() {
    network().execute_with(|| {
        let alice = RawOrigin::Signed(Sr25519Keyring::Alice.to_account_id());
        assert_noop!(
            Network::set_validators(alice.into(), list(&[Sr25519Keyring::Bob])),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn empty_list_is_refused() {
    network().execute_with(|| {
        assert_noop!(
            Network::set_validators(RawOrigin::Root.into(), list(&[])),
            Error::NoValidators
        );
    });
}

#[test]
fn validator_named_twice_is_refused() {
    network().execute_with(|| {
        let twice = list(&[Sr25519Keyring::Alice, Sr25519Keyring::Alice]);
        assert_noop!(
            Network::set_validators(RawOrigin::Root.into(), twice),
            Error::Duplicate
        );
    });
}

#[test]
fn validator_without_session_keys_is_refused() {
    network().execute_with(|| {
        let dave = list(&[Sr25519Keyring::Dave]);
        assert_noop!(
            Network::set_validators(RawOrigin::Root.into(), dave),
            Error::NoSessionKeys
        );
    });
}
