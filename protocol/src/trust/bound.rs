//! What so much evidence shows at least and at most.
//!
//! One constant makes all of it: a prior weight of four units, half good and half bad. The expectation is then Agresti
//! and Coull's "plus four" estimate, the uncertainty that of a subjective-logic opinion, and the bounds are Wilson's
//! interval for z = 2 (E. B. Wilson, "Probable inference", JASA 22, 1927; A. Agresti, B. Coull, "Approximate is better
//! than exact", The American Statistician 52, 1998).

use super::{UNIT, WHOLE_BP};

const ONE: u128 = UNIT as u128;
const WHOLE: u128 = WHOLE_BP as u128;

/// The least that `r` units of good and `s` of bad evidence show, basis points, rounded down:
/// `(r + 2 − 2√(1 + r·s/n)) / (n + 4)` with `n = r + s`; 0 without evidence.
///
/// Rises with `r` and falls with `s`. Where a step is smaller than 1/4096 unit, or there are more than 4,096 units, the
/// last basis point may waver by one.
pub fn lower(r: u64, s: u64) -> u16 {
    let (r, s) = (u128::from(r), u128::from(s));
    let n = r + s;
    let Some(mixed) = (r * s).checked_div(n) else {
        return 0;
    };
    // `mixed` is at most 2^62, so that this is below 2^95.
    let spread = ((ONE + mixed) << 32).isqrt();
    // The numerator is at most `n + 4`, so the quotient is at most 10,000.
    ((r + 2 * ONE).saturating_sub(2 * spread) * WHOLE / (n + 4 * ONE)) as u16
}

/// The most that `r` units of good and `s` of bad evidence show, basis points: what [`lower`] leaves to the other side.
/// 10,000 without evidence.
pub fn upper(r: u64, s: u64) -> u16 {
    WHOLE_BP - lower(s, r)
}

/// The middle estimate `(r + 2) / (n + 4)`, basis points, rounded down; 5,000 without evidence.
pub fn expectation(r: u64, s: u64) -> u16 {
    let (r, s) = (u128::from(r), u128::from(s));
    // Below one, so the quotient is below 10,000.
    ((r + 2 * ONE) * WHOLE / (r + s + 4 * ONE)) as u16
}

/// How much of an opinion is still unknown, `4 / (n + 4)`, basis points, rounded down; 10,000 without evidence.
pub fn uncertainty(r: u64, s: u64) -> u16 {
    // At most one, so the quotient is at most 10,000.
    (4 * ONE * WHOLE / (u128::from(r) + u128::from(s) + 4 * ONE)) as u16
}
