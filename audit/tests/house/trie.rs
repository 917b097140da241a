//! Writes a state trie as the chain does (state version 1): for tests that need a state of their own. What a real chain
//! writes is in `vectors/state.json`.

use codec::{Compact, Encode};
use std::collections::BTreeMap;
use vouchsafe_audit::blake2b;

/// Nodes by their hash.
pub type Nodes = BTreeMap<[u8; 32], Vec<u8>>;

/// The root over these values, and every node under it.
pub fn build(values: &BTreeMap<Vec<u8>, Vec<u8>>) -> ([u8; 32], Nodes) {
    let nibbles = |key: &Vec<u8>| -> Vec<u8> { key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect() };
    let leaves: Vec<(Vec<u8>, &[u8])> = values
        .iter()
        .map(|(key, value)| (nibbles(key), value.as_slice()))
        .collect();
    let mut nodes = Nodes::new();
    let root = node(&leaves, 0, &mut nodes);
    (store(root, &mut nodes), nodes)
}

fn store(node: Vec<u8>, nodes: &mut Nodes) -> [u8; 32] {
    let hash = blake2b(&node);
    nodes.insert(hash, node);
    hash
}

/// One node over sorted leaves that share their first `depth` half-bytes.
fn node(leaves: &[(Vec<u8>, &[u8])], depth: usize, nodes: &mut Nodes) -> Vec<u8> {
    let (first, last) = (&leaves[0].0, &leaves[leaves.len() - 1].0);
    let shared = first
        .iter()
        .zip(last)
        .skip(depth)
        .take_while(|(one, other)| one == other)
        .count();
    let end = depth + shared;
    let partial = &first[depth..end];
    let (own, below) = if first.len() == end {
        leaves.split_at(1)
    } else {
        leaves.split_at(0)
    };
    let value = own.first().map(|(_, value)| *value);
    let mut bytes = header(
        partial.len(),
        value.map(|value| value.len() > 32),
        !below.is_empty(),
    );
    if partial.len() % 2 == 1 {
        bytes.push(partial[0]);
    }
    bytes.extend(
        partial[partial.len() % 2..]
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1]),
    );
    let mut children = Vec::new();
    let mut bitmap = 0u16;
    for branch in 0..16u8 {
        let under: Vec<_> = below
            .iter()
            .filter(|(key, _)| key[end] == branch)
            .cloned()
            .collect();
        if under.is_empty() {
            continue;
        }
        bitmap |= 1 << branch;
        let child = node(&under, end + 1, nodes);
        let child = if child.len() < 32 {
            child
        } else {
            store(child, nodes).to_vec()
        };
        children.extend(child.encode());
    }
    if !below.is_empty() {
        bytes.extend(bitmap.to_le_bytes());
    }
    match value {
        Some(value) if value.len() > 32 => bytes.extend(store(value.to_vec(), nodes)),
        Some(value) => {
            bytes.extend(Compact(value.len() as u32).encode());
            bytes.extend(value);
        }
        None => {}
    }
    bytes.extend(children);
    bytes
}

/// `hashed`: whether the value stands by its hash; `None` without a value.
fn header(count: usize, hashed: Option<bool>, branch: bool) -> Vec<u8> {
    let (prefix, most) = match (branch, hashed) {
        (false, Some(true)) => (0x20, 31),
        (true, Some(true)) => (0x10, 15),
        (false, _) => (0x40, 63),
        (true, None) => (0x80, 63),
        (true, Some(false)) => (0xc0, 63),
    };
    if count < most {
        return vec![prefix | count as u8];
    }
    let mut bytes = vec![prefix | most as u8];
    let mut rest = count - most;
    while rest >= 255 {
        bytes.push(255);
        rest -= 255;
    }
    bytes.push(rest as u8);
    bytes
}
