//! The facts that a marketplace tells, and what auditors agree on. Nothing here can fail, and nothing here moves money.

use crate::{Activities, Config, Pairs, Pallet, ParametersOf, Ratable, RatableOrder};
use vouchsafe_protocol::{
    finding::Finding,
    id::OrderId,
    trust::{AuditSink, Deal, Happening, Modality, TrustSink, decay_amount},
};

impl<T: Config> Pallet<T> {
    fn no_longer_open(deal: &Deal<T::AccountId>) {
        Activities::<T>::mutate(&deal.seller, |activity| {
            activity.open = activity.open.saturating_sub(deal.price);
        });
    }

    fn fact(happening: Happening, deal: &Deal<T::AccountId>) {
        Self::note(
            happening,
            Some(&deal.seller),
            Some(&deal.gateway),
            None,
            deal.modality,
        );
    }
}

impl<T: Config> TrustSink<T::AccountId> for Pallet<T> {
    fn ordered(deal: &Deal<T::AccountId>) {
        Activities::<T>::mutate(&deal.seller, |activity| {
            activity.open = activity.open.saturating_add(deal.price);
        });
    }

    fn settled(order: OrderId, deal: &Deal<T::AccountId>, burned: u128) {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let weight = parameters.order_weight(burned);
        Activities::<T>::mutate(&deal.seller, |activity| {
            let elapsed = now.saturating_sub(activity.at);
            let settled = decay_amount(activity.settled, elapsed, parameters.good_half_life);
            activity.settled = settled.saturating_add(deal.price);
            activity.at = now;
            activity.open = activity.open.saturating_sub(deal.price);
            activity.orders = activity.orders.saturating_add(1);
        });
        Ratable::<T>::insert(
            order,
            RatableOrder {
                buyer: deal.buyer.clone(),
                seller: deal.seller.clone(),
                modality: deal.modality,
                weight,
                until: now.saturating_add(parameters.rate_within),
            },
        );
        Self::note_at(
            (now, &parameters),
            Happening::Settled { weight },
            Some(&deal.seller),
            Some(&deal.gateway),
            None,
            deal.modality,
        );
    }

    fn expired(deal: &Deal<T::AccountId>, burned: u128) {
        Self::no_longer_open(deal);
        let weight = ParametersOf::<T>::get().order_weight(burned);
        Self::fact(Happening::Expired { weight }, deal);
    }

    fn fraud_proven(deal: &Deal<T::AccountId>) {
        Self::no_longer_open(deal);
        Self::fact(Happening::FraudProven, deal);
    }

    fn refunded(deal: &Deal<T::AccountId>) {
        Self::no_longer_open(deal);
    }
}

impl<T: Config> AuditSink<T::AccountId> for Pallet<T> {
    fn audited(finding: Finding, seller: &T::AccountId, gateway: &T::AccountId, modality: Modality) {
        Self::note(finding.happening(), Some(seller), Some(gateway), None, modality);
    }

    fn agreed(auditor: &T::AccountId, modality: Modality) {
        Self::note(Happening::AuditorAgreed, None, None, Some(auditor), modality);
    }

    /// As long as the row of the pair stands. One storage read.
    fn have_dealt(seller: &T::AccountId, account: &T::AccountId) -> bool {
        Pairs::<T>::contains_key(seller, account)
    }
}
