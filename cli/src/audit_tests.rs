use super::*;
use crate::fixtures::{ORDER, evidence, key, report};
use serde_json::{Value, json};
use vouchsafe_chain_client::Signer;
use vouchsafe_protocol::{
    id::Digest,
    note::{OVERRULED, SCHEMA, signing_bytes},
    record::{Grade, Parent},
};

fn failing(evidence: &Evidence) -> Vec<String> {
    failed(&checks(evidence))
}

fn noted(evidence: &Evidence) -> Vec<&'static str> {
    let checks = checks(evidence);
    checks
        .iter()
        .filter(|check| check.outcome().0 == "noted")
        .map(|check| check.name)
        .collect()
}

#[test]
fn a_sound_record_passes_every_check() {
    for check in checks(&evidence()) {
        assert_eq!(check.verdict, Verdict::Passed, "{}", check.name);
    }
}

#[test]
fn every_check_has_a_name_of_its_own() {
    let mut names: Vec<_> = checks(&evidence()).iter().map(|check| check.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn another_statement_under_the_id_fails_its_id_and_its_signature() {
    let mut changed = evidence();
    changed.record.statement.input = Digest([0; 32]);
    assert_eq!(
        failing(&changed),
        ["record-id", "record-signature", "report-input"]
    );
}

#[test]
fn another_signature_fails_by_name() {
    let mut changed = evidence();
    changed.record.signature[0] ^= 1;
    assert_eq!(failing(&changed), ["record-signature"]);
}

#[test]
fn one_flipped_byte_of_the_report_fails_its_hash_and_its_signature() {
    let mut changed = evidence();
    let Ok((bytes, _)) = &mut changed.report else {
        unreachable!()
    };
    let at = bytes.windows(4).position(|w| w == b"\"fil").unwrap() + 1;
    bytes[at] = b'F';
    let failing = failing(&changed);
    assert_eq!(&failing[..2], ["report-hash", "report-signature"]);
}

#[test]
fn a_report_without_signature_fails_by_name() {
    let mut changed = evidence();
    let Ok((_, signature)) = &mut changed.report else {
        unreachable!()
    };
    *signature = None;
    assert_eq!(failing(&changed), ["report-signature"]);
}

#[test]
fn a_report_that_contradicts_the_record_fails_the_field_by_name() {
    for (field, change) in [
        (
            "report-items",
            (|s| s.items = 3) as fn(&mut vouchsafe_protocol::record::Statement),
        ),
        ("report-metrics", |s| s.metrics_root = Digest([0; 32])),
        ("report-grade", |s| s.grade = Grade::Disguised),
        ("report-input", |s| s.input = Digest([0; 32])),
    ] {
        let mut changed = evidence();
        change(&mut changed.record.statement);
        assert!(
            failing(&changed).contains(&field.to_owned()),
            "{field}: {:?}",
            failing(&changed)
        );
    }
}

#[test]
fn a_report_that_is_not_canonical_fails() {
    let mut changed = evidence();
    let Ok((bytes, _)) = &mut changed.report else {
        unreachable!()
    };
    bytes.insert(1, b' ');
    assert!(failing(&changed).contains(&"report-items".to_owned()));
}

/// Evidence whose report says that one face is left, and answers for it with a note signed by this key.
fn overruled(by: &Signer) -> Evidence {
    let digest = |byte: &str| format!("0x{}", byte.repeat(32));
    let note = json!({
        "schema": SCHEMA, "photo": digest("01"), "output": digest("02"), "policy": digest("d1"),
        "code": OVERRULED, "left": { "face": 1 }, "text": "a pattern\u{9b}in the curtain", "time_ms": 5,
    });
    let signature = by.sign(&signing_bytes(&serde_json_canonicalizer::to_vec(&note).unwrap()));
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut report: Value = serde_json::from_slice(&report()).unwrap();
    report["policy"]["digest"] = digest("d1").into();
    report["residual"] = json!({ "found": 1 });
    report["overrides"] = json!([{ "note": note, "signature": signature }]);
    let mut evidence = evidence();
    evidence.record.statement.grade = Grade::Disguised;
    evidence.report = Ok((serde_json_canonicalizer::to_vec(&report).unwrap(), None));
    evidence
}

#[test]
fn what_a_note_let_out_is_noted_with_the_operators_words() {
    let checks = checks(&overruled(&key()));
    let check = checks.iter().find(|check| check.name == "report-overrides");
    let Verdict::Noted(told) = &check.unwrap().verdict else {
        panic!("not noted")
    };
    assert!(
        told.contains("1 face") && told.contains("in the curtain"),
        "{told}"
    );
    assert!(!told.contains('\u{9b}'), "{told}");
}

#[test]
fn a_note_of_another_key_fails_by_name() {
    let changed = overruled(&Signer::ed25519(&[15; 32]));
    assert!(failing(&changed).contains(&"report-overrides".to_owned()));
    assert!(!failing(&overruled(&key())).contains(&"report-overrides".to_owned()));
}

#[test]
fn a_report_that_cannot_be_fetched_fails_every_check_on_it() {
    let mut changed = evidence();
    changed.report = Err("the gateway cannot be reached".to_owned());
    let expected = [
        "report-hash",
        "report-signature",
        "report-items",
        "report-metrics",
        "report-grade",
        "report-input",
        "report-overrides",
    ];
    assert_eq!(failing(&changed), expected);
}

#[test]
fn other_metadata_fails_by_name() {
    let mut changed = evidence();
    changed.metadata = Ok(b"{}".to_vec());
    assert_eq!(failing(&changed), ["metadata-hash"]);
}

#[test]
fn a_flipped_sidecar_fails_by_name() {
    let mut changed = evidence();
    let Some(Ok(sidecar)) = &mut changed.sidecar else {
        unreachable!()
    };
    let last = sidecar.len() - 1;
    sidecar[last] ^= 1;
    assert_eq!(failing(&changed), ["sidecar-root"]);
}

#[test]
fn an_offer_of_other_content_or_another_seller_fails_by_name() {
    let mut changed = evidence();
    changed.offer.as_mut().unwrap().1.content.chunks += 1;
    assert_eq!(failing(&changed), ["offer"]);
    let mut changed = evidence();
    changed.offer.as_mut().unwrap().1.seller.0[0] ^= 1;
    assert_eq!(failing(&changed), ["offer", "orders"]);
}

#[test]
fn an_offer_that_names_another_gateway_fails_by_name() {
    let mut changed = evidence();
    changed.offer.as_mut().unwrap().1.gateway.0[0] ^= 1;
    assert_eq!(failing(&changed), ["offer"]);
}

#[test]
fn a_proven_fraud_of_the_offer_fails_by_name_and_is_not_counted_twice() {
    let mut changed = evidence();
    changed.offer.as_mut().unwrap().1.status = OfferStatus::Frozen { at: 9 };
    changed.owner_faults.as_seller = 1;
    changed.gateway_faults.as_gateway = 1;
    assert_eq!(failing(&changed), ["offer-fraud"]);
    assert_eq!(noted(&changed), [""; 0]);
}

#[test]
fn proven_frauds_of_other_offers_are_noted() {
    let seller = |evidence: &mut Evidence| evidence.owner_faults.as_seller = 2;
    let gateway = |evidence: &mut Evidence| evidence.gateway_faults.as_gateway = 1;
    for change in [seller as fn(&mut Evidence), gateway] {
        let mut changed = evidence();
        change(&mut changed);
        assert_eq!(failing(&changed), [""; 0]);
        assert_eq!(noted(&changed), ["faults"]);
    }
}

#[test]
fn a_wrong_count_of_orders_fails_by_name() {
    let mut changed = evidence();
    changed.offer.as_mut().unwrap().1.open_orders = 2;
    assert_eq!(failing(&changed), ["offer-orders"]);
}

#[test]
fn an_order_that_is_missing_or_of_another_offer_fails_by_name() {
    let mut changed = evidence();
    changed.orders = vec![(ORDER, None)];
    assert_eq!(failing(&changed), ["orders"]);
    let mut changed = evidence();
    changed.orders[0].1.as_mut().unwrap().offer = OfferId([0; 32]);
    assert_eq!(failing(&changed), ["orders"]);
}

#[test]
fn what_happened_later_is_noted_and_does_not_fail() {
    let mut changed = evidence();
    changed.record.status = RecordStatus::Withdrawn { at: 9 };
    changed.gateway = None;
    assert_eq!(failing(&changed), [""; 0]);
    assert_eq!(noted(&changed), ["record-status", "gateway"]);
    let mut changed = evidence();
    changed.gateway.as_mut().unwrap().key = [0; 32];
    assert_eq!(noted(&changed), ["gateway"]);
    changed = evidence();
    changed.gateway.as_mut().unwrap().status = GatewayStatus::Retiring { release_after: 9 };
    assert_eq!(noted(&changed), ["gateway"]);
}

#[test]
fn a_record_that_was_never_offered_says_so() {
    let mut changed = evidence();
    (changed.offer, changed.sidecar, changed.orders) = (None, None, Vec::new());
    assert_eq!(failing(&changed), [""; 0]);
    assert_eq!(
        noted(&changed),
        [
            "sidecar-root",
            "sidecar-items",
            "offer",
            "offer-fraud",
            "offer-orders",
            "orders"
        ]
    );
}

/// Evidence of a record that is derived from another owner's, with a quarter of what it earns for that one.
fn derived() -> Evidence {
    let mut derived = evidence();
    let parent = derived.record.clone();
    let id = derived.id;
    derived.record.statement.parents = vec![Parent {
        record: id,
        share_ppm: 250_000,
    }]
    .try_into()
    .unwrap();
    let ancestor = Ancestor {
        owner: parent.statement.owner,
        share_ppm: 250_000,
        royalties: parent.royalties.clone(),
    };
    derived.record.royalties = Royalties::of(&[ancestor]).unwrap();
    derived.parents = vec![Some(parent)];
    derived
}

fn royalties_of(evidence: &Evidence) -> Verdict {
    let checks = checks(evidence);
    let check = checks.iter().find(|check| check.name == "royalties");
    check.unwrap().verdict.clone()
}

#[test]
fn the_payees_of_a_derived_record_follow_from_its_parents() {
    assert_eq!(royalties_of(&derived()), Verdict::Passed);
}

#[test]
fn payees_that_do_not_follow_from_the_parents_fail_by_name() {
    let mut changed = derived();
    changed.record.royalties = Royalties::default();
    assert!(matches!(royalties_of(&changed), Verdict::Failed(_)));
    assert!(failing(&changed).contains(&"royalties".to_owned()));
}

#[test]
fn a_parent_that_the_chain_does_not_have_is_named() {
    let mut changed = derived();
    let id = changed.record.statement.parents[0].record;
    changed.parents = vec![None];
    let Verdict::Failed(why) = royalties_of(&changed) else {
        panic!("a parent is missing");
    };
    assert!(why.contains(&id.to_string()), "{why}");
}
