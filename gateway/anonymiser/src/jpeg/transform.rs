//! The discrete cosine transform (T.81 A.3.3) in integers, so that every machine gets the same pixels.
//!
//! All one-dimensional steps are scaled by the root of 8: then the basis is one for DC, and two steps leave a factor of 8.
//! Sums wrap, see the module above; for values that a picture can have, nothing does.

use super::{ZIGZAG, marks};
use std::num::Wrapping;

type Number = Wrapping<i32>;

const ZERO: Number = Wrapping(0);

/// Bits behind the point: of the constants, and of what is kept between rows and columns.
const BITS: usize = 13;
const KEPT: usize = 2;

/// The root of 2 times the cosine of k/16 of pi, times 2^13.
const C1: Number = Wrapping(11_363);
const C2: Number = Wrapping(10_703);
const C3: Number = Wrapping(9_633);
const C5: Number = Wrapping(6_436);
const C6: Number = Wrapping(4_433);
const C7: Number = Wrapping(2_260);

/// `N` samples, scaled by 2^13, from the `N` lowest coefficients; `half`: the upper half of eight is zero.
#[inline(always)]
fn inverse<const N: usize>(x: [Number; N], half: bool) -> [Number; N] {
    let mut out = [ZERO; N];
    match N {
        1 => out[0] = x[0] << BITS,
        2 => {
            let (a, b) = (x[0] << BITS, x[1] << BITS);
            (out[0], out[1]) = (a + b, a - b);
        }
        4 => {
            let (a, b) = ((x[0] + x[2]) << BITS, (x[0] - x[2]) << BITS);
            let (c, d) = (x[1] * C2 + x[3] * C6, x[1] * C6 - x[3] * C2);
            (out[0], out[1], out[2], out[3]) = (a + c, b + d, b - d, a - c);
        }
        8 => {
            let (even, odd) = if half {
                let a = x[0] << BITS;
                let (c, d) = (x[2] * C2, x[2] * C6);
                let odd = [
                    x[1] * C1 + x[3] * C3,
                    x[1] * C3 - x[3] * C7,
                    x[1] * C5 - x[3] * C1,
                    x[1] * C7 - x[3] * C5,
                ];
                ([a + c, a + d, a - d, a - c], odd)
            } else {
                let (a, b) = ((x[0] + x[4]) << BITS, (x[0] - x[4]) << BITS);
                let (c, d) = (x[2] * C2 + x[6] * C6, x[2] * C6 - x[6] * C2);
                let odd = [
                    x[1] * C1 + x[3] * C3 + x[5] * C5 + x[7] * C7,
                    x[1] * C3 - x[3] * C7 - x[5] * C1 - x[7] * C5,
                    x[1] * C5 - x[3] * C1 + x[5] * C7 + x[7] * C3,
                    x[1] * C7 - x[3] * C5 + x[5] * C3 - x[7] * C1,
                ];
                ([a + c, b + d, b - d, a - c], odd)
            };
            for (n, (even, odd)) in even.into_iter().zip(odd).enumerate() {
                (out[n], out[7 - n]) = (even + odd, even - odd);
            }
        }
        _ => unreachable!("blocks are scaled to 1, 2, 4 or 8 samples"),
    }
    out
}

#[inline(always)]
fn round(value: Number, bits: usize) -> Number {
    (value + Wrapping(1 << (bits - 1))) >> bits
}

/// A sample from its value around zero.
#[inline(always)]
fn sample(value: Number) -> u8 {
    (value + Wrapping(128)).0.clamp(0, 255) as u8
}

/// Writes the `W` x `H` samples (1, 2, 4 or 8 each) that a block shows at that size, into rows `pitch` bytes apart. `block`
/// and `steps` in zigzag order. Fewer than eight samples are the transform of that length over the lowest coefficients,
/// so the finer ones are left out rather than folded over.
#[inline]
pub(super) fn samples<const W: usize, const H: usize>(
    block: &[i16; 64],
    steps: &[u16; 64],
    out: &mut [u8],
    pitch: usize,
) {
    let marks = marks(block);
    let dc = Wrapping(i32::from(block[0])) * Wrapping(i32::from(steps[0]));
    if marks & !1 == 0 || W * H == 1 {
        let flat = sample(round(dc, 3));
        for row in out.chunks_mut(pitch).take(H) {
            row[..W].fill(flat);
        }
        return;
    }
    // By columns, so that a column is one piece.
    let mut values = [[ZERO; 8]; W];
    let (mut columns, mut low_rows) = (0_u32, true);
    let mut left = marks;
    while left != 0 {
        let k = left.trailing_zeros() as usize;
        left &= left - 1;
        let (row, column) = (usize::from(ZIGZAG[k] >> 3), usize::from(ZIGZAG[k] & 7));
        if column < W && row < H {
            values[column][row] = Wrapping(i32::from(block[k])) * Wrapping(i32::from(steps[k]));
            columns |= 1 << column;
            low_rows &= row < 4;
        }
    }
    let mut rows = [[ZERO; W]; H];
    for (column, value) in values.iter().enumerate() {
        if columns >> column & 1 == 0 {
            continue;
        }
        let value: [Number; H] = std::array::from_fn(|n| value[n]);
        let done = if low_rows {
            inverse(value, true)
        } else {
            inverse(value, false)
        };
        for (row, value) in rows.iter_mut().zip(done) {
            row[column] = round(value, BITS - KEPT);
        }
    }
    for (row, out) in rows.iter().zip(out.chunks_mut(pitch)) {
        let done = if columns < 16 {
            inverse(*row, true)
        } else {
            inverse(*row, false)
        };
        let out = out.first_chunk_mut::<W>().expect("planes hold whole blocks; qed");
        *out = done.map(|value| sample(round(value, BITS + KEPT + 3)));
    }
}

/// The 8 x 8 values, row by row, that a block stands for before they are clamped to samples.
pub(super) fn values(block: &[i16; 64], steps: &[u16; 64]) -> [i32; 64] {
    let mut columns = [[ZERO; 8]; 8];
    for (k, place) in ZIGZAG.into_iter().map(usize::from).enumerate() {
        columns[place & 7][place >> 3] = Wrapping(i32::from(block[k])) * Wrapping(i32::from(steps[k]));
    }
    let columns = columns.map(|column| inverse(column, false).map(|v| round(v, BITS - KEPT)));
    let rows = std::array::from_fn::<_, 8, _>(|row| inverse(columns.map(|column| column[row]), false));
    std::array::from_fn(|n| (round(rows[n / 8][n % 8], BITS + KEPT + 3) + Wrapping(128)).0)
}

/// Eight coefficients, scaled by 2^13, from eight samples: the transpose of [`inverse`].
#[inline(always)]
fn forward(x: [Number; 8]) -> [Number; 8] {
    let sum: [Number; 4] = std::array::from_fn(|n| x[n] + x[7 - n]);
    let [p, q, r, s]: [Number; 4] = std::array::from_fn(|n| x[n] - x[7 - n]);
    let (a, b) = (sum[0] + sum[3], sum[1] + sum[2]);
    let (c, d) = (sum[0] - sum[3], sum[1] - sum[2]);
    [
        (a + b) << BITS,
        p * C1 + q * C3 + r * C5 + s * C7,
        c * C2 + d * C6,
        p * C3 - q * C7 - r * C1 - s * C5,
        (a - b) << BITS,
        p * C5 - q * C1 + r * C7 + s * C3,
        c * C6 - d * C2,
        p * C7 - q * C5 + r * C3 - s * C1,
    ]
}

/// The quantised coefficients, in zigzag order, of 8 x 8 samples (row by row, 0 to 255, or somewhat beyond); `steps` are not
/// zero.
pub(super) fn coefficients(samples: &[i16; 64], steps: &[u16; 64]) -> [i16; 64] {
    let mut rows = [[ZERO; 8]; 8];
    for (row, samples) in rows.iter_mut().zip(samples.as_chunks::<8>().0) {
        let centred = samples.map(|v| Wrapping(i32::from(v) - 128));
        *row = forward(centred).map(|v| round(v, BITS - KEPT));
    }
    let mut plane = [0_i32; 64];
    for column in 0..8 {
        let done = forward(std::array::from_fn(|row| rows[row][column]));
        for (row, value) in done.into_iter().enumerate() {
            plane[8 * row + column] = round(value, BITS + KEPT).0;
        }
    }
    std::array::from_fn(|k| {
        let (value, step) = (plane[usize::from(ZIGZAG[k])], 8 * i32::from(steps[k]));
        let size = (value.abs() + step / 2) / step;
        (size * value.signum()) as i16
    })
}
