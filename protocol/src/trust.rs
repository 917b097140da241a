//! Trust as arithmetic: evidence that grows stale, bounds on what it shows, one headline, and what faking it costs.
//!
//! Three kinds of evidence are never added up in one counter: *facts* that the chain saw, *audits* that anybody can
//! repeat, and *opinions* of those who paid. Audits set an interval, opinions choose the place inside it, and facts can
//! only pull it down: what can be bought never decides. `docs/TRUST.md` tells the reasons and the measured attacks.
//!
//! Everything is an integer and a pure function of its arguments, so that a pallet, a gateway and an auditor with the
//! network off find the same score. Nothing here panics, and every sum saturates. Evidence is counted in *units* as
//! Q32.32: [`UNIT`] is one unit, which is what burning [`Parameters::unit_fee`] is worth. Scores and bounds are in basis
//! points, 0 to 10,000 inclusive. Time is counted in blocks: a halted chain makes nobody older.

mod bound;
mod cell;
mod decay;
mod evidence;
mod headline;
mod known;
mod price;
mod sink;

pub use bound::{expectation, lower, uncertainty, upper};
pub use cell::{Amount, Cell, Facet, Modality, Role};
pub use decay::{decay, decay_amount};
pub use evidence::{Change, Effect, Happening, Parameters, weight};
pub use headline::{Headline, Standing, headline, listing, weaker};
pub use known::{Known, Sum, judged_by};
pub use price::{OutOfReach, Price, bond, exposure_cap, price_of};
pub use sink::{AuditSink, Deal, TrustSink, TrustSource};

/// The formulae of this module. Every answer names it; another formula gets another number.
pub const FORMULA_VERSION: u16 = 1;

/// One unit of evidence in Q32.32.
pub const UNIT: u64 = 1 << 32;

/// One, in basis points.
pub const WHOLE_BP: u16 = 10_000;

/// So many whole units.
pub const fn units(whole: u16) -> u64 {
    // Lossless, and below 2^48 after the shift.
    (whole as u64) << 32
}
