//! How the price of a settled order is divided.
//!
//! Every party's part is rounded down, the seller's too, and what is left over is burned: rounding favours nobody. The
//! parts always add up to the price.

use crate::record::WHOLE_PPM;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What the marketplace keeps of a price, parts per million; together at most [`WHOLE_PPM`].
#[derive(
    Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo, Clone, Copy, Debug, Default, PartialEq, Eq,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct HouseShare {
    /// Burned. Only what is burned can be evidence of trust: everything else may come back to whoever paid it.
    pub burned_ppm: u32,
    /// Paid to the treasury's account.
    pub treasury_ppm: u32,
}

impl HouseShare {
    /// Whether both shares together leave something of the price.
    pub fn is_sane(&self) -> bool {
        self.burned_ppm
            .checked_add(self.treasury_ppm)
            .is_some_and(|sum| sum < WHOLE_PPM)
    }
}

/// A price, divided. The sum of all parts is the price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Division {
    /// For the seller.
    pub seller: u128,
    /// For the owners of the records that the content is derived from, in the order of their shares.
    pub royalties: Vec<u128>,
    /// For the treasury.
    pub treasury: u128,
    /// Burned: the house's share and all that rounding left over.
    pub burned: u128,
}

/// `amount · ppm / 1,000,000`, rounded down. `ppm` above the whole counts as the whole.
pub fn part(amount: u128, ppm: u32) -> u128 {
    let (whole, ppm) = (u128::from(WHOLE_PPM), u128::from(ppm.min(WHOLE_PPM)));
    // Exact, and no product exceeds `amount` or the square of a million.
    (amount / whole) * ppm + (amount % whole) * ppm / whole
}

/// What of a bond may still be given away, when buyers of late orders were given `drawn` of it and `bond` is left: a
/// tenth in all. The rest is burned or goes back to the seller, so that a cheat who is his own buyer, late or wronged,
/// cannot draw his bond out before it is slashed.
pub fn givable(bond: u128, drawn: u128) -> u128 {
    (bond.saturating_add(drawn) / 10).saturating_sub(drawn)
}

/// What proving a fraud earns the order's buyer beside the price: the givable part of the bond, at most the price.
pub fn reward(bond: u128, drawn: u128, price: u128) -> u128 {
    givable(bond, drawn).min(price)
}

/// Divides `price`: first the house's shares of the price, then the royalties of what remains, and the rest to the
/// seller. Shares beyond the whole are cut off, so the function is total.
pub fn divide(price: u128, house: HouseShare, royalties_ppm: &[u32]) -> Division {
    let treasury = part(price, house.treasury_ppm);
    let burned = part(price, house.burned_ppm).min(price - treasury);
    let net = price - treasury - burned;
    let mut seller_ppm = WHOLE_PPM;
    let royalties: Vec<u128> = royalties_ppm
        .iter()
        .map(|&ppm| {
            let ppm = ppm.min(seller_ppm);
            seller_ppm -= ppm;
            part(net, ppm)
        })
        .collect();
    let seller = part(net, seller_ppm);
    let paid = royalties.iter().fold(seller, |sum, royalty| sum + royalty);
    Division {
        seller,
        royalties,
        treasury,
        burned: burned + (net - paid),
    }
}
