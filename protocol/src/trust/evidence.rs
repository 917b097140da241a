//! What happens, and what it says about whom.

use super::{FORMULA_VERSION, Facet, Role, units};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Everything that can be tuned. A change makes every score that follows incomparable with those before, so each set
/// has a version and a change is an event.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parameters {
    /// Which set this is, from 1.
    pub version: u16,
    /// Blocks after which half of the good evidence is left. At least 1.
    pub good_half_life: u32,
    /// Blocks after which half of the bad evidence and of the strikes is left. At least 1.
    pub bad_half_life: u32,
    /// Planck burned that are worth one unit. At least 1.
    pub unit_fee: u128,
    /// Most units that one order can be worth.
    pub order_cap: u16,
    /// Most live units of opinion that one buyer has about one seller.
    pub pair_cap: u16,
    /// Good evidence counts up to so many units: the old cannot be out of reach.
    pub evidence_cap: u16,
    /// From so many units of audits and opinions an account counts as known.
    pub known_from: u16,
    /// Units of a clean audit.
    pub clean: u16,
    /// Units of an audit that found banded metrics off.
    pub mismatch: u16,
    /// Units of an audit that found an exact metric false, a person left in, or nothing to look at.
    pub serious: u16,
    /// Units of a fraud that arithmetic proved.
    pub fraud: u16,
    /// Blocks after the settlement within which an order's buyer may rate, inclusive.
    pub rate_within: u32,
}

impl Parameters {
    /// The first set: half-lives of 365 and 730 days, ratings within 30 days.
    ///
    /// `blocks_per_day`: 43,200 where a block takes two seconds; `unit_fee`: planck burned that are worth one unit.
    pub const fn first(blocks_per_day: u32, unit_fee: u128) -> Self {
        Self {
            version: FORMULA_VERSION,
            good_half_life: blocks_per_day.saturating_mul(365),
            bad_half_life: blocks_per_day.saturating_mul(730),
            unit_fee,
            order_cap: 8,
            pair_cap: 4,
            evidence_cap: 60,
            known_from: 8,
            clean: 1,
            mismatch: 3,
            serious: 8,
            fraud: 25,
            rate_within: blocks_per_day.saturating_mul(30),
        }
    }

    /// Whether the set makes sense: no zero where one would switch a defence off, and a fault never weighs less than a
    /// clean audit.
    pub fn is_sane(&self) -> bool {
        self.version > 0
            && self.good_half_life > 0
            && self.bad_half_life >= self.good_half_life
            && self.unit_fee > 0
            && self.order_cap > 0
            && self.pair_cap > 0
            && self.evidence_cap >= self.known_from
            && self.clean > 0
            && self.mismatch >= self.clean
            && self.serious >= self.mismatch
            && self.fraud >= self.serious
    }

    /// The weight of an order of which `burned` planck were burned, units in Q32.32.
    pub fn order_weight(&self, burned: u128) -> u64 {
        weight(burned, self.unit_fee, self.order_cap)
    }
}

/// What `burned` planck are worth when `unit_fee` (0 counts as 1) make a unit: proportional, rounded down, at most
/// `cap` units. Q32.32.
///
/// Proportional, since a concave weight is cheaper in many small purchases, and a convex one in few large ones.
pub fn weight(burned: u128, unit_fee: u128, cap: u16) -> u64 {
    let unit_fee = unit_fee.max(1);
    let whole = burned / unit_fee;
    if whole >= u128::from(cap) {
        return units(cap);
    }
    // Of a fee of more than 96 bits the last ones do not count: the product must fit.
    let shift = 32u32.saturating_sub(unit_fee.leading_zeros());
    let part = ((burned % unit_fee) >> shift << 32) / (unit_fee >> shift).max(1);
    // `whole` is below 2^16 and the part at most one unit.
    ((whole as u64) << 32)
        .saturating_add(u64::try_from(part).unwrap_or(u64::MAX))
        .min(units(cap))
}

/// What can happen to an account's reputation.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Happening {
    /// Fact: an order settled; `weight` as of [`Parameters::order_weight`].
    #[codec(index = 0)]
    Settled {
        /// Units, Q32.32.
        weight: u64,
    },
    /// Fact: nobody delivered an order in time; `weight` of what would have been burned.
    #[codec(index = 1)]
    Expired {
        /// Units, Q32.32.
        weight: u64,
    },
    /// Fact: a chunk does not open to what the root commits to.
    #[codec(index = 2)]
    FraudProven,
    /// Opinion of an order's buyer; `weight` after the cap per pair.
    #[codec(index = 3)]
    Rated {
        /// Whether they would buy again.
        good: bool,
        /// Units, Q32.32.
        weight: u64,
    },
    /// Audit: the rows agree.
    #[codec(index = 4)]
    AuditClean,
    /// Audit: banded metrics are off on more than a tenth of the sampled items.
    #[codec(index = 5)]
    AuditMismatch,
    /// Audit: an exact metric is false, or the sample was not opened.
    #[codec(index = 6)]
    AuditSerious,
    /// Audit: somebody can be recognised.
    #[codec(index = 7)]
    PrivacyMiss,
    /// Audit: an auditor found what the others found.
    #[codec(index = 8)]
    AuditorAgreed,
    /// Audit: an auditor found something else.
    #[codec(index = 9)]
    AuditorDissented,
    /// Audit: an auditor who was drawn did not answer.
    #[codec(index = 10)]
    AuditorSilent,
    /// Audit: an auditor did not see a planted fault.
    #[codec(index = 11)]
    CanaryMissed,
}

/// What is added to a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Good evidence, units in Q32.32, before the division by strikes.
    Good(u64),
    /// Bad evidence.
    Bad {
        /// Units, Q32.32.
        units: u64,
        /// Whether it makes later good evidence dearer.
        strike: bool,
    },
}

/// A change, and which cell of the account in that role it goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// The seller's, the gateway's or the auditor's account.
    pub role: Role,
    /// The cell.
    pub facet: Facet,
    /// What is added.
    pub change: Change,
}

impl Happening {
    /// The most effects of one.
    pub const EFFECTS: u32 = 3;

    /// What it adds to whose cells: at most [`Self::EFFECTS`] effects, never two on one cell.
    pub fn effects(self, parameters: &Parameters) -> impl Iterator<Item = Effect> {
        use {Facet::*, Role::*};
        let good = |whole| Change::Good(units(whole));
        let bad = |whole, strike| Change::Bad {
            units: units(whole),
            strike,
        };
        let on = |role, facet, change| Some(Effect { role, facet, change });
        let both = |facet, change| [on(Seller, facet, change), on(Gateway, facet, change), None];
        let auditor = |change| [on(Auditor, Agreement, change), None, None];
        let list = match self {
            Self::Settled { weight } => both(Delivery, Change::Good(weight)),
            Self::Expired { weight } => both(
                Delivery,
                Change::Bad {
                    units: weight.max(units(1)),
                    strike: false,
                },
            ),
            Self::FraudProven => both(Delivery, bad(parameters.fraud, true)),
            Self::Rated { good: true, weight } => [on(Seller, Opinion, Change::Good(weight)), None, None],
            Self::Rated { good: false, weight } => [
                on(
                    Seller,
                    Opinion,
                    Change::Bad {
                        units: weight,
                        strike: false,
                    },
                ),
                None,
                None,
            ],
            Self::AuditClean => {
                let clean = good(parameters.clean);
                [
                    on(Seller, Content, clean),
                    on(Gateway, Content, clean),
                    on(Gateway, Privacy, clean),
                ]
            }
            Self::AuditMismatch => both(Content, bad(parameters.mismatch, false)),
            Self::AuditSerious => both(Content, bad(parameters.serious, true)),
            Self::PrivacyMiss => [
                on(Seller, Content, bad(parameters.mismatch, false)),
                on(Gateway, Privacy, bad(parameters.serious, true)),
                None,
            ],
            Self::AuditorAgreed => auditor(good(parameters.clean)),
            Self::AuditorDissented => auditor(bad(parameters.mismatch, false)),
            Self::AuditorSilent => auditor(bad(parameters.clean, false)),
            Self::CanaryMissed => auditor(bad(parameters.serious, true)),
        };
        list.into_iter().flatten()
    }
}
