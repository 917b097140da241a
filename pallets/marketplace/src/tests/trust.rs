//! What is told to reputation, and what is asked of it.

use frame_support::{assert_noop, assert_ok};
use vouchsafe_protocol::price::HouseShare;

use crate::{Error, House, HouseOf, Offers, mock::*};

/// 1.5 % of every price is burned.
fn house_burns() {
    HouseOf::<Test>::put(House {
        share: HouseShare {
            burned_ppm: 15_000,
            treasury_ppm: 0,
        },
        treasury: None,
    });
}

fn with(buyer: AccountId) -> Parties {
    (buyer, SOFIA, GATE, PRICE)
}

/// A story after which every deal was told of once.
fn told_story(test: impl FnOnce()) {
    story(|| {
        test();
        assert_all_was_told();
    });
}

#[test]
fn a_sale_is_told_as_ordered_and_settled_with_what_was_burned() {
    told_story(|| {
        house_burns();
        let (_, order) = bruno_orders();
        assert_eq!(TestTrust::told(), [Told::Ordered(with(BRUNO))]);
        delivers(&order);
        assert_eq!(TestTrust::told().len(), 1, "a delivery is no evidence yet");
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        let burned = PRICE * 15 / 1_000;
        assert_eq!(
            TestTrust::told()[1..],
            [Told::Settled(order, with(BRUNO), burned)]
        );
    });
}

#[test]
fn all_that_reached_nobody_is_told_as_burned() {
    told_story(|| {
        house_burns();
        // An heir without an account cannot receive less than the existential deposit.
        let (record, _) = record(1);
        TestRecords::share(record, &[(AccountId::new([7; 32]), 1)]);
        let (_, order) = bruno_orders();
        delivers(&order);
        run_to(1 + DISPUTE_WITHIN + 1);
        let before = pallet_balances::TotalIssuance::<Test>::get();
        assert_ok!(Marketplace::settle(signed(ANYONE), order));
        let burned = before - pallet_balances::TotalIssuance::<Test>::get();
        assert!(burned > PRICE * 15 / 1_000);
        assert_eq!(
            TestTrust::told()[1..],
            [Told::Settled(order, with(BRUNO), burned)]
        );
    });
}

#[test]
fn an_order_that_nobody_delivered_is_told_as_expired_with_what_would_have_been_burned() {
    told_story(|| {
        house_burns();
        let (_, order) = bruno_orders();
        run_to(1 + DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(ANYONE), order));
        let burned = PRICE * 15 / 1_000;
        assert_eq!(TestTrust::told()[1..], [Told::Expired(with(BRUNO), burned)]);
    });
}

#[test]
fn a_fraud_is_told_of_once_and_the_offers_other_orders_as_refunded() {
    told_story(|| {
        let goods = bad_goods(&offer_id(&SOFIA, 1));
        let offer = sofia_offers_goods(1, &goods);
        let proven = orders(&BRUNO, &offer, 0);
        let waiting = orders(&CLARA, &offer, 0);
        delivers(&proven);
        let evidence = evidence(&proven, &goods, 1, 0).unwrap();
        assert_ok!(disputes(&proven, &evidence));
        // Long after its deadline: that it was never delivered is not counted, for a frozen offer's seller must not.
        run_to(1 + DELIVER_WITHIN + 1);
        assert_noop!(
            Marketplace::expire(signed(ANYONE), waiting),
            Error::<Test>::OfferFrozen
        );
        assert_ok!(Marketplace::refund(signed(ANYONE), waiting));
        assert_eq!(
            TestTrust::told()[2..],
            [Told::FraudProven(with(BRUNO)), Told::Refunded(with(CLARA))]
        );
    });
}

#[test]
fn a_new_or_revised_offer_needs_the_bond_that_the_sellers_reputation_asks_for() {
    told_story(|| {
        BondTimes::set(6);
        let (record, content) = record(1);
        TestRecords::put(record, SOFIA, content);
        let offer = |bond| {
            let id = offer_id(&SOFIA, 1);
            let (key, terms) = (secret(&id).public(), (DELIVER_WITHIN, DISPUTE_WITHIN));
            let seller = signed(SOFIA);
            Marketplace::offer(
                seller, 1, record, content, key, PRICE, LICENCE, terms.0, terms.1, bond,
            )
        };
        assert_eq!(Marketplace::least_bond(&SOFIA, PRICE), 6 * PRICE);
        assert_noop!(offer(6 * PRICE - 1), Error::<Test>::BondTooLow);
        assert_ok!(offer(6 * PRICE));
        let id = offer_id(&SOFIA, 1);
        let revise = |price, bond| Marketplace::revise(signed(SOFIA), id, price, bond);
        assert_noop!(
            revise(PRICE + UNIT, 6 * (PRICE + UNIT) - 1),
            Error::<Test>::BondTooLow
        );
        assert_ok!(revise(PRICE + UNIT, 6 * (PRICE + UNIT)));
        // Where reputation asks for less than everybody needs, that is needed.
        BondTimes::set(0);
        assert_eq!(Marketplace::least_bond(&SOFIA, PRICE), PRICE);
        assert_eq!(Marketplace::least_bond(&SOFIA, ED), MIN_BOND);
    });
}

#[test]
fn an_offer_goes_on_selling_when_its_sellers_reputation_asks_for_more() {
    told_story(|| {
        let offer = sofia_offers(1);
        BondTimes::set(15);
        assert!(Marketplace::least_bond(&SOFIA, PRICE) > BOND);
        orders(&BRUNO, &offer, 0);
        assert_noop!(
            Marketplace::revise(signed(SOFIA), offer, PRICE, BOND),
            Error::<Test>::BondTooLow
        );
    });
}

#[test]
fn a_sellers_open_orders_cost_no_more_than_bonds_and_past_allow() {
    told_story(|| {
        Beyond::set(Some(PRICE / 2));
        let (one, other) = (sofia_offers(1), sofia_offers(2));
        assert_eq!(Marketplace::room(&SOFIA), 2 * BOND + PRICE / 2);
        // The bonds are of five prices each.
        let first = orders(&BRUNO, &one, 0);
        for attempt in 1..10 {
            let offer = if attempt % 2 == 0 { &one } else { &other };
            orders(&BRUNO, offer, attempt);
        }
        assert_eq!(Marketplace::room(&SOFIA), PRICE / 2);
        let blinded = blind(&CLARA, &one, 0).blinded();
        let too_many = || Marketplace::order(signed(CLARA), one, 0, blinded, PRICE, LICENCE);
        assert_noop!(too_many(), Error::<Test>::TooMuchOpen);
        // One that ends makes room for one.
        delivers(&first);
        run_to(1 + DISPUTE_WITHIN + 1);
        assert_ok!(Marketplace::settle(signed(ANYONE), first));
        assert_ok!(too_many());
        assert_eq!(Offers::<Test>::get(one).unwrap().open_orders, 5);
    });
}

#[test]
fn a_refused_call_tells_nothing() {
    told_story(|| {
        let (_, order) = bruno_orders();
        let told = TestTrust::told();
        assert_noop!(
            Marketplace::settle(signed(ANYONE), order),
            Error::<Test>::WrongStage
        );
        assert_noop!(
            Marketplace::expire(signed(ANYONE), order),
            Error::<Test>::TooEarly
        );
        assert_noop!(
            Marketplace::refund(signed(ANYONE), order),
            Error::<Test>::OfferNotFrozen
        );
        assert_eq!(TestTrust::told(), told);
    });
}
