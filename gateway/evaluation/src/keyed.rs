//! A sketch under a key: close for pictures that look alike, and meaningless without the key.

use std::fmt;

use codec::{Decode, Encode};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::sketch::{SKETCH_LEN, Sketch};

/// Bits of a hash.
pub const HASH_BITS: u32 = 256;
/// Hashes that differ in at most so many bits belong to near-duplicates. Inclusive; chosen on data (README).
pub const RADIUS: u32 = 56;

const TAG: &[u8] = b"vouchsafe/evaluation/1/near-duplicate";

/// The directions that a sketch is laid against, derived from a key. With a secret key the hashes on a disk tell nobody
/// which pictures a gateway has had, not even one who holds the picture.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct HashKey {
    /// Bit j of direction i: whether number j counts with its own or the other sign.
    directions: Vec<u128>,
}

impl HashKey {
    /// Direction i is the first 99 bits, lowest first, of the little-endian number in the first 16 bytes of
    /// `SHA-256(len(tag):u8 ‖ tag ‖ key ‖ i:u16 LE)`.
    pub fn new(key: &[u8; 32]) -> Self {
        let direction = |index: u16| {
            let hash: [u8; 32] = Sha256::new()
                .chain_update([TAG.len() as u8])
                .chain_update(TAG)
                .chain_update(key)
                .chain_update(index.to_le_bytes())
                .finalize()
                .into();
            hash[..16]
                .iter()
                .rev()
                .fold(0, |number, byte| (number << 8) | u128::from(*byte))
        };
        Self {
            directions: (0..HASH_BITS as u16).map(direction).collect(),
        }
    }

    /// The key that everybody knows, 32 zeros: for what a set says about itself, which others must be able to repeat.
    pub fn public() -> Self {
        Self::new(&[0; 32])
    }

    /// Bit i says on which side of direction i the sketch lies (Charikar 2002, random hyperplanes).
    pub fn hash(&self, sketch: &Sketch) -> KeyedHash {
        let mut words = [0_u64; 4];
        for (word, directions) in words.iter_mut().zip(self.directions.chunks(64)) {
            for (bit, direction) in directions.iter().enumerate() {
                let sum: i32 = (sketch.0.iter().enumerate())
                    .map(|(at, value)| {
                        let value = i32::from(*value);
                        if (direction >> at) & 1 == 1 { value } else { -value }
                    })
                    .sum();
                *word |= u64::from(sum > 0) << bit;
            }
        }
        KeyedHash(words)
    }

    /// Those of the picture and of its seven turned and mirrored forms.
    pub fn hashes(&self, sketch: &Sketch) -> [KeyedHash; 8] {
        sketch.turned().map(|turned| self.hash(&turned))
    }
}

impl fmt::Debug for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashKey(..)")
    }
}

/// 256 bits; 32 bytes in SCALE.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct KeyedHash([u64; 4]);

impl KeyedHash {
    /// Bits in which the two differ, 0 to 256 inclusive.
    pub fn distance(&self, other: &Self) -> u32 {
        self.0
            .iter()
            .zip(&other.0)
            .map(|(a, b)| (a ^ b).count_ones())
            .sum()
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(")?;
        self.encode()
            .iter()
            .try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

// One number of a sketch for each bit of a direction, and no sum leaves 32 bits.
const _: () = assert!(SKETCH_LEN <= 128);
