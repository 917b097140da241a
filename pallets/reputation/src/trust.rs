//! The score, read out of the cells by the protocol's functions, and what follows from it for a seller.

use crate::{Activities, Cells, Config, FrozenOffers, Pallet, ParametersOf, Quote, Trust};
use vouchsafe_protocol::trust::{
    Amount, Cell, FORMULA_VERSION, Facet, Modality, Parameters, Role, Standing, TrustSource, bond,
    exposure_cap, headline, price_of, weaker,
};

/// Whether there is evidence of this kind about somebody in this role.
pub(crate) fn is_judged_by(role: Role, facet: Facet) -> bool {
    match role {
        Role::Seller => matches!(facet, Facet::Delivery | Facet::Content | Facet::Opinion),
        Role::Gateway => matches!(facet, Facet::Delivery | Facet::Content | Facet::Privacy),
        Role::Auditor => facet == Facet::Agreement,
        Role::Buyer => false,
    }
}

/// The cells of one facet together, decayed.
#[derive(Default)]
struct Sum {
    amount: Amount,
    strikes: u64,
    since: Option<u32>,
}

/// All that is known of an account in a role, decayed.
struct Evidence {
    role: Role,
    delivery: Sum,
    content: Sum,
    privacy: Sum,
    opinion: Sum,
    agreement: Sum,
}

impl Evidence {
    fn all(&self) -> [&Sum; 5] {
        [
            &self.delivery,
            &self.content,
            &self.privacy,
            &self.opinion,
            &self.agreement,
        ]
    }

    fn strikes(&self) -> u64 {
        self.all()
            .iter()
            .fold(0, |whole: u64, one| whole.saturating_add(one.strikes))
    }

    fn standing(&self, frozen: bool) -> Standing {
        Standing {
            audits: match self.role {
                Role::Gateway => weaker(self.content.amount, self.privacy.amount),
                Role::Auditor => self.agreement.amount,
                Role::Seller | Role::Buyer => self.content.amount,
            },
            opinions: self.opinion.amount,
            deliveries: self.delivery.amount,
            frozen,
        }
    }
}

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
            since: evidence
                .all()
                .iter()
                .filter_map(|one| one.since)
                .min()
                .unwrap_or(now),
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
    ) -> Evidence {
        let sum = |facet| match is_judged_by(role, facet) {
            true => Self::sum(account, role, facet, modality, now, parameters),
            false => Sum::default(),
        };
        Evidence {
            role,
            delivery: sum(Facet::Delivery),
            content: sum(Facet::Content),
            privacy: sum(Facet::Privacy),
            opinion: sum(Facet::Opinion),
            agreement: sum(Facet::Agreement),
        }
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
