//! The life of an order as a pure function.
//!
//! ```text
//!            Deliver, up to deliver_by            Settle, after dispute_by
//! Placed ─────────────────────────────▶ Delivered ─────────────────────────▶ Closed(Settled)
//!    ├── Expire, after deliver_by           ├── Dispute, up to dispute_by ─▶ Closed(Disputed)
//!    │       └─▶ Closed(Refunded)           │
//!    └── Void, once the offer is frozen ────┴── Void ──────────────────────▶ Closed(Voided)
//!        or halted
//! ```
//!
//! Deadlines are block heights and inclusive: at `deliver_by` a delivery is still in time, and at `dispute_by` a
//! proof of misbehaviour. A proof that one order's buyer brings freezes the whole offer: from then on every other
//! open order of the offer knows one action only, the refund.
//!
//! Auditors who agree on a fault *halt* an offer: its seller must not deliver any more, so who waits for a delivery is
//! refunded. What was delivered before runs its course: no verdict gives anybody data for nothing.

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
    /// Nobody delivered in time: the whole price went back to the buyer.
    #[codec(index = 1)]
    Refunded,
    /// The buyer proved that a chunk does not open to its commitment: the whole price went back to the buyer.
    #[codec(index = 2)]
    Disputed,
    /// The buyer of another order of the same offer proved it: the whole price went back to the buyer.
    #[codec(index = 3)]
    Voided,
}

/// What is known of the offer that an order belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No fraud is proven.
    Sound,
    /// A proof of misbehaviour was accepted.
    Frozen,
    /// Auditors agreed on a fault of the content: nothing more may be delivered.
    Halted,
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
    /// The buyer proves within the quiet window that the content is not what the root commits to.
    Dispute,
    /// Anybody refunds the buyer of an offer that is frozen, or who waits for a delivery of one that is halted.
    Void,
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
    /// The offer is frozen: the only way left is the refund.
    Frozen,
    /// The offer is halted: nothing is delivered any more, and the only way left is the refund.
    Halted,
    /// Nothing is wrong with the offer, or the order was delivered before that was known: it runs its course.
    NotFrozen,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooEarly => "too early: the deadline has not passed",
            Self::TooLate => "too late: the deadline has passed",
            Self::WrongStage => "the order's stage does not allow this",
            Self::Frozen => "the offer was proven fraudulent: its open orders can only be refunded",
            Self::Halted => {
                "auditors found a fault in the offer: nothing is delivered, and buyers are refunded"
            }
            Self::NotFrozen => "the offer is not proven fraudulent, and its order runs its course",
        })
    }
}

impl core::error::Error for Refusal {}

/// The next stage of an order at `stage`, of an offer of this `standing`, when `action` comes at height `now`.
///
/// # Errors
/// See [`Refusal`]; nothing changes.
pub fn step(stage: Stage, standing: Standing, action: Action, now: u32) -> Result<Stage, Refusal> {
    use {Action::*, Outcome::*, Refusal::*, Stage::*};
    match (stage, standing, action) {
        (
            Closed(Settled { .. } | Refunded | Disputed | Voided),
            Standing::Sound | Standing::Frozen | Standing::Halted,
            Deliver { .. } | Settle | Expire | Dispute | Void,
        ) => Err(WrongStage),

        (Placed { .. } | Delivered { .. }, Standing::Frozen, Void) => Ok(Closed(Voided)),
        (Placed { .. } | Delivered { .. }, Standing::Frozen, Deliver { .. } | Settle | Expire | Dispute) => {
            Err(Frozen)
        }
        (Placed { .. }, Standing::Halted, Void) => Ok(Closed(Voided)),
        (Placed { .. }, Standing::Halted, Deliver { .. } | Settle | Expire | Dispute) => Err(Refusal::Halted),
        (Placed { .. }, Standing::Sound, Void) => Err(NotFrozen),
        (Delivered { .. }, Standing::Sound | Standing::Halted, Void) => Err(NotFrozen),

        (Placed { deliver_by }, Standing::Sound, Deliver { .. }) if now > deliver_by => Err(TooLate),
        (
            Placed { .. },
            Standing::Sound,
            Deliver {
                evaluated,
                dispute_within,
            },
        ) => Ok(Delivered {
            evaluated,
            dispute_by: now.saturating_add(dispute_within),
        }),
        (Placed { deliver_by }, Standing::Sound, Expire) if now <= deliver_by => Err(TooEarly),
        (Placed { .. }, Standing::Sound, Expire) => Ok(Closed(Refunded)),
        (Placed { .. }, Standing::Sound, Settle | Dispute) => Err(WrongStage),

        (Delivered { dispute_by, .. }, Standing::Sound | Standing::Halted, Dispute) if now > dispute_by => {
            Err(TooLate)
        }
        (Delivered { .. }, Standing::Sound | Standing::Halted, Dispute) => Ok(Closed(Disputed)),
        (Delivered { dispute_by, .. }, Standing::Sound | Standing::Halted, Settle) if now <= dispute_by => {
            Err(TooEarly)
        }
        (Delivered { evaluated, .. }, Standing::Sound | Standing::Halted, Settle) => {
            Ok(Closed(Settled { evaluated }))
        }
        (Delivered { .. }, Standing::Sound | Standing::Halted, Deliver { .. } | Expire) => Err(WrongStage),
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
    /// The buyer may bring a proof of misbehaviour, if there is one; nobody can do anything else.
    Dispute {
        /// Last height of the quiet window.
        until: u32,
    },
    /// Anybody may pay the seller now.
    Settle,
    /// Anybody may refund the buyer now: the offer is frozen or halted.
    Void,
}

impl Stage {
    /// The one thing that an open order of an offer of this `standing` waits for at height `now`; `None` once the
    /// order is closed.
    pub fn open(&self, standing: Standing, now: u32) -> Option<Open> {
        match (*self, standing) {
            (Stage::Closed(_), Standing::Sound | Standing::Frozen | Standing::Halted) => None,
            (Stage::Placed { .. } | Stage::Delivered { .. }, Standing::Frozen)
            | (Stage::Placed { .. }, Standing::Halted) => Some(Open::Void),
            (Stage::Placed { deliver_by }, Standing::Sound) if now <= deliver_by => {
                Some(Open::Deliver { until: deliver_by })
            }
            (Stage::Placed { .. }, Standing::Sound) => Some(Open::Expire),
            (Stage::Delivered { dispute_by, .. }, Standing::Sound | Standing::Halted)
                if now <= dispute_by =>
            {
                Some(Open::Dispute { until: dispute_by })
            }
            (Stage::Delivered { .. }, Standing::Sound | Standing::Halted) => Some(Open::Settle),
        }
    }

    /// `W`, once delivered and for as long as the order is stored.
    pub fn evaluated(&self) -> Option<Point> {
        match *self {
            Stage::Delivered { evaluated, .. } | Stage::Closed(Outcome::Settled { evaluated }) => {
                Some(evaluated)
            }
            Stage::Placed { .. } | Stage::Closed(Outcome::Refunded | Outcome::Disputed | Outcome::Voided) => {
                None
            }
        }
    }
}

/// The shortest quiet window, blocks, of a content of `bytes` bytes: `base`, and one block more for each
/// `bytes_per_block` begun, because a buyer needs time to fetch and check what the key opens; at most `longest`.
///
/// `bytes_per_block` of 0 adds nothing.
pub fn least_dispute_window(base: u32, bytes: u64, bytes_per_block: u32, longest: u32) -> u32 {
    let more = match bytes_per_block {
        0 => 0,
        rate => bytes.div_ceil(u64::from(rate)),
    };
    let more = u32::try_from(more).unwrap_or(u32::MAX);
    base.saturating_add(more).min(longest)
}
