//! All that is known of an account in a role: its cells put together, whoever reads them, the chain or a verifier with the
//! network off.

use super::{Amount, Cell, Facet, Modality, Parameters, Role, Standing, weaker};

/// By which facets a role is judged, in the order of their indices. Nobody judges buyers.
pub const fn judged_by(role: Role) -> &'static [Facet] {
    match role {
        Role::Seller => &[Facet::Delivery, Facet::Content, Facet::Opinion],
        Role::Gateway => &[Facet::Delivery, Facet::Content, Facet::Privacy],
        Role::Auditor => &[Facet::Agreement],
        Role::Buyer => &[],
    }
}

/// The cells of one facet together, decayed to one height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Good and bad units, Q32.32.
    pub amount: Amount,
    /// Serious faults, Q32.32.
    pub strikes: u64,
    /// Height of the oldest evidence; `None` without any.
    pub since: Option<u32>,
}

/// All that is known of an account in a role, decayed to one height. A facet by which the role is not judged is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    role: Role,
    /// Facts.
    pub delivery: Sum,
    /// Audits.
    pub content: Sum,
    /// Audits.
    pub privacy: Sum,
    /// Opinions.
    pub opinion: Sum,
    /// Audits of audits.
    pub agreement: Sum,
}

impl Known {
    /// Puts the cells together that `read` finds, at height `now`; [`Modality::Any`] means all kinds of data together. At
    /// most 21 reads, one for each kind in each facet of [`judged_by`].
    pub fn gather(
        role: Role,
        modality: Modality,
        now: u32,
        parameters: &Parameters,
        mut read: impl FnMut(Facet, Modality) -> Option<Cell>,
    ) -> Self {
        let mut sum = |facet| {
            if !judged_by(role).contains(&facet) {
                return Sum::default();
            }
            Modality::ALL
                .into_iter()
                .filter(|one| modality == Modality::Any || *one == modality)
                .filter_map(|one| read(facet, one))
                .fold(Sum::default(), |sum, cell| {
                    let cell = cell.decayed(now, parameters);
                    Sum {
                        amount: sum.amount.plus(cell.amount()),
                        strikes: sum.strikes.saturating_add(cell.strikes),
                        since: Some(sum.since.map_or(cell.since, |since| since.min(cell.since))),
                    }
                })
        };
        Self {
            role,
            delivery: sum(Facet::Delivery),
            content: sum(Facet::Content),
            privacy: sum(Facet::Privacy),
            opinion: sum(Facet::Opinion),
            agreement: sum(Facet::Agreement),
        }
    }

    fn all(&self) -> [&Sum; 5] {
        [
            &self.delivery,
            &self.content,
            &self.privacy,
            &self.opinion,
            &self.agreement,
        ]
    }

    /// Serious faults in all facets, Q32.32.
    pub fn strikes(&self) -> u64 {
        self.all()
            .iter()
            .fold(0, |whole: u64, one| whole.saturating_add(one.strikes))
    }

    /// Height of the oldest evidence.
    pub fn since(&self) -> Option<u32> {
        self.all().iter().filter_map(|one| one.since).min()
    }

    /// What a headline follows from; `frozen` when an offer of the account is frozen.
    pub fn standing(&self, frozen: bool) -> Standing {
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
