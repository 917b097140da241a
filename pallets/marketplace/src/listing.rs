//! What a seller does with an offer: `do_offer`, `do_set_price`, `do_close`.

use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Get};
use vouchsafe_protocol::{
    delivery::Point,
    id::{Account, Digest, OfferId, RecordId},
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
        let dispute = T::MinDisputeWithin::get()..=T::MaxDisputeWithin::get();
        ensure!(dispute.contains(&dispute_within), Error::<T>::DisputeWindow);
        ensure!(bond >= T::MinOfferBond::get(), Error::<T>::BondTooLow);

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
                record,
                content,
                version: 0,
                key,
                price,
                licence,
                deliver_within,
                dispute_within,
                bond,
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

    pub(crate) fn do_set_price(seller: T::AccountId, id: OfferId, price: BalanceOf<T>) -> DispatchResult {
        Self::check_price(price)?;
        let offer = Self::own_open_offer(&seller, &id)?;
        Offers::<T>::insert(id, Offer { price, ..offer });
        Self::deposit_event(Event::PriceSet { offer: id, price });
        Ok(())
    }

    pub(crate) fn do_close(seller: T::AccountId, id: OfferId) -> DispatchResult {
        let offer = Self::own_open_offer(&seller, &id)?;
        let offer = Offer {
            status: OfferStatus::Closed,
            ..offer
        };
        Offers::<T>::insert(id, &offer);
        Self::deposit_event(Event::OfferClosed { offer: id });
        Self::release_bond_if_free(id, &offer)
    }

    /// Ends the bond of a closed offer with its last open order, or at once where there is none.
    pub(crate) fn release_bond_if_free(id: OfferId, offer: &OfferRow<T>) -> DispatchResult {
        if !offer.is_bonded() {
            Self::release_bond(&offer.seller, offer.bond)?;
            Self::deposit_event(Event::BondReleased {
                offer: id,
                seller: offer.seller.clone(),
                bond: offer.bond,
            });
        }
        Ok(())
    }

    fn own_open_offer(seller: &T::AccountId, id: &OfferId) -> Result<OfferRow<T>, Error<T>> {
        let offer = Offers::<T>::get(id).ok_or(Error::<T>::OfferNotFound)?;
        ensure!(offer.seller == *seller, Error::<T>::NotSeller);
        ensure!(offer.status == OfferStatus::Open, Error::<T>::OfferClosed);
        Ok(offer)
    }
}
