//! The course of an order: `do_order`, `do_deliver`, `do_settle`, `do_expire`, `do_forget`.
//!
//! Who may do what and when is decided by `vouchsafe_protocol::order::step` alone; this file applies its answer.

use frame_support::{
    ensure,
    pallet_prelude::{DispatchError, DispatchResult},
    traits::Get,
};
use sp_runtime::ArithmeticError;
use vouchsafe_protocol::{
    delivery::{Context, Delivery, Point, Proof, verify},
    id::{Account, Digest, OfferId, OrderId},
    order::{Action, Outcome, Refusal, Stage, step},
};

use crate::{
    Config, Error, Event, Offers, OpenOrders, Orders, Pallet,
    types::{BalanceOf, Offer, OfferStatus, Order, OrderRow, Records},
};

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooEarly => Error::TooEarly,
            Refusal::TooLate => Error::TooLate,
            Refusal::WrongStage => Error::WrongStage,
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
        ensure!(offer.status == OfferStatus::Open, Error::<T>::OfferClosed);
        ensure!(offer.version == version, Error::<T>::VersionMismatch);
        ensure!(offer.seller != buyer, Error::<T>::OwnOffer);
        ensure!(offer.licence == licence, Error::<T>::LicenceMismatch);
        ensure!(offer.price <= max_price, Error::<T>::PriceAboveMax);
        ensure!(
            T::Records::live(&offer.record).is_some(),
            Error::<T>::RecordNotLive
        );
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
        let stage = Self::next(&order, action)?;
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

    pub(crate) fn do_settle(id: OrderId) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let stage = Self::next(&order, Action::Settle)?;
        Self::end(id, order, stage)
    }

    pub(crate) fn do_expire(id: OrderId) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let stage = Self::next(&order, Action::Expire)?;
        Self::end(id, order, stage)
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

    fn next(order: &OrderRow<T>, action: Action) -> Result<Stage, Error<T>> {
        step(order.stage, action, Self::height()).map_err(Error::<T>::from)
    }

    /// Pays out an order that `step` has closed, and ends what depended on its being open.
    fn end(id: OrderId, order: OrderRow<T>, stage: Stage) -> DispatchResult {
        let Stage::Closed(outcome) = stage else {
            return Err(Error::<T>::WrongStage.into());
        };
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        let open_orders = offer
            .open_orders
            .checked_sub(1)
            .ok_or(ArithmeticError::Underflow)?;
        let one_more = |count: u32| {
            count
                .checked_add(1)
                .ok_or(DispatchError::from(ArithmeticError::Overflow))
        };
        let (offer, event) = match outcome {
            Outcome::Settled { .. } => {
                Self::pay_seller(&order)?;
                let event = Event::Settled {
                    order: id,
                    offer: order.offer,
                    buyer: order.buyer.clone(),
                    seller: order.seller.clone(),
                    price: order.price,
                };
                (
                    Offer {
                        open_orders,
                        settled: one_more(offer.settled)?,
                        ..offer
                    },
                    event,
                )
            }
            Outcome::Refunded => {
                Self::refund_buyer(&order)?;
                let event = Event::Refunded {
                    order: id,
                    offer: order.offer,
                    buyer: order.buyer.clone(),
                    seller: order.seller.clone(),
                    price: order.price,
                };
                (
                    Offer {
                        open_orders,
                        refunded: one_more(offer.refunded)?,
                        ..offer
                    },
                    event,
                )
            }
        };
        let offer_id = order.offer;
        OpenOrders::<T>::remove(offer_id, id);
        Offers::<T>::insert(offer_id, &offer);
        Orders::<T>::insert(id, Order { stage, ..order });
        Self::deposit_event(event);
        Self::release_bond_if_free(offer_id, &offer)
    }
}
