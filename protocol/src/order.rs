//! The life of an order as a pure function.
//!
//! ```text
//!            Deliver, up to deliver_by            Settle, after dispute_by
//! Placed ─────────────────────────────▶ Delivered ─────────────────────────▶ Closed(Settled)
//!    └── Expire, after deliver_by ──▶ Closed(Refunded)
//! ```
//!
//! Deadlines are block heights and inclusive: at `deliver_by` a delivery is still in time. The time up to
//! `dispute_by` is the quiet window in which a proof of misbehaviour will have its place.

use crate::delivery::Point;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Where an order stands.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Stage {
    /// Paid into escrow, waiting for the seller.
    #[codec(index = 0)]
    Placed {
        /// Last height at which a delivery is accepted.
        deliver_by: u32,
    },
    /// The key was delivered and verified; the price is still in escrow.
    #[codec(index = 1)]
    Delivered {
        /// `W`, from which the buyer computes the content secret.
        evaluated: Point,
        /// Last height of the quiet window.
        dispute_by: u32,
    },
    /// Over; no money is in escrow any more.
    #[codec(index = 2)]
    Closed(Outcome),
}

/// How an order ended.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
pub enum Outcome {
    /// The price went to the seller.
    #[codec(index = 0)]
    Settled {
        /// `W`, kept so that the buyer can decrypt for as long as the order is stored.
        evaluated: Point,
    },
    /// The whole price went back to the buyer.
    #[codec(index = 1)]
    Refunded,
}

/// What somebody asks of an order. Whether they may is the pallet's question, not this module's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The seller answers with a verified evaluation.
    Deliver {
        /// `W`.
        evaluated: Point,
        /// Length of the quiet window, blocks.
        dispute_within: u32,
    },
    /// Anybody ends a quiet window that has passed: the seller is paid.
    Settle,
    /// Anybody ends the wait for a delivery that is late: the buyer is refunded.
    Expire,
}

/// Why an action has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The deadline that the action waits for has not passed.
    TooEarly,
    /// The deadline for the action has passed.
    TooLate,
    /// The order's stage knows no such action.
    WrongStage,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooEarly => "too early: the deadline has not passed",
            Self::TooLate => "too late: the deadline has passed",
            Self::WrongStage => "the order's stage does not allow this",
        })
    }
}

impl core::error::Error for Refusal {}

/// The next stage of an order at `stage` when `action` comes at height `now`.
///
/// # Errors
/// See [`Refusal`]; nothing changes.
pub fn step(stage: Stage, action: Action, now: u32) -> Result<Stage, Refusal> {
    use {Action::*, Outcome::*, Refusal::*, Stage::*};
    match (stage, action) {
        (Placed { deliver_by }, Deliver { .. }) if now > deliver_by => Err(TooLate),
        (
            Placed { .. },
            Deliver {
                evaluated,
                dispute_within,
            },
        ) => Ok(Delivered {
            evaluated,
            dispute_by: now.saturating_add(dispute_within),
        }),
        (Placed { deliver_by }, Expire) if now <= deliver_by => Err(TooEarly),
        (Placed { .. }, Expire) => Ok(Closed(Refunded)),
        (Delivered { dispute_by, .. }, Settle) if now <= dispute_by => Err(TooEarly),
        (Delivered { evaluated, .. }, Settle) => Ok(Closed(Settled { evaluated })),
        (Placed { .. }, Settle) | (Delivered { .. }, Deliver { .. } | Expire) => Err(WrongStage),
        (Closed(Settled { .. } | Refunded), Deliver { .. } | Settle | Expire) => Err(WrongStage),
    }
}

/// What an open order is waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Open {
    /// The seller may deliver up to this height.
    Deliver {
        /// Last height for it.
        until: u32,
    },
    /// Anybody may refund the buyer now.
    Expire,
    /// Nobody can act before the quiet window ends.
    Quiet {
        /// Last height of the window.
        until: u32,
    },
    /// Anybody may pay the seller now.
    Settle,
}

impl Stage {
    /// The one thing that an open order waits for at height `now`; `None` once it is closed.
    pub fn open(&self, now: u32) -> Option<Open> {
        match *self {
            Stage::Placed { deliver_by } if now <= deliver_by => Some(Open::Deliver { until: deliver_by }),
            Stage::Placed { .. } => Some(Open::Expire),
            Stage::Delivered { dispute_by, .. } if now <= dispute_by => {
                Some(Open::Quiet { until: dispute_by })
            }
            Stage::Delivered { .. } => Some(Open::Settle),
            Stage::Closed(Outcome::Settled { .. } | Outcome::Refunded) => None,
        }
    }

    /// `W`, once delivered and for as long as the order is stored.
    pub fn evaluated(&self) -> Option<Point> {
        match *self {
            Stage::Delivered { evaluated, .. } | Stage::Closed(Outcome::Settled { evaluated }) => {
                Some(evaluated)
            }
            Stage::Placed { .. } | Stage::Closed(Outcome::Refunded) => None,
        }
    }
}
