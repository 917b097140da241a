//! The only file that moves money.
//!
//! Every planck that the marketplace watches over sits on hold in its owner's own account, under a reason of its own;
//! there is no pot. Two facts keep every movement out of escrow possible, and `integrity_test` guards both:
//! prices, deposits and bonds are at least the existential deposit, so a receiver below it is never too poor to receive;
//! and an order's seller has a bond on hold as long as the order is open, so that account cannot have been reaped.

use frame_support::{
    pallet_prelude::DispatchResult,
    traits::{
        fungible::{Inspect, MutateHold},
        tokens::{Fortitude::Force, Precision::Exact, Restriction::Free},
    },
};

use crate::{
    Config, Error, HoldReason, Pallet,
    types::{BalanceOf, OrderRow},
};

impl<T: Config> Pallet<T> {
    /// Refuses a price that cannot be paid out to an empty account, or that nobody can have.
    pub(crate) fn check_price(price: BalanceOf<T>) -> DispatchResult {
        frame_support::ensure!(price >= T::Currency::minimum_balance(), Error::<T>::PriceTooLow);
        frame_support::ensure!(
            price <= T::Currency::total_issuance(),
            Error::<T>::PriceAboveIssuance
        );
        Ok(())
    }

    /// Puts the bond of a new offer on hold.
    pub(crate) fn hold_bond(seller: &T::AccountId, bond: BalanceOf<T>) -> DispatchResult {
        T::Currency::hold(&HoldReason::OfferBond.into(), seller, bond)
    }

    /// Gives back the bond of an offer that no order relies on any more.
    pub(crate) fn release_bond(seller: &T::AccountId, bond: BalanceOf<T>) -> DispatchResult {
        T::Currency::release(&HoldReason::OfferBond.into(), seller, bond, Exact).map(|_| ())
    }

    /// Puts the price and the deposit of a new order on hold. The buyer keeps the existential deposit free,
    /// and with something on hold cannot be reaped.
    pub(crate) fn hold_purchase(order: &OrderRow<T>) -> DispatchResult {
        T::Currency::hold(&HoldReason::Escrow.into(), &order.buyer, order.price)?;
        T::Currency::hold(&HoldReason::OrderDeposit.into(), &order.buyer, order.deposit)
    }

    /// Moves the price out of escrow to the seller. `Force`, because a freeze that the buyer
    /// put on the account after ordering must not take the escrow hostage.
    pub(crate) fn pay_seller(order: &OrderRow<T>) -> DispatchResult {
        let reason = HoldReason::Escrow.into();
        T::Currency::transfer_on_hold(
            &reason,
            &order.buyer,
            &order.seller,
            order.price,
            Exact,
            Free,
            Force,
        )
        .map(|_| ())
    }

    /// Frees the price at the buyer.
    pub(crate) fn refund_buyer(order: &OrderRow<T>) -> DispatchResult {
        T::Currency::release(&HoldReason::Escrow.into(), &order.buyer, order.price, Exact).map(|_| ())
    }

    /// Frees the deposit for the storage of an order that is being removed.
    pub(crate) fn release_deposit(order: &OrderRow<T>) -> DispatchResult {
        T::Currency::release(
            &HoldReason::OrderDeposit.into(),
            &order.buyer,
            order.deposit,
            Exact,
        )
        .map(|_| ())
    }
}
