//! What a verdict says of good bundles: everything passed, what was not asked, and what is to be known.

mod house;

use house::{GATEWAY, GENESIS, HEIGHT, House, OWNER, Plan, brought, house, name, registered, signed_note};
use proptest::prelude::*;
use serde_json::json;
use std::{fmt, io};
use vouchsafe_audit::{
    Anchor, AnchorError, Brought, Earlier, Kind, Outcome, Question, Reason, Source, Verdict, verify,
};
use vouchsafe_protocol::{
    attestation::Class,
    finding::Finding,
    hash::sha256,
    id::{Account, Digest, OfferId, OrderId},
    log::{Consistency, Fact, Head, Refusal, of_leaves},
    record::Grade,
};

fn outcomes(verdict: &Verdict) -> Vec<(&'static str, &'static str)> {
    verdict
        .checks
        .iter()
        .map(|check| (check.kind.name(), check.outcome.name()))
        .collect()
}

/// The checks that did not pass, with their outcomes.
fn remarkable(verdict: &Verdict) -> Vec<(&'static str, &'static str)> {
    outcomes(verdict)
        .into_iter()
        .filter(|(_, outcome)| *outcome != "passed")
        .collect()
}

const NOT_ASKED: [(&str, &str); 2] = [("extends", "not_checked"), ("fresh", "not_checked")];

#[test]
fn a_good_bundle_is_sound_anchored_and_shows_its_files() {
    let house = house();
    let verdict = house.verdict();
    assert!(verdict.is_good());
    assert_eq!(remarkable(&verdict), NOT_ASKED);
    let kinds: Vec<Kind> = verdict.checks.iter().map(|check| check.kind).collect();
    assert!(kinds.is_sorted(), "in the order of the table");
    assert!(Kind::ALL.iter().all(|kind| kinds.contains(kind)));
    let facts = &verdict.facts;
    let block = facts.block.as_ref().unwrap();
    assert_eq!((block.genesis.0, block.height, block.set), (GENESIS.0, HEIGHT, 4));
    let record = facts.record.as_ref().unwrap();
    assert_eq!(
        (record.statement.owner, record.statement.gateway),
        (OWNER, GATEWAY)
    );
    assert_eq!(facts.standing.unwrap().registered_at, 10);
    assert_eq!(facts.log.unwrap().size, 3);
    assert_eq!(
        facts.metadata.as_ref().unwrap().licence.as_deref(),
        Some("CC0-1.0")
    );
    assert_eq!(facts.contents.unwrap().files, 3);
    let shown: Vec<_> = facts
        .files
        .iter()
        .map(|file| (file.item, file.file.name.as_str(), file.shown))
        .collect();
    assert_eq!(shown, [(1, "000001.jpg", true), (2, "000002.jpg", true)]);
    assert!(
        facts
            .report
            .as_ref()
            .unwrap()
            .models
            .iter()
            .all(|model| model.manifest.is_some())
    );
    assert_eq!(facts.ancestors.len(), 2);
}

#[test]
fn every_check_rests_on_earlier_ones_only_and_has_a_name_of_its_own() {
    for (at, kind) in Kind::ALL.iter().enumerate() {
        let earlier = &Kind::ALL[..at];
        assert!(
            kind.rests_on().iter().all(|on| earlier.contains(on)),
            "{}",
            kind.name()
        );
        assert!(earlier.iter().all(|other| other.name() != kind.name()));
    }
}

#[test]
fn without_an_anchor_a_bundle_only_agrees_with_itself() {
    let house = house();
    let photos = house.opened();
    let question = Question {
        files: brought(&photos),
        ..Default::default()
    };
    let verdict = verify(&house.file(), &question);
    assert!(verdict.sound && !verdict.anchored && !verdict.is_good());
    assert_eq!(remarkable(&verdict)[0], ("anchor", "not_checked"));
    assert!(verdict.to_page().contains("tied to no chain that you trust"));
}

#[test]
fn a_verifier_may_know_several_sets_of_the_chain() {
    let mut house = house();
    house.anchor.sets.insert(0, house.plan.validators[1].set());
    assert!(house.verdict().anchored);
}

#[test]
fn an_opened_item_whose_file_was_not_brought_is_not_checked_and_the_bundle_stays_sound() {
    let house = house();
    let verdict = house.verdict_of(&house.file(), &[]);
    assert!(verdict.is_good(), "nothing was asked of files");
    let items: Vec<_> = verdict
        .checks
        .iter()
        .filter(|check| check.kind == Kind::Item)
        .collect();
    assert_eq!(items.len(), 2);
    assert!(
        items
            .iter()
            .all(|check| check.outcome == Outcome::NotChecked(Reason::FileNotBrought))
    );
}

#[test]
fn a_file_that_is_listed_but_not_opened_is_not_shown() {
    let house = house();
    let photos = [(name(3), house.plan.photos[2].clone())];
    let verdict = house.verdict_of(&house.file(), &photos);
    assert!(verdict.sound && verdict.anchored && !verdict.shown && !verdict.is_good());
    let last = verdict
        .checks
        .iter()
        .rfind(|check| check.kind == Kind::Item)
        .unwrap();
    assert_eq!(last.outcome, Outcome::NotChecked(Reason::NotOpened));
}

#[test]
fn a_file_is_known_by_its_bytes_whatever_it_is_called() {
    let house = house();
    let photos = [("holiday.jpeg".to_owned(), house.plan.photos[1].clone())];
    let verdict = house.verdict_of(&house.file(), &photos);
    assert!(verdict.is_good());
    assert!(verdict.facts.files[1].shown);
}

#[test]
fn a_photo_that_the_dataset_has_twice_is_shown_by_one_opening() {
    let mut plan = Plan::default();
    plan.photos[2] = plan.photos[0].clone();
    let house = House::new(plan);
    let photo = house.plan.photos[0].clone();
    // The verifier has it twice, too.
    let photos = [(name(1), photo.clone()), ("copy.jpg".to_owned(), photo)];
    let verdict = house.verdict_of(&house.file(), &photos);
    assert!(verdict.is_good());
    let shown: Vec<_> = verdict
        .facts
        .files
        .iter()
        .map(|file| (file.item, file.shown))
        .collect();
    assert_eq!(shown, [(1, true), (2, false), (3, false)]);
}

#[test]
fn a_file_stays_unshown_when_the_bundle_lists_none() {
    let mut house = house();
    house.bundle.openings = Default::default();
    house.bundle.contents = None;
    let verdict = house.verdict_of(&house.file(), &[(name(1), house.plan.photos[0].clone())]);
    assert!(verdict.sound && !verdict.shown);
    assert_eq!(
        verdict.outcome(Kind::Item),
        Some(&Outcome::NotChecked(Reason::Absent))
    );
}

#[test]
fn what_a_bundle_leaves_out_is_not_checked() {
    let mut house = house();
    house.bundle.report = None;
    house.bundle.metadata = None;
    house.bundle.contents = None;
    house.bundle.openings = Default::default();
    let verdict = house.verdict_of(&house.file(), &[]);
    assert!(verdict.sound);
    let absent = [
        "report-hash",
        "report-signature",
        "report-agrees",
        "report-notes",
        "models",
        "metadata-hash",
        "contents",
    ];
    let expected: Vec<_> = NOT_ASKED
        .into_iter()
        .chain(absent.map(|name| (name, "not_checked")))
        .collect();
    assert_eq!(remarkable(&verdict), expected);
}

/// The verdict on a record with this life; `withdrawn_at` as the chain's row has it.
fn lived(later: &[(u32, Fact)], withdrawn_at: Option<u32>) -> Verdict {
    let mut plan = Plan {
        withdrawn_at,
        ..Plan::default()
    };
    plan.life.extend(later);
    House::new(plan).verdict()
}

/// What the `n`-th auditor says.
fn attested(n: u8) -> Fact {
    Fact::Attested {
        by: Account([n; 32]),
        finding: Finding::PrivacyMiss {
            item: 3,
            class: Class::Plate,
        },
        attestation: Digest([n; 32]),
    }
}

#[test]
fn one_auditor_alone_is_told_and_is_no_finding() {
    let verdict = lived(&[(50, attested(1))], None);
    assert_eq!(verdict.outcome(Kind::Status), Some(&Outcome::Passed));
    let said = "Auditors who looked again: 1; of them found nothing wrong: 0.";
    assert!(verdict.to_page().contains(said));
}

#[test]
fn withdrawn_erased_condemned_and_fraudulent_are_findings_of_a_sound_bundle() {
    let fraud = Fact::FraudProven {
        offer: OfferId([7; 32]),
        order: OrderId([8; 32]),
        chunk: 5,
    };
    for (later, withdrawn_at, told) in [
        (
            vec![(20, Fact::Withdrawn)],
            Some(20),
            "withdrawn by its owner at block 20",
        ),
        (
            vec![(30, Fact::Erased { by: GATEWAY })],
            Some(30),
            "erased at block 30, as 0x3333",
        ),
        (
            vec![(40, fraud)],
            None,
            "found fraudulent at block 40: chunk 5 of offer 0x0707",
        ),
        (
            vec![(50, attested(1)), (51, attested(2))],
            Some(51),
            "condemned at block 51: two auditors say that somebody can be recognised in item 4 by a number plate",
        ),
        (
            vec![
                (20, Fact::Withdrawn),
                (30, Fact::Erased { by: OWNER }),
                (40, fraud),
            ],
            Some(20),
            "withdrawn by its owner at block 20; erased at block 30",
        ),
    ] {
        let verdict = lived(&later, withdrawn_at);
        assert!(verdict.is_good());
        let Some(Outcome::Finding(reason)) = verdict.outcome(Kind::Status) else {
            panic!("no finding")
        };
        assert!(reason.to_string().contains(told), "{reason}");
        assert!(verdict.to_page().contains("findings that you should read"));
    }
}

#[test]
fn a_photo_that_was_let_out_is_a_finding_with_the_operators_words() {
    let mut plan = Plan {
        grade: Grade::Disguised,
        ..Plan::default()
    };
    plan.report["policy"]["grade"] = json!("disguised");
    plan.report["residual"]["found"] = json!(1);
    plan.report["overrides"] = json!([signed_note(&plan.gateway, "a statue")]);
    let verdict = House::new(plan).verdict();
    assert!(verdict.is_good());
    let Some(Outcome::Finding(reason)) = verdict.outcome(Kind::ReportNotes) else {
        panic!("no finding")
    };
    assert!(
        reason.to_string().ends_with("still sees 1 face: \"a statue\""),
        "{reason}"
    );
}

#[test]
fn the_manifest_that_a_shown_photo_carries_is_told_by_its_hash() {
    let signed = include_bytes!("../../gateway/c2pa/tests/golden/signed.jpg");
    let plain = include_bytes!("../../gateway/c2pa/tests/golden/plain.jpg");
    let house = House::new(Plan {
        photos: vec![signed.to_vec(), plain.to_vec(), vec![7; 10]],
        opened: vec![1, 2],
        ..Plan::default()
    });
    let verdict = house.verdict();
    assert!(verdict.is_good());
    let (bare, manifest) = vouchsafe_c2pa::detach(signed, vouchsafe_c2pa::Media::Jpeg).unwrap();
    assert_eq!(bare, plain);
    let told: Vec<_> = verdict.facts.files.iter().map(|file| file.credentials).collect();
    assert_eq!(told, [Some(sha256(&manifest)), None]);
    let digest = sha256(&manifest).to_string();
    assert!(verdict.to_page().contains(&digest));
    assert_eq!(
        verdict.to_json()["facts"]["files"][0]["credentials"],
        json!(digest)
    );

    let alone = house.verdict_of(&house.file(), &[]);
    assert!(
        alone.facts.files.iter().all(|file| file.credentials.is_none()),
        "nobody brought it"
    );
}

#[test]
fn missing_manifests_and_missing_parents_are_findings() {
    let mut house = house();
    house.bundle.models.pop();
    house.bundle.ancestors.pop();
    let verdict = house.verdict();
    assert!(verdict.is_good());
    let missing = Reason::ManifestsMissing(vec!["second".to_owned()]);
    assert_eq!(verdict.outcome(Kind::Models), Some(&Outcome::Finding(missing)));
    let grandparent = house.bundle.ancestors[0].statement.parents[0].record;
    assert_eq!(
        verdict.outcome(Kind::Lineage),
        Some(&Outcome::Finding(Reason::Incomplete(vec![grandparent])))
    );
}

fn with_earlier(house: &House, earlier: Earlier) -> Outcome {
    let question = Question {
        earlier: Some(earlier),
        ..Default::default()
    };
    verify(&house.file(), &question)
        .outcome(Kind::Extends)
        .unwrap()
        .clone()
}

#[test]
fn a_head_that_is_known_must_be_extended_or_extend() {
    let house = house();
    let head = |size: usize| Head {
        size: size as u64,
        root: vouchsafe_protocol::tree::root(&house.log[..size]).unwrap(),
    };
    let between = |first, second| Consistency::build(first, second, of_leaves(&house.log), sha256).unwrap();
    let asked = |head, proof| with_earlier(&house, Earlier { head, proof });
    assert_eq!(asked(head(3), None), Outcome::Passed);
    assert_eq!(asked(head(2), Some(between(2, 3))), Outcome::Passed);
    assert_eq!(asked(head(2), None), Outcome::NotChecked(Reason::NoConsistency));
    let forked = Head {
        root: Digest([1; 32]),
        ..head(2)
    };
    assert!(matches!(
        asked(forked, Some(between(2, 3))),
        Outcome::Failed(Reason::Log(_))
    ));
    let forked = Head {
        root: Digest([1; 32]),
        ..head(3)
    };
    assert_eq!(
        asked(forked, None),
        Outcome::Failed(Reason::Log(Refusal::OlderRoot))
    );
    assert!(matches!(
        asked(head(2), Some(between(1, 3))),
        Outcome::Failed(Reason::Log(_))
    ));
    // A verifier who has seen a longer log than the bundle's.
    let mut longer = house.log.clone();
    longer.push(Digest([3; 32]));
    let known = Head {
        size: 4,
        root: vouchsafe_protocol::tree::root(&longer).unwrap(),
    };
    let proof = Consistency::build(3, 4, of_leaves(&longer), sha256).unwrap();
    let older = Reason::OlderThanKnown { known: 4, found: 3 };
    assert_eq!(asked(known, Some(proof.clone())), Outcome::Finding(older));
    let rewritten = Head {
        root: Digest([1; 32]),
        ..known
    };
    assert!(matches!(
        asked(rewritten, Some(proof)),
        Outcome::Failed(Reason::Log(_))
    ));
}

#[test]
fn freshness_is_the_verifiers_question() {
    let house = house();
    let asked = |least| {
        let question = Question {
            least_height: Some(least),
            ..Default::default()
        };
        verify(&house.file(), &question)
            .outcome(Kind::Fresh)
            .unwrap()
            .clone()
    };
    assert_eq!(asked(HEIGHT), Outcome::Passed, "inclusive");
    let stale = Reason::Stale {
        height: HEIGHT,
        least: HEIGHT + 1,
    };
    assert_eq!(asked(HEIGHT + 1), Outcome::Failed(stale));
}

/// The verdict on a good bundle with one file that comes from `source`.
fn over(house: &House, source: &dyn Source) -> Verdict {
    let files = vec![Brought { name: "x", source }];
    let question = Question {
        files,
        ..Default::default()
    };
    verify(&house.file(), &question)
}

#[derive(Debug)]
struct Broken;

impl Source for Broken {
    fn open(&self) -> io::Result<Box<dyn io::Read + '_>> {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}

#[test]
fn a_file_that_cannot_be_read_fails() {
    let house = house();
    let verdict = over(&house, &Broken);
    let last = verdict
        .checks
        .iter()
        .rfind(|check| check.kind == Kind::Item)
        .unwrap();
    assert_eq!(
        last.outcome,
        Outcome::Failed(Reason::Unreadable(io::ErrorKind::PermissionDenied))
    );
}

/// Other bytes at each reading.
struct Fickle(std::cell::Cell<bool>, Vec<u8>, Vec<u8>);

impl fmt::Debug for Fickle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fickle")
    }
}

impl Source for Fickle {
    fn open(&self) -> io::Result<Box<dyn io::Read + '_>> {
        let first = self.0.replace(false);
        Ok(Box::new(if first {
            self.1.as_slice()
        } else {
            self.2.as_slice()
        }))
    }
}

#[test]
fn a_file_that_changes_while_it_is_looked_at_is_judged_by_its_last_reading() {
    let house = house();
    let good = house.plan.photos[0].clone();
    let mut other = good.clone();
    other[7] ^= 1;
    let fickle = Fickle(std::cell::Cell::new(true), good.clone(), other);
    let verdict = over(&house, &fickle);
    assert!(!verdict.sound && !verdict.facts.files[0].shown);
    let fickle = Fickle(std::cell::Cell::new(true), good.clone(), good[..9].to_vec());
    let verdict = over(&house, &fickle);
    let failed: Vec<_> = verdict.failed().map(|check| check.outcome.clone()).collect();
    assert_eq!(
        failed,
        [Outcome::Failed(Reason::Unreadable(io::ErrorKind::UnexpectedEof))]
    );
}

#[test]
fn anchors_are_kept_as_json() {
    let anchor = house().anchor;
    let text = anchor.to_json().to_string();
    assert_eq!(Anchor::from_json(text.as_bytes()), Ok(anchor.clone()));
    assert!(matches!(Anchor::from_json(b"{}"), Err(AnchorError::Shape(_))));
    let other = text.replace("anchor/1", "anchor/2");
    assert_eq!(
        Anchor::from_json(other.as_bytes()),
        Err(AnchorError::Schema("vouchsafe/anchor/2".into()))
    );
    for sets in [json!([]), json!([{ "id": 0, "authorities": [] }])] {
        let mut value = anchor.to_json();
        value["sets"] = sets;
        assert_eq!(
            Anchor::from_json(value.to_string().as_bytes()),
            Err(AnchorError::Sets)
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_have_a_verdict(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let file = [b"VSB1".as_slice(), &bytes].concat();
        let photos = [("a".to_owned(), bytes)];
        let question = Question { files: brought(&photos), ..Default::default() };
        for file in [&file[..], &file[4..]] {
            let verdict = verify(file, &question);
            prop_assert!(!verdict.sound && !verdict.is_good());
            prop_assert_eq!(verdict.checks[0].kind, Kind::Format);
        }
    }
}

#[test]
fn the_registration_alone_is_a_life() {
    let plan = Plan::default();
    assert_eq!(plan.life, [(10, registered(&plan.gateway))]);
    assert_eq!(lived(&[], None).outcome(Kind::Status), Some(&Outcome::Passed));
}
