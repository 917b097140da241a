//! Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea, Flood; OOPSLA 2014).

use std::f64::consts::TAU;

/// A stream of numbers. Good enough to vary a simulation, and for nothing that must be secret.
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed; `stream` tells independent streams of one seed apart.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed ^ stream.wrapping_mul(0xd1b5_4a32_d192_ed03));
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 inclusive to 1 exclusive.
    pub fn share(&mut self) -> f64 {
        // 53 bits are what a double holds exactly.
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// An index below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The high half of a product of two numbers below 2^64: below `end`, so it fits.
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// A number of days below `end`, which is not 0.
    pub fn day_below(&mut self, end: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u32
    }

    /// From `first` inclusive to `last` exclusive.
    pub fn between(&mut self, first: f64, last: f64) -> f64 {
        first + self.share() * (last - first)
    }

    /// True with this chance.
    pub fn chance(&mut self, chance: f64) -> bool {
        self.share() < chance
    }

    /// Of the standard normal distribution (Box, Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (TAU * self.share()).cos()
    }
}
