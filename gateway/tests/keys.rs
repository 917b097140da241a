//! The seed file, and what follows from it.

use vouchsafe_gateway::{
    keys::{GatewayKeys, SeedError, open_or_create_seed},
    ports::{Entropy, entropy::CountingEntropy},
};

#[test]
fn the_seed_is_created_once_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("seed");
    let entropy = CountingEntropy::new(1);
    let (seed, new) = open_or_create_seed(&path, &entropy).unwrap();
    assert!(new);
    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        1,
        "nothing is left beside it"
    );
    let (again, new) = open_or_create_seed(&path, &entropy).unwrap();
    assert!(!new);
    assert_eq!(seed, again);
}

#[test]
fn a_seed_that_others_may_read_or_that_is_none_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("seed");
    let entropy = CountingEntropy::new(1);
    open_or_create_seed(&path, &entropy).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o666] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let refused = open_or_create_seed(&path, &entropy);
        assert!(
            matches!(&refused, Err(SeedError::Open { mode: found, .. }) if *found == mode),
            "{refused:?}"
        );
        assert!(refused.unwrap_err().to_string().contains("chmod 600"));
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    for text in ["", "abcd", &"zz".repeat(32), &"ab".repeat(33)] {
        std::fs::write(&path, text).unwrap();
        assert!(
            matches!(
                open_or_create_seed(&path, &entropy),
                Err(SeedError::Malformed { .. })
            ),
            "{text:?}"
        );
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            text,
            "it is never overwritten"
        );
    }
    let nowhere = dir.path().join("no/such/folder/seed");
    assert!(matches!(
        open_or_create_seed(&nowhere, &entropy),
        Err(SeedError::Io { .. })
    ));
}

#[test]
fn keys_follow_from_the_seed_and_are_never_printed() {
    let keys = GatewayKeys::from_seed([7; 32].into());
    assert_eq!(keys.account(), GatewayKeys::from_seed([7; 32].into()).account());
    assert_ne!(keys.account(), GatewayKeys::from_seed([8; 32].into()).account());
    assert_ne!(keys.account().0, keys.record_public(), "one key per purpose");
    let shown = format!("{keys:?} {:?}", keys.wrapping());
    assert!(
        !shown.contains(&hex::encode([7; 32])) && !shown.contains(&hex::encode(keys.account_seed())),
        "{shown}"
    );
    assert!(!shown.contains("7, 7, 7"), "{shown}");
}

#[test]
fn a_sealed_secret_opens_only_whole_in_its_context_and_under_its_seed() {
    let keys = GatewayKeys::from_seed([7; 32].into());
    let entropy = CountingEntropy::new(1);
    let sealed = keys.wrapping().seal(b"job 1", b"secret", &entropy);
    assert_eq!(
        keys.wrapping().open(b"job 1", &sealed).unwrap().as_slice(),
        b"secret"
    );
    assert!(keys.wrapping().open(b"job 2", &sealed).is_err());
    assert!(
        GatewayKeys::from_seed([8; 32].into())
            .wrapping()
            .open(b"job 1", &sealed)
            .is_err()
    );
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        assert!(keys.wrapping().open(b"job 1", &altered).is_err(), "byte {at}");
        assert!(
            keys.wrapping().open(b"job 1", &sealed[..at]).is_err(),
            "cut to {at}"
        );
    }
    let mut block = [0; 8];
    entropy.fill(&mut block);
    assert_ne!(
        sealed,
        keys.wrapping().seal(b"job 1", b"secret", &entropy),
        "a fresh nonce each time"
    );
}
