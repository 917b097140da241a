//! Whatever byte is changed, the bundle does not stand for what it stood for.

mod house;

use house::{House, house};
use proptest::prelude::*;
use std::sync::LazyLock;
use vouchsafe_audit::Verdict;

/// Built once: what is tried on it is cheap beside it.
static GOOD: LazyLock<(Vec<u8>, Verdict)> = LazyLock::new(|| {
    let house = house();
    (house.file(), house.verdict())
});

thread_local! {
    static HOUSE: House = house();
}

/// Whether these bytes are believed, with every file at hand, and tell what the good ones tell.
fn is_believed(file: &[u8]) -> bool {
    let verdict = HOUSE.with(|house| house.verdict_of(file, &house.opened()));
    verdict.is_good() && verdict.facts == GOOD.1.facts
}

#[test]
fn the_good_bundle_is_believed() {
    assert!(is_believed(&GOOD.0));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_changed_byte_is_believed(at in any::<prop::sample::Index>(), mask in 1..=u8::MAX) {
        let mut file = GOOD.0.clone();
        let at = at.index(file.len());
        file[at] ^= mask;
        prop_assert!(!is_believed(&file), "byte {at} xor {mask:#04x}");
    }

    #[test]
    fn no_byte_put_in_or_taken_out_is_believed(at in any::<prop::sample::Index>(), byte in any::<u8>(), put in any::<bool>()) {
        let mut file = GOOD.0.clone();
        let at = at.index(file.len());
        if put {
            file.insert(at, byte);
        } else {
            file.remove(at);
        }
        // A byte beside its equal can be either of them.
        prop_assert!(file == GOOD.0 || !is_believed(&file));
    }

    #[test]
    fn no_two_pieces_that_change_places_are_believed(
        one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), len in 1..64usize,
    ) {
        let mut file = GOOD.0.clone();
        let last = file.len() - len;
        let (one, other) = (one.index(last), other.index(last));
        prop_assume!(one.abs_diff(other) >= len);
        for at in 0..len {
            file.swap(one + at, other + at);
        }
        prop_assert!(file == GOOD.0 || !is_believed(&file));
    }
}
