//! What the marketplace tells of its deals, and what it asks about a seller. Nothing that is told can fail, and nobody's
//! money waits for it: each fact is told after the money has moved.

use frame_support::traits::{Get, fungible::InspectHold};
use sp_runtime::traits::SaturatedConversion;
use vouchsafe_protocol::{
    price::{divide, part},
    trust::{Deal, Modality, TrustSource},
};

use crate::{
    Config, HoldReason, HouseOf, Pallet,
    types::{BalanceOf, OfferRow, OrderRow},
};

/// Records do not say which kind of data they are of, so every deal counts for the kind that means all of them.
const KIND: Modality = Modality::Any;

impl<T: Config> Pallet<T> {
    /// An order as it is told.
    pub(crate) fn deal(order: &OrderRow<T>, offer: &OfferRow<T>) -> Deal<T::AccountId> {
        Deal {
            buyer: order.buyer.clone(),
            seller: order.seller.clone(),
            gateway: offer.gateway.clone(),
            modality: KIND,
            price: order.price.saturated_into(),
        }
    }

    /// What of an order's price would have been burned, planck: the house's part, and what rounding leaves of a price
    /// that nobody shares in.
    pub(crate) fn would_burn(order: &OrderRow<T>) -> u128 {
        divide(order.price.saturated_into(), HouseOf::<T>::get().share, &[]).burned
    }

    /// The least bond with which the seller may make an offer at this price now, or revise one to it: what the seller's
    /// reputation asks for, and at least what every offer must have.
    pub fn least_bond(seller: &T::AccountId, price: BalanceOf<T>) -> BalanceOf<T> {
        let asked = T::Trust::least_bond(seller, KIND, price.saturated_into());
        // Above what a balance can hold, nobody can have it on hold either.
        Self::bond_floor(price).max(asked.saturated_into())
    }

    /// What further orders of the seller may cost together now.
    pub fn room(seller: &T::AccountId) -> BalanceOf<T> {
        // Exactly the bonds of the seller's offers: invariant 10.
        let bonds = T::Currency::balance_on_hold(&HoldReason::OfferBond.into(), seller);
        T::Trust::room(seller, bonds.saturated_into()).saturated_into()
    }

    /// The least bond that any seller's offer at this price must have, now and with every order.
    pub fn bond_floor(price: BalanceOf<T>) -> BalanceOf<T> {
        let share = part(price.saturated_into(), T::MinBondPpm::get());
        T::MinOfferBond::get().max(share.saturated_into())
    }
}
