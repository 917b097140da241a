//! Attestations: their bytes, and what is no attestation.

mod golden_file;

use codec::{Encode, MaxEncodedLen};
use golden_file::golden;
use proptest::prelude::*;
use serde_json::json;
use vouchsafe_protocol::{
    attestation::{
        Attestation, AttestationError, Claim, Class, Comparison, MAX_BYTES, MAX_DRAWN, MAX_METRICS, Runtime,
        Signed, Verdict, own_audit,
    },
    id::{Account, Digest, Genesis, OfferId},
};

const GENESIS: Genesis = Genesis([0x11; 32]);
const AUDITOR: Account = Account([0x22; 32]);
const OFFER: OfferId = OfferId([0x33; 32]);

fn attestation() -> Attestation {
    let mut metrics = vec![Comparison::Agree; 12];
    metrics.push(Comparison::Skipped);
    metrics[7] = Comparison::Differ {
        items: 2,
        worst: 70_000,
    };
    Attestation {
        version: 1,
        genesis: GENESIS,
        audit: own_audit(&GENESIS, &OFFER, &AUDITOR, 77),
        offer: OFFER,
        content_root: Digest([0x44; 32]),
        metrics_root: Digest([0x55; 32]),
        suite: Digest([0x66; 32]),
        runtime: Runtime {
            build: b"vouchsafe 0.1.0".to_vec().try_into().unwrap(),
            provider: Vec::new().try_into().unwrap(),
        },
        drawn_at: 77,
        population: 500,
        drawn: 11,
        looked: vec![0b1111_1101, 0b0000_0111].try_into().unwrap(),
        metrics: metrics.try_into().unwrap(),
        claims: vec![Claim {
            item: 499,
            class: Class::Plate,
        }]
        .try_into()
        .unwrap(),
        verdict: Verdict::ExactFalse,
    }
}

fn signed(attestation: Attestation) -> Signed {
    Signed {
        attestation,
        auditor: AUDITOR,
        signature: [0x77; 64],
    }
}

#[test]
fn the_bytes_of_an_attestation_are_pinned() {
    let (attestation, all) = (attestation(), signed(attestation()));
    let verdicts = [
        Verdict::Nothing,
        Verdict::Clean,
        Verdict::Mismatch,
        Verdict::ExactFalse,
        Verdict::Sighting,
    ];
    let classes = [
        Class::Face,
        Class::Plate,
        Class::Text,
        Class::Code,
        Class::Person,
        Class::Vehicle,
    ];
    golden(
        "attestation.json",
        &json!({
            "own_audit": attestation.audit.to_string(),
            "scale": hex::encode(attestation.encode()),
            "signing_bytes": hex::encode(attestation.signing_bytes()),
            "signed": hex::encode(all.encode()),
            "verdicts": verdicts.map(|verdict| hex::encode(verdict.encode())),
            "classes": classes.map(|class| hex::encode(class.encode())),
        }),
    );
    assert_eq!(Signed::read(&all.encode()), Ok(all));
}

#[test]
fn the_longest_attestation_fits() {
    assert!(
        Signed::max_encoded_len() <= MAX_BYTES,
        "{}",
        Signed::max_encoded_len()
    );
    assert_eq!(usize::from(MAX_DRAWN), 8 * 16);
}

#[test]
fn an_item_that_was_drawn_and_not_looked_at_is_told() {
    let attestation = attestation();
    let looked: Vec<u16> = (0..20).filter(|place| attestation.looked_at(*place)).collect();
    assert_eq!(looked, [0, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(attestation.items(), 10);
}

#[test]
fn an_audit_of_ones_own_is_another_for_each_auditor_offer_block_and_chain() {
    let all = [
        own_audit(&GENESIS, &OFFER, &AUDITOR, 77),
        own_audit(&GENESIS, &OFFER, &AUDITOR, 78),
        own_audit(&GENESIS, &OFFER, &Account([0x23; 32]), 77),
        own_audit(&GENESIS, &OfferId([0x34; 32]), &AUDITOR, 77),
        own_audit(&Genesis([0x12; 32]), &OFFER, &AUDITOR, 77),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one));
    }
}

#[test]
fn another_version_is_refused_by_its_number() {
    let mut bytes = signed(attestation()).encode();
    bytes[0] = 2;
    assert_eq!(Signed::read(&bytes), Err(AttestationError::Version { found: 2 }));
}

#[test]
fn bytes_that_are_cut_off_or_too_many_are_refused() {
    let bytes = signed(attestation()).encode();
    for len in 0..bytes.len() {
        assert_eq!(
            Signed::read(&bytes[..len]),
            Err(AttestationError::Malformed),
            "{len}"
        );
    }
    let one_more = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Signed::read(&one_more), Err(AttestationError::Malformed));
    let long = vec![1; MAX_BYTES + 1];
    assert_eq!(
        Signed::read(&long),
        Err(AttestationError::TooLong { bytes: MAX_BYTES + 1 })
    );
}

#[test]
fn a_draw_beyond_the_items_or_the_bound_is_refused() {
    let few = Attestation {
        population: 10,
        claims: Vec::new().try_into().unwrap(),
        ..attestation()
    };
    assert_eq!(few.check(), Err(AttestationError::Drawn));
    let many = Attestation {
        drawn: MAX_DRAWN + 1,
        ..attestation()
    };
    assert_eq!(many.check(), Err(AttestationError::Drawn));
}

#[test]
fn bits_that_are_not_those_of_the_draw_are_refused() {
    for looked in [vec![], vec![0xff], vec![0xff, 0b0000_1000], vec![0xff, 0, 0]] {
        let other = Attestation {
            looked: looked.clone().try_into().unwrap(),
            ..attestation()
        };
        assert_eq!(other.check(), Err(AttestationError::Looked), "{looked:?}");
    }
}

#[test]
fn a_claim_about_no_item_is_refused() {
    let claims = vec![Claim {
        item: 500,
        class: Class::Face,
    }];
    let beyond = Attestation {
        claims: claims.try_into().unwrap(),
        ..attestation()
    };
    assert_eq!(beyond.check(), Err(AttestationError::Claim { item: 500 }));
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer_and_what_is_read_is_written_the_same(mut bytes in prop::collection::vec(any::<u8>(), 0..520)) {
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Ok(read) = Signed::read(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn a_changed_byte_of_what_is_signed_changes_the_signing_bytes(at in 0_usize..300) {
        let attestation = attestation();
        let mut bytes = attestation.encode();
        prop_assume!(at < bytes.len());
        bytes[at] ^= 1;
        if let Ok(other) = <Attestation as codec::DecodeAll>::decode_all(&mut bytes.as_slice()) {
            prop_assert_ne!(other.signing_bytes(), attestation.signing_bytes());
        }
    }
}

#[test]
fn a_suite_of_many_metrics_has_room() {
    let metrics = vec![Comparison::Agree; MAX_METRICS as usize];
    let full = Attestation {
        metrics: metrics.try_into().unwrap(),
        ..attestation()
    };
    assert_eq!(full.check(), Ok(()));
}
