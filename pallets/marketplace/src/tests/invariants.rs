//! Each invariant of the README, broken on purpose: the check must see it, and say which.

use frame_support::traits::fungible::MutateHold;
use frame_support::traits::tokens::Precision::Exact;
use sp_runtime::DispatchError;
use vouchsafe_protocol::{
    delivery::Point,
    id::{OfferId, OrderId, RecordId},
    order::Stage,
    price::HouseShare,
};

use crate::{
    FaultsOf, HoldReason, House, HouseOf, OfferOf, OfferRow, OfferStatus, Offers, OpenOrders, OrderRow,
    Orders, mock::*, try_state::check,
};

/// Does harm to a sound state with one offer and one placed order, and expects the check to name `number`.
fn breaks(number: u32, harm: impl FnOnce(OfferId, OrderId)) {
    new_test_ext().execute_with(|| {
        let (offer, order) = bruno_orders();
        assert_eq!(check::<Test>(), Ok(()), "sound before the harm");
        harm(offer, order);
        match check::<Test>() {
            Err(DispatchError::Other(text)) => {
                assert!(
                    text.starts_with(&format!("{number}: ")),
                    "expected {number}, found \"{text}\""
                );
            }
            other => panic!("invariant {number} was not seen broken: {other:?}"),
        }
    });
}

fn change_offer(id: OfferId, change: impl FnOnce(&mut OfferRow<Test>)) {
    Offers::<Test>::mutate(id, |row| change(row.as_mut().unwrap()));
}

fn change_order(id: OrderId, change: impl FnOnce(&mut OrderRow<Test>)) {
    Orders::<Test>::mutate(id, |row| change(row.as_mut().unwrap()));
}

#[test]
fn one_a_record_and_its_offer_name_each_other() {
    breaks(1, |_, _| OfferOf::<Test>::remove(record(1).0));
    breaks(1, |offer, _| OfferOf::<Test>::insert(RecordId([8; 32]), offer));
    breaks(1, |_, _| OfferOf::<Test>::insert(record(1).0, OfferId([8; 32])));
    breaks(1, |offer, _| {
        change_offer(offer, |row| row.record = RecordId([8; 32]))
    });
}

#[test]
fn two_an_offer_is_sound_in_itself() {
    breaks(2, |offer, _| change_offer(offer, |row| row.key = Point([0; 32])));
    breaks(2, |offer, _| change_offer(offer, |row| row.price = ED - 1));
    breaks(2, |offer, _| change_offer(offer, |row| row.bond = 0));
    breaks(2, |offer, _| {
        change_offer(offer, |row| row.status = OfferStatus::Frozen { at: 1 })
    });
    breaks(2, |offer, _| {
        less_by(HoldReason::OfferBond, &SOFIA, BOND);
        change_offer(offer, |row| {
            row.status = OfferStatus::Released;
            row.bond = 0;
        });
    });
    breaks(2, |offer, _| change_offer(offer, |row| row.deliver_within = 0));
    breaks(2, |offer, _| change_offer(offer, |row| row.dispute_within = 0));
    breaks(2, |offer, _| change_offer(offer, |row| row.offered_at = 1_000));
    breaks(2, |offer, _| change_offer(offer, |row| row.settled = 1 << 20));
}

#[test]
fn three_an_order_agrees_with_its_offer() {
    breaks(3, |_, order| {
        change_order(order, |row| row.offer = OfferId([8; 32]))
    });
    breaks(3, |_, order| change_order(order, |row| row.seller = CLARA));
    breaks(3, |_, order| change_order(order, |row| row.buyer = SOFIA));
    breaks(3, |_, order| change_order(order, |row| row.version = 1));
}

#[test]
fn four_an_orders_id_follows_from_what_it_holds() {
    breaks(4, |_, order| {
        change_order(order, |row| row.blinded = Point([8; 32]))
    });
    breaks(4, |_, order| change_order(order, |row| row.buyer = CLARA));
}

#[test]
fn five_deadlines_follow_from_the_offers_windows() {
    breaks(5, |_, order| {
        change_order(order, |row| row.stage = Stage::Placed { deliver_by: 12 })
    });
    breaks(5, |_, order| change_order(order, |row| row.placed_at = 0));
    breaks(5, |_, order| {
        change_order(order, |row| {
            row.stage = Stage::Delivered {
                evaluated: row.blinded,
                dispute_by: 0,
            }
        });
    });
}

#[test]
fn six_open_orders_are_listed_as_open() {
    breaks(6, OpenOrders::<Test>::remove);
    breaks(6, |offer, _| {
        OpenOrders::<Test>::insert(offer, OrderId([8; 32]), ())
    });
    breaks(6, |_, order| {
        OpenOrders::<Test>::insert(OfferId([8; 32]), order, ())
    });
    breaks(6, |_, order| {
        change_order(order, |row| {
            row.stage = Stage::Closed(vouchsafe_protocol::order::Outcome::Refunded)
        });
    });
}

#[test]
fn seven_offers_count_their_orders() {
    breaks(7, |offer, _| change_offer(offer, |row| row.open_orders = 0));
    breaks(7, |offer, _| change_offer(offer, |row| row.open_orders = 2));
    breaks(7, |_, order| {
        run_to(1 + DELIVER_WITHIN + 1);
        Marketplace::expire(signed(ANYONE), order).unwrap();
        let offer = Orders::<Test>::get(order).unwrap().offer;
        change_offer(offer, |row| row.refunded = 0);
    });
}

fn more(reason: HoldReason, who: &AccountId) {
    Balances::hold(&reason.into(), who, 1).unwrap();
}

fn less(reason: HoldReason, who: &AccountId) {
    less_by(reason, who, 1);
}

fn less_by(reason: HoldReason, who: &AccountId, amount: Balance) {
    Balances::release(&reason.into(), who, amount, Exact).unwrap();
}

#[test]
fn eight_escrow_is_the_sum_of_open_orders() {
    breaks(8, |_, _| more(HoldReason::Escrow, &BRUNO));
    breaks(8, |_, _| less(HoldReason::Escrow, &BRUNO));
    breaks(8, |_, _| more(HoldReason::Escrow, &ANYONE));
    breaks(8, |_, order| change_order(order, |row| row.price += 1));
}

#[test]
fn nine_deposits_are_the_sum_over_stored_orders() {
    breaks(9, |_, _| more(HoldReason::OrderDeposit, &BRUNO));
    breaks(9, |_, _| less(HoldReason::OrderDeposit, &BRUNO));
    breaks(9, |_, _| more(HoldReason::OrderDeposit, &ANYONE));
    breaks(9, |_, order| change_order(order, |row| row.deposit -= 1));
}

#[test]
fn eleven_faults_are_the_frozen_offers() {
    let fault = |who: AccountId| FaultsOf::<Test>::mutate(who, |faults| faults.as_seller += 1);
    breaks(11, |_, _| fault(SOFIA));
    breaks(11, |_, _| fault(ANYONE));
    let freeze = |row: &mut OfferRow<Test>| {
        row.status = OfferStatus::Frozen { at: 1 };
        row.bond = 0;
    };
    breaks(11, |offer, _| {
        less_by(HoldReason::OfferBond, &SOFIA, BOND);
        change_offer(offer, freeze);
    });
}

#[test]
fn twelve_the_house_leaves_something_and_its_treasury_has_an_account() {
    let set = |burned_ppm, treasury_ppm, treasury| {
        HouseOf::<Test>::put(House {
            share: HouseShare {
                burned_ppm,
                treasury_ppm,
            },
            treasury,
        })
    };
    breaks(12, |_, _| set(1_000_000, 0, None));
    breaks(12, |_, _| set(500_000, 500_000, Some(ANYONE)));
    breaks(12, |_, _| set(0, 1, None));
}

#[test]
fn ten_bonds_are_the_sum_over_the_offers() {
    breaks(10, |_, _| more(HoldReason::OfferBond, &SOFIA));
    breaks(10, |_, _| less(HoldReason::OfferBond, &SOFIA));
    breaks(10, |_, _| more(HoldReason::OfferBond, &ANYONE));
    breaks(10, |offer, _| change_offer(offer, |row| row.bond += 1));
}
