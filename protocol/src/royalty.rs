//! Who is paid when a derived record earns something.
//!
//! A record names its parents and their shares of what it earns. What a parent earns is in turn shared with *its*
//! parents. All of it is worked out once, when the record is registered, as a flat table of payees, so that a
//! settlement walks a short list and never a graph: the parents' tables are there already, so the work is bounded by
//! [`MAX_PARENTS`](crate::record::MAX_PARENTS) times [`MAX_PAYEES`].

use crate::{id::Account, price::part, record::WHOLE_PPM};
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Most accounts that share in the earnings of one record beside its owner.
pub const MAX_PAYEES: u32 = 16;
/// Most generations above a record.
pub const MAX_DEPTH: u8 = 8;

/// One payee's share of what a record earns.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Royalty {
    /// Who is paid: the owner of an ancestor.
    pub payee: Account,
    /// The share, parts per million, above zero.
    pub share_ppm: u32,
}

/// All payees of a record and how many generations of ancestors it has.
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Debug, Default, PartialEq, Eq,
)]
pub struct Royalties {
    /// Each payee once, sorted by account; the shares add up to at most [`WHOLE_PPM`].
    pub payees: BoundedVec<Royalty, ConstU32<MAX_PAYEES>>,
    /// Generations above the record, at most [`MAX_DEPTH`]; 0 for a record without parents.
    pub depth: u8,
}

/// A parent as the chain knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Who owns the parent.
    pub owner: Account,
    /// Its share of what the derived record earns, parts per million.
    pub share_ppm: u32,
    /// Whom the parent shares with.
    pub royalties: Royalties,
}

/// Why no table can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoyaltyError {
    /// The parents' shares add up to more than [`WHOLE_PPM`].
    SharesExceedWhole,
    /// More than [`MAX_PAYEES`] accounts would have a share.
    TooManyPayees,
    /// More than [`MAX_DEPTH`] generations.
    TooDeep,
}

impl fmt::Display for RoyaltyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SharesExceedWhole => write!(f, "the parents' shares add up to more than everything"),
            Self::TooManyPayees => write!(f, "more than {MAX_PAYEES} accounts would share in the earnings"),
            Self::TooDeep => write!(f, "more than {MAX_DEPTH} generations of parents"),
        }
    }
}

impl core::error::Error for RoyaltyError {}

impl Royalties {
    /// The table of a record with these `parents`.
    ///
    /// Each ancestor's payee gets their share of the parent's share, rounded down to parts per million; the parent's
    /// owner keeps what is left of it.
    ///
    /// # Errors
    /// See [`RoyaltyError`].
    pub fn of(parents: &[Ancestor]) -> Result<Self, RoyaltyError> {
        let mut whole = 0u32;
        let mut depth = 0u8;
        let mut table = Self::default();
        for parent in parents {
            whole = whole
                .checked_add(parent.share_ppm)
                .filter(|&sum| sum <= WHOLE_PPM)
                .ok_or(RoyaltyError::SharesExceedWhole)?;
            depth = depth.max(parent.royalties.depth.saturating_add(1));
            let mut kept = parent.share_ppm;
            for ancestor in &parent.royalties.payees {
                // At most `share_ppm`, so it fits; the ancestors' shares add up to at most the whole, so `kept` does not run dry.
                let share = part(u128::from(parent.share_ppm), ancestor.share_ppm) as u32;
                let share = share.min(kept);
                kept -= share;
                table.add(ancestor.payee, share)?;
            }
            table.add(parent.owner, kept)?;
        }
        if depth > MAX_DEPTH {
            return Err(RoyaltyError::TooDeep);
        }
        table.depth = depth;
        Ok(table)
    }

    /// Adds to a payee's share, or a payee.
    fn add(&mut self, payee: Account, share_ppm: u32) -> Result<(), RoyaltyError> {
        if share_ppm == 0 {
            return Ok(());
        }
        match self.payees.binary_search_by_key(&payee, |royalty| royalty.payee) {
            Ok(at) => {
                if let Some(royalty) = self.payees.get_mut(at) {
                    royalty.share_ppm = royalty.share_ppm.saturating_add(share_ppm);
                }
                Ok(())
            }
            Err(at) => self
                .payees
                .try_insert(at, Royalty { payee, share_ppm })
                .map_err(|_| RoyaltyError::TooManyPayees),
        }
    }
}
