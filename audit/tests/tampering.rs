//! Kinds of tampering, each refused by the check that is named. Where it takes a signature, a state or a whole chain to
//! try, the attacker here has made one. The chain's side; documents and photos are in `tampering_documents.rs`.

mod house;

use bounded_collections::BoundedVec;
use codec::Encode;
use ed25519_dalek::Signer;
use house::{
    GATEWAY, GENESIS, House, OWNER, Plan,
    cases::{Cases, failed, reverse, stranger},
    chain::{Validators, header},
    house, registered, sign,
};
use vouchsafe_audit::{Kind, Question, verify};
use vouchsafe_protocol::{
    bundle::{Authority, MAGIC},
    id::{Account, Digest, Genesis, RecordId},
    log::Fact,
    record::{Grade, Parent, Statement},
};

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
        // The root. What comes last shows scores, which may be missing.
        house.bundle.state.remove(0);
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
