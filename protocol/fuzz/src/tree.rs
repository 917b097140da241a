//! [`tree::verify`] and the tree's other functions, against the definition that they are an economical form of.

use super::input::Input;
use vouchsafe_protocol::{
    id::Digest,
    tree::{self, leaf_hash, node_hash},
};

/// Leaves of the largest tree that is built.
const MOST: usize = 80;

/// The input is either an audit path as it would come from the network, or a tree to be built and damaged.
pub fn check(bytes: &[u8]) -> bool {
    let mut input = Input::new(bytes);
    if input.byte().is_multiple_of(2) {
        foreign(&mut input)
    } else {
        built(&mut input)
    }
}

/// Index, number of leaves, root, leaf, path.
fn foreign(input: &mut Input) -> bool {
    let claim = Claim {
        index: input.u64(),
        len: input.u64(),
        root: Digest(input.array()),
        leaf: Digest(input.array()),
        path: {
            let mut path = Vec::new();
            while !input.is_empty() && path.len() < MOST {
                path.push(Digest(input.array()));
            }
            path
        },
    };
    let holds = claim.judge();
    // Under the root that the path leads to, the same claim holds.
    if let Some(root) = implied_root(claim.index, claim.len, claim.leaf, &claim.path) {
        assert!(Claim { root, ..claim }.judge());
    }
    holds
}

fn built(input: &mut Input) -> bool {
    let len = 1 + input.below(MOST);
    // Some leaves are equal, as in content that repeats.
    let kinds = 1 + input.below(4);
    let leaves: Vec<Digest> = (0..len).map(|leaf| leaf_hash(&[(leaf % kinds) as u8])).collect();
    let root = tree::root(&leaves).unwrap();
    assert_eq!(root, defined_root(&leaves));
    assert_eq!(tree::path(&leaves, len as u64), None);

    let index = input.below(len);
    let path = tree::path(&leaves, index as u64).unwrap();
    let mut claim = Claim {
        index: index as u64,
        len: len as u64,
        root,
        leaf: leaves[index],
        path,
    };
    assert!(claim.judge());
    while !input.is_empty() {
        claim.damage(input);
    }
    claim.judge()
}

struct Claim {
    index: u64,
    len: u64,
    root: Digest,
    leaf: Digest,
    path: Vec<Digest>,
}

impl Claim {
    /// Whether the claim holds; both ways to answer must agree.
    fn judge(&self) -> bool {
        let found = tree::verify(&self.root, &self.leaf, self.index, self.len, &self.path);
        let implied = implied_root(self.index, self.len, self.leaf, &self.path);
        assert_eq!(found, implied == Some(self.root));
        found
    }

    fn damage(&mut self, input: &mut Input) {
        let at = input.below(self.path.len().max(1));
        match input.byte() % 9 {
            0 => self.index = self.index.wrapping_add(u64::from(input.byte())),
            1 => self.index ^= input.u64(),
            2 => self.len = self.len.wrapping_add(u64::from(input.byte())),
            3 => self.len ^= input.u64(),
            4 => self.root.0[0] ^= input.byte(),
            5 => self.leaf.0[31] ^= input.byte(),
            6 => self.path.truncate(at),
            7 => self.path.push(Digest(input.name())),
            _ => {
                if let Some(node) = self.path.get_mut(at) {
                    node.0[7] ^= input.byte();
                }
            }
        }
    }
}

/// The tree hash as RFC 6962 section 2.1 defines it, for at least one leaf.
fn defined_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
            node_hash(&defined_root(left), &defined_root(right))
        }
    }
}

/// The root under which `path` proves leaf `index` of `len`, by turning round the path's definition in RFC 6962
/// section 2.1.1; `None` if no path of this length can.
pub fn implied_root(index: u64, len: u64, leaf: Digest, path: &[Digest]) -> Option<Digest> {
    if index >= len {
        return None;
    }
    if len == 1 {
        return path.is_empty().then_some(leaf);
    }
    let (sibling, below) = path.split_last()?;
    let left = split(len);
    if index < left {
        Some(node_hash(&implied_root(index, left, leaf, below)?, sibling))
    } else {
        Some(node_hash(
            sibling,
            &implied_root(index - left, len - left, leaf, below)?,
        ))
    }
}

/// The largest power of two below `len`, which is at least 2.
fn split(len: u64) -> u64 {
    let mut power = 1;
    while power < len.div_ceil(2) {
        power *= 2;
    }
    power
}
