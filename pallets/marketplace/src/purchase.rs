//! The course of an order without a fraud: `do_order`, `do_deliver`, `do_settle`, `do_expire`, `do_forget`.
//!
//! Who may do what and when is decided by `vouchsafe_protocol::order::step` alone; this file applies its answer.

use frame_support::{
    ensure,
    pallet_prelude::{DispatchError, DispatchResult},
    traits::Get,
};
use sp_runtime::{
    ArithmeticError,
    traits::{CheckedAdd, CheckedSub, SaturatedConversion},
};
use vouchsafe_protocol::{
    delivery::{Context, Delivery, Point, Proof, verify},
    id::{Account, Digest, OfferId, OrderId},
    order::{Action, Outcome, Refusal, Stage, step},
    trust::TrustSink,
};

use crate::{
    Config, Error, Event, HouseOf, Offers, OpenOrders, Orders, Pallet,
    types::{BalanceOf, Offer, OfferRow, OfferStatus, Order, OrderRow, Records},
};

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooEarly => Error::TooEarly,
            Refusal::TooLate => Error::TooLate,
            Refusal::WrongStage => Error::WrongStage,
            Refusal::Frozen => Error::OfferFrozen,
            Refusal::Halted => Error::OfferHalted,
            Refusal::NotFrozen => Error::OfferNotFrozen,
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_order(
        buyer: T::AccountId,
        offer_id: OfferId,
        version: u32,
        blinded: Point,
        max_price: BalanceOf<T>,
        licence: Digest,
    ) -> DispatchResult {
        let offer = Offers::<T>::get(offer_id).ok_or(Error::<T>::OfferNotFound)?;
        Self::ensure_open(&offer)?;
        ensure!(offer.version == version, Error::<T>::VersionMismatch);
        ensure!(offer.seller != buyer, Error::<T>::OwnOffer);
        ensure!(offer.licence == licence, Error::<T>::LicenceMismatch);
        ensure!(offer.price <= max_price, Error::<T>::PriceAboveMax);
        ensure!(
            T::Records::live(&offer.record).is_some(),
            Error::<T>::RecordNotLive
        );
        ensure!(
            offer.bond >= Self::bond_floor(offer.price),
            Error::<T>::BondTooLow
        );
        ensure!(offer.price <= Self::room(&offer.seller), Error::<T>::TooMuchOpen);
        // Each settled or open order has used, or may yet use, one evaluation of the secret.
        let used = offer
            .settled
            .checked_add(offer.open_orders)
            .ok_or(ArithmeticError::Overflow)?;
        ensure!(used < T::MaxDeliveries::get(), Error::<T>::DeliveriesSpent);
        blinded.check().map_err(|_| Error::<T>::BadPoint)?;
        let account = Account(buyer.clone().into());
        let id = OrderId::derive(&Self::genesis(), &offer_id, version, &account, &blinded);
        ensure!(!Orders::<T>::contains_key(id), Error::<T>::AlreadyOrdered);

        let now = Self::height();
        let deliver_by = now
            .checked_add(offer.deliver_within)
            .ok_or(ArithmeticError::Overflow)?;
        let order = Order {
            offer: offer_id,
            version,
            buyer: buyer.clone(),
            seller: offer.seller.clone(),
            blinded,
            price: offer.price,
            deposit: T::OrderDeposit::get(),
            licence,
            stage: Stage::Placed { deliver_by },
            placed_at: now,
        };
        Self::hold_purchase(&order)?;
        let deal = Self::deal(&order, &offer);
        let open_orders = offer
            .open_orders
            .checked_add(1)
            .ok_or(ArithmeticError::Overflow)?;
        Offers::<T>::insert(offer_id, Offer { open_orders, ..offer });
        OpenOrders::<T>::insert(offer_id, id, ());
        Self::deposit_event(Event::Ordered {
            order: id,
            offer: offer_id,
            version,
            buyer,
            seller: order.seller.clone(),
            blinded,
            price: order.price,
            deposit: order.deposit,
            licence,
            deliver_by,
        });
        Orders::<T>::insert(id, order);
        T::Trust::ordered(&deal);
        Ok(())
    }

    pub(crate) fn do_deliver(
        seller: T::AccountId,
        id: OrderId,
        evaluated: Point,
        proof: Proof,
    ) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        ensure!(order.seller == seller, Error::<T>::NotSeller);
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        // Stage and deadline first: they cost nothing, the proof costs five scalar multiplications.
        let action = Action::Deliver {
            evaluated,
            dispute_within: offer.dispute_within,
        };
        let stage = Self::next(&order, &offer, action)?;
        let context = Context {
            genesis: Self::genesis(),
            offer: order.offer,
            version: order.version,
            order: id,
            buyer: Account(order.buyer.clone().into()),
        };
        let delivery = Delivery { evaluated, proof };
        verify(&offer.key, &order.blinded, &delivery, &context).map_err(|_| Error::<T>::BadProof)?;

        Orders::<T>::insert(id, Order { stage, ..order });
        if let Stage::Delivered { dispute_by, .. } = stage {
            Self::deposit_event(Event::Delivered {
                order: id,
                evaluated,
                proof,
                dispute_by,
            });
        }
        Ok(())
    }

    /// Returns how many had a share in the price, which decides what the call costs. `Sink` is `T::Trust`, but for the
    /// benchmark that measures what telling it costs.
    pub(crate) fn do_settle<Sink: TrustSink<T::AccountId>>(id: OrderId) -> Result<u32, DispatchError> {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        let stage = Self::next(&order, &offer, Action::Settle)?;
        let royalties = T::Records::royalties(&offer.record);
        let payees = royalties.payees.len() as u32;
        let paid = Self::pay_out(&order, HouseOf::<T>::get(), &royalties)?;
        for (payee, amount) in paid.royalties {
            Self::deposit_event(Event::RoyaltyPaid {
                order: id,
                payee,
                amount,
            });
        }
        Self::deposit_event(Event::Settled {
            order: id,
            offer: order.offer,
            buyer: order.buyer.clone(),
            seller: order.seller.clone(),
            price: order.price,
            paid: paid.seller,
            treasury: paid.treasury,
            burned: paid.burned,
        });
        let settled = one_more(offer.settled)?;
        let deal = Self::deal(&order, &offer);
        Self::end(id, order, Offer { settled, ..offer }, stage)?;
        Sink::settled(id, &deal, paid.burned.saturated_into());
        Ok(payees)
    }

    pub(crate) fn do_expire(id: OrderId) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        let stage = Self::next(&order, &offer, Action::Expire)?;
        let compensation = Self::compensate(&offer, &order)?;
        let bond = offer
            .bond
            .checked_sub(&compensation)
            .ok_or(ArithmeticError::Underflow)?;
        let drawn = offer
            .drawn
            .checked_add(&compensation)
            .ok_or(ArithmeticError::Overflow)?;
        let offer = Offer { bond, drawn, ..offer };
        let (deal, burned) = (Self::deal(&order, &offer), Self::would_burn(&order));
        Self::end_refunded(id, order, offer, stage, Outcome::Refunded, compensation)?;
        T::Trust::expired(&deal, burned);
        Ok(())
    }

    pub(crate) fn do_forget(buyer: T::AccountId, id: OrderId) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        ensure!(order.buyer == buyer, Error::<T>::NotBuyer);
        ensure!(!order.is_open(), Error::<T>::OrderOpen);
        Self::release_deposit(&order)?;
        Orders::<T>::remove(id);
        Self::deposit_event(Event::Forgotten { order: id });
        Ok(())
    }

    /// What the protocol makes of `action` now.
    pub(crate) fn next(order: &OrderRow<T>, offer: &OfferRow<T>, action: Action) -> Result<Stage, Error<T>> {
        step(order.stage, offer.status.standing(), action, Self::height()).map_err(Error::<T>::from)
    }

    /// Ends an order that `step` has closed with a refund.
    pub(crate) fn end_refunded(
        id: OrderId,
        order: OrderRow<T>,
        offer: OfferRow<T>,
        stage: Stage,
        outcome: Outcome,
        compensation: BalanceOf<T>,
    ) -> DispatchResult {
        ensure!(stage == Stage::Closed(outcome), Error::<T>::WrongStage);
        Self::refund_buyer(&order)?;
        Self::deposit_event(Event::Refunded {
            order: id,
            offer: order.offer,
            buyer: order.buyer.clone(),
            seller: order.seller.clone(),
            price: order.price,
            compensation,
            outcome,
        });
        let refunded = one_more(offer.refunded)?;
        Self::end(id, order, Offer { refunded, ..offer }, stage)
    }

    /// Stores an order that has ended, and its offer with one open order less. The bond of a closed offer waits from
    /// its last order's end.
    fn end(id: OrderId, order: OrderRow<T>, offer: OfferRow<T>, stage: Stage) -> DispatchResult {
        let open_orders = offer
            .open_orders
            .checked_sub(1)
            .ok_or(ArithmeticError::Underflow)?;
        let status = match offer.status {
            OfferStatus::Closed { .. } => Self::closed_now(),
            OfferStatus::Halted { .. } => OfferStatus::Halted {
                bond_until: Self::bond_until(),
            },
            OfferStatus::Open | OfferStatus::Released | OfferStatus::Frozen { .. } => offer.status,
        };
        OpenOrders::<T>::remove(order.offer, id);
        Offers::<T>::insert(
            order.offer,
            Offer {
                open_orders,
                status,
                ..offer
            },
        );
        Orders::<T>::insert(id, Order { stage, ..order });
        Ok(())
    }
}

fn one_more(count: u32) -> Result<u32, DispatchError> {
    count.checked_add(1).ok_or(ArithmeticError::Overflow.into())
}
