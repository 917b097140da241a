//! The score, read out of the cells by the protocol's functions.

use crate::{Activities, Cells, Config, Pallet, ParametersOf, Trust};
use vouchsafe_protocol::trust::{
    Amount, Cell, FORMULA_VERSION, Facet, Modality, OutOfReach, Parameters, Price, Role, Standing,
    exposure_cap, headline, price_of, weaker,
};

/// The cells of one facet together, decayed.
#[derive(Default)]
struct Sum {
    amount: Amount,
    strikes: u64,
    since: Option<u32>,
}

impl<T: Config> Pallet<T> {
    /// The score of an account in a role; [`Modality::Any`] means all kinds of data together. At most 36 storage reads.
    pub fn trust_of(account: &T::AccountId, role: Role, modality: Modality) -> Trust {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let sum = |facet| Self::sum(account, role, facet, modality, now, &parameters);
        let (delivery, content, privacy) = (sum(Facet::Delivery), sum(Facet::Content), sum(Facet::Privacy));
        let (opinion, agreement) = (sum(Facet::Opinion), sum(Facet::Agreement));
        let audits = match role {
            Role::Gateway => weaker(content.amount, privacy.amount),
            Role::Auditor => agreement.amount,
            Role::Seller | Role::Buyer => content.amount,
        };
        let standing = Standing {
            audits,
            opinions: opinion.amount,
            deliveries: delivery.amount,
            // Offers freeze when an audit says so; audits by drawn panels are not there yet.
            frozen: false,
        };
        let all = [&delivery, &content, &privacy, &opinion, &agreement];
        // Only sellers have one.
        let activity = match role {
            Role::Seller => Activities::<T>::get(account),
            Role::Gateway | Role::Auditor | Role::Buyer => Default::default(),
        };
        Trust {
            headline: headline(&standing, &parameters),
            standing,
            content: content.amount,
            privacy: privacy.amount,
            strikes: all
                .iter()
                .fold(0, |whole: u64, one| whole.saturating_add(one.strikes)),
            settled: activity.orders,
            rated: activity.rated,
            open: activity.open,
            exposure: exposure_cap(0, activity.settled, now.saturating_sub(activity.at), &parameters),
            since: all.iter().filter_map(|one| one.since).min().unwrap_or(now),
            parameters: parameters.version,
            formula: FORMULA_VERSION,
            at: now,
        }
    }

    /// What the account would pay to reach `target` basis points with opinions that it buys from itself.
    ///
    /// # Errors
    /// See [`OutOfReach`].
    pub fn price_of_score(
        account: &T::AccountId,
        role: Role,
        modality: Modality,
        target: u16,
    ) -> Result<Price, OutOfReach> {
        let (now, parameters) = (Self::height(), ParametersOf::<T>::get());
        let Trust { standing, .. } = Self::trust_of(account, role, modality);
        // Those that praise is divided by.
        let strikes = Self::sum(account, role, Facet::Content, modality, now, &parameters).strikes;
        price_of(&standing, strikes, target, &parameters)
    }

    fn sum(
        account: &T::AccountId,
        role: Role,
        facet: Facet,
        modality: Modality,
        now: u32,
        parameters: &Parameters,
    ) -> Sum {
        Modality::ALL
            .into_iter()
            .filter(|one| modality == Modality::Any || *one == modality)
            .filter_map(|one| Cells::<T>::get(account, (role, facet, one)))
            .fold(Sum::default(), |sum, cell: Cell| {
                let cell = cell.decayed(now, parameters);
                Sum {
                    amount: sum.amount.plus(cell.amount()),
                    strikes: sum.strikes.saturating_add(cell.strikes),
                    since: Some(sum.since.map_or(cell.since, |since| since.min(cell.since))),
                }
            })
    }
}
