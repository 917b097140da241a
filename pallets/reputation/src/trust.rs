//! The score, read out of the cells by the protocol's functions, and what follows from it for a seller.

use crate::{Activities, Cells, Config, FrozenOffers, Pallet, ParametersOf, Quote, Trust};
use vouchsafe_protocol::trust::{
    FORMULA_VERSION, Known, Modality, Parameters, Role, TrustSource, bond, exposure_cap, headline, price_of,
};

impl<T: Config> Pallet<T> {
    /// The score of an account in a role; [`Modality::Any`] means all kinds of data together. At most 24 storage reads.
    pub fn trust_of(account: &T::AccountId, role: Role, modality: Modality) -> Trust {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let evidence = Self::evidence(account, role, modality, now, &parameters);
        let standing = evidence.standing(T::FrozenOffers::any(account, role));
        // Only sellers have one.
        let activity = match role {
            Role::Seller => Activities::<T>::get(account),
            Role::Gateway | Role::Auditor | Role::Buyer => Default::default(),
        };
        Trust {
            headline: headline(&standing, &parameters),
            standing,
            content: evidence.content.amount,
            privacy: evidence.privacy.amount,
            strikes: evidence.strikes(),
            settled: activity.orders,
            rated: activity.rated,
            open: activity.open,
            exposure: exposure_cap(0, activity.settled, now.saturating_sub(activity.at), &parameters),
            since: evidence.since().unwrap_or(now),
            parameters: parameters.version,
            formula: FORMULA_VERSION,
            at: now,
        }
    }

    /// What the account would pay to reach `target` basis points with opinions that it buys from itself.
    pub fn price_of_score(account: &T::AccountId, role: Role, modality: Modality, target: u16) -> Quote {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let evidence = Self::evidence(account, role, modality, now, &parameters);
        // Whether an offer is frozen changes no price. The strikes are those that praise is divided by.
        let price = price_of(
            &evidence.standing(false),
            evidence.content.strikes,
            target,
            &parameters,
        );
        Quote {
            price,
            parameters: parameters.version,
            formula: FORMULA_VERSION,
            at: now,
        }
    }

    fn evidence(
        account: &T::AccountId,
        role: Role,
        modality: Modality,
        now: u32,
        parameters: &Parameters,
    ) -> Known {
        Known::gather(role, modality, now, parameters, |facet, one| {
            Cells::<T>::get(account, (role, facet, one))
        })
    }
}

impl<T: Config> TrustSource<T::AccountId> for Pallet<T> {
    /// At most 22 storage reads.
    fn least_bond(seller: &T::AccountId, modality: Modality, price: u128) -> u128 {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let evidence = Self::evidence(seller, Role::Seller, modality, now, &parameters);
        bond(price, headline(&evidence.standing(false), &parameters).score)
    }

    /// Two storage reads.
    fn room(seller: &T::AccountId, bond: u128) -> u128 {
        let activity = Activities::<T>::get(seller);
        let elapsed = Self::height().saturating_sub(activity.at);
        exposure_cap(bond, activity.settled, elapsed, &ParametersOf::<T>::get()).saturating_sub(activity.open)
    }
}
