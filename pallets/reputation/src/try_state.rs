//! The README's invariants, as code, with the same numbers. Reads every row: for tests and `try-runtime` only.

use crate::{Activities, Cells, Config, Pairs, Pallet, ParametersOf, Ratable};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;
use vouchsafe_protocol::trust::{Facet, Modality, Role, judged_by};

pub(crate) fn check<T: Config>() -> Result<(), TryRuntimeError> {
    let now = Pallet::<T>::height();
    ensure!(
        ParametersOf::<T>::get().is_sane(),
        "1: the parameters switch a defence off"
    );
    for (_, (role, facet, _), cell) in Cells::<T>::iter() {
        ensure!(
            cell.since <= cell.at && cell.at <= now,
            "2: evidence from the future"
        );
        ensure!(cell.good > 0 || cell.bad > 0, "2: a cell without evidence");
        ensure!(
            cell.bad > 0 || (cell.s == 0 && cell.strikes == 0),
            "2: bad evidence that nobody gave"
        );
        ensure!(cell.good > 0 || cell.r == 0, "2: good evidence that nobody gave");
        ensure!(
            judged_by(role).contains(&facet),
            "3: a facet that this role is not judged by"
        );
    }
    for (who, activity) in Activities::<T>::iter() {
        ensure!(activity.at <= now, "4: a sale from the future");
        ensure!(activity.rated <= activity.orders, "4: more ratings than orders");
        let said = Modality::ALL
            .into_iter()
            .filter_map(|one| Cells::<T>::get(&who, (Role::Seller, Facet::Opinion, one)))
            .fold(0u32, |sum, cell| {
                sum.saturating_add(cell.good).saturating_add(cell.bad)
            });
        ensure!(said == activity.rated, "5: opinions that are no ratings");
    }
    for (_, _, pair) in Pairs::<T>::iter() {
        ensure!(pair.at <= now, "6: a rating from the future");
    }
    for (seller, _, _) in Pairs::<T>::iter() {
        ensure!(
            Activities::<T>::get(&seller).rated > 0,
            "6: a pair that never met"
        );
    }
    for row in Ratable::<T>::iter_values() {
        ensure!(
            Activities::<T>::get(&row.seller).orders > 0,
            "7: an order that did not settle can be rated"
        );
    }
    Ok(())
}
