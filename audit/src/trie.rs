//! Read-proofs of Substrate's state trie: hexary, BLAKE2b-256, values of more than 32 bytes by their hash (state version 1).
//!
//! The encoding of nodes is that of the Polkadot specification, appendix on the state trie (spec.polkadot.network,
//! "Chain Specification: state storage trie", node header and node sub-value), written down anew here.

use crate::blake2b;
use codec::{Compact, Decode};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// Nodes that were brought, by their hash, and which of them were needed so far.
#[derive(Debug)]
pub struct Proof<'a> {
    root: [u8; 32],
    nodes: BTreeMap<[u8; 32], &'a [u8]>,
    brought: usize,
    needed: BTreeSet<[u8; 32]>,
}

/// Why a proof says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrieError {
    /// A node on the way to the key, or a value, was not brought.
    Missing([u8; 32]),
    /// A node on the way is of no known shape.
    Node,
    /// A node was brought that no read needs, or one twice.
    Unneeded,
}

impl fmt::Display for TrieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(_) => f.write_str("a node of the state is missing"),
            Self::Node => f.write_str("a node of the state has no known shape"),
            Self::Unneeded => f.write_str("there are nodes of the state that nothing needs"),
        }
    }
}

impl std::error::Error for TrieError {}

enum Value<'a> {
    Inline(&'a [u8]),
    Hashed([u8; 32]),
}

struct Node<'a> {
    /// Half-bytes that the key must go on with.
    partial: Vec<u8>,
    value: Option<Value<'a>>,
    /// Of a branch: by the next half-byte, what follows, as 32 bytes of a hash or as a node inline.
    children: [Option<&'a [u8]>; 16],
}

impl<'a> Proof<'a> {
    /// `nodes` in any order, for reads under the state root `root`.
    pub fn new(root: [u8; 32], nodes: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let (mut known, mut brought) = (BTreeMap::new(), 0usize);
        for node in nodes {
            known.insert(blake2b(node), node);
            brought = brought.saturating_add(1);
        }
        Self {
            root,
            nodes: known,
            brought,
            needed: BTreeSet::new(),
        }
    }

    /// The value under `key`; `None` where the trie has none.
    ///
    /// # Errors
    /// [`TrieError::Missing`] or [`TrieError::Node`].
    pub fn read(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, TrieError> {
        let nibbles: Vec<u8> = key.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let mut rest = nibbles.as_slice();
        let mut encoded = self.take(self.root)?;
        // The trie of nothing is one zero byte. No branch leads to nothing.
        if encoded == [0] {
            return Ok(None);
        }
        loop {
            let node = Node::read(encoded).ok_or(TrieError::Node)?;
            let Some(after) = rest.strip_prefix(node.partial.as_slice()) else {
                return Ok(None);
            };
            let Some((next, below)) = after.split_first() else {
                return match node.value {
                    None => Ok(None),
                    Some(Value::Inline(value)) => Ok(Some(value.to_vec())),
                    Some(Value::Hashed(hash)) => self.take(hash).map(|value| Some(value.to_vec())),
                };
            };
            let Some(child) = node.children.get(usize::from(*next)).copied().flatten() else {
                return Ok(None);
            };
            // Every step uses up a half-byte of the key, so this ends.
            rest = below;
            encoded = match <[u8; 32]>::try_from(child) {
                Ok(hash) => self.take(hash)?,
                Err(_) => child,
            };
        }
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// [`TrieError::Unneeded`].
    pub fn finish(self) -> Result<(), TrieError> {
        if self.needed.len() == self.brought {
            Ok(())
        } else {
            Err(TrieError::Unneeded)
        }
    }

    fn take(&mut self, hash: [u8; 32]) -> Result<&'a [u8], TrieError> {
        let node = *self.nodes.get(&hash).ok_or(TrieError::Missing(hash))?;
        self.needed.insert(hash);
        Ok(node)
    }
}

impl<'a> Node<'a> {
    /// `None` for bytes that are no node, more than one, or the node of a compact proof.
    fn read(mut bytes: &'a [u8]) -> Option<Self> {
        let input = &mut bytes;
        let first = take_byte(input)?;
        // (is a branch, has a value, by hash, bits of the first byte that count the half-bytes)
        let (branch, valued, hashed, bits) = match first {
            0x40..=0x7f => (false, true, false, 6),
            0x80..=0xbf => (true, false, false, 6),
            0xc0..=0xff => (true, true, false, 6),
            0x20..=0x3f => (false, true, true, 5),
            0x10..=0x1f => (true, true, true, 4),
            0x00..=0x0f => return None,
        };
        let count = read_count(first, bits, input)?;
        let packed = take(input, count.div_ceil(2))?;
        let mut partial: Vec<u8> = packed.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        if count % 2 == 1 && partial.remove(0) != 0 {
            return None;
        }
        let bitmap = match branch {
            true => u16::from_le_bytes(take(input, 2)?.try_into().ok()?),
            false => 0,
        };
        if branch && bitmap == 0 {
            return None;
        }
        let value = match (valued, hashed) {
            (false, _) => None,
            (true, true) => Some(Value::Hashed(take(input, 32)?.try_into().ok()?)),
            (true, false) => Some(Value::Inline(take_sized(input)?)),
        };
        let mut children = [None; 16];
        for (at, child) in children.iter_mut().enumerate() {
            if bitmap >> at & 1 == 1 {
                let bytes = take_sized(input)?;
                *child = (1..=32).contains(&bytes.len()).then_some(Some(bytes))?;
            }
        }
        input.is_empty().then_some(Self {
            partial,
            value,
            children,
        })
    }
}

/// The number of half-bytes: in the lowest `bits` of the first byte, and where those are all ones, in further bytes that
/// are added up to the first that is not 255.
fn read_count(first: u8, bits: u32, input: &mut &[u8]) -> Option<usize> {
    let most = (1u8 << bits).saturating_sub(1);
    let mut count = usize::from(first & most);
    if count < usize::from(most) {
        return Some(count);
    }
    loop {
        let more = take_byte(input)?;
        count = count
            .checked_add(usize::from(more))
            .filter(|&count| count <= usize::from(u16::MAX))?;
        if more < 255 {
            return Some(count);
        }
    }
}

fn take<'a>(input: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(count)?;
    *input = rest;
    Some(taken)
}

fn take_byte(input: &mut &[u8]) -> Option<u8> {
    take(input, 1)?.first().copied()
}

/// Bytes behind their compact length.
fn take_sized<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let Compact(length) = Compact::<u32>::decode(input).ok()?;
    take(input, usize::try_from(length).ok()?)
}
