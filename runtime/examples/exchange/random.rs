//! Numbers that look random and are the same for the same seed: SplitMix64 (Steele, Lea, Flood; OOPSLA 2014).

/// A stream of numbers. Good enough to vary a simulation, and for nothing that must be secret.
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed; `stream` tells independent streams of one seed apart.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut dice = Self(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        dice.next();
        dice
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: u32) -> u32 {
        // The high half of a product of two numbers below 2^64 and 2^32: below `end`, so it fits.
        ((u128::from(self.next()) * u128::from(end)) >> 64) as u32
    }

    /// A number from `first` to `last`, both included.
    pub fn between(&mut self, first: u32, last: u32) -> u32 {
        first + self.below(last - first + 1)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }

    /// So many bytes.
    pub fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = (0..count.div_ceil(8))
            .flat_map(|_| self.next().to_le_bytes())
            .collect();
        bytes.truncate(count);
        bytes
    }

    /// 32 bytes.
    pub fn digest(&mut self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest
            .as_chunks_mut::<8>()
            .0
            .iter_mut()
            .for_each(|eight| *eight = self.next().to_le_bytes());
        digest
    }
}
