//! Kinds of tampering, each refused by the check that is named. Where it takes a signature, a state or a whole chain to
//! try, the attacker here has made one.

mod house;

use bounded_collections::{BoundedVec, Get};
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use house::{
    GATEWAY, GENESIS, House, OWNER, Plan, canonical,
    chain::{Validators, header},
    house, manifests, name, registered, sign, signed_note,
};
use serde_json::json;
use std::collections::BTreeSet;
use vouchsafe_audit::{Kind, Outcome, Question, verify};
use vouchsafe_protocol::{
    bundle::{Authority, MAGIC, SignedReport},
    id::{Account, Digest, Genesis, RecordId},
    log::Fact,
    record::{Grade, Parent, Statement},
    report::{report_hash, report_signing_bytes},
};

/// Somebody else's gateway.
fn stranger() -> SigningKey {
    SigningKey::from_bytes(&[99; 32])
}

fn reverse<T: Clone, N: Get<u32>>(list: &mut BoundedVec<T, N>) {
    *list = BoundedVec::truncate_from(list.iter().rev().cloned().collect());
}

fn failed(house: &House) -> Vec<&'static str> {
    let verdict = house.verdict();
    assert!(!verdict.is_good());
    verdict.failed().map(|check| check.kind.name()).collect()
}

/// Each kind: what is done, and the checks that fail.
struct Cases(BTreeSet<&'static str>);

impl Cases {
    fn new() -> Self {
        Self(BTreeSet::new())
    }

    fn bundle(&mut self, kind: &'static str, expected: &[&str], change: impl FnOnce(&mut House)) {
        let mut house = house();
        change(&mut house);
        self.made(kind, expected, &house);
    }

    fn plan(&mut self, kind: &'static str, expected: &[&str], change: impl FnOnce(&mut Plan)) {
        let mut plan = Plan::default();
        change(&mut plan);
        self.made(kind, expected, &House::new(plan));
    }

    fn made(&mut self, kind: &'static str, expected: &[&str], house: &House) {
        assert_eq!(failed(house), expected, "{kind}");
        assert!(self.0.insert(kind), "{kind} is listed twice");
    }
}

#[test]
fn the_file() {
    let (good, photos) = (house(), house().opened());
    let file = good.file();
    let refused = |file: &[u8], kind: &str| {
        let verdict = good.verdict_of(file, &photos);
        let failed: Vec<_> = verdict.failed().map(|check| check.kind).collect();
        assert_eq!(failed, [Kind::Format], "{kind}");
        let rest = verdict.checks.iter().skip(1);
        assert!(
            rest.into_iter()
                .all(|check| check.outcome.name() == "not_checked"),
            "{kind}"
        );
    };
    for cut in (0..file.len()).step_by(97) {
        refused(&file[..cut], "truncated file");
    }
    refused(&[file.as_slice(), &[0]].concat(), "bytes after the end");
    refused(&[b"VSB2", &file[4..]].concat(), "another version");
    let raw = |change: fn(&mut House)| {
        let mut house = house();
        change(&mut house);
        let mut bytes = MAGIC.to_vec();
        house.bundle.encode_to(&mut bytes);
        bytes
    };
    let twice = raw(|house| {
        let authorities = &mut house.bundle.checkpoint.authorities;
        let again = authorities[0].clone();
        authorities.try_push(again).unwrap();
    });
    refused(&twice, "a validator twice");
    refused(
        &raw(|house| reverse(&mut house.bundle.openings)),
        "openings out of order",
    );
    refused(
        &raw(|house| house.bundle.openings[0].item = 0),
        "the list among the photos",
    );
    let again = raw(|house| {
        let record = house.bundle.record.clone();
        house.bundle.ancestors.try_push(record).unwrap();
    });
    refused(&again, "a record as its own ancestor");
}

#[test]
fn anchor_hand_overs_and_finality() {
    let mut cases = Cases::new();
    cases.bundle(
        "the bundle of another chain",
        &["anchor", "record-id", "record-signature"],
        |house| {
            house.bundle.genesis = Genesis([1; 32]);
        },
    );
    cases.bundle(
        "an older authority set than the verifier trusts",
        &["anchor"],
        |house| {
            house.anchor.sets = vec![house.plan.validators[1].set()];
        },
    );
    cases.bundle("a checkpoint under another set number", &["anchor"], |house| {
        house.bundle.checkpoint.id = 2
    });
    cases.bundle("the attacker in the checkpoint", &["anchor"], |house| {
        let key = stranger().verifying_key().to_bytes();
        house
            .bundle
            .checkpoint
            .authorities
            .try_push(Authority { key, weight: 100 })
            .unwrap();
    });
    cases.bundle("another weight in the checkpoint", &["anchor"], |house| {
        house.bundle.checkpoint.authorities[0].weight = 100;
    });
    cases.bundle("a hand-over left out", &["finality"], |house| {
        house.bundle.handovers = Default::default()
    });
    cases.bundle("a hand-over twice", &["handovers"], |house| {
        let again = house.bundle.handovers[0].clone();
        house.bundle.handovers.try_push(again).unwrap();
    });
    cases.bundle("a hand-over to the attacker", &["handovers"], |house| {
        let next = Validators::new(4, 200, 3).set();
        house.bundle.handovers[0].header = header(300, [0x79; 32], Some(&next)).try_into().unwrap();
    });
    cases.bundle(
        "a hand-over that the attacker justifies",
        &["handovers"],
        |house| {
            let attacker = Validators::new(3, 200, 4);
            let header = header(300, [0x79; 32], Some(&attacker.set()));
            house.bundle.handovers[0] = attacker.finalise(header);
        },
    );
    cases.bundle("a hand-over with half of the votes", &["handovers"], |house| {
        let bytes = house.bundle.handovers[0].header.to_vec();
        house.bundle.handovers[0].justification =
            house.plan.validators[0].justify(&bytes, 2).try_into().unwrap();
    });
    cases.bundle("a target with two thirds of the votes", &["finality"], |house| {
        let validators = Validators {
            keys: house.plan.validators[1].keys[..6].to_vec(),
            ..house.plan.validators[1].clone()
        };
        let six = house.plan.validators[0].finalise(header(300, [0x79; 32], Some(&validators.set())));
        house.bundle.handovers[0] = six;
        let bytes = house.bundle.finality.header.to_vec();
        house.bundle.finality.justification = validators.justify(&bytes, 4).try_into().unwrap();
    });
    cases.bundle("votes under the number of an older set", &["finality"], |house| {
        let bytes = house.bundle.finality.header.to_vec();
        let older = Validators {
            id: 3,
            ..house.plan.validators[1].clone()
        };
        house.bundle.finality.justification = older.justify(&bytes, 7).try_into().unwrap();
    });
    cases.bundle("votes of the older set", &["finality"], |house| {
        let bytes = house.bundle.finality.header.to_vec();
        house.bundle.finality.justification = house.plan.validators[0].justify(&bytes, 4).try_into().unwrap();
    });
    cases.bundle("the justification of another block", &["finality"], |house| {
        let other = header(1_000, [5; 32], None);
        house.bundle.finality.justification = house.plan.validators[1].justify(&other, 7).try_into().unwrap();
    });
    cases.bundle("another state root in the header", &["finality"], |house| {
        house.bundle.finality.header = header(1_000, [5; 32], None).try_into().unwrap();
    });
    cases.bundle("swapped hand-over and target", &["handovers"], |house| {
        std::mem::swap(&mut house.bundle.handovers[0], &mut house.bundle.finality);
    });
    cases.plan("a target below the hand-over", &["finality"], |plan| {
        plan.height = 299
    });
    assert_eq!(cases.0.len(), 17);
}

#[test]
fn the_state() {
    let mut cases = Cases::new();
    cases.bundle("a node left out", &["state"], |house| {
        house.bundle.state.pop();
    });
    cases.bundle("a node too many", &["state"], |house| {
        house
            .bundle
            .state
            .try_push(BoundedVec::truncate_from(vec![0]))
            .unwrap();
    });
    cases.bundle("a node changed", &["state"], |house| {
        house.bundle.state[0][0] ^= 1
    });
    cases.bundle("the proof of another record", &["state"], |house| {
        house.prove_instead(&RecordId([7; 32]))
    });
    cases.plan(
        "the justification of another chain with the same validators",
        &["chain"],
        |plan| {
            plan.chain = Genesis([0x46; 32]);
        },
    );
    // The attacker's own record, rightly signed by the attacker, on a chain that does not have it.
    cases.bundle("a record that was never registered", &["record-state"], |house| {
        let statement = Statement {
            owner: Account([9; 32]),
            ..house.bundle.record.statement.clone()
        };
        house.bundle.record = sign(statement, &house.plan.gateway);
        let record = house.bundle.record.record;
        house.prove_instead(&record);
    });
    cases.bundle(
        "a statement signed anew by another gateway",
        &["record-state", "report-signature"],
        |house| {
            house.bundle.record = sign(house.bundle.record.statement.clone(), &stranger());
        },
    );
    assert_eq!(cases.0.len(), 7);
}

#[test]
fn every_field_of_the_statement_and_its_signature() {
    let digest = Digest([0xEE; 32]);
    type Change = fn(&mut Statement, Digest);
    let changes: Vec<(&str, Change)> = vec![
        ("owner", |says, _| says.owner.0[0] ^= 1),
        ("gateway", |says, _| says.gateway.0[0] ^= 1),
        ("content root", |says, digest| says.content.root = digest),
        ("chunks", |says, _| says.content.chunks += 1),
        ("bytes", |says, _| says.content.bytes += 1),
        ("input", |says, digest| says.input = digest),
        ("report", |says, digest| says.report = digest),
        ("metrics", |says, digest| says.metrics_root = digest),
        ("items", |says, _| says.items += 1),
        ("metadata", |says, digest| says.metadata = digest),
        ("grade", |says, _| says.grade = Grade::Pseudonymous),
        ("parent", |says, _| says.parents[0].record.0[0] ^= 1),
        ("share", |says, _| says.parents[0].share_ppm += 1),
        ("no parent", |says, _| says.parents = Default::default()),
        ("another parent", |says, _| {
            let parent = Parent {
                record: RecordId([1; 32]),
                share_ppm: 0,
            };
            says.parents.try_push(parent).unwrap();
        }),
    ];
    for (field, change) in changes {
        let mut changed = house();
        change(&mut changed.bundle.record.statement, digest);
        assert_eq!(failed(&changed), ["record-id", "record-signature"], "{field}");
        // Under its new id it is another record, which the state is not about.
        let statement = changed.bundle.record.statement.clone();
        changed.bundle.record.record = RecordId::derive(&GENESIS, &statement);
        let names = failed(&changed);
        assert!(
            names.contains(&"state") && names.contains(&"record-signature"),
            "{field}: {names:?}"
        );
    }
    let mut cases = Cases::new();
    cases.bundle("another id", &["record-id"], |house| {
        let other = house.bundle.ancestors[0].record;
        house.bundle.ancestors = Default::default();
        house.bundle.record.record = other;
        house.prove_instead(&other);
    });
    cases.bundle(
        "another key",
        &["record-signature", "record-state", "report-signature"],
        |house| {
            house.bundle.record.key = stranger().verifying_key().to_bytes();
        },
    );
    cases.bundle(
        "another signature",
        &["record-signature", "record-state"],
        |house| house.bundle.record.signature[0] ^= 1,
    );
    cases.bundle(
        "a signature over another chain's statement",
        &["record-signature", "record-state"],
        |house| {
            let message = house.bundle.record.statement.signing_bytes(&Genesis([1; 32]));
            house.bundle.record.signature = house.plan.gateway.sign(&message).to_bytes();
        },
    );
    assert_eq!(cases.0.len(), 4);
}

#[test]
fn the_trail_and_its_clock() {
    let mut cases = Cases::new();
    let withdrawn = |plan: &mut Plan| {
        plan.life.push((20, Fact::Withdrawn));
        plan.withdrawn_at = Some(20);
    };
    let lived = |change: fn(&mut House)| {
        let mut plan = Plan::default();
        withdrawn(&mut plan);
        let mut house = House::new(plan);
        change(&mut house);
        house
    };
    let hidden = lived(|house| {
        house.bundle.trail.pop();
    });
    cases.made("a withdrawal hidden", &["trail"], &hidden);
    cases.made(
        "entries in another order",
        &["trail"],
        &lived(|house| reverse(&mut house.bundle.trail)),
    );
    let swapped = lived(|house| {
        let (one, other) = (house.bundle.trail[0].1.clone(), house.bundle.trail[1].1.clone());
        house.bundle.trail[0].1 = other;
        house.bundle.trail[1].1 = one;
    });
    cases.made("swapped inclusion proofs", &["trail"], &swapped);
    let crossed = lived(|house| {
        let (one, other) = (
            house.bundle.trail[0].1.path.clone(),
            house.bundle.trail[1].1.path.clone(),
        );
        house.bundle.trail[0].1.path = other;
        house.bundle.trail[1].1.path = one;
    });
    cases.made("a sibling's path", &["trail"], &crossed);
    cases.made(
        "an entry's height moved",
        &["trail"],
        &lived(|house| house.bundle.trail[1].0.height = 900),
    );
    cases.made(
        "an entry's record changed",
        &["trail"],
        &lived(|house| house.bundle.trail[1].0.record.0[0] ^= 1),
    );
    cases.made(
        "an entry's fact changed",
        &["trail"],
        &lived(|house| {
            house.bundle.trail[1].0.fact = Fact::Erased { by: OWNER };
        }),
    );
    // From here on the chain itself would have to be wrong, and the verifier does not take its word either.
    cases.plan("an entry from above the block", &["trail"], |plan| {
        plan.life.push((1_001, Fact::Withdrawn));
        plan.withdrawn_at = Some(1_001);
    });
    cases.plan("heights that fall", &["trail"], |plan| {
        plan.life.push((9, Fact::Withdrawn));
        plan.withdrawn_at = Some(9);
    });
    cases.plan("registered with another key", &["trail"], |plan| {
        plan.life[0].1 = registered(&stranger())
    });
    cases.plan("erased by a stranger", &["trail"], |plan| {
        plan.life.push((30, Fact::Erased { by: Account([1; 32]) }));
        plan.withdrawn_at = Some(30);
    });
    cases.plan("withdrawn in the log, live in the row", &["trail"], |plan| {
        plan.life.push((20, Fact::Withdrawn))
    });
    cases.plan("withdrawn in the row, live in the log", &["trail"], |plan| {
        plan.withdrawn_at = Some(20)
    });
    cases.plan("no registration", &["trail"], |plan| {
        plan.life = vec![(20, Fact::Erased { by: GATEWAY })];
        plan.withdrawn_at = Some(20);
    });
    cases.plan("no entry", &["trail"], |plan| plan.life.clear());
    assert_eq!(cases.0.len(), 15);

    let old = house();
    let question = Question {
        anchor: Some(old.anchor.clone()),
        least_height: Some(2_000),
        ..Default::default()
    };
    let verdict = verify(&old.file(), &question);
    let names: Vec<_> = verdict.failed().map(|check| check.kind.name()).collect();
    assert_eq!(names, ["fresh"], "an old bundle for a new one");
}

#[test]
fn report_notes_models_and_metadata() {
    let mut cases = Cases::new();
    cases.bundle("a word of the report changed", &["report-hash"], |house| {
        let document = &mut house.bundle.report.as_mut().unwrap().document;
        let mut text = String::from_utf8(document.to_vec()).unwrap();
        text = text.replace("street", "strict");
        *document = text.into_bytes().try_into().unwrap();
    });
    cases.bundle("the report of another record", &["report-hash"], |house| {
        let mut other = house::report();
        other["output"]["items"] = json!(4);
        let document = canonical(&other);
        let message = report_signing_bytes(&GENESIS, &report_hash(&GENESIS, &document));
        let signature = house.plan.gateway.sign(&message).to_bytes();
        house.bundle.report = Some(SignedReport {
            document: document.try_into().unwrap(),
            signature,
        });
    });
    cases.bundle(
        "the report signed by another gateway",
        &["report-signature"],
        |house| {
            let report = house.bundle.report.as_mut().unwrap();
            let message = report_signing_bytes(&GENESIS, &report_hash(&GENESIS, &report.document));
            report.signature = stranger().sign(&message).to_bytes();
        },
    );
    // A gateway that signs a report which says otherwise than its own statement.
    cases.plan("another number of files", &["report-agrees"], |plan| {
        plan.report["output"]["items"] = json!(4)
    });
    cases.plan("other metrics", &["report-agrees"], |plan| {
        plan.report["output"]["metrics_root"] = json!(Digest([5; 32]));
    });
    cases.plan("a better grade than it earned", &["report-agrees"], |plan| {
        plan.grade = Grade::Disguised
    });
    cases.plan("another input", &["report-agrees"], |plan| {
        plan.report["input"]["commitment"] = json!(Digest([5; 32]));
    });
    cases.plan("no word of the input", &["report-agrees"], |plan| {
        plan.report["input"] = json!({})
    });
    cases.plan("a report of another schema", &["report-agrees"], |plan| {
        plan.report["schema"] = json!("vouchsafe/report/9")
    });
    cases.plan("things left without a note", &["report-notes"], |plan| {
        plan.report["residual"]["found"] = json!(1)
    });
    cases.plan("a note by another gateway", &["report-notes"], |plan| {
        plan.grade = Grade::Disguised;
        plan.report["policy"]["grade"] = json!("disguised");
        plan.report["residual"]["found"] = json!(1);
        plan.report["overrides"] = json!([signed_note(&stranger(), "trust me")]);
    });
    cases.plan(
        "a note and a grade as if there were none",
        &["report-notes"],
        |plan| {
            plan.report["residual"]["found"] = json!(1);
            plan.report["overrides"] = json!([signed_note(&plan.gateway, "a statue")]);
        },
    );
    let manifest = |member: &str, value: &str| {
        let mut manifest = manifests().swap_remove(0);
        manifest[member] = json!(value);
        BoundedVec::truncate_from(canonical(&manifest))
    };
    let replaced = [
        ("the manifest of another model", manifest("sha256", "00")),
        ("a manifest of another name", manifest("name", "oracle")),
        (
            "a manifest of another licence",
            manifest("licence", "GPL-3.0-only"),
        ),
        (
            "a manifest of another precision",
            manifest("precision", "float32"),
        ),
        (
            "a manifest that is none",
            BoundedVec::truncate_from(b"{}".to_vec()),
        ),
    ];
    for (kind, manifest) in replaced {
        cases.bundle(kind, &["models"], |house| house.bundle.models[0] = manifest);
    }
    cases.bundle("a manifest twice", &["models"], |house| {
        house.bundle.models[1] = house.bundle.models[0].clone()
    });
    cases.plan("a report that lists no models", &["models"], |plan| {
        plan.report["models"] = json!("none")
    });
    cases.bundle("another licence in the metadata", &["metadata-hash"], |house| {
        let other = canonical(&json!({ "name": "Three photos", "license": { "name": "MIT" } }));
        house.bundle.metadata = Some(other.try_into().unwrap());
    });
    assert_eq!(cases.0.len(), 20);
}

#[test]
fn the_list_of_files_and_what_is_opened() {
    let mut cases = Cases::new();
    cases.bundle("another name in the list", &["contents"], |house| {
        let document = &mut house.bundle.contents.as_mut().unwrap().document;
        let text = String::from_utf8(document.to_vec())
            .unwrap()
            .replace("000001.jpg", "000009.jpg");
        *document = text.into_bytes().try_into().unwrap();
    });
    cases.bundle("a file left out of the list", &["contents"], |house| {
        let document = &mut house.bundle.contents.as_mut().unwrap().document;
        let mut list: serde_json::Value = serde_json::from_slice(document).unwrap();
        list["items"].as_array_mut().unwrap().pop();
        *document = canonical(&list).try_into().unwrap();
    });
    cases.bundle("a photo in the place of the list", &["contents"], |house| {
        house.bundle.contents.as_mut().unwrap().opening = house.bundle.openings[0].clone();
    });
    cases.bundle("the list without the right path", &["contents"], |house| {
        let chunk = &mut house.bundle.contents.as_mut().unwrap().opening.chunks[0];
        chunk.path = house.bundle.openings[0].chunks[0].path.clone();
    });
    cases.bundle("photos opened without a list", &["contents"], |house| {
        house.bundle.contents = None
    });
    cases.bundle("another salt", &["item"], |house| {
        house.bundle.openings[1].chunks[1].salt[0] ^= 1
    });
    cases.bundle("another ciphertext", &["item"], |house| {
        house.bundle.openings[1].chunks[0].ciphertext.0[0] ^= 1
    });
    cases.bundle("a sibling's path in an opening", &["item"], |house| {
        let chunks = &mut house.bundle.openings[1].chunks;
        chunks[0].path = chunks[1].path.clone();
    });
    cases.bundle("chunks in another order", &["item"], |house| {
        reverse(&mut house.bundle.openings[1].chunks)
    });
    cases.bundle("a chunk left out", &["item"], |house| {
        house.bundle.openings[1].chunks.pop();
    });
    cases.bundle("the opening of another item", &["item", "item"], |house| {
        let (one, other) = (
            house.bundle.openings[0].chunks.clone(),
            house.bundle.openings[1].chunks.clone(),
        );
        house.bundle.openings[0].chunks = other;
        house.bundle.openings[1].chunks = one;
    });
    cases.bundle("an item that the list does not have", &["item"], |house| {
        house.bundle.openings[1].item = 9
    });
    assert_eq!(cases.0.len(), 12);
}

#[test]
fn files_that_are_brought() {
    let house = house();
    let photo = house.plan.photos[0].clone();
    let mut flipped = photo.clone();
    flipped[40_000] ^= 1;
    let longer = [photo.as_slice(), &[0]].concat();
    for (kind, name, bytes, why) in [
        ("one bit of the photo", name(1), flipped.clone(), "other bytes"),
        ("a byte more", name(1), longer, "other bytes"),
        ("a byte less", name(1), photo[1..].to_vec(), "other bytes"),
        ("a foreign photo", "mine.jpg".into(), flipped, "no item"),
        ("no byte at all", "empty".into(), Vec::new(), "no item"),
    ] {
        let verdict = house.verdict_of(&house.file(), &[(name, bytes)]);
        let failed: Vec<_> = verdict.failed().collect();
        assert_eq!(failed.len(), 1, "{kind}");
        assert_eq!(failed[0].kind, Kind::Item, "{kind}");
        assert!(
            matches!(&failed[0].outcome, Outcome::Failed(reason) if reason.to_string().contains(why)),
            "{kind}"
        );
        assert!(!verdict.sound && !verdict.shown, "{kind}");
    }
}

#[test]
fn the_lineage() {
    let mut cases = Cases::new();
    cases.bundle("a parent's statement changed", &["lineage"], |house| {
        house.bundle.ancestors[0].statement.items += 1
    });
    cases.bundle("a parent signed by nobody", &["lineage"], |house| {
        house.bundle.ancestors[0].signature[9] ^= 1
    });
    cases.bundle("a parent with another key", &["lineage"], |house| {
        house.bundle.ancestors[1].key = stranger().verifying_key().to_bytes();
    });
    cases.bundle("a foreign ancestor", &["lineage"], |house| {
        let statement = Statement {
            items: 77,
            ..house.bundle.record.statement.clone()
        };
        house
            .bundle
            .ancestors
            .try_push(sign(statement, &stranger()))
            .unwrap();
    });
    cases.bundle("grandparents before parents", &["lineage"], |house| {
        reverse(&mut house.bundle.ancestors)
    });
    assert_eq!(cases.0.len(), 5);
}
