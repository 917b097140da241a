//! What a seller does with an offer: `do_offer`, `do_revise`, `do_close`, `do_release_bond`.

use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use sp_runtime::traits::{CheckedSub, Zero};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Account, Digest, OfferId, RecordId},
    order::least_dispute_window,
    record::Content,
};

use crate::{
    Config, Error, Event, OfferOf, Offers, Pallet,
    types::{BalanceOf, Offer, OfferRow, OfferStatus, Records},
};

/// What the seller states in `offer`, apart from the nonce.
pub(crate) struct Terms<Balance> {
    pub record: RecordId,
    pub content: Content,
    pub key: Point,
    pub price: Balance,
    pub licence: Digest,
    pub deliver_within: u32,
    pub dispute_within: u32,
    pub bond: Balance,
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_offer(seller: T::AccountId, nonce: u64, terms: Terms<BalanceOf<T>>) -> DispatchResult {
        let Terms {
            record,
            content,
            key,
            price,
            licence,
            deliver_within,
            dispute_within,
            bond,
        } = terms;
        Self::check_price(price)?;
        let deliver = T::MinDeliverWithin::get()..=T::MaxDeliverWithin::get();
        ensure!(deliver.contains(&deliver_within), Error::<T>::DeliverWindow);
        let dispute = Self::least_dispute_window(content.bytes)..=T::MaxDisputeWithin::get();
        ensure!(dispute.contains(&dispute_within), Error::<T>::DisputeWindow);
        ensure!(bond >= Self::least_bond(&seller, price), Error::<T>::BondTooLow);

        let summary = T::Records::live(&record).ok_or(Error::<T>::RecordNotLive)?;
        ensure!(summary.owner == seller, Error::<T>::NotRecordOwner);
        ensure!(summary.content == content, Error::<T>::ContentMismatch);
        ensure!(!OfferOf::<T>::contains_key(record), Error::<T>::AlreadyOffered);
        let id = OfferId::derive(&Self::genesis(), &Account(seller.clone().into()), nonce);
        ensure!(!Offers::<T>::contains_key(id), Error::<T>::NonceUsed);
        key.check().map_err(|_| Error::<T>::BadPoint)?;

        Self::hold_bond(&seller, bond)?;
        OfferOf::<T>::insert(record, id);
        Offers::<T>::insert(
            id,
            Offer {
                seller: seller.clone(),
                gateway: summary.gateway.clone(),
                record,
                content,
                version: 0,
                key,
                price,
                licence,
                deliver_within,
                dispute_within,
                bond,
                drawn: Zero::zero(),
                status: OfferStatus::Open,
                open_orders: 0,
                settled: 0,
                refunded: 0,
                offered_at: Self::height(),
            },
        );
        Self::deposit_event(Event::Offered {
            offer: id,
            seller,
            gateway: summary.gateway,
            record,
            content,
            version: 0,
            key,
            price,
            licence,
            deliver_within,
            dispute_within,
            bond,
        });
        Ok(())
    }

    /// New orders cost `price`, under a bond of `bond`, which may only grow: earlier orders rely on it.
    pub(crate) fn do_revise(
        seller: T::AccountId,
        id: OfferId,
        price: BalanceOf<T>,
        bond: BalanceOf<T>,
    ) -> DispatchResult {
        Self::check_price(price)?;
        let offer = Self::own_open_offer(&seller, &id)?;
        let more = bond.checked_sub(&offer.bond).ok_or(Error::<T>::BondShrinks)?;
        ensure!(bond >= Self::least_bond(&seller, price), Error::<T>::BondTooLow);
        Self::hold_bond(&seller, more)?;
        Offers::<T>::insert(id, Offer { price, bond, ..offer });
        Self::deposit_event(Event::Revised {
            offer: id,
            price,
            bond,
        });
        Ok(())
    }

    pub(crate) fn do_close(seller: T::AccountId, id: OfferId) -> DispatchResult {
        let offer = Self::own_open_offer(&seller, &id)?;
        let status = Self::closed_now();
        Offers::<T>::insert(id, Offer { status, ..offer });
        Self::deposit_event(Event::OfferClosed { offer: id });
        Ok(())
    }

    pub(crate) fn do_release_bond(id: OfferId) -> DispatchResult {
        let offer = Offers::<T>::get(id).ok_or(Error::<T>::OfferNotFound)?;
        let bond_until = match offer.status {
            OfferStatus::Closed { bond_until } | OfferStatus::Halted { bond_until } => bond_until,
            OfferStatus::Open => return Err(Error::<T>::OfferNotClosed.into()),
            OfferStatus::Released => return Err(Error::<T>::OfferClosed.into()),
            OfferStatus::Frozen { .. } => return Err(Error::<T>::OfferFrozen.into()),
        };
        ensure!(offer.open_orders == 0, Error::<T>::OrdersOpen);
        ensure!(Self::height() > bond_until, Error::<T>::TooEarly);
        Self::free_bond(&offer)?;
        Self::deposit_event(Event::BondReleased {
            offer: id,
            seller: offer.seller.clone(),
            bond: offer.bond,
        });
        let (status, bond) = (OfferStatus::Released, Zero::zero());
        Offers::<T>::insert(
            id,
            Offer {
                status,
                bond,
                ..offer
            },
        );
        Ok(())
    }

    /// The shortest quiet window, blocks, that an offer of `bytes` bytes may state.
    pub fn least_dispute_window(bytes: u64) -> u32 {
        least_dispute_window(
            T::MinDisputeWithin::get(),
            bytes,
            T::DisputeBytesPerBlock::get(),
            T::MaxDisputeWithin::get(),
        )
    }

    /// Auditors agreed on a fault of this record's content: its offer, if there is one, takes no more orders, and its
    /// seller delivers no more. Whoever waits for a delivery can be refunded by anybody. It moves no money, and cannot
    /// fail.
    pub fn halt(record: &RecordId) {
        let Some((id, offer)) = OfferOf::<T>::get(record).and_then(|id| Some((id, Offers::<T>::get(id)?)))
        else {
            return;
        };
        let bond_until = match offer.status {
            OfferStatus::Open | OfferStatus::Closed { .. } => Self::bond_until(),
            OfferStatus::Released | OfferStatus::Frozen { .. } | OfferStatus::Halted { .. } => return,
        };
        let status = OfferStatus::Halted { bond_until };
        Offers::<T>::insert(id, Offer { status, ..offer });
        Self::deposit_event(Event::OfferHalted { offer: id });
    }

    /// The status of an offer that is closed, or whose last order ends, in this block.
    pub(crate) fn closed_now() -> OfferStatus {
        OfferStatus::Closed {
            bond_until: Self::bond_until(),
        }
    }

    /// Where the cool-off of a bond ends that begins in this block.
    pub(crate) fn bond_until() -> u32 {
        Self::height().saturating_add(T::BondCoolOff::get())
    }

    /// Whether an offer takes orders and changes.
    pub(crate) fn ensure_open(offer: &OfferRow<T>) -> Result<(), Error<T>> {
        match offer.status {
            OfferStatus::Open => Ok(()),
            OfferStatus::Closed { .. } | OfferStatus::Released => Err(Error::<T>::OfferClosed),
            OfferStatus::Frozen { .. } => Err(Error::<T>::OfferFrozen),
            OfferStatus::Halted { .. } => Err(Error::<T>::OfferHalted),
        }
    }

    fn own_open_offer(seller: &T::AccountId, id: &OfferId) -> Result<OfferRow<T>, Error<T>> {
        let offer = Offers::<T>::get(id).ok_or(Error::<T>::OfferNotFound)?;
        ensure!(offer.seller == *seller, Error::<T>::NotSeller);
        Self::ensure_open(&offer)?;
        Ok(offer)
    }
}
