//! Which items an audit looks at, and how much it can miss.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use vouchsafe_protocol::id::Digest;

/// Items of a panel's audit (all, where there are fewer). Of 5 % bad items it misses all in 4.6 % of the audits.
pub const AUDIT_ITEMS: u32 = 60;
/// Most items of one draw. Inclusive.
pub const MAX_SAMPLE: u32 = 65_536;

const TAG: &[u8] = b"vouchsafe/evaluation/1/sample";

/// Draws `sample` of the items 0 to `population` (exclusive) without replacement, each as likely as the others; all, in a
/// drawn order, where there are not so many. At most [`MAX_SAMPLE`].
///
/// A function of public randomness that nobody chose (`beacon`) and of the audit that it is for, so anybody can draw
/// again. The first k of a longer draw are the draw of k.
pub fn draw(beacon: &Digest, audit: &Digest, population: u32, sample: u32) -> Vec<u32> {
    let sample = sample.min(population).min(MAX_SAMPLE);
    // Fisher and Yates, from the front; only the places that moved are kept.
    let mut moved = BTreeMap::<u32, u32>::new();
    (0..sample)
        .map(|place| {
            let other = place
                + below(population - place, |attempt| {
                    number(beacon, audit, place, attempt)
                });
            let here = moved.remove(&place).unwrap_or(place);
            if other == place {
                here
            } else {
                moved.insert(other, here).unwrap_or(other)
            }
        })
        .collect()
}

/// The first of `numbers` that does not favour small remainders, modulo `bound`, which is above zero. Each attempt fails
/// with a chance below a half; after 128 of them the small bias of 2^-64 at most is taken.
fn below(bound: u32, numbers: impl Fn(u32) -> u64) -> u32 {
    let bound = u64::from(bound);
    // Largest multiple of the bound, less one.
    let fair = u64::MAX - (u64::MAX % bound + 1) % bound;
    let number = (0..128).map(&numbers).find(|number| *number <= fair);
    // Below a bound of 32 bits.
    (number.unwrap_or_else(|| numbers(128)) % bound) as u32
}

/// First eight bytes, big end first, of `SHA-256(len(tag):u8 ‖ tag ‖ beacon ‖ audit ‖ place:u32 ‖ attempt:u32)`, integers
/// little end first.
fn number(beacon: &Digest, audit: &Digest, place: u32, attempt: u32) -> u64 {
    let hash: [u8; 32] = Sha256::new()
        .chain_update([TAG.len() as u8])
        .chain_update(TAG)
        .chain_update(beacon.0)
        .chain_update(audit.0)
        .chain_update(place.to_le_bytes())
        .chain_update(attempt.to_le_bytes())
        .finalize()
        .into();
    hash[..8]
        .iter()
        .fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Chance that a draw of `sample` out of `population` items holds none of the `bad` ones, in parts per million, rounded to
/// the nearest: the product of `(population - bad - i) / (population - i)`.
pub fn miss_ppm(population: u32, bad: u32, sample: u32) -> u32 {
    let (bad, sample) = (bad.min(population), sample.min(population));
    if sample > population - bad {
        return 0;
    }
    // The product is the same with `bad` and `sample` exchanged: the shorter way.
    let (steps, left) = (bad.min(sample), population - bad.max(sample));
    // Certainty is 2^62, so no product leaves 128 bits; half a million steps end in nothing, for any 32-bit counts.
    let mut chance = 1_u128 << 62;
    for step in 0..steps {
        chance = chance * u128::from(left - step) / u128::from(population - step);
        if chance == 0 {
            break;
        }
    }
    let ppm = (chance * 1_000_000 + (1 << 61)) >> 62;
    u32::try_from(ppm).unwrap_or(1_000_000)
}

/// Smallest sample that misses all of `bad` items with a chance of at most `ppm`; the whole population where no smaller
/// one does.
pub fn items_needed(population: u32, bad: u32, ppm: u32) -> u32 {
    let (mut low, mut high) = (0, population);
    while low < high {
        let middle = low + (high - low) / 2;
        if miss_ppm(population, bad, middle) <= ppm {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod tests;
