//! What follows from a proof of misbehaviour: `authorize_dispute`, `do_dispute`, `do_refund`.
//!
//! The proof is checked while the transaction is validated, and again by nobody: a `dispute` that does not convict is
//! never part of a block. So it cannot fail on chain, costs the buyer no fee and an honest seller nothing, and the
//! chain never carries the blind of an honest sale.

use frame_support::{pallet_prelude::*, weights::Weight};
use sp_runtime::{
    ArithmeticError,
    traits::Zero,
    transaction_validity::{
        InvalidTransaction, TransactionPriority, TransactionSource, TransactionValidityWithRefund,
        ValidTransaction,
    },
};
use vouchsafe_protocol::{
    id::{Digest, OrderId},
    misbehaviour::{Case, Evidence, NoFault, verify},
    order::{Action, Outcome, Stage},
    trust::TrustSink,
};

use crate::{
    Config, Error, Event, FaultsOf, Offers, Orders, Pallet,
    types::{Faults, Offer, OfferRow, OfferStatus, OrderRow, Records},
};

/// Why a dispute is not valid; the number is the one in `InvalidTransaction::Custom`, which clients see.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum DisputeRefusal {
    /// No order has this id.
    OrderNotFound = 1,
    /// The order was not delivered, or has ended.
    WrongStage = 2,
    /// The quiet window has passed.
    TooLate = 3,
    /// The offer is frozen already: `refund` gives the price back.
    OfferFrozen = 4,
    /// The content has no such chunk.
    IndexBeyondEnd = 5,
    /// The leaf is not at its place under the root.
    NotUnderRoot = 6,
    /// The blind is not the order's: only its buyer can dispute it.
    WrongBlind = 7,
    /// The bytes are not those that the leaf commits to.
    WrongCiphertext = 8,
    /// The chunk opens to exactly what the offer promised.
    Honest = 9,
}

impl From<NoFault> for DisputeRefusal {
    fn from(reason: NoFault) -> Self {
        match reason {
            NoFault::IndexBeyondEnd { .. } => Self::IndexBeyondEnd,
            NoFault::NotUnderRoot => Self::NotUnderRoot,
            NoFault::WrongBlind => Self::WrongBlind,
            NoFault::WrongCiphertext => Self::WrongCiphertext,
            NoFault::Honest => Self::Honest,
        }
    }
}

impl From<DisputeRefusal> for InvalidTransaction {
    fn from(refusal: DisputeRefusal) -> Self {
        Self::Custom(refusal as u8)
    }
}

/// SHA-256 by the host's native code.
fn native_sha256(message: &[u8]) -> Digest {
    Digest(sp_io::hashing::sha2_256(message))
}

impl<T: Config> Pallet<T> {
    /// Whether `evidence` convicts the seller of this order now. Cheap checks first: nothing is computed for an order
    /// that does not exist or is not in its quiet window.
    ///
    /// # Errors
    /// See [`DisputeRefusal`].
    pub fn check_dispute(id: &OrderId, evidence: &Evidence) -> Result<(), DisputeRefusal> {
        let order = Orders::<T>::get(id).ok_or(DisputeRefusal::OrderNotFound)?;
        let Stage::Delivered { evaluated, .. } = order.stage else {
            return Err(DisputeRefusal::WrongStage);
        };
        let offer = Offers::<T>::get(order.offer).ok_or(DisputeRefusal::OrderNotFound)?;
        Self::next(&order, &offer, Action::Dispute).map_err(|error| match error {
            Error::TooLate => DisputeRefusal::TooLate,
            Error::OfferFrozen => DisputeRefusal::OfferFrozen,
            _ => DisputeRefusal::WrongStage,
        })?;
        let case = Case {
            genesis: Self::genesis(),
            offer: order.offer,
            version: order.version,
            content: offer.content,
            blinded: order.blinded,
            evaluated,
        };
        verify(evidence, &case, native_sha256)
            .map(|_| ())
            .map_err(DisputeRefusal::from)
    }

    /// Decides whether a `dispute` may enter the pool and a block. One at a time per order, before all ordinary
    /// transactions, and for as long as the quiet window is open.
    pub(crate) fn authorize_dispute(
        _source: TransactionSource,
        id: &OrderId,
        evidence: &Evidence,
    ) -> TransactionValidityWithRefund {
        Self::check_dispute(id, evidence).map_err(InvalidTransaction::from)?;
        let left = match Orders::<T>::get(id).map(|order| order.stage) {
            Some(Stage::Delivered { dispute_by, .. }) => dispute_by.saturating_sub(Self::height()),
            _ => 0,
        };
        let validity = ValidTransaction::with_tag_prefix("vouchsafe/dispute")
            .and_provides(id)
            .priority(TransactionPriority::MAX / 2)
            .longevity(u64::from(left.max(1)))
            .propagate(true)
            .build()?;
        Ok((validity, Weight::zero()))
    }

    /// Freezes the offer of an order whose buyer has proven a fraud: refund, reward, slash, and a fault on record.
    pub(crate) fn do_dispute(id: OrderId, chunk: u32) -> DispatchResult {
        let order = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        let stage = Self::next(&order, &offer, Action::Dispute)?;

        let deal = Self::deal(&order, &offer);
        let slashed = Self::slash_bond(&offer, &order)?;
        let (seller, gateway) = (offer.seller.clone(), offer.gateway.clone());
        Self::record_fault(&seller, |faults| &mut faults.as_seller)?;
        Self::record_fault(&gateway, |faults| &mut faults.as_gateway)?;
        Self::deposit_event(Event::FraudProven {
            order: id,
            offer: order.offer,
            buyer: order.buyer.clone(),
            seller,
            gateway,
            chunk,
            reward: slashed.reward,
            burned: slashed.burned,
        });
        T::Records::note_fraud(&offer.record, &order.offer, &id, chunk);
        let frozen: OfferRow<T> = Offer {
            status: OfferStatus::Frozen { at: Self::height() },
            bond: Zero::zero(),
            ..offer
        };
        Self::end_refunded(id, order, frozen, stage, Outcome::Disputed, Zero::zero())?;
        T::Trust::fraud_proven(&deal);
        Ok(())
    }

    /// Gives an open order of a frozen offer its price back.
    pub(crate) fn do_refund(id: OrderId) -> DispatchResult {
        let order: OrderRow<T> = Orders::<T>::get(id).ok_or(Error::<T>::OrderNotFound)?;
        let offer = Offers::<T>::get(order.offer).ok_or(Error::<T>::OfferNotFound)?;
        let stage = Self::next(&order, &offer, Action::Void)?;
        let deal = Self::deal(&order, &offer);
        Self::end_refunded(id, order, offer, stage, Outcome::Voided, Zero::zero())?;
        // Whether this seller would have delivered here, nobody knows: a frozen offer's seller must not.
        T::Trust::refunded(&deal);
        Ok(())
    }

    fn record_fault(who: &T::AccountId, count: fn(&mut Faults) -> &mut u32) -> DispatchResult {
        FaultsOf::<T>::try_mutate(who, |faults| {
            let count = count(faults);
            *count = count.checked_add(1).ok_or(ArithmeticError::Overflow)?;
            Ok(())
        })
    }
}
