//! Where evidence is kept: one cell for an account's role, what the evidence is about, and in which kind of data.

use super::{Change, Parameters, UNIT, decay::decay};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// As what an account acts.
#[derive(
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Role {
    /// Sells.
    #[codec(index = 0)]
    Seller,
    /// Anonymises and vouches.
    #[codec(index = 1)]
    Gateway,
    /// Repeats evaluations.
    #[codec(index = 2)]
    Auditor,
    /// Buys; only counted, never judged.
    #[codec(index = 3)]
    Buyer,
}

/// What a piece of evidence is about.
#[derive(
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Facet {
    /// Fact: was what was sold delivered, and was it what the root commits to?
    #[codec(index = 0)]
    Delivery,
    /// Audit: is the content what its report says?
    #[codec(index = 1)]
    Content,
    /// Audit: is no person left in it?
    #[codec(index = 2)]
    Privacy,
    /// Opinion: were those who paid content?
    #[codec(index = 3)]
    Opinion,
    /// Audit: does an auditor find what the others find?
    #[codec(index = 4)]
    Agreement,
}

/// In which kind of data.
#[derive(
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum Modality {
    /// Unknown or mixed. Asked for, it means all kinds together.
    #[codec(index = 0)]
    Any,
    /// Pictures.
    #[codec(index = 1)]
    Image,
    /// Moving pictures.
    #[codec(index = 2)]
    Video,
    /// Sound.
    #[codec(index = 3)]
    Audio,
    /// Text.
    #[codec(index = 4)]
    Text,
    /// Tables.
    #[codec(index = 5)]
    Tabular,
    /// Series of measurements.
    #[codec(index = 6)]
    Sensor,
}

impl Role {
    /// All of them, in the order of their indices.
    pub const ALL: [Self; 4] = [Self::Seller, Self::Gateway, Self::Auditor, Self::Buyer];
}

impl Facet {
    /// All of them, in the order of their indices.
    pub const ALL: [Self; 5] = [
        Self::Delivery,
        Self::Content,
        Self::Privacy,
        Self::Opinion,
        Self::Agreement,
    ];
}

impl Modality {
    /// All of them, in the order of their indices.
    pub const ALL: [Self; 7] = [
        Self::Any,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Text,
        Self::Tabular,
        Self::Sensor,
    ];
}

/// Good and bad evidence at one moment, units in Q32.32.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, Default, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Amount {
    /// Good.
    pub r: u64,
    /// Bad.
    pub s: u64,
}

impl Amount {
    /// Both amounts together, saturating.
    pub fn plus(self, other: Self) -> Self {
        Self {
            r: self.r.saturating_add(other.r),
            s: self.s.saturating_add(other.s),
        }
    }

    /// Good and bad together, saturating.
    pub fn total(self) -> u64 {
        self.r.saturating_add(self.s)
    }
}

/// Evidence as it stood at the block `at`: stored, and brought up to date only when it is read or added to.
///
/// Field order is consensus, pinned by golden vectors.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, Default, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cell {
    /// Good evidence, units in Q32.32.
    pub r: u64,
    /// Bad evidence, units in Q32.32.
    pub s: u64,
    /// Serious faults, Q32.32. Decay as `s` does; each makes good evidence dearer.
    ///
    /// As fine as evidence: at Q16.16 a strike of somebody who is active every day would never decay.
    pub strikes: u64,
    /// How often good evidence came. Saturates, never decays.
    pub good: u32,
    /// How often bad evidence came. Saturates, never decays.
    pub bad: u32,
    /// Height of the first evidence.
    pub since: u32,
    /// Height of the last evidence.
    pub at: u32,
}

impl Cell {
    /// The cell at height `now`, decayed. A height before `at` changes nothing.
    pub fn decayed(self, now: u32, parameters: &Parameters) -> Self {
        let elapsed = now.saturating_sub(self.at);
        Self {
            r: decay(self.r, elapsed, parameters.good_half_life),
            s: decay(self.s, elapsed, parameters.bad_half_life),
            strikes: decay(self.strikes, elapsed, parameters.bad_half_life),
            at: self.at.max(now),
            ..self
        }
    }

    /// The cell with `change` added at height `now`.
    ///
    /// Good evidence is divided by one more than the strikes: the cell's own and `other_strikes` (Q32.32), which are
    /// those of the cells that the caller has to look at as well. So each recovery is dearer than the one before.
    pub fn with(self, change: Change, other_strikes: u64, now: u32, parameters: &Parameters) -> Self {
        let mut cell = self.decayed(now, parameters);
        if cell.good == 0 && cell.bad == 0 {
            cell.since = now;
        }
        match change {
            Change::Good(units) => {
                let divisor = u128::from(UNIT) + u128::from(cell.strikes) + u128::from(other_strikes);
                // The divisor is at least one unit, so the quotient is at most `units`.
                let gained = ((u128::from(units) << 32) / divisor) as u64;
                cell.r = cell.r.saturating_add(gained);
                cell.good = cell.good.saturating_add(1);
            }
            Change::Bad { units, strike } => {
                cell.s = cell.s.saturating_add(units);
                cell.bad = cell.bad.saturating_add(1);
                if strike {
                    cell.strikes = cell.strikes.saturating_add(UNIT);
                }
            }
        }
        cell
    }

    /// Good and bad evidence as they stand in the cell; decay it first.
    pub fn amount(&self) -> Amount {
        Amount { r: self.r, s: self.s }
    }
}
