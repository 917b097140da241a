//! The only file that moves money.
//!
//! Every planck that the marketplace watches over sits on hold in its owner's own account, under a reason of its own;
//! there is no pot. Two facts keep every movement out of escrow possible, and `integrity_test` guards both:
//! prices, deposits and bonds are at least the existential deposit, so a receiver below it is never too poor to receive;
//! and an order's seller has a bond on hold as long as the order is open, so that account cannot have been reaped. Only
//! a frozen offer's bond is gone, and its orders pay nobody but their buyer. A royalty or a treasury's part that its
//! receiver cannot take (a reaped account, and less than the existential deposit) is burned: it must not stop the rest.

use alloc::vec::Vec;
use frame_support::{
    pallet_prelude::{DispatchError, DispatchResult},
    traits::{
        Get,
        fungible::{Inspect, MutateHold},
        tokens::{Fortitude::Force, Precision::Exact, Provenance::Extant, Restriction::Free},
    },
};
use sp_runtime::{
    ArithmeticError,
    traits::{CheckedAdd, CheckedSub, SaturatedConversion, Zero},
};
use vouchsafe_protocol::{
    price::{divide, givable, part},
    royalty::Royalties,
};

use crate::{
    Config, Error, HoldReason, Pallet,
    types::{BalanceOf, House, OfferRow, OrderRow},
};

/// Where the price of a settled order went. The parts add up to the price.
pub(crate) struct Paid<AccountId, Balance> {
    pub seller: Balance,
    pub royalties: Vec<(AccountId, Balance)>,
    pub treasury: Balance,
    pub burned: Balance,
}

/// Where the bond of a fraudulent offer went. Both add up to the bond.
pub(crate) struct Slashed<Balance> {
    pub reward: Balance,
    pub burned: Balance,
}

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

    /// Puts the bond of a new offer on hold, or more of it.
    pub(crate) fn hold_bond(seller: &T::AccountId, bond: BalanceOf<T>) -> DispatchResult {
        T::Currency::hold(&HoldReason::OfferBond.into(), seller, bond)
    }

    /// Gives back the bond of an offer that no order relies on any more.
    pub(crate) fn free_bond(offer: &OfferRow<T>) -> DispatchResult {
        T::Currency::release(&HoldReason::OfferBond.into(), &offer.seller, offer.bond, Exact).map(|_| ())
    }

    /// What of a bond may still be given to buyers.
    fn givable(offer: &OfferRow<T>) -> BalanceOf<T> {
        givable(offer.bond.saturated_into(), offer.drawn.saturated_into()).saturated_into()
    }

    /// Pays a buyer who waited in vain out of the bond: a share of the price, as far as the givable part goes. Returns
    /// what was paid.
    pub(crate) fn compensate(
        offer: &OfferRow<T>,
        order: &OrderRow<T>,
    ) -> Result<BalanceOf<T>, DispatchError> {
        let due: BalanceOf<T> =
            part(order.price.saturated_into::<u128>(), T::LatePenaltyPpm::get()).saturated_into();
        let reason = HoldReason::OfferBond;
        Self::move_held(reason, &offer.seller, &order.buyer, due.min(Self::givable(offer)))
    }

    /// Slashes the bond of an offer whose fraud was proven: the givable part, and no more than the price, rewards the
    /// buyer for looking; the rest is burned, so that a cheat who proves his own fraud loses nine tenths.
    pub(crate) fn slash_bond(
        offer: &OfferRow<T>,
        order: &OrderRow<T>,
    ) -> Result<Slashed<BalanceOf<T>>, DispatchError> {
        let reason = HoldReason::OfferBond;
        let most = Self::givable(offer).min(order.price);
        let reward = Self::move_held(reason, &offer.seller, &order.buyer, most)?;
        let burned = offer
            .bond
            .checked_sub(&reward)
            .ok_or(ArithmeticError::Underflow)?;
        Self::burn_held(reason, &offer.seller, burned)?;
        Ok(Slashed { reward, burned })
    }

    /// Puts the price and the deposit of a new order on hold. The buyer keeps the existential deposit free,
    /// and with something on hold cannot be reaped.
    pub(crate) fn hold_purchase(order: &OrderRow<T>) -> DispatchResult {
        T::Currency::hold(&HoldReason::Escrow.into(), &order.buyer, order.price)?;
        T::Currency::hold(&HoldReason::OrderDeposit.into(), &order.buyer, order.deposit)
    }

    /// Divides the price that is in escrow among house, those who share in the record, and seller.
    pub(crate) fn pay_out(
        order: &OrderRow<T>,
        house: House<T::AccountId>,
        royalties: &Royalties,
    ) -> Result<Paid<T::AccountId, BalanceOf<T>>, DispatchError> {
        let shares: Vec<u32> = royalties.payees.iter().map(|royalty| royalty.share_ppm).collect();
        let division = divide(order.price.saturated_into(), house.share, &shares);
        let reason = HoldReason::Escrow;
        let mut paid = Paid {
            seller: Self::move_held(
                reason,
                &order.buyer,
                &order.seller,
                division.seller.saturated_into(),
            )?,
            royalties: Vec::with_capacity(shares.len()),
            treasury: Zero::zero(),
            burned: Zero::zero(),
        };
        for (royalty, amount) in royalties.payees.iter().zip(division.royalties) {
            let payee = T::AccountId::from(royalty.payee.0);
            let amount = Self::move_held(reason, &order.buyer, &payee, amount.saturated_into())?;
            if !amount.is_zero() {
                paid.royalties.push((payee, amount));
            }
        }
        if let Some(treasury) = house.treasury {
            let amount = division.treasury.saturated_into();
            paid.treasury = Self::move_held(reason, &order.buyer, &treasury, amount)?;
        }
        // All that reached nobody: the house's burned share, what rounding left, and what could not be received.
        let reached = paid
            .royalties
            .iter()
            .try_fold(paid.seller, |sum, (_, amount)| sum.checked_add(amount))
            .and_then(|sum| sum.checked_add(&paid.treasury))
            .ok_or(ArithmeticError::Overflow)?;
        paid.burned = order
            .price
            .checked_sub(&reached)
            .ok_or(ArithmeticError::Underflow)?;
        Self::burn_held(reason, &order.buyer, paid.burned)?;
        Ok(paid)
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

    /// Moves held money to another account, where it is free; returns what was moved: all, or nothing where the
    /// receiver cannot take so little. `Force`, because a freeze that its owner puts on the account afterwards must not
    /// take what is on hold hostage.
    fn move_held(
        reason: HoldReason,
        from: &T::AccountId,
        to: &T::AccountId,
        amount: BalanceOf<T>,
    ) -> Result<BalanceOf<T>, DispatchError> {
        let takes = T::Currency::can_deposit(to, amount, Extant).into_result().is_ok();
        if amount.is_zero() || !takes {
            return Ok(Zero::zero());
        }
        T::Currency::transfer_on_hold(&reason.into(), from, to, amount, Exact, Free, Force)
    }

    fn burn_held(reason: HoldReason, who: &T::AccountId, amount: BalanceOf<T>) -> DispatchResult {
        if amount.is_zero() {
            return Ok(());
        }
        T::Currency::burn_held(&reason.into(), who, amount, Exact, Force).map(|_| ())
    }
}
