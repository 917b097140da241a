//! Golden vectors: the bytes on which other programs depend, in `vectors/*.json`.
//!
//! `UPDATE_VECTORS=1 cargo test -p vouchsafe-protocol --test golden` writes the files anew. A change there is
//! a change of the protocol and needs new tags.

mod golden_file;

use bounded_collections::BoundedVec;
use codec::Encode;
use golden_file::golden;
use serde_json::{Value, json};
use vouchsafe_protocol::{
    attestation::Class,
    chunk::Layout,
    delivery::{Blind, Context, Delivery, OfferSecret, Point, verify},
    finding::Finding,
    hash::{sha256, tagged},
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    key::ContentSecret,
    leaf::Leaf,
    log::{Consistency, Entry, Fact, Frontier, Head, Inclusion, of_leaves},
    misbehaviour::{Case, Evidence, Fault, verify as verify_evidence},
    note::{self, Committed},
    order::{Outcome, Stage},
    record::{Content, Grade, Parent, Statement},
    report::{input_commitment, licence_hash, metadata_hash, report_hash, report_signing_bytes, rows_root},
    sidecar::Sidecar,
    tag::Tag,
    tree,
};

const GENESIS: Genesis = Genesis([0x11; 32]);
const SELLER: Account = Account([0x22; 32]);
const BUYER: Account = Account([0x33; 32]);
const SELLER_SEED: [u8; 32] = [0x44; 32];
const BUYER_SEED: [u8; 32] = [0x55; 32];

fn offer() -> OfferId {
    OfferId::derive(&GENESIS, &SELLER, 7)
}

fn statement() -> Statement {
    Statement {
        owner: SELLER,
        gateway: SELLER,
        content: Content {
            root: Digest([1; 32]),
            chunks: 3,
            bytes: 131_073,
        },
        input: Digest([2; 32]),
        report: Digest([3; 32]),
        metrics_root: Digest([4; 32]),
        items: 2,
        metadata: Digest([5; 32]),
        grade: Grade::Disguised,
        parents: vec![Parent {
            record: RecordId([6; 32]),
            share_ppm: 250_000,
        }]
        .try_into()
        .unwrap(),
    }
}

#[test]
fn tags_are_distinct_and_fit_their_length_byte() {
    let names: std::collections::BTreeSet<_> = Tag::ALL.iter().map(|tag| tag.as_str()).collect();
    assert_eq!(names.len(), Tag::ALL.len());
    assert!(
        names
            .iter()
            .all(|name| (1..=64).contains(&name.len()) && name.is_ascii())
    );
}

#[test]
fn ids() {
    let blinded = Blind::from_seed(&BUYER_SEED, &GENESIS, &offer(), 0, 0).blinded();
    golden(
        "ids.json",
        &json!({
            "genesis": GENESIS.to_string(),
            "tagged": { "tag": Tag::Input.as_str(), "parts": ["0x00", "0x0102"], "hash": tagged(Tag::Input, &GENESIS, &[&[0], &[1, 2]]).to_string() },
            "offer": { "seller": SELLER.to_string(), "nonce": 7, "id": offer().to_string() },
            "order": { "offer": offer().to_string(), "version": 0, "buyer": BUYER.to_string(), "blinded": blinded.to_string(),
                "id": OrderId::derive(&GENESIS, &offer(), 0, &BUYER, &blinded).to_string() },
        }),
    );
}

#[test]
fn records() {
    let statement = statement();
    let grades =
        [Grade::Anonymous, Grade::Pseudonymous, Grade::Disguised].map(|grade| hex::encode(grade.encode()));
    let stages = [
        Stage::Placed { deliver_by: 100 },
        Stage::Delivered {
            evaluated: Point([9; 32]),
            dispute_by: 200,
        },
        Stage::Closed(Outcome::Settled {
            evaluated: Point([9; 32]),
        }),
        Stage::Closed(Outcome::Refunded),
        Stage::Closed(Outcome::Disputed),
        Stage::Closed(Outcome::Voided),
    ]
    .map(|stage| hex::encode(stage.encode()));
    golden(
        "record.json",
        &json!({
            "scale": hex::encode(statement.encode()),
            "id": RecordId::derive(&GENESIS, &statement).to_string(),
            "signing_bytes": hex::encode(statement.signing_bytes(&GENESIS)),
            "grades": grades,
            "stages": stages,
        }),
    );
}

#[test]
fn documents() {
    let report = report_hash(&GENESIS, b"{}");
    golden(
        "documents.json",
        &json!({
            "report": { "bytes": "{}", "hash": report.to_string(), "signing_bytes": hex::encode(report_signing_bytes(&GENESIS, &report)) },
            "metadata": { "bytes": "{}", "hash": metadata_hash(&GENESIS, b"{}").to_string() },
            "licence": { "text": "CC0-1.0", "hash": licence_hash(b"CC0-1.0").to_string() },
            "input": { "salt": hex::encode([8; 32]), "raw": Digest([9; 32]).to_string(), "commitment": input_commitment(&GENESIS, &[8; 32], &Digest([9; 32])).to_string() },
            "override": { "canonical": "{}", "signing_bytes": hex::encode(note::signing_bytes(b"{}")), "salt": Digest([4; 32]).to_string(), "sha256": Digest([5; 32]).to_string(),
                "photo": note::committed(Committed::Photo, &Digest([4; 32]), &Digest([5; 32])).to_string(),
                "output": note::committed(Committed::Output, &Digest([4; 32]), &Digest([5; 32])).to_string() },
            "rows": { "rows": ["a", "b", "c"], "root": rows_root(["a", "b", "c"]).unwrap().to_string() },
        }),
    );
}

#[test]
fn content() {
    let lengths = [5, 65_537];
    let layout = Layout::new(&lengths).unwrap();
    let secret = ContentSecret::from_bytes([0x66; 32]);
    let mut ciphertext = Vec::new();
    let leaves: Vec<_> = (0..layout.chunks())
        .map(|i| {
            let mut chunk = vec![i as u8; layout.chunk(i).unwrap().len as usize];
            let leaf = secret.seal(i, &mut chunk);
            ciphertext.extend(chunk);
            leaf
        })
        .collect();
    let hashes: Vec<Digest> = (0u32..).zip(&leaves).map(|(i, leaf)| leaf.hash(i)).collect();
    let sidecar = Sidecar::new(layout, leaves.clone()).unwrap();
    let shown: Vec<Value> = leaves
        .iter()
        .zip(&hashes)
        .map(|(leaf, hash)| {
            json!({
                "len": leaf.len, "ciphertext": leaf.ciphertext, "commitment": leaf.commitment, "hash": hash,
            })
        })
        .collect();
    let path: Vec<Digest> = tree::path(&hashes, 2).unwrap();
    golden(
        "content.json",
        &json!({
            "secret": hex::encode(secret.expose()),
            "item_lengths": lengths,
            "plaintext": "chunk i is filled with the byte i",
            "first_chunk_ciphertext": hex::encode(&ciphertext[..5]),
            "ciphertext_sha256": vouchsafe_protocol::hash::sha256(&ciphertext).to_string(),
            "leaves": shown,
            "sidecar": hex::encode(sidecar.encode()),
            "root": sidecar.root().to_string(),
            "path_of_chunk_2": path,
        }),
    );
}

#[test]
fn delivery() {
    let secret = OfferSecret::derive(&SELLER_SEED, &GENESIS, &offer(), 0);
    let blind = Blind::from_seed(&BUYER_SEED, &GENESIS, &offer(), 0, 0);
    let order = OrderId::derive(&GENESIS, &offer(), 0, &BUYER, &blind.blinded());
    let context = Context {
        genesis: GENESIS,
        offer: offer(),
        version: 0,
        order,
        buyer: BUYER,
    };
    let delivery: Delivery = secret.evaluate(&blind.blinded(), &context, &[0x77; 32]).unwrap();
    assert_eq!(
        verify(&secret.public(), &blind.blinded(), &delivery, &context),
        Ok(())
    );
    golden(
        "delivery.json",
        &json!({
            "seller_seed": hex::encode(SELLER_SEED),
            "buyer_seed": hex::encode(BUYER_SEED),
            "nonce": hex::encode([0x77; 32]),
            "order": order.to_string(),
            "public": secret.public().to_string(),
            "blinded": blind.blinded().to_string(),
            "evaluated": delivery.evaluated.to_string(),
            "proof": hex::encode(delivery.proof),
            "content_secret": hex::encode(secret.content_secret().expose()),
        }),
    );
}

/// A whole fraud: a content of three chunks whose second one is not what its leaf commits to.
#[test]
fn misbehaviour() {
    let secret = OfferSecret::derive(&SELLER_SEED, &GENESIS, &offer(), 0);
    let blind = Blind::from_seed(&BUYER_SEED, &GENESIS, &offer(), 0, 0);
    let blinded = blind.blinded();
    let order = OrderId::derive(&GENESIS, &offer(), 0, &BUYER, &blinded);
    let context = Context {
        genesis: GENESIS,
        offer: offer(),
        version: 0,
        order,
        buyer: BUYER,
    };
    let layout = Layout::new(&[3, 4, 5]).unwrap();
    let key = secret.content_secret();
    let mut chunks = [vec![1u8; 3], vec![2; 4], vec![3; 5]];
    let mut leaves: Vec<Leaf> = (0u32..)
        .zip(&mut chunks)
        .map(|(index, chunk)| key.seal(index, chunk))
        .collect();
    leaves[1].commitment = Digest([0xbd; 32]);
    let sidecar = Sidecar::new(layout, leaves).unwrap();
    let case = Case {
        genesis: GENESIS,
        offer: offer(),
        version: 0,
        content: Content {
            root: sidecar.root(),
            chunks: 3,
            bytes: 12,
        },
        blinded,
        evaluated: secret
            .evaluate(&blinded, &context, &[0x77; 32])
            .unwrap()
            .evaluated,
    };
    let evidence = Evidence::build(&blind, &case, &sidecar, 1, &chunks[1]).unwrap();
    assert_eq!(
        verify_evidence(&evidence, &case, vouchsafe_protocol::hash::sha256),
        Ok(Fault::Commitment)
    );
    golden(
        "misbehaviour.json",
        &json!({
            "seller_seed": hex::encode(SELLER_SEED),
            "buyer_seed": hex::encode(BUYER_SEED),
            "offer": case.offer.to_string(),
            "version": case.version,
            "root": case.content.root.to_string(),
            "chunks": case.content.chunks,
            "blinded": case.blinded.to_string(),
            "evaluated": case.evaluated.to_string(),
            "sidecar": hex::encode(sidecar.encode()),
            "evidence": hex::encode(evidence.encode()),
            "fault": hex::encode(Fault::Commitment.encode()),
        }),
    );
}

fn attested(finding: Finding) -> Fact {
    Fact::Attested {
        by: BUYER,
        finding,
        attestation: Digest([0xdd; 32]),
    }
}

/// Three records, every kind of fact.
fn log_entries() -> Vec<(&'static str, Entry)> {
    let entry = |record: u8, height, fact| Entry {
        record: RecordId([record; 32]),
        height,
        fact,
    };
    let key = [0xaa; 32];
    let fraud = Fact::FraudProven {
        offer: offer(),
        order: OrderId([0xcc; 32]),
        chunk: 7,
    };
    vec![
        ("registered", entry(1, 10, Fact::Registered { key })),
        ("registered", entry(2, 10, Fact::Registered { key })),
        ("withdrawn", entry(1, 12, Fact::Withdrawn)),
        (
            "registered",
            entry(3, 0x0102_0304, Fact::Registered { key: [0xbb; 32] }),
        ),
        ("erased", entry(1, 0x0102_0305, Fact::Erased { by: SELLER })),
        ("fraud proven", entry(2, 0x0102_0306, fraud)),
        ("erased", entry(3, u32::MAX, Fact::Erased { by: BUYER })),
        ("attested", entry(2, u32::MAX, attested(Finding::Clean))),
        ("attested", entry(2, u32::MAX, attested(Finding::Mismatch))),
        (
            "attested",
            entry(2, u32::MAX, attested(Finding::FalseExact { item: 9, metric: 3 })),
        ),
        (
            "attested",
            entry(
                2,
                u32::MAX,
                attested(Finding::PrivacyMiss {
                    item: 0x0a0b_0c0d,
                    class: Class::Plate,
                }),
            ),
        ),
    ]
}

#[test]
fn log() {
    let mut frontier = Frontier::default();
    let mut heads = vec![frontier.head(sha256)];
    let mut leaves = Vec::new();
    let mut entries = Vec::new();
    for (what, entry) in log_entries() {
        let leaf = entry.leaf_hash(&GENESIS, sha256);
        leaves.push(leaf);
        let appended = frontier.append(leaf, sha256).unwrap();
        heads.push(frontier.head(sha256));
        entries.push(json!({
            "fact": what,
            "record": entry.record,
            "height": entry.height,
            "scale": hex::encode(entry.encode()),
            "leaf_input": hex::encode(entry.leaf_input(&GENESIS)),
            "leaf": leaf,
            "completes": appended.nodes.to_vec(),
        }));
    }
    let size = frontier.size();
    let inclusion: Vec<(u64, u64, Inclusion)> = [1, 4, 6, size]
        .into_iter()
        .flat_map(|size| (0..size).map(move |index| (index, size)))
        .map(|(index, size)| {
            let proof = Inclusion::build(index, size, of_leaves(&leaves), sha256).unwrap();
            (index, size, proof)
        })
        .collect();
    let consistency: Vec<(u64, u64, Consistency)> = (0..=size)
        .flat_map(|second| (0..=second).map(move |first| (first, second)))
        .map(|(first, second)| {
            let proof = Consistency::build(first, second, of_leaves(&leaves), sha256).unwrap();
            (first, second, proof)
        })
        .collect();
    golden(
        "log.json",
        &json!({
            "genesis": GENESIS,
            "tag": Tag::LogEntry.as_str(),
            "entries": entries,
            "heads": heads,
            "frontier": hex::encode(frontier.encode()),
            "inclusion": inclusion.iter().map(|(index, size, proof)| json!({
                "index": index, "size": size, "path": proof.path.to_vec(), "scale": hex::encode(proof.encode()),
            })).collect::<Vec<_>>(),
            "consistency": consistency.iter().map(|(first, second, proof)| json!({
                "first": first, "second": second, "path": proof.path.to_vec(), "scale": hex::encode(proof.encode()),
            })).collect::<Vec<_>>(),
            "refused": refused(&leaves, &heads),
        }),
    );
}

/// False claims, each with what refuses it.
fn refused(leaves: &[Digest], heads: &[Head]) -> Value {
    let size = leaves.len() as u64;
    let inclusion = Inclusion::build(4, size, of_leaves(leaves), sha256).unwrap();
    let consistency = Consistency::build(3, size, of_leaves(leaves), sha256).unwrap();
    let (older, newer) = (heads[3], heads[leaves.len()]);
    let mut short = inclusion.clone();
    short.path.pop();
    let mut long = consistency.clone();
    long.path.try_push(newer.root).unwrap();

    let mut cases = Vec::new();
    let mut include = |what: &str, leaf: Digest, proof: &Inclusion, head: Head| {
        let refusal = proof.verify(&leaf, &head).unwrap_err();
        cases.push(json!({
            "what": what, "leaf": leaf, "index": proof.index, "path": proof.path.to_vec(), "head": head,
            "refusal": format!("{refusal:?}"),
        }));
    };
    include("another entry", leaves[5], &inclusion, newer);
    include(
        "another place",
        leaves[4],
        &Inclusion {
            index: 5,
            ..inclusion.clone()
        },
        newer,
    );
    include(
        "beyond the end",
        leaves[4],
        &Inclusion {
            index: 7,
            ..inclusion.clone()
        },
        newer,
    );
    include("a node too few", leaves[4], &short, newer);
    let mut turned = inclusion.clone();
    turned.path = BoundedVec::truncate_from(turned.path.iter().rev().copied().collect());
    include("nodes in another order", leaves[4], &turned, newer);
    include("an older head", leaves[4], &inclusion, heads[5]);
    include(
        "the older root",
        leaves[4],
        &inclusion,
        Head {
            root: older.root,
            ..newer
        },
    );

    let mut extend = |what: &str, proof: &Consistency, older: Head, newer: Head| {
        let refusal = proof.verify(&older, &newer).unwrap_err();
        cases.push(json!({
            "what": what, "path": proof.path.to_vec(), "older": older, "newer": newer,
            "refusal": format!("{refusal:?}"),
        }));
    };
    extend("a log that shrank", &consistency, newer, older);
    extend("a node too many", &long, older, newer);
    extend(
        "another older root",
        &consistency,
        Head {
            root: heads[2].root,
            ..older
        },
        newer,
    );
    extend(
        "another newer root",
        &consistency,
        older,
        Head {
            root: heads[6].root,
            ..newer
        },
    );
    extend(
        "another older size",
        &consistency,
        Head { size: 5, ..older },
        newer,
    );
    let mut turned = consistency.clone();
    turned.path = BoundedVec::truncate_from(turned.path.iter().rev().copied().collect());
    extend("nodes in another order, between heads", &turned, older, newer);
    json!(cases)
}
