//! Where the price goes when an order settles, what a late seller pays, and when a bond is free.

use frame_support::{assert_noop, assert_ok};
use vouchsafe_protocol::{
    id::{OfferId, OrderId},
    order::Outcome,
    price::HouseShare,
    royalty::MAX_PAYEES,
};

use crate::{Config, Error, Event, HoldReason, House, HouseOf, OfferStatus, Offers, WeightInfo, mock::*};

/// Owns the record that Sofia's is derived from.
const CITY: AccountId = AccountId::new([5; 32]);
const TREASURY: AccountId = AccountId::new([6; 32]);

fn house(burned_ppm: u32, treasury_ppm: u32) {
    HouseOf::<Test>::put(House {
        share: HouseShare {
            burned_ppm,
            treasury_ppm,
        },
        treasury: Some(TREASURY),
    });
}

/// Bruno buys Sofia's first record at this price, and the order settles.
fn sold(price: Balance) -> (OfferId, OrderId) {
    let offer = sofia_offers(1);
    assert_ok!(Marketplace::revise(signed(SOFIA), offer, price, BOND));
    let order = orders(&BRUNO, &offer, 0);
    delivers(&order);
    run_to(1 + DISPUTE_WITHIN + 1);
    events();
    assert_ok!(Marketplace::settle(signed(ANYONE), order));
    (offer, order)
}

#[test]
fn a_price_is_divided_among_house_parents_and_seller_to_the_unit() {
    story(|| {
        house(15_000, 10_000);
        TestRecords::share(record(1).0, &[(CITY, 200_000), (CLARA, 100_000)]);
        let issuance = Balances::total_issuance();
        let (offer, order) = sold(PRICE);
        // 25 VCH: 1.5 % burned, 1 % to the treasury; of the rest 20 % to the city and 10 % to Clara.
        let (burned, treasury) = (UNIT * 375 / 1000, UNIT / 4);
        let net = PRICE - burned - treasury;
        assert_eq!(free(&TREASURY), treasury);
        assert_eq!(free(&CITY), net / 5);
        assert_eq!(free(&CLARA), START + net / 10);
        assert_eq!(free(&SOFIA), START - BOND + net * 7 / 10);
        assert_eq!(free(&BRUNO), START - PRICE - DEPOSIT);
        assert_eq!(Balances::total_issuance(), issuance - burned);
        let royalty = |payee, amount| Event::RoyaltyPaid { order, payee, amount };
        assert_eq!(
            events(),
            [
                royalty(CLARA, net / 10),
                royalty(CITY, net / 5),
                Event::Settled {
                    order,
                    offer,
                    buyer: BRUNO,
                    seller: SOFIA,
                    price: PRICE,
                    paid: net * 7 / 10,
                    treasury,
                    burned,
                },
            ]
        );
    });
}

#[test]
fn a_settlement_costs_what_as_many_payees_as_there_are_cost() {
    story(|| {
        TestRecords::share(record(2).0, &[(CITY, 200_000), (CLARA, 100_000)]);
        let cost = |n| {
            let order = orders(&BRUNO, &sofia_offers(n), 0);
            delivers(&order);
            run_to(System::block_number() as u32 + DISPUTE_WITHIN + 1);
            let settled = Marketplace::settle(signed(ANYONE), order);
            settled.unwrap().actual_weight.unwrap()
        };
        let weight = <Test as Config>::WeightInfo::settle;
        assert_eq!((cost(1), cost(2)), (weight(0), weight(2)));
        assert!(weight(0).all_lt(weight(2)) && weight(2).all_lt(weight(MAX_PAYEES)));
    });
}

#[test]
fn what_rounding_leaves_over_is_burned() {
    story(|| {
        TestRecords::share(record(1).0, &[(CLARA, 333_333), (ANYONE, 333_333)]);
        let issuance = Balances::total_issuance();
        let price = ED + 1;
        sold(price);
        let (third, rest) = (price * 333_333 / 1_000_000, price * 333_334 / 1_000_000);
        assert_eq!(free(&CLARA), START + third);
        assert_eq!(free(&SOFIA), START - BOND + rest);
        assert_eq!(issuance - Balances::total_issuance(), price - 2 * third - rest);
        assert!(price - 2 * third - rest > 0, "or the test shows nothing");
    });
}

#[test]
fn a_royalty_that_its_owner_cannot_receive_is_burned_and_stops_nothing() {
    story(|| {
        // The city's account does not exist, and a tenth of the smallest price would not make it exist.
        TestRecords::share(record(1).0, &[(CITY, 100_000)]);
        let issuance = Balances::total_issuance();
        sold(ED);
        assert_eq!(free(&CITY), 0);
        assert_eq!(free(&SOFIA), START - BOND + ED * 9 / 10);
        assert_eq!(Balances::total_issuance(), issuance - ED / 10);
    });
}

#[test]
fn a_treasury_that_does_not_exist_yet_is_paid_as_soon_as_it_can_be() {
    story(|| {
        house(0, 10_000);
        sold(ED);
        assert_eq!(free(&TREASURY), 0, "burned: less than the existential deposit");
        assert_eq!(Balances::total_issuance(), 4 * START - ED / 100);
    });
    story(|| {
        house(0, 10_000);
        sold(PRICE);
        assert_eq!(free(&TREASURY), PRICE / 100);
        assert_eq!(Balances::total_issuance(), 4 * START);
    });
}

#[test]
fn a_buyer_who_owns_the_parent_pays_himself_his_share() {
    story(|| {
        TestRecords::share(record(1).0, &[(BRUNO, 500_000)]);
        sold(PRICE);
        assert_eq!(free(&BRUNO), START - PRICE / 2 - DEPOSIT);
        assert_eq!(free(&SOFIA), START - BOND + PRICE / 2);
    });
}

#[test]
fn sixteen_payees_are_paid_in_one_settlement() {
    story(|| {
        let owner = |n: u8| AccountId::new([0x80 + n; 32]);
        let shares: Vec<_> = (0..16).map(|n| (owner(n), 50_000)).collect();
        TestRecords::share(record(1).0, &shares);
        sold(PRICE);
        for n in 0..16 {
            assert_eq!(free(&owner(n)), PRICE / 20);
        }
        assert_eq!(free(&SOFIA), START - BOND + PRICE / 5);
    });
}

/// An order of Sofia's first offer that nobody delivers; what its buyer gets for waiting.
fn late(offer: &OfferId, buyer: &AccountId, attempt: u32) -> Balance {
    let order = orders(buyer, offer, attempt);
    run_to(Marketplace::height() + DELIVER_WITHIN + 1);
    events();
    assert_ok!(Marketplace::expire(signed(ANYONE), order));
    match events().as_slice() {
        [
            Event::Refunded {
                compensation,
                outcome: Outcome::Refunded,
                ..
            },
        ] => *compensation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn late_sellers_compensate_their_buyers_out_of_a_tenth_of_the_bond() {
    story(|| {
        let offer = sofia_offers(1);
        // The bond is five prices, a tenth of it fifty times a hundredth of the price.
        let mut sum = 0;
        for attempt in 0..50 {
            assert_eq!(late(&offer, &BRUNO, attempt), LATE, "{attempt}");
            sum += LATE;
        }
        assert_eq!(sum, BOND / 10);
        assert_eq!(late(&offer, &BRUNO, 50), 0, "nine tenths stay");
        assert_eq!(held(HoldReason::OfferBond, &SOFIA), BOND - sum);
        assert_eq!(free(&BRUNO), START + sum - 51 * DEPOSIT);
        // A raised bond has something to give again.
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, PRICE, BOND));
        assert_eq!(Offers::<Test>::get(offer).unwrap().drawn, sum);
        assert_eq!(late(&offer, &BRUNO, 51), LATE, "a tenth of what was added");
    });
}

#[test]
fn what_late_orders_drew_is_missing_from_the_reward_for_a_fraud() {
    story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        for attempt in 0..3 {
            late(&offer, &CLARA, attempt);
        }
        let issuance = Balances::total_issuance();
        let order = orders(&BRUNO, &offer, 0);
        delivers(&order);
        disputes(&order, &evidence(&order, &goods, 1, 0).unwrap()).unwrap();
        assert_eq!(free(&BRUNO), START - DEPOSIT + BOND / 10 - 3 * LATE);
        assert_eq!(
            issuance - Balances::total_issuance(),
            BOND * 9 / 10,
            "burned, whatever was drawn before"
        );
    });
}

#[test]
fn a_raised_bond_goes_on_hold_at_once() {
    story(|| {
        let offer = sofia_offers(1);
        assert_ok!(Marketplace::revise(signed(SOFIA), offer, 3 * PRICE, BOND + UNIT));
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START - BOND - UNIT, BOND + UNIT)
        );
        let stored = Offers::<Test>::get(offer).unwrap();
        assert_eq!((stored.price, stored.bond), (3 * PRICE, BOND + UNIT));
    });
}

#[test]
fn a_closed_offer_serves_its_open_orders_and_keeps_its_bond_through_the_cool_off() {
    story(|| {
        let offer = sofia_offers(1);
        let (first, second) = (orders(&BRUNO, &offer, 0), orders(&CLARA, &offer, 0));
        assert_ok!(Marketplace::close(signed(SOFIA), offer));
        let blinded = blind(&BRUNO, &offer, 1).blinded();
        assert_noop!(
            Marketplace::order(signed(BRUNO), offer, 0, blinded, PRICE, LICENCE),
            Error::<Test>::OfferClosed
        );
        delivers(&first);
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(CLARA), second));
        let ended = 1 + DISPUTE_WITHIN + 1;
        run_to(ended);
        assert_ok!(Marketplace::settle(signed(SOFIA), first));
        let bond = BOND - LATE;
        assert_eq!(held(HoldReason::OfferBond, &SOFIA), bond);
        run_to(ended + COOL_OFF);
        assert_noop!(
            Marketplace::release_bond(signed(SOFIA), offer),
            Error::<Test>::TooEarly
        );
        run_to(ended + COOL_OFF + 1);
        events();
        assert_ok!(Marketplace::release_bond(signed(ANYONE), offer));
        assert_eq!(
            (free(&SOFIA), held(HoldReason::OfferBond, &SOFIA)),
            (START + PRICE - LATE, 0)
        );
        assert_eq!(Offers::<Test>::get(offer).unwrap().status, OfferStatus::Released);
        let seller = SOFIA;
        assert_eq!(events(), [Event::BondReleased { offer, seller, bond }]);
    });
}

#[test]
fn genesis_sets_the_house() {
    use sp_runtime::BuildStorage;
    let storage = crate::GenesisConfig::<Test> {
        burned_ppm: 15_000,
        treasury_ppm: 10_000,
        treasury: Some(TREASURY),
    }
    .build_storage()
    .unwrap();
    sp_io::TestExternalities::new(storage).execute_with(|| {
        let House { share, treasury } = HouseOf::<Test>::get();
        assert_eq!((share.burned_ppm, share.treasury_ppm), (15_000, 10_000));
        assert_eq!(treasury, Some(TREASURY));
    });
}

#[test]
#[should_panic(expected = "leave nothing of a price")]
fn genesis_refuses_a_house_that_takes_everything() {
    use sp_runtime::BuildStorage;
    let _ = crate::GenesisConfig::<Test> {
        burned_ppm: 1_000_000,
        ..Default::default()
    }
    .build_storage();
}

#[test]
#[should_panic(expected = "no receiver")]
fn genesis_refuses_a_treasurys_share_without_a_treasury() {
    use sp_runtime::BuildStorage;
    let _ = crate::GenesisConfig::<Test> {
        treasury_ppm: 1,
        ..Default::default()
    }
    .build_storage();
}
