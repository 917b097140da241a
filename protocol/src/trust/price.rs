//! What it costs to be trusted: to fake a score, and to be a seller with this one.

use super::{Amount, Parameters, Standing, UNIT, WHOLE_BP, decay_amount, headline, lower, units};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Evidence is priced in steps of 1/4096 unit, for below that the last basis point of [`lower`] wavers.
const STEP: u64 = UNIT >> 12;

/// What somebody pays who buys from themselves until a score is reached, without one more audit.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Price {
    /// Good evidence that is missing, units in Q32.32: up to the next 4096th of a unit.
    pub missing: u64,
    /// Weight that must be bought for it, units in Q32.32: more than `missing` after a strike.
    pub weight: u64,
    /// Planck burned, rounded up; lost for good.
    pub burned: u128,
    /// Orders, at least.
    pub orders: u32,
    /// Buyers' accounts, at least.
    pub accounts: u32,
    /// Planck burned in each half-life of good evidence (a year, in the first parameters) to stay there, rounded up.
    pub upkeep: u128,
}

/// Why no purchase reaches a score.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum OutOfReach {
    /// Audits or deliveries show that it is not deserved; opinions cannot lift above that.
    #[codec(index = 0)]
    AboveAudits,
    /// Good evidence counts only up to a cap, and the bad evidence has to decay first.
    #[codec(index = 1)]
    AboveCap,
}

/// What it would cost an account with this `standing` and so many `strikes` (Q32.32) to raise its middle to
/// `target` basis points with opinions that it pays for itself.
///
/// # Errors
/// See [`OutOfReach`].
pub fn price_of(
    standing: &Standing,
    strikes: u64,
    target: u16,
    parameters: &Parameters,
) -> Result<Price, OutOfReach> {
    if headline(standing, parameters).high < target {
        return Err(OutOfReach::AboveAudits);
    }
    let Amount { r, s } = standing.audits.plus(standing.opinions);
    let needed = least_good(target, s, parameters).ok_or(OutOfReach::AboveCap)?;
    let missing = needed.saturating_sub(r);
    let dearer = |units: u64| times(units, u128::from(UNIT) + u128::from(strikes));
    let weight = dearer(missing);
    Ok(Price {
        missing,
        weight,
        burned: fee(weight, parameters.unit_fee),
        orders: pieces(weight, parameters.order_cap),
        accounts: pieces(weight, parameters.pair_cap),
        // Decay takes ln 2 of what is there per half-life; 693,148 millionths is just above.
        upkeep: fee(
            dearer(times(needed, (u128::from(UNIT) * 693_148).div_ceil(1_000_000))),
            parameters.unit_fee,
        ),
    })
}

/// The least good evidence, up to the cap and in whole steps, with which `s` of bad evidence has a lower bound of
/// `target`.
fn least_good(target: u16, s: u64, parameters: &Parameters) -> Option<u64> {
    let cap = units(parameters.evidence_cap);
    if lower(cap, s) < target {
        return None;
    }
    // Invariant: `high` steps are enough. The cap is below 2^48, so this ends after at most 28 halvings.
    let (mut low, mut high) = (0, cap / STEP);
    while low < high {
        let middle = low + (high - low) / 2;
        if lower(middle * STEP, s) >= target {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Some(high * STEP)
}

/// `units · factor` with the factor in Q32.32, rounded up, saturating.
fn times(units: u64, factor: u128) -> u64 {
    let product = u128::from(units)
        .saturating_mul(factor)
        .div_ceil(u128::from(UNIT));
    u64::try_from(product).unwrap_or(u64::MAX)
}

/// What so much weight costs, planck, rounded up, saturating.
fn fee(weight: u64, unit_fee: u128) -> u128 {
    let (whole, part) = (u128::from(weight / UNIT), u128::from(weight % UNIT));
    let (high, low) = (unit_fee >> 32, unit_fee % u128::from(UNIT));
    // unit_fee · part / 2^32, in two products that fit: the second is below 2^64.
    let of_part = (high * part).saturating_add((low * part).div_ceil(u128::from(UNIT)));
    unit_fee.saturating_mul(whole).saturating_add(of_part)
}

/// In how many pieces of at most `cap` units so much weight comes.
fn pieces(weight: u64, cap: u16) -> u32 {
    u32::try_from(weight.div_ceil(units(cap.max(1)))).unwrap_or(u32::MAX)
}

/// The bond that an offer at this price needs, planck, rounded up: fifteen prices for the unknown, five for a score of
/// one. Newcomers pay their dues as something that they get back. Saturates.
pub fn bond(price: u128, score: u16) -> u128 {
    let score = u128::from(score.min(WHOLE_BP));
    let whole = u128::from(WHOLE_BP);
    let factor = 15 * whole - 10 * score;
    (price / whole)
        .saturating_mul(factor)
        .saturating_add(((price % whole) * factor).div_ceil(whole))
}

/// How much of a seller's orders may be undecided at once, planck: the bond, and a quarter of what was settled so far,
/// `settled` planck at their own time, `elapsed` blocks ago. It bounds what a sudden turn can steal. Saturates.
pub fn exposure_cap(bond: u128, settled: u128, elapsed: u32, parameters: &Parameters) -> u128 {
    bond.saturating_add(decay_amount(settled, elapsed, parameters.good_half_life) / 4)
}
