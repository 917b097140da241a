//! Huffman tables: for reading (T.81 Annex C and F.2.2.3) and the best ones for writing (Annex K.2).

use super::bits::Bits;
use super::{JpegError, malformed};

/// Codes up to this long are found in one step.
const STEP: u32 = 10;

/// A table to read with.
#[derive(Clone)]
pub(super) struct Table {
    /// By the next [`STEP`] bits: length of the code in the upper byte (0: a longer one), symbol in the lower.
    short: [u16; 1 << STEP],
    /// The same for an AC code together with the bits behind it: value in the upper half, run in the second byte, length
    /// of both in the lowest (0: does not fit, or is no value).
    whole: [u32; 1 << STEP],
    /// By length: the first code that is too large to have it, and the index of symbols minus the first code.
    ends: [u32; 17],
    starts: [i32; 17],
    symbols: [u8; 256],
}

/// What [`Table::value`] finds.
pub(super) enum Ac {
    /// Zeros before it, and the value, which is not zero.
    Value(usize, i16),
    /// A symbol without a value: its upper half.
    Zero(u32),
}

impl Table {
    /// `counts`: codes by length, from 1 bit. Errors: `Malformed` when there are too many.
    pub fn new(counts: [u8; 16], listed: &[u8]) -> Result<Self, JpegError> {
        let total: usize = counts.iter().map(|n| usize::from(*n)).sum();
        if total > 256 || listed.len() < total {
            return Err(malformed("a Huffman table with more codes than symbols"));
        }
        let mut table = Self {
            short: [0; 1 << STEP],
            whole: [0; 1 << STEP],
            ends: [0; 17],
            starts: [0; 17],
            symbols: [0; 256],
        };
        table.symbols[..total].copy_from_slice(&listed[..total]);
        let (mut code, mut index) = (0_u32, 0_usize);
        for (length, count) in (1_u32..).zip(counts) {
            table.starts[length as usize] = index as i32 - code as i32;
            for symbol in &listed[index..index + usize::from(count)] {
                if code >> length != 0 {
                    return Err(malformed("a Huffman table with too many codes"));
                }
                if length <= STEP {
                    table.shorten(code, length, *symbol);
                }
                code += 1;
            }
            index += usize::from(count);
            table.ends[length as usize] = code;
            code <<= 1;
        }
        Ok(table)
    }

    fn shorten(&mut self, code: u32, length: u32, symbol: u8) {
        let first = (code << (STEP - length)) as usize;
        let size = u32::from(symbol & 15);
        for at in first..first + (1 << (STEP - length)) {
            self.short[at] = (length as u16) << 8 | u16::from(symbol);
            if size > 0 && length + size <= STEP {
                let extra = (at as u32 >> (STEP - length - size)) & ((1 << size) - 1);
                let value = extend(extra as i32, size) as u16;
                self.whole[at] = u32::from(value) << 16 | u32::from(symbol >> 4) << 8 | (length + size);
            }
        }
    }

    /// The next symbol; leaves at least 32 bits ready. Error: `Malformed` when no code is like that.
    #[inline]
    pub fn symbol(&self, bits: &mut Bits) -> Result<u8, JpegError> {
        bits.fill();
        let entry = self.short[bits.peek(STEP)];
        if entry != 0 {
            bits.skip(u32::from(entry >> 8));
            return Ok(entry as u8);
        }
        self.long(bits)
    }

    #[inline(never)]
    fn long(&self, bits: &mut Bits) -> Result<u8, JpegError> {
        for length in STEP + 1..=16 {
            let code = bits.peek(length);
            if code < self.ends[length as usize] as usize {
                bits.skip(length);
                let index = code as i32 + self.starts[length as usize];
                return Ok(self.symbols[index as usize & 255]);
            }
        }
        Err(malformed("a bit pattern that is no Huffman code"))
    }

    /// The next AC symbol and the value behind it, when it has one.
    #[inline]
    pub fn value(&self, bits: &mut Bits) -> Result<Ac, JpegError> {
        bits.fill();
        let entry = self.whole[bits.peek(STEP)];
        if entry != 0 {
            bits.skip(entry & 0xFF);
            return Ok(Ac::Value((entry >> 8 & 0xFF) as usize, (entry >> 16) as i16));
        }
        let symbol = self.symbol(bits)?;
        let (run, size) = (u32::from(symbol >> 4), u32::from(symbol & 15));
        if size == 0 {
            return Ok(Ac::Zero(run));
        }
        Ok(Ac::Value(run as usize, extend(bits.take(size), size) as i16))
    }

    /// The next difference of DC values. Errors: `Malformed`.
    #[inline]
    pub fn difference(&self, bits: &mut Bits) -> Result<i32, JpegError> {
        let size = u32::from(self.symbol(bits)?);
        if size > 15 {
            return Err(malformed("a DC difference of more than 15 bits"));
        }
        Ok(extend(bits.take(size), size))
    }
}

/// The signed number that `size` bits (0 to 15) stand for (T.81 F.2.2.1).
#[inline]
fn extend(bits: i32, size: u32) -> i32 {
    let below_half = i32::from(bits < (1 << size) >> 1);
    bits - below_half * ((1 << size) - 1)
}

/// A table to write with.
pub(super) struct Codes {
    /// Codes by length, from 1 bit.
    pub counts: [u8; 16],
    /// Symbols by length and number.
    pub symbols: Vec<u8>,
    /// By symbol: code and length.
    pub codes: [(u32, u32); 256],
}

impl Codes {
    /// The shortest codes of at most 16 bits, none of ones only, for symbols that come so often.
    pub fn best(often: &[u64; 256]) -> Self {
        let mut often = *often;
        if often.iter().all(|n| *n == 0) {
            often[0] = 1; // a table must not be empty
        }
        let lengths = code_lengths(&often);
        let mut by_length = [0_usize; 258];
        for length in lengths {
            by_length[length] += 1;
        }
        by_length[0] = 0;
        shorten(&mut by_length);

        let mut symbols: Vec<u8> = (0..=255).filter(|s| lengths[usize::from(*s)] > 0).collect();
        symbols.sort_by_key(|s| lengths[usize::from(*s)]);
        let mut codes = [(0, 0); 256];
        let (mut code, mut rest) = (0, symbols.iter());
        for (length, count) in (1_u32..=16).zip(&by_length[1..]) {
            for symbol in rest.by_ref().take(*count) {
                codes[usize::from(*symbol)] = (code, length);
                code += 1;
            }
            code <<= 1;
        }
        Self {
            counts: std::array::from_fn(|n| by_length[n + 1] as u8),
            symbols,
            codes,
        }
    }
}

/// Figure K.1: lengths of the codes of 256 symbols and of one that is never sent, so that it takes the code of ones.
fn code_lengths(often: &[u64; 256]) -> [usize; 257] {
    let mut lengths = [0; 257];
    let mut weights: Vec<u64> = often.iter().copied().chain([1]).collect();
    // The symbols under each branch that is still to be joined.
    let mut under: Vec<Vec<usize>> = (0..257).map(|n| vec![n]).collect();
    loop {
        // The two rarest, of equals the later one: figure K.1 wants the unsent symbol to have the longest code.
        let rarest = |weights: &[u64]| {
            let there = weights.iter().enumerate().filter(|(_, w)| **w > 0);
            there
                .min_by_key(|(n, w)| (**w, std::cmp::Reverse(*n)))
                .map(|(n, w)| (n, *w))
        };
        let Some((first, weight)) = rarest(&weights) else {
            break;
        };
        weights[first] = 0;
        let Some((second, other)) = rarest(&weights) else {
            break;
        };
        weights[second] = weight + other;
        let joined = std::mem::take(&mut under[first]);
        under[second].extend(joined);
        for symbol in &under[second] {
            lengths[*symbol] += 1;
        }
    }
    lengths
}

/// Figure K.3: makes codes over 16 bits shorter at the cost of others, and takes out one of the longest for the symbol
/// that is never sent.
fn shorten(by_length: &mut [usize; 258]) {
    for length in (17..by_length.len()).rev() {
        while by_length[length] > 0 {
            let shorter = (1..length - 1).rev().find(|n| by_length[*n] > 0);
            let shorter = shorter.expect("257 codes cannot all have over 16 bits; qed");
            by_length[length] -= 2;
            by_length[length - 1] += 1;
            by_length[shorter + 1] += 2;
            by_length[shorter] -= 1;
        }
    }
    let longest = (1..=16).rev().find(|n| by_length[*n] > 0);
    by_length[longest.expect("two symbols at least have codes; qed")] -= 1;
}
