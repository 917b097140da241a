//! Read-proofs that Substrate's trie made of the runtime's own state (`runtime/tests/state_proof.rs`).

use proptest::prelude::*;
use serde_json::Value;
use vouchsafe_audit::{
    header::Header,
    scores::{self, NoScores},
    state::{Entry, Said, StateError, keys, read},
    trie::{Proof, TrieError},
};
use vouchsafe_protocol::{
    hash::sha256,
    id::{Digest, Genesis, RecordId},
    trust::{Amount, UNIT},
};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/state.json")).unwrap()
}

fn raw(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn id(value: &Value) -> [u8; 32] {
    raw(value).try_into().unwrap()
}

/// A header with the vectors' state root and nothing else.
fn header(root: [u8; 32]) -> Header {
    let bytes = [&[0; 32][..], &[0], &root, &[0; 32], &[0]].concat();
    Header::read(&bytes).unwrap()
}

struct Case {
    record: RecordId,
    keys: Vec<Vec<u8>>,
    values: Vec<Option<Vec<u8>>>,
    nodes: Vec<Vec<u8>>,
}

fn cases() -> Vec<Case> {
    let list = |value: &Value| value.as_array().unwrap().iter().map(raw).collect::<Vec<_>>();
    let case = |proof: &Value| Case {
        record: RecordId(id(&proof["record"])),
        keys: list(&proof["keys"]),
        values: proof["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| value.as_str().map(|text| hex::decode(text).unwrap()))
            .collect(),
        nodes: list(&proof["nodes"]),
    };
    vectors()["proofs"].as_array().unwrap().iter().map(case).collect()
}

fn nodes(case: &Case) -> impl Iterator<Item = &[u8]> {
    case.nodes.iter().map(Vec::as_slice)
}

#[test]
fn keys_are_the_runtimes() {
    for case in cases() {
        let mut wanted = keys(&case.record).to_vec();
        if let Some(row) = read(&header(id(&vectors()["root"])), nodes(&case), &case.record)
            .unwrap()
            .row
        {
            wanted.extend(scores::keys(&row.statement.owner, &row.statement.gateway));
        }
        assert_eq!(wanted, case.keys);
    }
}

#[test]
fn every_value_and_every_absence_is_read_as_it_was_written() {
    let root = id(&vectors()["root"]);
    let mut absent = 0;
    for case in cases() {
        let mut proof = Proof::new(root, nodes(&case));
        for (key, value) in case.keys.iter().zip(&case.values) {
            assert_eq!(proof.read(key).as_ref(), Ok(value));
            absent += usize::from(value.is_none());
        }
        assert_eq!(proof.finish(), Ok(()));
    }
    // The unknown record's row and its entries; of three others 4 counts and all but 3 of 42 cells.
    assert_eq!(absent, 2 + 3 * (4 + 39));
}

#[test]
fn the_state_says_what_the_chain_knows_of_a_record() {
    let vectors = vectors();
    let (root, genesis) = (id(&vectors["root"]), Genesis(id(&vectors["genesis"])));
    let expected = [
        (Some(None), vec![3, 22, 23]),
        (Some(Some(1)), vec![4, 20]),
        (Some(Some(1)), vec![5, 21]),
        (None, vec![]),
    ];
    for (case, (withdrawn_at, listed)) in cases().iter().zip(expected) {
        let said = read(&header(root), nodes(case), &case.record).unwrap();
        assert_eq!((said.genesis, said.listed), (genesis, listed));
        assert_eq!(said.row.as_ref().map(|row| row.withdrawn_at), withdrawn_at);
        if let Some(row) = said.row {
            assert_eq!(RecordId::derive(&genesis, &row.statement), case.record);
            assert_eq!(row.registered_at, 1);
            // Two auditors found one of the owner's records clean.
            let (scores, one) = (said.scores.unwrap(), Amount { r: UNIT, s: 0 });
            assert_eq!(
                [scores.seller.standing.audits, scores.gateway.standing.audits],
                [one, one]
            );
            assert_eq!((scores.seller.headline.known, scores.parameters), (false, 1));
        } else {
            assert_eq!(said.scores, Err(NoScores::NoRecord));
        }
        let head = said.log.head(sha256);
        assert_eq!(head.size, vectors["head"]["size"].as_u64().unwrap());
        assert_eq!(head.root, Digest(id(&vectors["head"]["root"])));
    }
}

#[test]
fn refuses_a_proof_without_any_one_of_its_nodes_or_has_no_scores() {
    let root = id(&vectors()["root"]);
    for case in cases() {
        for at in 0..case.nodes.len() {
            let rest = case.nodes.iter().enumerate().filter(|(place, _)| *place != at);
            let verdict = read(&header(root), rest.map(|(_, node)| node.as_slice()), &case.record);
            assert!(
                matches!(
                    verdict,
                    // Without a node, those below it are not needed.
                    Err(StateError::Proof(_, TrieError::Missing(_)) | StateError::Unneeded)
                        | Ok(Said {
                            scores: Err(NoScores::NotShown(TrieError::Missing(_))),
                            ..
                        })
                ),
                "{at}"
            );
        }
    }
}

#[test]
fn refuses_nodes_that_nothing_needs() {
    let root = id(&vectors()["root"]);
    let cases = cases();
    let verdict = |extra: &[u8]| {
        let all = nodes(&cases[0]).chain([extra]);
        read(&header(root), all, &cases[0].record)
    };
    assert_eq!(verdict(&[0]), Err(StateError::Unneeded));
    assert_eq!(
        verdict(&cases[0].nodes[0]),
        Err(StateError::Unneeded),
        "one twice"
    );
}

#[test]
fn refuses_another_state_root_and_another_records_proof() {
    let root = id(&vectors()["root"]);
    let cases = cases();
    let verdict = read(&header([1; 32]), nodes(&cases[0]), &cases[0].record);
    assert_eq!(
        verdict,
        Err(StateError::Proof(Entry::Genesis, TrieError::Missing([1; 32])))
    );
    let verdict = read(&header(root), nodes(&cases[0]), &cases[1].record);
    assert!(matches!(
        verdict,
        Err(StateError::Proof(Entry::Record, TrieError::Missing(_)))
    ));
}

#[test]
fn refuses_nodes_of_unknown_shape() {
    let shapes: [&[u8]; 9] = [
        &[],
        &[1],                   // compact proofs
        &[0x40, 4],             // a leaf whose value is cut
        &[0x41, 0x10, 0],       // an odd partial key with padding
        &[0x40, 4, 1, 2],       // more than a leaf
        &[0x80, 0, 0],          // a branch without children
        &[0x80, 1, 0, 0],       // a child of no byte
        &[0x80, 1, 0, 33 << 2], // a child longer than a hash
        &[0x80, 1, 0, 4, 0],    // a child that is nothing
    ];
    for shape in shapes {
        let root = vouchsafe_audit::blake2b(shape);
        let mut proof = Proof::new(root, [shape]);
        assert_eq!(proof.read(&[0]), Err(TrieError::Node), "{shape:?}");
    }
    let nothing: &[u8] = &[0];
    let mut proof = Proof::new(vouchsafe_audit::blake2b(nothing), [nothing]);
    assert_eq!(proof.read(&[0]), Ok(None), "the trie of nothing");
}

proptest! {
    #[test]
    fn no_changed_node_is_believed(which in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let root = id(&vectors()["root"]);
        let mut case = cases().swap_remove(0);
        let node = which.index(case.nodes.len());
        let at = at.index(case.nodes[node].len());
        case.nodes[node][at] ^= 1 << bit;
        prop_assert!(read(&header(root), nodes(&case), &case.record).is_err());
    }

    #[test]
    fn reading_is_total(node in prop::collection::vec(any::<u8>(), 0..80), key in prop::collection::vec(any::<u8>(), 0..4)) {
        let mut proof = Proof::new(vouchsafe_audit::blake2b(&node), [node.as_slice()]);
        let _an_answer_without_a_panic = proof.read(&key);
    }
}
