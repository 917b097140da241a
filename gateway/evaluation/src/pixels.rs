//! What a picture's own pixels say, in integers alone.

use serde::{Deserialize, Serialize};

use crate::picture::{Picture, Plane};

/// Luma at most this is *dark*: nothing can be made out there. Inclusive.
pub const DARK: u8 = 4;
/// Luma at least this is *bright*: blown out. Inclusive.
pub const BRIGHT: u8 = 251;
/// The longer side at which [`PixelMetrics::sharpness_scaled`] is taken, at least; below twice this.
pub const SCALED_SIDE: u32 = 512;

/// Pixels over which sums are kept in 32 bits, which processors add by many at a time: of squares of at most 1,020, and
/// nothing larger is summed.
const RUN: usize = 1024;

/// Everything that follows from width, height and RGB bytes: exact, and the same on every machine. The formulae are in
/// the crate's README; thousandths and parts per million are rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelMetrics {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    /// Mean luma in thousandths, 0 to 255,000.
    pub exposure: u32,
    /// Luma that at least 1 % (99 %) of the pixels do not exceed.
    pub luma_p01: u8,
    pub luma_p99: u8,
    /// Share of pixels at or below [`DARK`], parts per million.
    pub dark_ppm: u32,
    /// Share of pixels at or above [`BRIGHT`], parts per million.
    pub bright_ppm: u32,
    /// Variance of the Laplacian of the luma, in thousandths.
    pub sharpness: u64,
    /// The same on the luma shrunk to a longer side of 512 to 1,023 pixels (larger pictures only): comparable between
    /// cameras.
    pub sharpness_scaled: u64,
    /// Standard deviation of the noise in luma, in thousandths (Immerkær 1996).
    pub noise: u32,
    /// Shannon entropy of the luma histogram, in thousandths of a bit, 0 to 8,000.
    pub entropy: u32,
    /// Hasler and Süsstrunk's colourfulness (2003), in thousandths; 0 is grey, 109,000 "extremely colourful".
    pub colourfulness: u32,
}

impl PixelMetrics {
    /// Measures a picture.
    pub fn of(picture: &Picture<'_>) -> Self {
        let luma = picture.luma();
        let histogram = Histogram::of(&luma);
        let factor = (picture.width().max(picture.height()) / SCALED_SIDE).max(1) as usize;
        let sharpness = laplacian_variance(&luma);
        Self {
            width: picture.width(),
            height: picture.height(),
            exposure: histogram.mean_milli(),
            luma_p01: histogram.percentile(1),
            luma_p99: histogram.percentile(99),
            dark_ppm: histogram.share_ppm(0, DARK),
            bright_ppm: histogram.share_ppm(BRIGHT, 255),
            sharpness,
            sharpness_scaled: match factor {
                1 => sharpness,
                _ => laplacian_variance(&luma.shrunk(factor)),
            },
            noise: noise_milli(&luma),
            entropy: histogram.entropy_milli(),
            colourfulness: colourfulness_milli(picture),
        }
    }
}

/// How often each luma occurs; at least one pixel.
struct Histogram {
    counts: [u64; 256],
    pixels: u64,
}

impl Histogram {
    fn of(luma: &Plane) -> Self {
        // Four of them: neighbours are often alike, and counting one twice in a row waits for the first to be written.
        let mut counts = [[0_u64; 256]; 4];
        let (fours, rest) = luma.values.as_chunks::<4>();
        for four in fours {
            for (counts, value) in counts.iter_mut().zip(four) {
                counts[usize::from(*value)] += 1;
            }
        }
        for value in rest {
            counts[0][usize::from(*value)] += 1;
        }
        Self {
            counts: std::array::from_fn(|value| counts.iter().map(|counts| counts[value]).sum()),
            pixels: luma.values.len() as u64,
        }
    }

    fn mean_milli(&self) -> u32 {
        let sum: u64 = (0..).zip(&self.counts).map(|(value, count)| value * count).sum();
        narrow(sum * 1000 / self.pixels)
    }

    /// Nearest rank: the smallest value that at least `percent` in a hundred pixels do not exceed.
    fn percentile(&self, percent: u64) -> u8 {
        let mut seen = 0;
        for (value, count) in (0..=u8::MAX).zip(&self.counts) {
            seen += count;
            if seen * 100 >= percent * self.pixels {
                return value;
            }
        }
        u8::MAX
    }

    fn share_ppm(&self, from: u8, to: u8) -> u32 {
        let sum: u64 = self.counts[usize::from(from)..=usize::from(to)].iter().sum();
        narrow(sum * 1_000_000 / self.pixels)
    }

    /// `log2 n - (Σ c log2 c) / n`, which is `-Σ p log2 p`.
    fn entropy_milli(&self) -> u32 {
        let weighted: u128 = (self.counts.iter().filter(|count| **count > 0))
            .map(|count| u128::from(*count) * u128::from(log2_q32(*count)))
            .sum();
        let bits = u128::from(log2_q32(self.pixels)).saturating_sub(weighted / u128::from(self.pixels));
        narrow((bits * 1000) >> 32)
    }
}

/// Binary logarithm with 32 fractional bits, rounded down; bit by bit, by squaring. 0 for 0.
fn log2_q32(value: u64) -> u64 {
    let Some(whole) = value.checked_ilog2() else {
        return 0;
    };
    // 1 <= mantissa < 2 with 63 fractional bits.
    let mut mantissa = u128::from(value) << (63 - whole);
    let mut log = u64::from(whole);
    for _ in 0..32 {
        mantissa = (mantissa * mantissa) >> 63;
        log <<= 1;
        if mantissa >> 64 != 0 {
            mantissa >>= 1;
            log |= 1;
        }
    }
    log
}

/// The inner pixels of row `y`, which has one above and below, in pieces of at most [`RUN`]: of each piece the nine rows
/// of neighbours, above, here and below, each from the left, in the middle and from the right. All of one length.
fn runs(luma: &Plane, y: usize) -> impl Iterator<Item = [[&[u8]; 3]; 3]> {
    let inner = luma.width() - 2;
    let rows = [luma.row(y - 1), luma.row(y), luma.row(y + 1)];
    (0..inner).step_by(RUN).map(move |start| {
        let length = RUN.min(inner - start);
        rows.map(|row| [0, 1, 2].map(|shift| &row[start + shift..][..length]))
    })
}

/// Variance of the 4-neighbour Laplacian over inner pixels, in thousandths; 0 when there are none.
fn laplacian_variance(luma: &Plane) -> u64 {
    let (width, height) = (luma.width(), luma.height());
    if width < 3 || height < 3 {
        return 0;
    }
    let (mut sum, mut squares) = (0_i64, 0_u64);
    for y in 1..height - 1 {
        for run in runs(luma, y) {
            let (mut part, mut part_squares) = (0_i32, 0_u32);
            for x in 0..run[1][1].len() {
                let [up, left, right, down] =
                    [run[0][1], run[1][0], run[1][2], run[2][1]].map(|near| i16::from(near[x]));
                let centre = i16::from(run[1][1][x]);
                // At most 1,020 either way.
                let value = (up.wrapping_add(down).wrapping_add(left).wrapping_add(right))
                    .wrapping_sub(centre.wrapping_mul(4));
                let value = i32::from(value);
                part = part.wrapping_add(value);
                part_squares = part_squares.wrapping_add(value.wrapping_mul(value) as u32);
            }
            sum += i64::from(part);
            squares += u64::from(part_squares);
        }
    }
    let count = ((width - 2) * (height - 2)) as u64;
    variance(count, sum, squares, 1000, 1)
}

/// `scale * (n Σx² - (Σx)²) / (divisor * n²)`, rounded down.
fn variance(count: u64, sum: i64, squares: u64, scale: u128, divisor: u128) -> u64 {
    let count = u128::from(count.max(1));
    let spread = (count * u128::from(squares)).saturating_sub(u128::from(sum.unsigned_abs()).pow(2));
    u64::try_from(spread * scale / (divisor * count * count)).unwrap_or(u64::MAX)
}

/// `√(π/2) Σ|I ∗ N| / (6 n)` over inner pixels with N = [1 -2 1; -2 4 -2; 1 -2 1], in thousandths; 0 when there are none.
fn noise_milli(luma: &Plane) -> u32 {
    /// `√(π/2)`, in millionths.
    const ROOT_HALF_PI: u128 = 1_253_314;
    let (width, height) = (luma.width(), luma.height());
    if width < 3 || height < 3 {
        return 0;
    }
    let mut sum = 0_u64;
    for y in 1..height - 1 {
        for run in runs(luma, y) {
            let mut part = 0_u32;
            for x in 0..run[1][1].len() {
                let second = |row: [&[u8]; 3]| {
                    let [left, centre, right] = row.map(|near| i16::from(near[x]));
                    left.wrapping_add(right).wrapping_sub(centre.wrapping_mul(2))
                };
                // At most 2,040 either way.
                let value = (second(run[0]).wrapping_add(second(run[2])))
                    .wrapping_sub(second(run[1]).wrapping_mul(2));
                part = part.wrapping_add(u32::from(value.unsigned_abs()));
            }
            sum += u64::from(part);
        }
    }
    let count = ((width - 2) * (height - 2)) as u128;
    narrow(u128::from(sum) * ROOT_HALF_PI / (6 * 1000 * count))
}

/// `√(σ²(rg) + σ²(yb)) + 0.3 √(μ²(rg) + μ²(yb))` with rg = R - G and yb = (R + G) / 2 - B, in thousandths.
fn colourfulness_milli(picture: &Picture<'_>) -> u32 {
    // `yb` is doubled so that it stays whole; the quarters below take that back.
    let (mut rg_sum, mut rg_squares, mut yb_sum, mut yb_squares) = (0_i64, 0_u64, 0_i64, 0_u64);
    for run in picture.pixels().chunks(RUN) {
        let (mut rg_part, mut rg_part_squares, mut yb_part, mut yb_part_squares) =
            (0_i32, 0_u32, 0_i32, 0_u32);
        for pixel in run {
            let [red, green, blue] = pixel.map(i32::from);
            // At most 255 and 510 either way.
            let rg = red.wrapping_sub(green);
            let yb = red.wrapping_add(green).wrapping_sub(blue.wrapping_mul(2));
            rg_part = rg_part.wrapping_add(rg);
            yb_part = yb_part.wrapping_add(yb);
            rg_part_squares = rg_part_squares.wrapping_add(rg.wrapping_mul(rg) as u32);
            yb_part_squares = yb_part_squares.wrapping_add(yb.wrapping_mul(yb) as u32);
        }
        rg_sum += i64::from(rg_part);
        yb_sum += i64::from(yb_part);
        rg_squares += u64::from(rg_part_squares);
        yb_squares += u64::from(yb_part_squares);
    }
    let count = picture.pixels().len() as u64;
    let count = u128::from(count.max(1));
    let square = |sum: i64| u128::from(sum.unsigned_abs()).pow(2);
    let spread = |sum: i64, squares: u64| (count * u128::from(squares)).saturating_sub(square(sum));
    let spreads = 4 * spread(rg_sum, rg_squares) + spread(yb_sum, yb_squares);
    let means = 4 * square(rg_sum) + square(yb_sum);
    let root_milli = |sum: u128| (sum * 1_000_000 / (4 * count * count)).isqrt();
    narrow(root_milli(spreads) + 3 * root_milli(means) / 10)
}

/// Every figure that comes here fits: at most 8 bits times a million.
fn narrow<N: TryInto<u32>>(value: N) -> u32 {
    value.try_into().unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "pixels_tests.rs"]
mod tests;
