//! Coefficients to a file of nothing else: one scan with Huffman tables made for it.

use super::huffman::Codes;
use super::{Colour, Component, Jpeg, marks};

/// Version 1.02, square pixels, no thumbnail.
const JFIF: &[u8] = b"\xFF\xE0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0";
/// Version 100, no flags, components are not transformed.
const ADOBE: &[u8] = b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0\0";
/// A TIFF directory of one tag, the orientation; the value follows, then no other directory.
const EXIF: &[u8] = b"\xFF\xE1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0";

impl Jpeg {
    /// A file with these coefficients: sequential, without restarts. `orientation` is the EXIF value; from 2 to 8 it is
    /// written, anything else means upright. The same coefficients always give the same bytes.
    pub fn write(&self, orientation: u8) -> Vec<u8> {
        let mut counts = [[[0_u64; 256]; 2]; 2];
        self.symbols(|table, class, symbol, _, _| counts[table][class][usize::from(symbol)] += 1);
        let tables = if self.components.len() == 1 { 1 } else { 2 };
        let codes = counts.map(|classes| classes.map(|often| Codes::best(&often)));

        let coefficients: usize = self.components.iter().map(|c| c.coefficients.len()).sum();
        let mut out = Vec::with_capacity(coefficients / 8 + 1024);
        out.extend([0xFF, 0xD8]);
        out.extend(if self.colour == Colour::Rgb { ADOBE } else { JFIF });
        if (2..=8).contains(&orientation) {
            out.extend(EXIF);
            out.extend([orientation, 0, 0, 0, 0, 0, 0]);
        }
        let wide_steps = self.steps(&mut out);
        self.frame(&mut out, wide_steps);
        for (id, classes) in (0_u8..).zip(&codes[..tables]) {
            for (class, codes) in (0_u8..).zip(classes) {
                let payload = [&[class << 4 | id], codes.counts.as_slice(), &codes.symbols].concat();
                segment(&mut out, 0xC4, &payload);
            }
        }
        let mut scan = vec![self.components.len() as u8];
        for n in 0..self.components.len() as u8 {
            scan.extend([n + 1, if n == 0 { 0x00 } else { 0x11 }]);
        }
        scan.extend([0, 63, 0]);
        segment(&mut out, 0xDA, &scan);

        let mut bits = BitWriter {
            out: &mut out,
            buffer: 0,
            count: 0,
        };
        self.symbols(|table, class, symbol, extra, size| {
            let (code, length) = codes[table][class].codes[usize::from(symbol)];
            bits.put(code << size | extra, length + size);
        });
        bits.finish();
        out.extend([0xFF, 0xD9]);
        out
    }

    /// Each distinct table once, in the order of the components; true when one needs 16 bits.
    fn steps(&self, out: &mut Vec<u8>) -> bool {
        let mut any_wide = false;
        for (id, component) in self.distinct_steps().into_iter().enumerate() {
            let wide = component.steps.iter().any(|v| *v > 255);
            any_wide |= wide;
            let mut payload = vec![u8::from(wide) << 4 | id as u8];
            for value in component.steps {
                payload.extend(&value.to_be_bytes()[usize::from(!wide)..]);
            }
            segment(out, 0xDB, &payload);
        }
        any_wide
    }

    fn distinct_steps(&self) -> Vec<&Component> {
        let mut distinct: Vec<&Component> = Vec::new();
        for component in &self.components {
            if distinct.iter().all(|other| other.steps != component.steps) {
                distinct.push(component);
            }
        }
        distinct
    }

    /// Baseline, or extended sequential where tables have 16 bits: B.2.4.1 has none such for 8-bit samples, but libjpeg
    /// writes them like this for the lowest qualities.
    fn frame(&self, out: &mut Vec<u8>, wide_steps: bool) {
        let distinct = self.distinct_steps();
        let mut payload = vec![8];
        payload.extend((self.height as u16).to_be_bytes());
        payload.extend((self.width as u16).to_be_bytes());
        payload.push(self.components.len() as u8);
        for (id, component) in (1..).zip(&self.components) {
            let table = distinct.iter().position(|other| other.steps == component.steps);
            let table = table.expect("every component's steps are among them; qed");
            payload.extend([id, (component.h << 4 | component.v) as u8, table as u8]);
        }
        segment(out, if wide_steps { 0xC1 } else { 0xC0 }, &payload);
    }

    /// Calls `sink` with table (0 for the first component, 1 for others), class (0 for DC), symbol, and the bits behind it
    /// with their number (F.1.2).
    #[inline(always)]
    fn symbols(&self, mut sink: impl FnMut(usize, usize, u8, u32, u32)) {
        let (across, down) = self.mcus();
        let mut before = [0_i32; 3];
        for y in 0..down {
            for x in 0..across {
                for (n, component) in self.components.iter().enumerate() {
                    let table = usize::from(n > 0);
                    let blocks = component.blocks();
                    for row in 0..component.v {
                        let start = (y * component.v + row) * component.wide + x * component.h;
                        for block in &blocks[start..start + component.h] {
                            let dc = i32::from(block[0]);
                            let (bits, size) = number(dc.wrapping_sub(before[n]));
                            before[n] = dc;
                            sink(table, 0, size as u8, bits, size);
                            ac_symbols(block, |symbol, bits, size| sink(table, 1, symbol, bits, size));
                        }
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn ac_symbols(block: &[i16; 64], mut sink: impl FnMut(u8, u32, u32)) {
    const SIXTEEN_ZEROS: u8 = 0xF0;
    const NO_MORE: u8 = 0;
    let mut left = marks(block) & !1;
    let mut next = 1;
    while left != 0 {
        let at = left.trailing_zeros();
        left &= left - 1;
        let mut run = at.wrapping_sub(next);
        while run > 15 {
            sink(SIXTEEN_ZEROS, 0, 0);
            run -= 16;
        }
        let (bits, size) = number(i32::from(block[at as usize & 63]));
        sink((run << 4 | size) as u8, bits, size);
        next = at + 1;
    }
    if next < 64 {
        sink(NO_MORE, 0, 0);
    }
}

/// The bits that stand for a number within 15 bits and a sign, and how many they are (F.1.2.1).
#[inline(always)]
fn number(value: i32) -> (u32, u32) {
    let size = 32 - value.unsigned_abs().leading_zeros();
    let bits = value.wrapping_sub(i32::from(value < 0)) as u32 & ((1 << size) - 1);
    (bits, size)
}

fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend([0xFF, marker]);
    out.extend((payload.len() as u16 + 2).to_be_bytes());
    out.extend(payload);
}

struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// The last `count` bits, below 32, are still to be written.
    buffer: u64,
    count: u32,
}

impl BitWriter<'_> {
    /// Writes the last `size` (up to 32) bits.
    #[inline(always)]
    fn put(&mut self, bits: u32, size: u32) {
        self.buffer = self.buffer.wrapping_shl(size) | u64::from(bits);
        self.count = self.count.wrapping_add(size);
        if self.count >= 32 {
            self.count -= 32;
            self.word((self.buffer >> self.count) as u32);
        }
    }

    #[inline(always)]
    fn word(&mut self, word: u32) {
        let bytes = word.to_be_bytes();
        // No byte is FF when no byte of the complement is zero.
        if word & (!word).wrapping_sub(0x0101_0101) & 0x8080_8080 == 0 {
            self.out.extend_from_slice(&bytes);
        } else {
            bytes.into_iter().for_each(|b| self.byte(b));
        }
    }

    fn byte(&mut self, byte: u8) {
        self.out.push(byte);
        if byte == 0xFF {
            self.out.push(0);
        }
    }

    /// Fills the last byte with ones (F.1.2.3).
    fn finish(mut self) {
        while !self.count.is_multiple_of(8) {
            self.put(1, 1);
        }
        while self.count > 0 {
            self.count -= 8;
            self.byte((self.buffer >> self.count) as u8);
        }
    }
}
