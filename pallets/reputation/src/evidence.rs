//! How evidence comes into cells: from facts, audits and ratings.

use crate::{Activities, CellOf, Cells, Config, Error, Event, Pair, Pairs, Pallet, ParametersOf, Ratable};
use frame_support::{BoundedVec, ensure, pallet_prelude::DispatchResult};
use vouchsafe_protocol::{
    id::OrderId,
    trust::{Facet, Happening, Modality, Parameters, Role, decay, units},
};

/// After so many half-lives without a rating the row of a pair may go: a sixteenth of it was left.
pub(crate) const PAIR_HALF_LIVES: u32 = 4;

impl<T: Config> Pallet<T> {
    /// Adds what `happening` says of this seller, gateway and auditor to their cells. An account that has no part in it
    /// is not asked for: `None` there leaves its cells alone.
    pub fn note(
        happening: Happening,
        seller: Option<&T::AccountId>,
        gateway: Option<&T::AccountId>,
        auditor: Option<&T::AccountId>,
        modality: Modality,
    ) {
        let now = (Self::height(), &ParametersOf::<T>::get());
        Self::note_at(now, happening, seller, gateway, auditor, modality);
    }

    /// [`Self::note`] at this height, under these parameters, for whoever has read them already.
    pub(crate) fn note_at(
        (now, parameters): (u32, &Parameters),
        happening: Happening,
        seller: Option<&T::AccountId>,
        gateway: Option<&T::AccountId>,
        auditor: Option<&T::AccountId>,
        modality: Modality,
    ) {
        // Every word with the node costs some microseconds, so each row is looked up once and one event tells of all.
        let mut cells = BoundedVec::new();
        for effect in happening.effects(parameters) {
            let account = match effect.role {
                Role::Seller => seller,
                Role::Gateway => gateway,
                Role::Auditor => auditor,
                Role::Buyer => None,
            };
            let Some(account) = account else { continue };
            // Praise of a seller whom audits caught is worth less.
            let strikes = match effect.facet {
                Facet::Opinion => {
                    Self::strikes(account, (effect.role, Facet::Content, modality), now, parameters)
                }
                Facet::Delivery | Facet::Content | Facet::Privacy | Facet::Agreement => 0,
            };
            let cell = Cells::<T>::mutate(account, (effect.role, effect.facet, modality), |row| {
                let cell = row
                    .unwrap_or_default()
                    .with(effect.change, strikes, now, parameters);
                *row = Some(cell);
                cell
            });
            let told = cells.try_push(CellOf {
                account: account.clone(),
                role: effect.role,
                facet: effect.facet,
                cell,
            });
            debug_assert!(
                told.is_ok(),
                "no happening has more effects than the bound of the event"
            );
        }
        Self::deposit_event(Event::Evidence { modality, cells });
    }

    fn strikes(
        account: &T::AccountId,
        key: (Role, Facet, Modality),
        now: u32,
        parameters: &Parameters,
    ) -> u64 {
        Cells::<T>::get(account, key).map_or(0, |cell| cell.decayed(now, parameters).strikes)
    }

    pub(crate) fn do_rate(buyer: T::AccountId, order: OrderId, good: bool) -> DispatchResult {
        let row = Ratable::<T>::get(order).ok_or(Error::<T>::NotRatable)?;
        let now = Self::height();
        ensure!(row.buyer == buyer, Error::<T>::NotBuyer);
        ensure!(now <= row.until, Error::<T>::TooLate);
        Ratable::<T>::remove(order);

        let parameters = ParametersOf::<T>::get();
        let Pair { used, at } = Pairs::<T>::get(&row.seller, &buyer).unwrap_or_default();
        let used = decay(used, now.saturating_sub(at), parameters.good_half_life);
        let weight = row.weight.min(units(parameters.pair_cap).saturating_sub(used));
        let used = used.saturating_add(weight);
        Pairs::<T>::insert(&row.seller, &buyer, Pair { used, at: now });
        Activities::<T>::mutate(&row.seller, |activity| {
            activity.rated = activity.rated.saturating_add(1);
        });
        Self::deposit_event(Event::Rated {
            order,
            seller: row.seller.clone(),
            buyer,
            good,
            weight,
        });
        Self::note_at(
            (now, &parameters),
            Happening::Rated { good, weight },
            Some(&row.seller),
            None,
            None,
            row.modality,
        );
        Ok(())
    }

    pub(crate) fn do_sweep_order(order: OrderId) -> DispatchResult {
        let row = Ratable::<T>::get(order).ok_or(Error::<T>::NotRatable)?;
        ensure!(Self::height() > row.until, Error::<T>::TooEarly);
        Ratable::<T>::remove(order);
        Ok(())
    }

    pub(crate) fn do_sweep_pair(seller: T::AccountId, buyer: T::AccountId) -> DispatchResult {
        let pair = Pairs::<T>::get(&seller, &buyer).ok_or(Error::<T>::PairNotFound)?;
        let wait = ParametersOf::<T>::get()
            .good_half_life
            .saturating_mul(PAIR_HALF_LIVES);
        ensure!(
            Self::height() > pair.at.saturating_add(wait),
            Error::<T>::TooEarly
        );
        Pairs::<T>::remove(&seller, &buyer);
        Ok(())
    }
}
