//! JPEG files as quantised coefficients (ITU-T T.81), so that a mask changes the blocks under it and no others.
//!
//! [`Jpeg::read`] takes hostile bytes. What bounds it:
//! * **Memory.** A block of 64 coefficients takes 128 bytes. Every Huffman code has at least one bit (T.81 C.2); a
//!   sequential block has at least two codes, one for DC and one for AC (F.1.2), and a progressive one at least one,
//!   for DC (G.1.2.1). A file with fewer bits behind its frame header than that is refused before anything is
//!   allocated, so a file of n bytes gets at most n times 512 (sequential) or 1,024 bytes (progressive) for the blocks
//!   inside the picture, and padding to whole MCUs. The caller bounds the declared size besides.
//! * **Time.** At most [`MAX_SCANS`] scans, and no bit of a coefficient may be sent twice: a band's first scan and its
//!   refinements, one bit each, come once. So no coefficient is visited more than 14 times, however small the file.
//! * **Arithmetic.** Coefficients are checked to fit 15 bits and a sign. The transforms wrap: senseless values give
//!   senseless pixels, the same on every machine.

mod bits;
mod huffman;
mod pixels;
mod replace;
mod scan;
mod segments;
mod transform;
mod write;

#[cfg(test)]
pub(crate) mod tests;

/// As many as the pixels path allows. An encoder's usual script has ten.
const MAX_SCANS: u32 = 64;

/// Where the coefficients of a block, in the order they are sent in, belong: row times 8 plus column (T.81 Figure A.6).
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7,
    14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39,
    46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Why a file is not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JpegError {
    /// Perhaps a good picture, but of a kind that only the pixels path may try.
    #[error("not handled block by block: {0}")]
    Unsupported(String),
    /// Not a whole picture for anybody.
    #[error("{0}")]
    Malformed(String),
}

#[cold]
fn unsupported(what: impl Into<String>) -> JpegError {
    JpegError::Unsupported(what.into())
}

#[cold]
fn malformed(reason: impl Into<String>) -> JpegError {
    JpegError::Malformed(reason.into())
}

/// What the components stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Colour {
    Grey,
    /// As JFIF defines it: BT.601 with full range.
    YCbCr,
    Rgb,
}

/// One colour component: its sampling factors, quantisation steps and coefficients.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Component {
    /// Blocks of it in an MCU, across and down: 1 to 4, a divisor of the largest one.
    h: usize,
    v: usize,
    /// Quantisation steps in zigzag order, none zero.
    steps: [u16; 64],
    /// Blocks in a row and a column, with those that fill up MCUs.
    wide: usize,
    high: usize,
    /// Blocks and samples in a row and a column that show something of the picture.
    shown: (usize, usize),
    samples: (usize, usize),
    /// `64 * wide * high`: blocks row by row, each in zigzag order. DC is within 14 bits and a sign, AC within 15.
    coefficients: Vec<i16>,
}

impl Component {
    fn blocks(&self) -> &[[i16; 64]] {
        self.coefficients.as_chunks().0
    }

    fn blocks_mut(&mut self) -> &mut [[i16; 64]] {
        self.coefficients.as_chunks_mut().0
    }

    /// Continues the picture's last blocks, as flat ones, to whole MCUs. What a file has there no viewer shows and no
    /// detector sees: a tool that crops without loss (jpegtran) leaves what it cut off.
    fn pad(&mut self) {
        let (wide, high, shown) = (self.wide, self.high, self.shown);
        let blocks = self.blocks_mut();
        for y in 0..high {
            let first = if y < shown.1 { shown.0 } else { 0 };
            for x in first..wide {
                let dc = blocks[y.min(shown.1 - 1) * wide + x.min(shown.0 - 1)][0];
                blocks[y * wide + x] = [0; 64];
                blocks[y * wide + x][0] = dc;
            }
        }
    }
}

/// The picture as its file holds it, in stored orientation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Jpeg {
    pub width: u32,
    pub height: u32,
    colour: Colour,
    /// One (grey) or three.
    components: Vec<Component>,
}

impl Jpeg {
    /// Reads baseline, extended sequential and progressive files with Huffman codes, 8 bits a sample and one or three
    /// components. What fills up the space between segments is skipped, what follows the end is not looked at.
    /// The caller must have bounded the declared size. Errors: [`JpegError`].
    pub fn read(bytes: &[u8]) -> Result<Self, JpegError> {
        segments::read(bytes)
    }

    /// Width and height of an MCU in pixels: 8 to 32.
    pub fn mcu(&self) -> (u32, u32) {
        let (h, v) = self.largest_factors();
        (8 * h as u32, 8 * v as u32)
    }

    /// MCU by MCU, row by row: are all coefficients equal? Where steps or colours differ, no MCU is the same. `None` when
    /// size or sampling differ.
    pub fn same_mcus(&self, other: &Self) -> Option<Vec<bool>> {
        let shape = |jpeg: &Self| {
            let factors: Vec<_> = jpeg.components.iter().map(|c| (c.h, c.v)).collect();
            (jpeg.width, jpeg.height, factors)
        };
        if shape(self) != shape(other) {
            return None;
        }
        let (across, down) = self.mcus();
        let pairs = || self.components.iter().zip(&other.components);
        let alike = self.colour == other.colour && pairs().all(|(a, b)| a.steps == b.steps);
        let mut same = vec![alike; across * down];
        for (a, b) in pairs() {
            for (index, (mine, theirs)) in a.blocks().iter().zip(b.blocks()).enumerate() {
                if mine != theirs {
                    let (x, y) = (index % a.wide / a.h, index / a.wide / a.v);
                    same[y * across + x] = false;
                }
            }
        }
        Some(same)
    }

    fn largest_factors(&self) -> (usize, usize) {
        let most = |factor: fn(&Component) -> usize| self.components.iter().map(factor).max().unwrap_or(1);
        (most(|c| c.h), most(|c| c.v))
    }

    /// MCUs in a row and a column.
    fn mcus(&self) -> (usize, usize) {
        let (width, height) = self.mcu();
        (
            self.width.div_ceil(width) as usize,
            self.height.div_ceil(height) as usize,
        )
    }
}

/// Bit k is set where coefficient k is not zero.
#[inline]
fn marks(block: &[i16; 64]) -> u64 {
    let mut marks = 0;
    for (at, four) in block.as_chunks::<4>().0.iter().enumerate() {
        let [a, b, c, d] = four.map(|v| u64::from(v as u16));
        if a | b << 16 | c << 32 | d << 48 != 0 {
            let bits =
                u64::from(a != 0) | u64::from(b != 0) << 1 | u64::from(c != 0) << 2 | u64::from(d != 0) << 3;
            marks |= bits << (4 * at);
        }
    }
    marks
}
