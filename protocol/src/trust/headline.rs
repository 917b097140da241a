//! The one number that is shown first, and the numbers that stand beside it.

use super::{Amount, Parameters, expectation, lower, uncertainty, units, upper};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// A headline is shown in steps of two and a half points, rounded down: finer differences mean nothing.
const TIER_BP: u16 = 250;
/// Who cannot be this good any more, by audits, by deliveries or by all that is known, is flagged: praise that was bought
/// takes no warning away.
const FLAGGED_BELOW_BP: u16 = 7_500;

/// All evidence about an account in one role, decayed to one height.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, Default, PartialEq, Eq,
)]
pub struct Standing {
    /// What audits found: a seller's Content, the [`weaker`] of a gateway's Content and Privacy.
    pub audits: Amount,
    /// What buyers said: a seller's Opinion, nothing for others.
    pub opinions: Amount,
    /// What the chain saw: Delivery.
    pub deliveries: Amount,
    /// Whether an offer of the account is frozen now.
    pub frozen: bool,
}

/// A score, and what it rests on. Basis points, 0 to 10,000 inclusive.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Headline {
    /// The score: `middle`, at least `low`, at most `high`, rounded down to steps of 250.
    pub score: u16,
    /// What audits alone show at least: opinions cannot push below it.
    pub low: u16,
    /// What audits, or deliveries alone, show at most: no purchase lifts above it.
    pub high: u16,
    /// What audits and opinions together show at least.
    pub middle: u16,
    /// The middle estimate of audits and opinions together.
    pub expectation: u16,
    /// How much is unknown.
    pub uncertainty: u16,
    /// Whether there is enough evidence to speak of a score at all.
    pub known: bool,
    /// Whether buyers should be warned.
    pub flagged: bool,
}

/// The amount with the smaller lower bound; of two with the same, the one with the smaller upper bound, or `a`.
///
/// One audit feeds a gateway's Content and its Privacy; adding the two would count it twice.
pub fn weaker(a: Amount, b: Amount) -> Amount {
    let bounds = |x: Amount| (lower(x.r, x.s), upper(x.r, x.s));
    if bounds(b) < bounds(a) { b } else { a }
}

/// The headline of an account.
pub fn headline(standing: &Standing, parameters: &Parameters) -> Headline {
    let Standing {
        audits,
        opinions,
        deliveries,
        frozen,
    } = *standing;
    let both = audits.plus(opinions);
    let cap = units(parameters.evidence_cap);
    let low = lower(audits.r.min(cap), audits.s);
    let high = upper(audits.r, audits.s).min(upper(deliveries.r, deliveries.s));
    let middle = lower(both.r.min(cap), both.s);
    let score = middle.max(low).min(high);
    Headline {
        score: score - score % TIER_BP,
        low,
        high,
        middle,
        expectation: expectation(both.r, both.s),
        uncertainty: uncertainty(both.r, both.s),
        known: both.total() >= units(parameters.known_from),
        flagged: frozen || high.min(upper(both.r, both.s)) < FLAGGED_BELOW_BP,
    }
}

/// The score that a listing shows: the smaller of its seller's and its gateway's, for they may be one person.
pub fn listing(seller: &Headline, gateway: &Headline) -> u16 {
    seller.score.min(gateway.score)
}
