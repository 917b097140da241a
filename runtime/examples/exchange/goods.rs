//! What is sold: contents that were really cut, sealed and hashed, and contents that a cheat has spoiled.

use crate::{
    random::Dice,
    world::{Breach, Checked},
};
use vouchsafe_protocol::{
    chunk::{CHUNK_LEN, Layout},
    hash::sha256,
    id::Digest,
    key::ContentSecret,
    leaf::Leaf,
    record::Content,
    sidecar::Sidecar,
};

/// A sealed content, as it is published.
pub struct Goods {
    /// What the record and the offer say of it.
    pub content: Content,
    /// What a buyer recomputes the root from.
    pub sidecar: Sidecar,
    /// The ciphertext, by chunk.
    pub chunks: Vec<Vec<u8>>,
}

/// Where a cheat puts the one bad chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    First,
    Middle,
    Last,
    /// The content has a single chunk.
    Only,
}

/// What is wrong with it. In all three the root, the sidecar and the ciphertext go together: nobody can see it before
/// the key is there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Spoil {
    /// The commitment is to something else.
    Commitment,
    /// The ciphertext is noise.
    Ciphertext,
    /// The chunk was sealed under another offer's secret.
    Secret,
}

/// Lengths of a few items, bytes; one content in twenty has an item that needs two chunks.
fn lengths(dice: &mut Dice) -> Vec<u64> {
    let mut lengths: Vec<u64> = (0..dice.between(1, 5))
        .map(|_| u64::from(dice.between(1, 200)))
        .collect();
    if dice.once_in(20) {
        lengths.push(u64::from(CHUNK_LEN) + u64::from(dice.between(1, 200)));
    }
    lengths
}

impl Goods {
    /// A content that opens to what it promises.
    pub fn honest(secret: &ContentSecret, dice: &mut Dice) -> Checked<Self> {
        let (layout, leaves, chunks) = seal(secret, &lengths(dice), dice)?;
        Self::publish(layout, leaves, chunks)
    }

    /// A content with one bad chunk, and its index.
    pub fn spoiled(secret: &ContentSecret, place: Place, dice: &mut Dice) -> Checked<(Self, u32)> {
        let lengths = match place {
            Place::Only => vec![u64::from(dice.between(1, 200))],
            Place::First | Place::Middle | Place::Last => {
                vec![40, 50, 60, 70, u64::from(dice.between(1, 200))]
            }
        };
        let (layout, mut leaves, mut chunks) = seal(secret, &lengths, dice)?;
        let at = match place {
            Place::First | Place::Only => 0,
            Place::Middle => 2,
            Place::Last => lengths.len() - 1,
        };
        let (leaf, chunk) = (&mut leaves[at], &mut chunks[at]);
        match [Spoil::Commitment, Spoil::Ciphertext, Spoil::Secret][dice.below(3) as usize] {
            Spoil::Commitment => leaf.commitment = Digest(dice.digest()),
            Spoil::Ciphertext => {
                *chunk = dice.bytes(chunk.len());
                leaf.ciphertext = sha256(chunk);
            }
            Spoil::Secret => *leaf = ContentSecret::from_bytes(dice.digest()).seal(at as u32, chunk),
        }
        Ok((Self::publish(layout, leaves, chunks)?, at as u32))
    }

    /// The same content with a sidecar that is not the one under its root.
    pub fn with_wrong_sidecar(self, dice: &mut Dice) -> Checked<Self> {
        let mut leaves = self.sidecar.leaves().to_vec();
        let at = dice.below(leaves.len() as u32) as usize;
        leaves[at].commitment = Digest(dice.digest());
        let sidecar = Sidecar::new(self.sidecar.layout().clone(), leaves).map_err(unsealed)?;
        Ok(Self { sidecar, ..self })
    }

    fn publish(layout: Layout, leaves: Vec<Leaf>, chunks: Vec<Vec<u8>>) -> Checked<Self> {
        let (count, bytes) = (layout.chunks(), layout.bytes());
        let sidecar = Sidecar::new(layout, leaves).map_err(unsealed)?;
        let content = Content {
            root: sidecar.root(),
            chunks: count,
            bytes,
        };
        Ok(Self {
            content,
            sidecar,
            chunks,
        })
    }
}

type Sealed = (Layout, Vec<Leaf>, Vec<Vec<u8>>);

fn seal(secret: &ContentSecret, lengths: &[u64], dice: &mut Dice) -> Checked<Sealed> {
    let layout = Layout::new(lengths).map_err(unsealed)?;
    let mut chunks: Vec<Vec<u8>> = (0..layout.chunks())
        .filter_map(|index| layout.chunk(index))
        .map(|place| dice.bytes(place.len as usize))
        .collect();
    let leaves = (0u32..)
        .zip(&mut chunks)
        .map(|(index, chunk)| secret.seal(index, chunk))
        .collect();
    Ok((layout, leaves, chunks))
}

fn unsealed(error: impl std::fmt::Display) -> Breach {
    Breach(format!("a content cannot be sealed: {error}"))
}
