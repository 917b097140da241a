//! The invariants of the README, under the same numbers, as code.

extern crate alloc;

use alloc::collections::{btree_map::BTreeMap, btree_set::BTreeSet};
use frame_support::{
    ensure,
    pallet_prelude::DispatchError,
    traits::{
        Get,
        fungible::{Inspect, InspectHold},
    },
};
use sp_runtime::traits::{Saturating, Zero};
use vouchsafe_protocol::{
    id::{Account, OrderId},
    order::{Outcome, Stage},
};

use crate::{
    BalanceOf, Config, Faults, FaultsOf, HoldReason, HouseOf, OfferOf, OfferStatus, Offers, OpenOrders,
    Orders, Pallet,
};

type Debts<T> = BTreeMap<<T as frame_system::Config>::AccountId, BalanceOf<T>>;
type Checked = Result<(), DispatchError>;

/// Checks every invariant over the whole storage; the error names the first that is broken.
pub(crate) fn check<T: Config>() -> Checked {
    offers::<T>()?;
    orders::<T>()?;
    counts::<T>()?;
    money::<T>()?;
    faults::<T>()?;
    house::<T>()
}

fn offers<T: Config>() -> Checked {
    let mut linked = 0_u64;
    for (record, id) in OfferOf::<T>::iter() {
        let offer = Offers::<T>::get(id).ok_or("1: a record's offer is missing")?;
        ensure!(offer.record == record, "1: a record's offer sells another record");
        linked = linked.saturating_add(1);
    }
    let mut stored = 0_u64;
    for offer in Offers::<T>::iter_values() {
        stored = stored.saturating_add(1);
        ensure!(offer.key.check().is_ok(), "2: an offer's key is no valid point");
        ensure!(
            offer.price >= T::Currency::minimum_balance(),
            "2: a price cannot be paid out"
        );
        let bonded = match offer.status {
            OfferStatus::Open | OfferStatus::Closed { .. } | OfferStatus::Halted { .. } => true,
            OfferStatus::Released | OfferStatus::Frozen { .. } => false,
        };
        ensure!(
            bonded != offer.bond.is_zero(),
            "2: an offer's bond does not go with its status"
        );
        ensure!(
            offer.status != OfferStatus::Released || offer.open_orders == 0,
            "2: a bond was released under open orders"
        );
        ensure!(
            offer.deliver_within > 0 && offer.dispute_within > 0,
            "2: an offer with an empty window"
        );
        ensure!(
            offer.offered_at <= Pallet::<T>::height(),
            "2: an offer from the future"
        );
        let used = offer.settled.saturating_add(offer.open_orders);
        ensure!(
            used <= T::MaxDeliveries::get(),
            "2: an offer's secret was used too often"
        );
    }
    ensure!(linked == stored, "1: an offer is not the offer of its record");
    Ok(())
}

fn orders<T: Config>() -> Checked {
    let genesis = Pallet::<T>::genesis();
    for (id, order) in Orders::<T>::iter() {
        let offer = Offers::<T>::get(order.offer).ok_or("3: an order of a missing offer")?;
        ensure!(
            order.seller == offer.seller,
            "3: an order names another seller than its offer"
        );
        ensure!(order.buyer != order.seller, "3: a seller bought from himself");
        ensure!(
            order.version <= offer.version,
            "3: an order of a version that is not there"
        );
        let buyer = Account(order.buyer.clone().into());
        let derived = OrderId::derive(&genesis, &order.offer, order.version, &buyer, &order.blinded);
        ensure!(
            derived == id,
            "4: an order's id is not derived from what it holds"
        );
        if let Stage::Placed { deliver_by } = order.stage {
            let due = order.placed_at.checked_add(offer.deliver_within);
            ensure!(
                due == Some(deliver_by),
                "5: a deadline differs from the offer's window"
            );
        }
        if let Stage::Delivered { dispute_by, .. } = order.stage {
            let earliest = order.placed_at.saturating_add(offer.dispute_within);
            let latest = earliest.saturating_add(offer.deliver_within);
            ensure!(
                (earliest..=latest).contains(&dispute_by),
                "5: a quiet window differs from the offer's"
            );
        }
        let listed = OpenOrders::<T>::contains_key(order.offer, id);
        ensure!(
            listed == order.is_open(),
            "6: an order is open and not listed as open, or the reverse"
        );
    }
    for (offer, order) in OpenOrders::<T>::iter_keys() {
        let known = Orders::<T>::get(order).is_some_and(|stored| stored.offer == offer);
        ensure!(known, "6: an open order that is not stored");
    }
    Ok(())
}

fn counts<T: Config>() -> Checked {
    for (id, offer) in Offers::<T>::iter() {
        let open = OpenOrders::<T>::iter_key_prefix(id).count();
        ensure!(
            usize::try_from(offer.open_orders) == Ok(open),
            "7: an offer miscounts its open orders"
        );
    }
    let mut ended = BTreeMap::<_, (u32, u32)>::new();
    for order in Orders::<T>::iter_values() {
        let (settled, refunded) = ended.entry(order.offer).or_default();
        match order.stage {
            Stage::Closed(Outcome::Settled { .. }) => *settled = settled.saturating_add(1),
            Stage::Closed(Outcome::Refunded | Outcome::Disputed | Outcome::Voided) => {
                *refunded = refunded.saturating_add(1)
            }
            Stage::Placed { .. } | Stage::Delivered { .. } => {}
        }
    }
    for (id, (settled, refunded)) in ended {
        let offer = Offers::<T>::get(id).ok_or("3: an order of a missing offer")?;
        ensure!(
            offer.settled >= settled && offer.refunded >= refunded,
            "7: an offer miscounts its ended orders"
        );
    }
    Ok(())
}

fn money<T: Config>() -> Checked {
    let (mut escrow, mut deposits, mut bonds) = (Debts::<T>::new(), Debts::<T>::new(), Debts::<T>::new());
    for order in Orders::<T>::iter_values() {
        if order.is_open() {
            escrow
                .entry(order.buyer.clone())
                .or_default()
                .saturating_accrue(order.price);
        }
        deposits
            .entry(order.buyer)
            .or_default()
            .saturating_accrue(order.deposit);
    }
    for offer in Offers::<T>::iter_values() {
        bonds
            .entry(offer.seller)
            .or_default()
            .saturating_accrue(offer.bond);
    }
    exactly_held::<T>(
        HoldReason::Escrow,
        &escrow,
        "8: escrow differs from the open orders",
    )?;
    exactly_held::<T>(
        HoldReason::OrderDeposit,
        &deposits,
        "9: deposits differ from the stored orders",
    )?;
    exactly_held::<T>(HoldReason::OfferBond, &bonds, "10: bonds differ from the offers'")
}

fn faults<T: Config>() -> Checked {
    let mut proven = BTreeMap::<T::AccountId, Faults>::new();
    for offer in Offers::<T>::iter_values() {
        if let OfferStatus::Frozen { .. } = offer.status {
            proven.entry(offer.seller).or_default().as_seller += 1;
            proven.entry(offer.gateway).or_default().as_gateway += 1;
        }
    }
    let stored: BTreeMap<_, _> = FaultsOf::<T>::iter().collect();
    ensure!(stored == proven, "11: faults differ from the frozen offers");
    Ok(())
}

fn house<T: Config>() -> Checked {
    let house = HouseOf::<T>::get();
    ensure!(
        house.share.is_sane(),
        "12: the house's shares leave nothing of a price"
    );
    ensure!(
        house.share.treasury_ppm == 0 || house.treasury.is_some(),
        "12: the treasury's share has no receiver"
    );
    Ok(())
}

/// Compares a hold with what is owed: for every debtor, and for every account of the chain that owes nothing.
fn exactly_held<T: Config>(reason: HoldReason, owed: &Debts<T>, broken: &'static str) -> Checked {
    let reason = reason.into();
    let everybody: BTreeSet<T::AccountId> = owed
        .keys()
        .cloned()
        .chain(frame_system::Account::<T>::iter_keys())
        .collect();
    for who in everybody {
        let debt = owed.get(&who).copied().unwrap_or_default();
        ensure!(T::Currency::balance_on_hold(&reason, &who) == debt, broken);
    }
    Ok(())
}
