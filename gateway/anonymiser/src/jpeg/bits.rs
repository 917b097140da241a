//! Bits of entropy-coded data (T.81 F.2.2.5), in words of 64.

use super::{JpegError, malformed};

/// The bits of one scan. Behind the last one come zeros; [`Self::check`] tells when any of those was used.
pub(super) struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// The next bits, highest first; below `count` of them may be bits of the byte at `at`.
    buffer: u64,
    count: u32,
    /// How many of the last bits are zeros that the data does not hold.
    made_up: u32,
}

impl<'a> Bits<'a> {
    /// `data` holds no markers other than restarts.
    pub fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            buffer: 0,
            count: 0,
            made_up: 0,
        }
    }

    /// Makes at least 48 bits ready.
    #[inline]
    pub fn fill(&mut self) {
        if self.count >= 48 {
            return;
        }
        if let Some(next) = self.data.get(self.at..).and_then(|rest| rest.first_chunk()) {
            let word = u64::from_be_bytes(*next);
            // No byte is FF when no byte of the complement is zero.
            let zero_byte = word & (!word).wrapping_sub(0x0101_0101_0101_0101) & 0x8080_8080_8080_8080;
            if zero_byte == 0 {
                self.buffer |= word >> self.count;
                self.at += ((63 - self.count) >> 3) as usize;
                self.count |= 56;
                return;
            }
        }
        self.fill_slowly();
    }

    #[cold]
    #[inline(never)]
    fn fill_slowly(&mut self) {
        while self.count <= 56 {
            let byte = match (self.data.get(self.at), self.data.get(self.at + 1)) {
                (Some(0xFF), Some(0)) => {
                    self.at += 2;
                    0xFF
                }
                (Some(0xFF), Some(0xFF)) => {
                    self.at += 1; // a fill byte in front of a marker
                    continue;
                }
                (Some(0xFF), _) | (None, _) => {
                    self.made_up += 8;
                    0
                }
                (Some(byte), _) => {
                    self.at += 1;
                    *byte
                }
            };
            self.buffer |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next `count` bits (1 to 32) without taking them. They must be ready.
    #[inline]
    pub fn peek(&self, count: u32) -> usize {
        (self.buffer >> (64 - count)) as usize
    }

    /// Takes `count` bits (up to 32), which must be ready.
    #[inline]
    pub fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count = self.count.wrapping_sub(count);
    }

    /// Takes a number of `count` bits (0 to 16), which must be ready.
    #[inline]
    pub fn take(&mut self, count: u32) -> i32 {
        let value = (self.buffer >> 1) >> (63 - count);
        self.skip(count);
        value as i32
    }

    /// Takes one bit and makes it ready first.
    #[inline]
    pub fn bit(&mut self) -> bool {
        self.fill();
        self.take(1) != 0
    }

    /// Error: `Malformed` when more bits were taken than there are. To be called after every MCU at the latest.
    #[inline]
    pub fn check(&self) -> Result<(), JpegError> {
        if self.made_up > self.count {
            return Err(malformed("its picture data ends early"));
        }
        Ok(())
    }

    /// Goes behind the next restart marker, which must have this number modulo 8 (T.81 E.2).
    /// Errors: `Malformed` when there is none or another.
    pub fn restart(&mut self, number: u32) -> Result<(), JpegError> {
        let rest = self.data.get(self.at..).unwrap_or_default();
        let found = (rest.windows(2)).position(|pair| pair[0] == 0xFF && matches!(pair[1], 0xD0..=0xD7));
        let Some(skip) = found else {
            return Err(malformed("its picture data ends early"));
        };
        if u32::from(rest[skip + 1] - 0xD0) != number % 8 {
            return Err(malformed("its restart markers are out of order"));
        }
        self.at += skip + 2;
        (self.buffer, self.count, self.made_up) = (0, 0, 0);
        Ok(())
    }
}
