//! Stored shapes, and what the view functions answer. Field order is consensus.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use vouchsafe_protocol::trust::{Amount, Cell, Facet, Headline, Modality, OutOfReach, Price, Role, Standing};

/// Evidence about an account in a role and a facet, as an event tells it.
#[derive(Encode, Decode, DecodeWithMemTracking, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct CellOf<AccountId> {
    /// Whom it is about.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
    /// About which side of the work.
    pub facet: Facet,
    /// What it is now.
    pub cell: Cell,
}

/// Opinion that a buyer has spent on a seller.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
pub struct Pair {
    /// Live units at `at`, Q32.32; good and bad together, decaying as good evidence does.
    pub used: u64,
    /// Height of the last rating.
    pub at: u32,
}

/// What a seller has sold and still has to deliver.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Default, PartialEq, Eq, Debug,
)]
pub struct Activity {
    /// Prices of orders that have not ended, planck.
    pub open: u128,
    /// Prices of settled orders as they stood at `at`, planck, decaying as good evidence does.
    pub settled: u128,
    /// Height at which `settled` stood so.
    pub at: u32,
    /// Settled orders. Saturates, never decays.
    pub orders: u32,
    /// Ratings. Saturates, never decays.
    pub rated: u32,
}

/// A settled order that its buyer may still rate.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct RatableOrder<AccountId> {
    /// Who may rate.
    pub buyer: AccountId,
    /// Who is rated.
    pub seller: AccountId,
    /// The kind of data.
    pub modality: Modality,
    /// What the order burned, units in Q32.32.
    pub weight: u64,
    /// The last height at which it may be rated.
    pub until: u32,
}

/// The answer to "how much can I trust this account?", with what it takes to recompute it.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Trust {
    /// The score.
    pub headline: Headline,
    /// The evidence, decayed to `at`.
    pub standing: Standing,
    /// Of a gateway the two facets of which `standing` shows the weaker; of others `content` and nothing.
    pub content: Amount,
    /// See `content`.
    pub privacy: Amount,
    /// Serious faults in all facets, Q32.32, decayed.
    pub strikes: u64,
    /// Settled orders, of sellers.
    pub settled: u32,
    /// Those of them that were rated.
    pub rated: u32,
    /// Prices of orders that have not ended, planck.
    pub open: u128,
    /// A quarter of what was settled, decayed: what may be open beyond the bond, planck.
    pub exposure: u128,
    /// Height of the oldest evidence; `at` without any.
    pub since: u32,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// The answer to "what would it cost this account to fake a score?".
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Quote {
    /// What is burned, or why no purchase reaches the score.
    pub price: Result<Price, OutOfReach>,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// What a seller has to put on hold, and what the seller's bonds and past allow.
#[derive(Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, PartialEq, Eq, Debug)]
pub struct Dues {
    /// The least bond with which the seller may make an offer at the price now, or revise one to it, planck.
    pub bond: u128,
    /// What further orders of the seller may cost together now, planck.
    pub room: u128,
    /// The score that the bond follows from, basis points.
    pub score: u16,
    /// Version of the parameters.
    pub parameters: u16,
    /// Version of the formula.
    pub formula: u16,
    /// The height that all of this is for.
    pub at: u32,
}

/// What reputation must know of offers. The runtime implements it.
pub trait FrozenOffers<AccountId> {
    /// Whether an offer of this account in this role is frozen now. At most two storage reads.
    fn any(account: &AccountId, role: Role) -> bool;
}

/// A chain on which no offer is ever frozen.
impl<AccountId> FrozenOffers<AccountId> for () {
    fn any(_: &AccountId, _: Role) -> bool {
        false
    }
}
