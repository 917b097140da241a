//! A whole valid bundle, deterministic, made of keys, headers, a state and photos of its own; and what is needed to make a
//! changed one.

#![allow(
    dead_code,
    reason = "each test program, the example and the fuzz target need another part"
)]

pub mod cases;
pub mod chain;
pub mod trie;

use bounded_collections::BoundedVec;
use chain::{Validators, header};
use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use vouchsafe_audit::{
    Anchor, Brought, Question, Verdict,
    header::Header,
    scores::{self, NoScores},
    state::{self, Entry as Read, Said, StateError},
    trie::TrieError,
    verify,
};
use vouchsafe_protocol::{
    bundle::{Bundle, Contents, Opening, SignedReport, SignedStatement},
    chunk::Layout,
    hash::sha256,
    id::{Account, Digest, Genesis, RecordId},
    key::ContentSecret,
    log::{Entry, Fact, Frontier, Inclusion, of_leaves},
    note,
    record::{Content, Grade, Parent, Statement},
    report::{metadata_hash, report_hash, report_signing_bytes},
    royalty::Royalties,
    sidecar::Sidecar,
    trust::{Cell, Facet, Modality, Parameters, Role, judged_by},
};

pub const GENESIS: Genesis = Genesis([0x45; 32]);
pub const OWNER: Account = Account([0x22; 32]);
pub const GATEWAY: Account = Account([0x33; 32]);
pub const HEIGHT: u32 = 1_000;

/// What is to be made. Every part is foreign to the verifier, so every part may be made wrong.
pub struct Plan {
    pub photos: Vec<Vec<u8>>,
    /// Items, from 1.
    pub opened: Vec<u32>,
    /// Facts of the record and their heights.
    pub life: Vec<(u32, Fact)>,
    pub report: Value,
    pub metadata: Value,
    pub grade: Grade,
    /// Records beside this one in the chain's state.
    pub others: usize,
    pub height: u32,
    /// What the state has as the hash of block 0.
    pub chain: Genesis,
    /// Validators before and after the hand-over.
    pub validators: [Validators; 2],
    /// The row's height of withdrawal.
    pub withdrawn_at: Option<u32>,
    /// The key that vouches.
    pub gateway: SigningKey,
    /// What the chain knows of the owner and of the gateway, as of height 100.
    pub evidence: Vec<(Role, Facet, Modality, Cell)>,
    /// Proven frauds of the owner, and condemned records of the gateway.
    pub faults: (u32, u32),
    /// Whether the bundle shows what scores follow from.
    pub scores_shown: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let gateway = SigningKey::from_bytes(&[14; 32]);
        let photo = |seed: u32, len: u32| (0..len).map(|at| (at.wrapping_mul(seed) >> 3) as u8).collect();
        Self {
            photos: vec![photo(3, 65_536), photo(5, 140_000), photo(7, 10)],
            opened: vec![1, 2],
            life: vec![(10, registered(&gateway))],
            report: report(),
            metadata: json!({ "name": "Three photos", "license": { "name": "CC0-1.0" } }),
            grade: Grade::Anonymous,
            others: 40,
            height: HEIGHT,
            chain: GENESIS,
            validators: [Validators::new(3, 100, 4), Validators::new(4, 120, 7)],
            withdrawn_at: None,
            gateway,
            evidence: Vec::new(),
            faults: (0, 0),
            scores_shown: true,
        }
    }
}

pub fn registered(by: &SigningKey) -> Fact {
    Fact::Registered {
        key: by.verifying_key().to_bytes(),
    }
}

pub fn manifests() -> Vec<Value> {
    let manifest = |name: &str, byte: &str| json!({ "name": name, "sha256": byte.repeat(32), "licence": "MIT", "precision": "int8", "limits": ["small faces"] });
    vec![manifest("finder", "a1"), manifest("second", "b2")]
}

pub fn report() -> Value {
    let model = |manifest: &Value| {
        json!({ "name": manifest["name"], "sha256": manifest["sha256"], "licence": manifest["licence"],
            "precision": manifest["precision"] })
    };
    json!({
        "schema": "vouchsafe/report/2",
        "worker": { "version": "0.1.0", "provider": "cpu" },
        "policy": { "digest": Digest([0xd1; 32]), "name": "street", "grade": "anonymous" },
        "models": manifests().iter().map(model).collect::<Vec<_>>(),
        "input": { "files": 3, "bytes": 9, "commitment": Digest([2; 32]) },
        "output": { "items": 3, "bytes": 8, "metrics_root": Digest([4; 32]) },
        "residual": { "found": 0 },
        "overrides": [],
    })
}

/// A note over one face that is left, signed by this key.
pub fn signed_note(by: &SigningKey, text: &str) -> Value {
    let note = json!({
        "schema": note::SCHEMA, "photo": Digest([1; 32]), "output": Digest([2; 32]), "policy": Digest([0xd1; 32]),
        "code": note::OVERRULED, "left": { "face": 1 }, "text": text, "time_ms": 5,
    });
    let signature = by.sign(&note::signing_bytes(&canonical(&note))).to_bytes();
    json!({ "note": note, "signature": hex::encode(signature) })
}

pub fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

/// A bundle, and what goes with it.
pub struct House {
    pub plan: Plan,
    pub bundle: Bundle,
    pub anchor: Anchor,
    pub secret: ContentSecret,
    pub sidecar: Sidecar,
    /// Leaf hashes of the log.
    pub log: Vec<Digest>,
    /// The chain's whole state.
    pub values: BTreeMap<Vec<u8>, Vec<u8>>,
}

pub fn house() -> House {
    House::new(Plan::default())
}

impl House {
    pub fn new(plan: Plan) -> Self {
        let secret = ContentSecret::from_bytes([0x66; 32]);
        let (document, sidecar) = seal(&plan.photos, &secret);
        let content = Content {
            root: sidecar.root(),
            chunks: sidecar.layout().chunks(),
            bytes: sidecar.layout().bytes(),
        };
        let (report, metadata) = (canonical(&plan.report), canonical(&plan.metadata));
        let statement = |parents: &[RecordId], metrics_root| Statement {
            owner: OWNER,
            gateway: GATEWAY,
            content,
            input: Digest([2; 32]),
            report: report_hash(&GENESIS, &report),
            metrics_root,
            items: plan.photos.len() as u32,
            metadata: metadata_hash(&GENESIS, &metadata),
            grade: plan.grade,
            parents: BoundedVec::truncate_from(
                parents
                    .iter()
                    .map(|&record| Parent {
                        record,
                        share_ppm: 250_000,
                    })
                    .collect(),
            ),
        };
        let other = SigningKey::from_bytes(&[15; 32]);
        let grandparent = sign(statement(&[], Digest([8; 32])), &other);
        let parent = sign(statement(&[grandparent.record], Digest([9; 32])), &other);
        let record = sign(statement(&[parent.record], Digest([4; 32])), &plan.gateway);

        let (trail, listed, frontier, log) = trail(&record.record, &plan.life);
        let row = (
            (record.statement.clone(), record.key, record.signature),
            (
                plan.life.first().map_or(0, |(height, _)| *height),
                plan.withdrawn_at,
                5u128,
            ),
            Royalties::default(),
        );
        let mut values = BTreeMap::from([
            (Read::Genesis.key(&record.record), plan.chain.0.to_vec()),
            (Read::Record.key(&record.record), row.encode()),
            (Read::Log.key(&record.record), frontier.encode()),
            (Read::EntriesOf.key(&record.record), listed.encode()),
        ]);
        values.extend(reputation(&plan));
        for number in 0..plan.others {
            let other = RecordId(sha256(&number.to_le_bytes()).0);
            values.insert(Read::Record.key(&other), vec![1; 400]);
            values.insert(Read::EntriesOf.key(&other), vec![4, 0, 0, 0, 0, 0, 0, 0, 0]);
        }
        let (root, state) = prove(&values, &record.record, plan.scores_shown);
        let [before, after] = &plan.validators;
        let report_signature = plan
            .gateway
            .sign(&report_signing_bytes(&GENESIS, &report_hash(&GENESIS, &report)));
        let open = |item| Opening::build(&secret, &sidecar, item).unwrap();
        let bundle = Bundle {
            genesis: GENESIS,
            checkpoint: before.set(),
            handovers: vec![before.finalise(header(300, [0x79; 32], Some(&after.set())))]
                .try_into()
                .unwrap(),
            finality: after.finalise(header(plan.height, root, None)),
            state: BoundedVec::truncate_from(state.into_iter().map(BoundedVec::truncate_from).collect()),
            record,
            trail,
            report: Some(SignedReport {
                document: report.try_into().unwrap(),
                signature: report_signature.to_bytes(),
            }),
            metadata: Some(metadata.try_into().unwrap()),
            models: BoundedVec::truncate_from(
                manifests()
                    .iter()
                    .map(|manifest| BoundedVec::truncate_from(canonical(manifest)))
                    .collect(),
            ),
            contents: Some(Contents {
                document: document.try_into().unwrap(),
                opening: open(0),
            }),
            openings: BoundedVec::truncate_from(plan.opened.iter().map(|item| open(*item)).collect()),
            ancestors: vec![parent, grandparent].try_into().unwrap(),
        };
        let anchor = Anchor {
            genesis: GENESIS,
            sets: vec![before.set()],
        };
        Self {
            plan,
            bundle,
            anchor,
            secret,
            sidecar,
            log,
            values,
        }
    }

    pub fn file(&self) -> Vec<u8> {
        self.bundle.to_file().unwrap()
    }

    /// The names of the photos that are opened, with their bytes.
    pub fn opened(&self) -> Vec<(String, Vec<u8>)> {
        let photo = |item: &u32| (name(*item), self.plan.photos[*item as usize - 1].clone());
        self.plan.opened.iter().map(photo).collect()
    }

    /// The verdict with the anchor and every opened photo brought.
    pub fn verdict(&self) -> Verdict {
        self.verdict_of(&self.file(), &self.opened())
    }

    pub fn verdict_of(&self, file: &[u8], photos: &[(String, Vec<u8>)]) -> Verdict {
        let question = Question {
            anchor: Some(self.anchor.clone()),
            files: brought(photos),
            ..Default::default()
        };
        verify(file, &question)
    }

    /// Proves another record, or its absence, under the state that the header names already.
    pub fn prove_instead(&mut self, record: &RecordId) {
        let (_, nodes) = prove(&self.values, record, self.plan.scores_shown);
        self.bundle.state =
            BoundedVec::truncate_from(nodes.into_iter().map(BoundedVec::truncate_from).collect());
    }
}

pub fn brought(photos: &[(String, Vec<u8>)]) -> Vec<Brought<'_>> {
    photos
        .iter()
        .map(|(name, bytes)| Brought { name, source: bytes })
        .collect()
}

pub fn name(item: u32) -> String {
    format!("{item:06}.jpg")
}

pub fn sign(statement: Statement, by: &SigningKey) -> SignedStatement {
    SignedStatement {
        record: RecordId::derive(&GENESIS, &statement),
        key: by.verifying_key().to_bytes(),
        signature: by.sign(&statement.signing_bytes(&GENESIS)).to_bytes(),
        statement,
    }
}

fn seal(photos: &[Vec<u8>], secret: &ContentSecret) -> (Vec<u8>, Sidecar) {
    let listed = |(at, photo): (u32, &Vec<u8>)| json!({ "bytes": photo.len(), "media_type": "image/jpeg", "name": name(at), "sha256": hex::encode(sha256(photo).0) });
    let items: Vec<Value> = (1u32..).zip(photos).map(listed).collect();
    let document = canonical(&json!({ "items": items, "schema": "vouchsafe/contents/1" }));
    let items: Vec<&[u8]> = [document.as_slice()]
        .into_iter()
        .chain(photos.iter().map(Vec::as_slice))
        .collect();
    let lengths: Vec<u64> = items.iter().map(|item| item.len() as u64).collect();
    let mut leaves = Vec::new();
    for chunk in items.iter().flat_map(|item| item.chunks(65_536)) {
        leaves.push(secret.seal(leaves.len() as u32, &mut chunk.to_vec()));
    }
    let sidecar = Sidecar::new(Layout::new(&lengths).unwrap(), leaves).unwrap();
    (document, sidecar)
}

type Trail = (vouchsafe_protocol::bundle::Trail, Vec<u64>, Frontier, Vec<Digest>);

/// The record's entries among others', with their proofs; the indices; the log.
fn trail(record: &RecordId, life: &[(u32, Fact)]) -> Trail {
    let foreign = |height| Entry {
        record: RecordId([9; 32]),
        height,
        fact: Fact::Withdrawn,
    };
    let (mut entries, mut listed) = (vec![foreign(1)], Vec::new());
    for &(height, fact) in life {
        listed.push(entries.len() as u64);
        entries.extend([
            Entry {
                record: *record,
                height,
                fact,
            },
            foreign(height),
        ]);
    }
    let leaves: Vec<Digest> = entries
        .iter()
        .map(|entry| entry.leaf_hash(&GENESIS, sha256))
        .collect();
    let mut frontier = Frontier::default();
    for leaf in &leaves {
        frontier.append(*leaf, sha256).unwrap();
    }
    let proven = |&index: &u64| {
        let proof = Inclusion::build(index, frontier.size(), of_leaves(&leaves), sha256).unwrap();
        (entries[index as usize], proof)
    };
    let trail = BoundedVec::truncate_from(listed.iter().map(proven).collect());
    (trail, listed, frontier, leaves)
}

/// A day of a chain with blocks of two seconds; a unit is a coin.
pub fn parameters() -> Parameters {
    Parameters::first(43_200, 1_000_000_000_000)
}

/// What the chain keeps of the plan's people.
fn reputation(plan: &Plan) -> Vec<(Vec<u8>, Vec<u8>)> {
    // The verifier's own order: parameters; of each role its faults, its condemned records, its cells.
    let keys = scores::keys(&OWNER, &GATEWAY);
    let per_role = 2 + 3 * Modality::ALL.len();
    let role_at = |role: Role| match role {
        Role::Seller => 1,
        Role::Gateway | Role::Auditor | Role::Buyer => 1 + per_role,
    };
    let mut values = vec![(keys[0].clone(), parameters().encode())];
    let (frauds, condemned) = plan.faults;
    if frauds > 0 {
        values.push((keys[role_at(Role::Seller)].clone(), (frauds, 0u32).encode()));
    }
    if condemned > 0 {
        let key = keys[role_at(Role::Gateway) + 1].clone();
        values.push((key, (0u32, condemned).encode()));
    }
    for (role, facet, kind, cell) in &plan.evidence {
        let facet_at = judged_by(*role).iter().position(|one| one == facet).unwrap();
        let kind_at = Modality::ALL.iter().position(|one| one == kind).unwrap();
        let at = role_at(*role) + 2 + facet_at * Modality::ALL.len() + kind_at;
        values.push((keys[at].clone(), cell.encode()));
    }
    values
}

/// The root of a state, and the nodes that reading `record` takes: those that the verifier asks for, one by one.
pub fn prove(
    values: &BTreeMap<Vec<u8>, Vec<u8>>,
    record: &RecordId,
    scores_too: bool,
) -> ([u8; 32], Vec<Vec<u8>>) {
    let (root, all) = trie::build(values);
    let bytes = header(1, root, None);
    let header = Header::read(&bytes).unwrap();
    let mut nodes: Vec<Vec<u8>> = Vec::new();
    loop {
        match state::read(&header, nodes.iter().map(Vec::as_slice), record) {
            Err(StateError::Proof(_, TrieError::Missing(hash))) => nodes.push(all[&hash].clone()),
            Ok(Said {
                scores: Err(NoScores::NotShown(TrieError::Missing(hash))),
                ..
            }) if scores_too => nodes.push(all[&hash].clone()),
            _ => return (root, nodes),
        }
    }
}
