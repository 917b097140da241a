//! What a picture looks like from afar: the part of it that mild changes leave.

use serde::{Deserialize, Serialize};

use crate::picture::{Picture, Plane};

/// Frequencies per axis, 0 to 9: 0 and 0 together is the mean, which says nothing about the scene.
const FREQUENCIES: usize = 10;
/// Numbers in a sketch.
pub const SKETCH_LEN: usize = FREQUENCIES * FREQUENCIES - 1;
/// Sides of the thumbnail that it is taken from.
const SIDE: usize = 32;
/// Variance of the thumbnail's luma below which a picture is too flat to be told from others: two levels, squared, with
/// the thumbnail's 8 fractional bits on each. Exclusive.
const FLAT: u64 = 4 << 16;

/// `cos(k π / 64)` for k from 0 to 32 with 15 fractional bits, rounded.
const COSINE: [i64; 33] = [
    32768, 32729, 32610, 32413, 32138, 31786, 31357, 30853, 30274, 29622, 28899, 28106, 27246, 26320, 25330,
    24279, 23170, 22006, 20788, 19520, 18205, 16846, 15447, 14010, 12540, 11039, 9512, 7962, 6393, 4808,
    3212, 1608, 0,
];

/// The lowest frequencies of a picture, flattened as pictures usually fall off. A *perceptual* description: from it one can
/// tell whether two pictures show the same, so it stays inside the gateway.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<i16>", into = "Vec<i16>")]
pub struct Sketch(pub(crate) [i16; SKETCH_LEN]);

/// A sketch has [`SKETCH_LEN`] numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sketch of {found} numbers, not {SKETCH_LEN}")]
pub struct SketchLength {
    pub found: usize,
}

impl TryFrom<Vec<i16>> for Sketch {
    type Error = SketchLength;

    fn try_from(numbers: Vec<i16>) -> Result<Self, SketchLength> {
        let found = numbers.len();
        numbers.try_into().map(Self).map_err(|_| SketchLength { found })
    }
}

impl From<Sketch> for Vec<i16> {
    fn from(sketch: Sketch) -> Self {
        sketch.0.to_vec()
    }
}

impl std::fmt::Debug for Sketch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sketch(..)")
    }
}

impl Sketch {
    /// `None` for a picture without anything in it: a flat one would be a near-duplicate of every other.
    pub fn of(picture: &Picture<'_>) -> Option<Self> {
        let thumbnail = thumbnail(&picture.luma());
        let sum: u64 = thumbnail.iter().sum();
        let squares: u64 = thumbnail.iter().map(|value| value * value).sum();
        let count = thumbnail.len() as u64;
        if count * squares - sum * sum < FLAT * count * count {
            return None;
        }
        let spectrum = spectrum(&thumbnail);
        let mut numbers = [0; SKETCH_LEN];
        for (number, at) in numbers.iter_mut().zip(1..) {
            let weight = at % FREQUENCIES + at / FREQUENCIES;
            // The root keeps one strong frequency from deciding all bits alone (measured: README).
            let value = spectrum[at].unsigned_abs() * weight as u64;
            let root = i16::try_from(value.isqrt()).unwrap_or(i16::MAX);
            *number = if spectrum[at] < 0 { -root } else { root };
        }
        Some(Self(numbers))
    }

    /// The sketches of the picture turned by quarters and mirrored, itself first. Exactly those that the turned pictures
    /// themselves have.
    pub fn turned(&self) -> [Self; 8] {
        [0, 1, 2, 3, 4, 5, 6, 7].map(|turn: u8| {
            let mut numbers = [0; SKETCH_LEN];
            for (number, at) in numbers.iter_mut().zip(1..) {
                let (across, down) = (at % FREQUENCIES, at / FREQUENCIES);
                let from = if turn & 4 != 0 {
                    across * FREQUENCIES + down
                } else {
                    at
                };
                // Mirroring an axis turns the sign of its odd frequencies.
                let mirrored = (turn & 1 != 0 && across % 2 == 1) != (turn & 2 != 0 && down % 2 == 1);
                let value = self.0[from - 1];
                *number = if mirrored { -value } else { value };
            }
            Self(numbers)
        })
    }
}

/// Means over 32 x 32 areas of equal size, with 8 fractional bits, rounded down; pixels on a border count by their share.
fn thumbnail(luma: &Plane) -> Vec<u64> {
    let (width, height) = (luma.width(), luma.height());
    let (columns, lines) = (stretches(width), stretches(height));
    let mut sums = vec![0_u64; SIDE * SIDE];
    for (sums, line) in sums.chunks_exact_mut(SIDE).zip(&lines) {
        for y in line.first..=line.last {
            let (row, part) = (luma.row(y), line.part(y));
            for (sum, column) in sums.iter_mut().zip(&columns) {
                *sum += part * column.sum(row);
            }
        }
    }
    // An area is `width` x `height` in units of a 32nd of a pixel, squared.
    let area = (width * height) as u64;
    sums.iter().map(|sum| sum * 256 / area).collect()
}

/// One of 32 equal parts of a side, in whole pixels from the first to the last that it touches.
struct Stretch {
    first: usize,
    last: usize,
    /// 32nds of those two that lie in it; where they are one pixel, the first number counts.
    ends: (u64, u64),
}

impl Stretch {
    /// 32nds of this pixel that lie in it; the pixel is one that it touches.
    fn part(&self, pixel: usize) -> u64 {
        if pixel == self.first {
            self.ends.0
        } else if pixel == self.last {
            self.ends.1
        } else {
            SIDE as u64
        }
    }

    /// The values of its pixels, each times its 32nds.
    fn sum(&self, row: &[u8]) -> u64 {
        let part = |pixel: usize| u64::from(row[pixel]) * self.part(pixel);
        if self.first == self.last {
            return part(self.first);
        }
        let inner = row[self.first + 1..self.last].iter();
        let inner = inner.fold(0_u32, |sum, value| sum.wrapping_add(u32::from(*value)));
        part(self.first) + SIDE as u64 * u64::from(inner) + part(self.last)
    }
}

/// The 32 parts of a side of so many pixels.
fn stretches(side: usize) -> Vec<Stretch> {
    (0..SIDE)
        .map(|at| {
            // In 32nds of a pixel.
            let (from, to) = (at * side, (at + 1) * side);
            let (first, last) = (from / SIDE, (to - 1) / SIDE);
            let left = to.min(SIDE * (first + 1)) - from;
            let right = to - SIDE * last;
            Stretch {
                first,
                last,
                ends: (left as u64, right as u64),
            }
        })
        .collect()
}

/// DCT-II of the thumbnail, without the usual factors: frequency `across + 10 down`, with its 8 fractional bits.
fn spectrum(thumbnail: &[u64]) -> Vec<i64> {
    let mut lines = [[0_i64; FREQUENCIES]; SIDE];
    for (line, values) in lines.iter_mut().zip(thumbnail.chunks_exact(SIDE)) {
        for (frequency, sum) in line.iter_mut().enumerate() {
            *sum = (values.iter().enumerate())
                // At most 65,280.
                .map(|(x, value)| *value as i64 * cosine((2 * x + 1) * frequency))
                .sum();
        }
    }
    (0..FREQUENCIES * FREQUENCIES)
        .map(|at| {
            let (across, down) = (at % FREQUENCIES, at / FREQUENCIES);
            let sum: i64 = (lines.iter().enumerate())
                .map(|(y, line)| line[across] * cosine((2 * y + 1) * down))
                .sum();
            // Towards zero, so that a mirrored picture has exactly the same with the other sign.
            sum / (1 << 30)
        })
        .collect()
}

/// `cos(k π / 64)` with 15 fractional bits.
fn cosine(k: usize) -> i64 {
    match k % 128 {
        k @ 0..=32 => COSINE[k],
        k @ 33..=64 => -COSINE[64 - k],
        k @ 65..=96 => -COSINE[k - 64],
        k => COSINE[128 - k],
    }
}

#[cfg(test)]
#[path = "sketch_tests.rs"]
pub(crate) mod tests;
