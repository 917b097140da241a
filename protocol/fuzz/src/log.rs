//! [`log`](vouchsafe_protocol::log)'s proofs, against the definitions of RFC 9162 turned round: the roots that a proof
//! implies, computed from the far end.

use super::{input::Input, tree::implied_root};
use codec::Decode;
use vouchsafe_protocol::{
    hash::sha256,
    id::Digest,
    log::{Consistency, Frontier, Head, Inclusion, Refusal, of_leaves},
    tree::{self, leaf_hash, node_hash},
};

/// Entries of the longest log that is grown.
const MOST: usize = 80;

/// The input is a claim as it would come from the network, or a log to be grown, spoken of and damaged.
pub fn check(bytes: &[u8]) -> bool {
    let mut input = Input::new(bytes);
    match input.byte() % 3 {
        0 => {
            let (leaf, head) = (Digest(input.array()), head(&mut input));
            let claim = Inclusion::decode(&mut input.rest());
            claim.is_ok_and(|claim| included(&claim, &leaf, &head))
        }
        1 => {
            let (older, newer) = (head(&mut input), head(&mut input));
            let claim = Consistency::decode(&mut input.rest());
            claim.is_ok_and(|claim| extended(&claim, &older, &newer))
        }
        _ => grown(&mut input),
    }
}

fn head(input: &mut Input) -> Head {
    Head {
        size: input.u64(),
        root: Digest(input.array()),
    }
}

/// Size, what to prove, then damage.
fn grown(input: &mut Input) -> bool {
    let size = 1 + input.below(MOST);
    let leaves: Vec<Digest> = (0..size).map(|entry| leaf_hash(&[entry as u8 % 7])).collect();
    let mut log = Frontier::default();
    let mut heads = vec![log.head(sha256)];
    for (leaf, entries) in leaves.iter().zip(1..) {
        let appended = log.append(*leaf, sha256).unwrap();
        assert_eq!(appended.nodes[0], *leaf);
        heads.push(log.head(sha256));
        assert_eq!(Some(heads[entries].root), tree::root(&leaves[..entries]));
    }
    let (first, index) = (input.below(size + 1), input.below(size));
    let (mut older, mut newer, mut leaf) = (heads[first], heads[size], leaves[index]);
    let mut inclusion = Inclusion::build(index as u64, size as u64, of_leaves(&leaves), sha256).unwrap();
    let mut consistency = Consistency::build(first as u64, size as u64, of_leaves(&leaves), sha256).unwrap();
    assert!(included(&inclusion, &leaf, &newer));
    assert!(extended(&consistency, &older, &newer));

    while !input.is_empty() {
        let at = input.below(65);
        match input.byte() % 9 {
            0 => older.size ^= u64::from(input.byte()),
            1 => newer.size ^= u64::from(input.byte()),
            2 => older.root.0[3] ^= input.byte(),
            3 => newer.root.0[4] ^= input.byte(),
            4 => leaf.0[5] ^= input.byte(),
            5 => inclusion.index ^= u64::from(input.byte()),
            6 => {
                inclusion.path.truncate(at);
                consistency.path.truncate(at);
            }
            7 => {
                // A full path stays as long as it is.
                let node = Digest(input.name());
                let _ = inclusion.path.try_insert(at.min(inclusion.path.len()), node);
                let _ = consistency.path.try_insert(at.min(consistency.path.len()), node);
            }
            _ => {
                let flipped = input.byte();
                let nodes = [inclusion.path.get_mut(at), consistency.path.get_mut(at)];
                nodes.into_iter().flatten().for_each(|node| node.0[7] ^= flipped);
            }
        }
    }
    included(&inclusion, &leaf, &newer) && extended(&consistency, &older, &newer)
}

fn included(claim: &Inclusion, leaf: &Digest, head: &Head) -> bool {
    let verdict = claim.verify(leaf, head);
    let implied = implied_root(claim.index, head.size, *leaf, &claim.path);
    assert_eq!(verdict.is_ok(), implied == Some(head.root));
    // The refusal is the right one.
    match verdict {
        Ok(()) => assert!(implied.is_some()),
        Err(Refusal::IndexBeyondSize { index, size }) => assert!(index >= size),
        Err(Refusal::Length { wanted, found }) => assert!(wanted != found && implied.is_none()),
        Err(Refusal::Root) => assert!(implied.is_some()),
        Err(other) => panic!("{other} is no refusal of an inclusion"),
    }
    verdict.is_ok()
}

fn extended(claim: &Consistency, older: &Head, newer: &Head) -> bool {
    let verdict = claim.verify(older, newer);
    let implied = implied_heads(older, newer, &claim.path);
    assert_eq!(verdict.is_ok(), implied == Some((older.root, newer.root)));
    match verdict {
        Ok(()) => assert!(implied.is_some()),
        Err(Refusal::Shrunk { first, second }) => assert!(first > second),
        Err(Refusal::Length { wanted, found }) => assert!(wanted != found && implied.is_none()),
        Err(Refusal::OlderRoot) => assert!(implied.is_some_and(|(old, _)| old != older.root)),
        Err(Refusal::Root) => {
            assert!(implied.is_some_and(|(old, new)| old == older.root && new != newer.root))
        }
        Err(other) => panic!("{other} is no refusal of a consistency"),
    }
    verdict.is_ok()
}

/// The roots of two heads of these sizes that `path` proves consistent; `None` if no path of this length can.
fn implied_heads(older: &Head, newer: &Head, path: &[Digest]) -> Option<(Digest, Digest)> {
    match (older.size, newer.size) {
        (first, second) if first > second => None,
        (0, 0) => path.is_empty().then(|| (sha256(&[]), sha256(&[]))),
        (0, _) => path.is_empty().then(|| (sha256(&[]), newer.root)),
        (first, second) if first == second => path.is_empty().then_some((newer.root, newer.root)),
        (first, second) => implied_roots(first, second, Some(older.root), path),
    }
}

/// `whole`: the older log's root, while the part in question begins where the log does.
fn implied_roots(
    first: u64,
    second: u64,
    whole: Option<Digest>,
    path: &[Digest],
) -> Option<(Digest, Digest)> {
    if first == second {
        return match (whole, path) {
            (Some(root), []) => Some((root, root)),
            (None, [root]) => Some((*root, *root)),
            _ => None,
        };
    }
    let (beside, inside) = path.split_last()?;
    let left = second.div_ceil(2).checked_next_power_of_two()?;
    if first <= left {
        let (old, new) = implied_roots(first, left, whole, inside)?;
        Some((old, node_hash(&new, beside)))
    } else {
        let (old, new) = implied_roots(first - left, second - left, None, inside)?;
        Some((node_hash(beside, &old), node_hash(beside, &new)))
    }
}
