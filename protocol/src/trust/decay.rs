//! Exponential decay in integers.

/// `2^(-2^-(j+1))` as Q0.64, defined by square roots so that every language gets the same 40 numbers: half a bit of
/// exponent first, 2^-40 last.
const ROOTS: [u64; 40] = roots();

const fn roots() -> [u64; 40] {
    let mut table = [0; 40];
    let mut square = 1u128 << 127;
    let mut j = 0;
    while j < table.len() {
        // The root of a number below 2^128 is below 2^64.
        table[j] = square.isqrt() as u64;
        square = (table[j] as u128) << 64;
        j += 1;
    }
    table
}

/// By what `elapsed` blocks multiply: whole halvings, and a factor in Q0.64 from 2^63 (exclusive) to 2^64 (inclusive).
///
/// The exponent is exact to 2^-40 half-lives, rounded down, hence many small steps agree with one large one. A half-life
/// of 0 counts as 1.
fn factor(elapsed: u32, half_life: u32) -> (u32, u128) {
    let half_life = half_life.max(1);
    let part = (u128::from(elapsed % half_life) << 40) / u128::from(half_life);
    let mut product = 1u128 << 64;
    for (j, &root) in ROOTS.iter().enumerate() {
        if part >> (39 - j) & 1 == 1 {
            // At most 2^64 · (2^64 - 1) + 2^63, which is below 2^128.
            product = (product * u128::from(root) + (1 << 63)) >> 64;
        }
    }
    (elapsed / half_life, product)
}

/// What is left of `x` after `elapsed` blocks when half is left after `half_life` blocks (0 counts as 1).
///
/// Never more than `x`, and never rising with `elapsed`. Off the true value by at most 16 in the last place for up to
/// 4,096 units and 10 half-lives. After 64 half-lives nothing is left.
pub fn decay(x: u64, elapsed: u32, half_life: u32) -> u64 {
    // Most cells have no bad evidence, and many are asked about in the block in which they changed.
    if x == 0 || elapsed == 0 {
        return x;
    }
    let (halvings, factor) = factor(elapsed, half_life);
    let halved = x.checked_shr(halvings).unwrap_or(0);
    // At most (2^64 - 1) · 2^64 + 2^63 before the shift, and at most `x` after it.
    ((u128::from(halved) * factor + (1 << 63)) >> 64) as u64
}

/// [`decay`] of an amount of money, in its smallest units.
pub fn decay_amount(x: u128, elapsed: u32, half_life: u32) -> u128 {
    let (halvings, factor) = factor(elapsed, half_life);
    let halved = x.checked_shr(halvings).unwrap_or(0);
    let (high, low) = (halved >> 64, halved & u128::from(u64::MAX));
    // The parts are below 2^64 and the factor at most 2^64, so each product fits; the sum is at most `halved`.
    (high * factor).saturating_add((low * factor + (1 << 63)) >> 64)
}
