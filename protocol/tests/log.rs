//! The transparency log against the recursive definitions of RFC 9162 section 2.1, written down word for word.

use bounded_collections::BoundedVec;
use codec::{Decode, Encode, MaxEncodedLen};
use proptest::prelude::*;
use serde_json::Value;
use std::collections::HashMap;
use vouchsafe_protocol::{
    finding::Finding,
    hash::sha256,
    id::{Account, Digest, Genesis, OfferId, OrderId, RecordId},
    log::{
        Appended, Consistency, Entry, Fact, Frontier, Full, Head, Inclusion, Refusal, Subtree, Unprovable,
        of_leaves,
    },
    tree::{leaf_hash, node_hash},
};

const MOST: usize = 130;

/// `MTH`, `PATH` and `PROOF` over the entries `start..end`, remembering the roots of all parts.
struct Oracle {
    leaves: Vec<Digest>,
    roots: HashMap<(usize, usize), Digest>,
}

impl Oracle {
    fn new(leaves: Vec<Digest>) -> Self {
        let roots = HashMap::new();
        Self { leaves, roots }
    }

    fn split(start: usize, end: usize) -> usize {
        start + ((end - start).div_ceil(2)).next_power_of_two()
    }

    fn root(&mut self, start: usize, end: usize) -> Digest {
        if start == end {
            return sha256(&[]);
        }
        if end - start == 1 {
            return self.leaves[start];
        }
        if let Some(known) = self.roots.get(&(start, end)) {
            return *known;
        }
        let k = Self::split(start, end);
        let root = node_hash(&self.root(start, k), &self.root(k, end));
        self.roots.insert((start, end), root);
        root
    }

    fn head(&mut self, size: usize) -> Head {
        Head {
            size: size as u64,
            root: self.root(0, size),
        }
    }

    fn path(&mut self, m: usize, start: usize, end: usize) -> Vec<Digest> {
        if end - start == 1 {
            return vec![];
        }
        let k = Self::split(start, end);
        let (mut path, sibling) = if m < k {
            (self.path(m, start, k), self.root(k, end))
        } else {
            (self.path(m, k, end), self.root(start, k))
        };
        path.push(sibling);
        path
    }

    /// `SUBPROOF(m, D[start:end], whole)`, where `m` is counted from the first entry of the log.
    fn subproof(&mut self, m: usize, start: usize, end: usize, whole: bool) -> Vec<Digest> {
        if m == end {
            return if whole {
                vec![]
            } else {
                vec![self.root(start, end)]
            };
        }
        let k = Self::split(start, end);
        let (mut proof, beside) = if m <= k {
            (self.subproof(m, start, k, whole), self.root(k, end))
        } else {
            (self.subproof(m, k, end, false), self.root(start, k))
        };
        proof.push(beside);
        proof
    }
}

fn leaves(count: usize) -> Vec<Digest> {
    (0..count).map(|i| leaf_hash(&i.to_le_bytes())).collect()
}

/// A log with these leaf hashes, and what each of them completed.
fn grow(leaves: &[Digest]) -> (Frontier, Vec<Appended>) {
    let mut log = Frontier::default();
    let appended = leaves
        .iter()
        .map(|leaf| log.append(*leaf, sha256).unwrap())
        .collect();
    (log, appended)
}

fn kept(appended: &[Appended]) -> impl Fn(Subtree) -> Option<Digest> + '_ {
    |Subtree { level, last }| appended.get(last as usize)?.nodes.get(level as usize).copied()
}

#[test]
fn every_log_up_to_130_entries_has_the_defined_root_and_completes_what_it_should() {
    let all = leaves(MOST);
    let mut oracle = Oracle::new(all.clone());
    let mut log = Frontier::default();
    assert_eq!(log.head(sha256), oracle.head(0));
    for (index, leaf) in all.iter().enumerate() {
        let appended = log.append(*leaf, sha256).unwrap();
        assert_eq!(appended.index, index as u64);
        assert_eq!(appended.nodes.len(), index.trailing_ones() as usize + 1);
        for (level, node) in appended.nodes.iter().enumerate() {
            assert_eq!(*node, oracle.root(index + 1 - (1 << level), index + 1));
        }
        assert_eq!(log.size(), index as u64 + 1);
        assert_eq!(log.peaks().len(), (index + 1).count_ones() as usize);
        assert_eq!(log.head(sha256), oracle.head(index + 1));
    }
}

#[test]
fn every_inclusion_up_to_130_entries_is_the_defined_one_and_verifies() {
    let all = leaves(MOST);
    let mut oracle = Oracle::new(all.clone());
    let (_, appended) = grow(&all);
    for size in 1..=MOST {
        let head = oracle.head(size);
        for (index, leaf) in all.iter().enumerate().take(size) {
            let proof = Inclusion::build(index as u64, size as u64, kept(&appended), sha256).unwrap();
            assert_eq!(
                proof.path.to_vec(),
                oracle.path(index, 0, size),
                "{index} of {size}"
            );
            assert_eq!(proof.verify(leaf, &head), Ok(()), "{index} of {size}");
        }
    }
}

#[test]
fn every_consistency_up_to_130_entries_is_the_defined_one_and_verifies() {
    let all = leaves(MOST);
    let mut oracle = Oracle::new(all.clone());
    let (_, appended) = grow(&all);
    for second in 0..=MOST {
        let newer = oracle.head(second);
        for first in 0..=second {
            let proof = Consistency::build(first as u64, second as u64, kept(&appended), sha256).unwrap();
            let defined = match first {
                0 => vec![],
                _ => oracle.subproof(first, 0, second, true),
            };
            assert_eq!(proof.path.to_vec(), defined, "{first} to {second}");
            assert_eq!(
                proof.verify(&oracle.head(first), &newer),
                Ok(()),
                "{first} to {second}"
            );
        }
    }
}

#[test]
fn proofs_built_from_leaves_alone_are_the_same() {
    let all = leaves(37);
    let (_, appended) = grow(&all);
    for size in 1..=37 {
        for index in 0..size {
            assert_eq!(
                Inclusion::build(index, size, of_leaves(&all), sha256),
                Inclusion::build(index, size, kept(&appended), sha256)
            );
            assert_eq!(
                Consistency::build(index, size, of_leaves(&all), sha256),
                Consistency::build(index, size, kept(&appended), sha256)
            );
        }
    }
}

fn digest(value: &Value) -> Digest {
    value.as_str().unwrap().parse().unwrap()
}

fn digests(value: &Value) -> Vec<Digest> {
    value.as_array().unwrap().iter().map(digest).collect()
}

#[test]
fn the_known_answers_of_certificate_transparency_hold() {
    let known: Value =
        serde_json::from_str(include_str!("../vectors/certificate-transparency.json")).unwrap();
    let inputs = known["inputs"].as_array().unwrap();
    let all: Vec<Digest> = inputs
        .iter()
        .map(|input| leaf_hash(&hex::decode(input.as_str().unwrap()).unwrap()))
        .collect();
    let roots = digests(&known["roots"]);
    let head = |size: u64| Head {
        size,
        root: roots[size as usize],
    };
    let mut log = Frontier::default();
    assert_eq!(log.head(sha256), head(0));
    for (leaf, size) in all.iter().zip(1..) {
        log.append(*leaf, sha256).unwrap();
        assert_eq!(log.head(sha256), head(size));
    }
    assert_eq!(log.size(), 8);

    let inclusions = known["inclusion"].as_array().unwrap();
    let consistencies = known["consistency"].as_array().unwrap();
    assert_eq!((inclusions.len(), consistencies.len()), (5, 5));
    for proof in inclusions {
        let (index, size) = (proof["index"].as_u64().unwrap(), proof["size"].as_u64().unwrap());
        let built = Inclusion::build(index, size, of_leaves(&all), sha256).unwrap();
        assert_eq!(built.path.to_vec(), digests(&proof["path"]));
        assert_eq!(built.verify(&all[index as usize], &head(size)), Ok(()));
    }
    for proof in consistencies {
        let (first, second) = (
            proof["first"].as_u64().unwrap(),
            proof["second"].as_u64().unwrap(),
        );
        let built = Consistency::build(first, second, of_leaves(&all), sha256).unwrap();
        assert_eq!(built.path.to_vec(), digests(&proof["path"]));
        assert_eq!(built.verify(&head(first), &head(second)), Ok(()));
    }
}

#[test]
fn an_entry_is_at_no_other_place_and_under_no_other_size() {
    let all = leaves(40);
    let mut oracle = Oracle::new(all.clone());
    for size in 1..=33 {
        for index in 0..size {
            let proof = Inclusion::build(index, size, of_leaves(&all), sha256).unwrap();
            for other in (0..size + 2).filter(|&other| other != index) {
                let moved = Inclusion {
                    index: other,
                    ..proof.clone()
                };
                assert!(
                    moved
                        .verify(&all[index as usize], &oracle.head(size as usize))
                        .is_err()
                );
            }
            for other in (0..40).filter(|&other| other != size) {
                let head = oracle.head(other as usize);
                assert!(
                    proof.verify(&all[index as usize], &head).is_err(),
                    "{size} as {other}"
                );
            }
        }
    }
}

#[test]
fn a_log_that_was_changed_is_not_consistent_with_what_it_was() {
    for first in 1..=20usize {
        for second in first..=24 {
            let honest = leaves(second);
            let older = grow(&honest[..first]).0.head(sha256);
            for changed in 0..first {
                let mut forged = honest.clone();
                forged[changed] = leaf_hash(b"forged");
                let newer = grow(&forged).0.head(sha256);
                let sizes = (first as u64, second as u64);
                for source in [&honest, &forged] {
                    let proof = Consistency::build(sizes.0, sizes.1, of_leaves(source), sha256).unwrap();
                    assert!(
                        proof.verify(&older, &newer).is_err(),
                        "{changed} of {first} to {second}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_head_of_no_entry_has_one_root_and_two_that_are_alike_in_another_are_no_log() {
    let head = |size, root| Head { size, root };
    let (nothing, other) = (head(0, sha256(&[])), head(0, Digest([0; 32])));
    let more = grow(&leaves(3)).0.head(sha256);
    let proof = Consistency::build(0, 3, of_leaves(&leaves(3)), sha256).unwrap();
    for newer in [nothing, more] {
        assert_eq!(proof.verify(&nothing, &newer), Ok(()));
    }
    for newer in [nothing, other, more] {
        assert_eq!(proof.verify(&other, &newer), Err(Refusal::OlderRoot));
    }
    assert_eq!(proof.verify(&nothing, &other), Err(Refusal::Root));
}

#[test]
fn refuses_an_entry_beyond_the_end() {
    let all = leaves(3);
    let expected = Unprovable::IndexBeyondSize { index: 2, size: 2 };
    assert_eq!(Inclusion::build(2, 2, of_leaves(&all), sha256), Err(expected));
    let proof = Inclusion::build(2, 3, of_leaves(&all), sha256).unwrap();
    let head = Head {
        size: 2,
        root: Digest::default(),
    };
    let expected = Refusal::IndexBeyondSize { index: 2, size: 2 };
    assert_eq!(proof.verify(&all[2], &head), Err(expected));
}

#[test]
fn refuses_to_build_without_a_node() {
    let all = leaves(6);
    let missing = Subtree { level: 1, last: 3 };
    let holed = |asked: Subtree| of_leaves(&all)(asked).filter(|_| asked != missing);
    assert_eq!(
        Inclusion::build(0, 6, holed, sha256),
        Err(Unprovable::Missing(missing))
    );
    assert_eq!(
        Consistency::build(2, 6, holed, sha256),
        Err(Unprovable::Missing(missing))
    );
    let beyond = Subtree { level: 0, last: 6 };
    assert_eq!(
        Inclusion::build(0, 7, of_leaves(&all), sha256),
        Err(Unprovable::Missing(beyond))
    );
}

#[test]
fn refuses_a_log_that_shrank() {
    let all = leaves(5);
    let (older, newer) = (grow(&all).0.head(sha256), grow(&all[..4]).0.head(sha256));
    let expected = Unprovable::Shrunk { first: 5, second: 4 };
    assert_eq!(Consistency::build(5, 4, of_leaves(&all), sha256), Err(expected));
    let proof = Consistency::build(4, 5, of_leaves(&all), sha256).unwrap();
    assert_eq!(proof.verify(&newer, &older), Ok(()));
    assert_eq!(
        proof.verify(&older, &newer),
        Err(Refusal::Shrunk { first: 5, second: 4 })
    );
}

#[test]
fn refuses_a_proof_of_another_length() {
    let all = leaves(7);
    let heads = |size: usize| grow(&all[..size]).0.head(sha256);
    let mut inclusion = Inclusion::build(3, 7, of_leaves(&all), sha256).unwrap();
    inclusion.path.pop();
    let expected = Refusal::Length { wanted: 3, found: 2 };
    assert_eq!(inclusion.verify(&all[3], &heads(7)), Err(expected));

    let mut consistency = Consistency::build(3, 7, of_leaves(&all), sha256).unwrap();
    consistency.path.try_push(all[0]).unwrap();
    let expected = Refusal::Length { wanted: 4, found: 5 };
    assert_eq!(consistency.verify(&heads(3), &heads(7)), Err(expected));
    let nothing_needed = |size: usize| consistency.verify(&heads(size), &heads(7));
    for size in [0, 7] {
        assert_eq!(nothing_needed(size), Err(Refusal::Length { wanted: 0, found: 5 }));
    }
}

#[test]
fn refuses_a_root_that_the_proof_does_not_lead_to() {
    let all = leaves(7);
    let head = |size: usize| grow(&all[..size]).0.head(sha256);
    let wrong = |size: usize| Head {
        root: Digest([7; 32]),
        ..head(size)
    };
    let inclusion = Inclusion::build(3, 7, of_leaves(&all), sha256).unwrap();
    assert_eq!(inclusion.verify(&all[3], &wrong(7)), Err(Refusal::Root));
    assert_eq!(inclusion.verify(&all[2], &head(7)), Err(Refusal::Root));
    for first in 1..7 {
        let proof = Consistency::build(first as u64, 7, of_leaves(&all), sha256).unwrap();
        assert_eq!(
            proof.verify(&head(first), &wrong(7)),
            Err(Refusal::Root),
            "{first}"
        );
        // Where the older log is one subtree, its root is what the proof starts from: the newer one is missed too.
        assert!(proof.verify(&wrong(first), &head(7)).is_err(), "{first}");
    }
    let proof = Consistency::build(3, 7, of_leaves(&all), sha256).unwrap();
    assert_eq!(proof.verify(&wrong(3), &head(7)), Err(Refusal::OlderRoot));
    let nothing = Consistency {
        path: BoundedVec::new(),
    };
    assert_eq!(nothing.verify(&wrong(7), &head(7)), Err(Refusal::OlderRoot));
    assert_eq!(nothing.verify(&wrong(0), &head(7)), Err(Refusal::OlderRoot));
}

/// A log of `size` entries as it would be decoded from storage.
fn frontier(size: u64) -> Frontier {
    let peaks: Vec<Digest> = (0..size.count_ones() as u8).map(|n| Digest([n; 32])).collect();
    Frontier::decode(&mut &(size, peaks).encode()[..]).unwrap()
}

#[test]
fn a_full_log_refuses_and_stays_as_it_is() {
    let mut log = frontier(u64::MAX - 1);
    let appended = log.append(Digest([9; 32]), sha256).unwrap();
    assert_eq!((appended.index, appended.nodes.len()), (u64::MAX - 1, 1));
    let full = log.clone();
    assert_eq!(log.append(Digest([9; 32]), sha256), Err(Full));
    assert_eq!((log.size(), log.peaks().len()), (u64::MAX, 64));
    assert_eq!(log, full);
}

#[test]
fn the_longest_completion_and_the_longest_proofs_fit_their_bounds() {
    let mut log = frontier(u64::MAX >> 1);
    let appended = log.append(Digest([9; 32]), sha256).unwrap();
    assert_eq!((appended.nodes.len(), log.peaks().len()), (64, 1));

    let any = |_: Subtree| Some(Digest([1; 32]));
    assert_eq!(Inclusion::build(0, u64::MAX, any, sha256).unwrap().path.len(), 64);
    let longest = Consistency::build(u64::MAX - 2, u64::MAX, any, sha256).unwrap();
    assert_eq!(longest.path.len(), 65);
    assert_eq!(longest.encode().len(), Consistency::max_encoded_len());
    let length = Inclusion::build(7, u64::MAX, any, sha256).unwrap().encode().len();
    assert_eq!(length, Inclusion::max_encoded_len());
    assert_eq!(full_len(), Frontier::max_encoded_len());
}

fn full_len() -> usize {
    frontier(u64::MAX).encode().len()
}

#[test]
fn a_frontier_has_one_encoding_and_refuses_the_wrong_number_of_peaks() {
    for size in [0, 1, 2, 3, 6, 7, 8, u64::MAX] {
        let log = frontier(size);
        assert_eq!(Frontier::decode(&mut &log.encode()[..]), Ok(log));
        for peaks in (0..=64).filter(|peaks| *peaks != size.count_ones()) {
            let peaks = vec![Digest([1; 32]); peaks as usize];
            assert!(
                Frontier::decode(&mut &(size, peaks).encode()[..]).is_err(),
                "{size}"
            );
        }
    }
}

#[test]
fn leaves_of_another_chain_another_kind_or_another_tree_differ() {
    let genesis = Genesis([1; 32]);
    let facts = [
        Fact::Registered { key: [2; 32] },
        Fact::Withdrawn,
        Fact::Erased { by: Account([2; 32]) },
        Fact::FraudProven {
            offer: OfferId([2; 32]),
            order: OrderId([3; 32]),
            chunk: 4,
        },
        Fact::Attested {
            by: Account([2; 32]),
            finding: Finding::Clean,
            attestation: Digest([3; 32]),
        },
        Fact::Attested {
            by: Account([2; 32]),
            finding: Finding::Mismatch,
            attestation: Digest([3; 32]),
        },
    ];
    let mut seen = std::collections::BTreeSet::new();
    for fact in facts {
        for (record, height) in [(1, 1), (1, 2), (2, 1)] {
            let entry = Entry {
                record: RecordId([record; 32]),
                height,
                fact,
            };
            for genesis in [genesis, Genesis([2; 32])] {
                let leaf = entry.leaf_hash(&genesis, sha256);
                assert_eq!(leaf, leaf_hash(&entry.leaf_input(&genesis)));
                assert!(seen.insert(leaf));
                assert!(seen.insert(leaf_hash(&entry.encode())) || genesis != Genesis([1; 32]));
            }
            assert_eq!(Entry::decode(&mut &entry.encode()[..]), Ok(entry));
            assert!(entry.encode().len() <= Entry::max_encoded_len());
        }
    }
    assert_eq!(Entry::max_encoded_len(), 107);
}

fn altered(digest: &Digest, bit: usize) -> Digest {
    let mut altered = *digest;
    altered.0[bit / 8] ^= 1 << (bit % 8);
    altered
}

proptest! {
    #[test]
    fn no_altered_proof_holds(
        second in 2usize..200,
        pick in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(),
        bit in 0usize..256,
    ) {
        let all = leaves(second);
        let (log, appended) = grow(&all);
        let (newer, size) = (log.head(sha256), second as u64);
        let index = pick.index(second);
        let inclusion = Inclusion::build(index as u64, size, kept(&appended), sha256).unwrap();
        prop_assert!(inclusion.verify(&all[index], &newer).is_ok());
        prop_assert!(inclusion.verify(&altered(&all[index], bit), &newer).is_err());
        let mut changed = inclusion.clone();
        let at = which.index(changed.path.len());
        changed.path[at] = altered(&changed.path[at], bit);
        prop_assert_eq!(changed.verify(&all[index], &newer), Err(Refusal::Root));

        let first = 1 + pick.index(second - 1);
        let older = grow(&all[..first]).0.head(sha256);
        let mut consistency = Consistency::build(first as u64, size, kept(&appended), sha256).unwrap();
        prop_assert!(consistency.verify(&older, &newer).is_ok());
        let changed = Head { root: altered(&older.root, bit), ..older };
        prop_assert!(consistency.verify(&changed, &newer).is_err());
        let changed = Head { root: altered(&newer.root, bit), ..newer };
        prop_assert!(consistency.verify(&older, &changed).is_err());
        for other in [older.size - 1, older.size + 1] {
            let changed = Head { size: other, ..older };
            prop_assert!(consistency.verify(&changed, &newer).is_err());
        }
        let at = which.index(consistency.path.len());
        consistency.path[at] = altered(&consistency.path[at], bit);
        prop_assert!(consistency.verify(&older, &newer).is_err());
    }

    #[test]
    fn verifying_is_total(
        nodes in prop::collection::vec(any::<[u8; 32]>(), 0..65),
        index: u64,
        sizes: (u64, u64),
        root: [u8; 32],
    ) {
        let nodes: Vec<Digest> = nodes.into_iter().map(Digest).collect();
        let (older, newer) = (
            Head { size: sizes.0, root: Digest(root) },
            Head { size: sizes.1, root: Digest(root) },
        );
        let inclusion = Inclusion { index, path: BoundedVec::truncate_from(nodes.clone()) };
        prop_assert!(inclusion.verify(&Digest([1; 32]), &newer).is_err());
        let consistency = Consistency { path: BoundedVec::truncate_from(nodes) };
        prop_assert!(consistency.verify(&older, &newer).is_err());
        prop_assert!(consistency.verify(&newer, &older).is_err());
    }
}
