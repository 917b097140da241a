//! Trust as it is on the chain: what buyers, sellers and cheats do, and what their scores, bonds and room are then.

mod audits;
mod market;

use frame_support::{assert_noop, assert_ok};
use market::*;
use pallet_balances::TotalIssuance;
use pallet_reputation::{
    Activities, Cells, ParametersOf, Quote, Trust, runtime_api::runtime_decl_for_trust_api::TrustApi,
};
use sp_keyring::Ed25519Keyring::{self, Alice, Charlie, Dave};
use sp_runtime::DispatchError;
use vouchsafe_protocol::trust::{
    Amount, Cell, Change, Facet, Happening, Modality, OutOfReach, Parameters, Role, Standing, UNIT, bond,
    headline, lower, units, upper,
};
use vouchsafe_runtime::{
    Balances, Marketplace, Reputation, Runtime, RuntimeOrigin, System,
    constants::{MIN_DELIVER_WITHIN, VCH},
};

fn parameters() -> Parameters {
    ParametersOf::<Runtime>::get()
}

pub fn seller(who: Ed25519Keyring) -> Trust {
    Runtime::trust(who.to_account_id(), Role::Seller, Modality::Any)
}

fn audited(happening: Happening, seller: Ed25519Keyring) {
    let (seller, gateway) = (seller.to_account_id(), Charlie.to_account_id());
    Reputation::note(happening, Some(&seller), Some(&gateway), None, Modality::Any);
}

#[test]
fn a_good_seller_rises_over_twenty_purchases_exactly_as_the_formula_says() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (mut delivery, mut opinion) = (Cell::default(), Cell::default());
        let mut scores = vec![];
        for number in 0..20 {
            praised_sale(&listing, number);
            let (now, parameters) = (System::block_number(), parameters());
            delivery = delivery.with(Change::Good(WEIGHT), 0, now, &parameters);
            opinion = opinion.with(Change::Good(WEIGHT), 0, now, &parameters);
            let standing = Standing {
                opinions: opinion.amount(),
                deliveries: delivery.amount(),
                ..Standing::default()
            };
            let trust = seller(Alice);
            assert_eq!(trust.standing, standing);
            assert_eq!(trust.headline, headline(&standing, &parameters));
            let count = u32::from(number) + 1;
            assert_eq!((trust.settled, trust.rated, trust.open), (count, count, 0));
            let dues = Runtime::dues(listing.seller.clone(), PRICE);
            assert_eq!(dues.bond, bond(PRICE, trust.headline.score));
            assert_eq!((dues.formula, dues.parameters), (1, 1));
            scores.push(trust.headline.score);
        }
        // Without audits that is lower(1.5 n, 0) in steps of 250, less what decays within minutes.
        assert!(scores.is_sorted());
        assert_eq!((scores[0], scores[1], scores[19]), (2_500, 4_250, 8_750));
        assert!(lower(units(30), 0) - seller(Alice).headline.middle < 2);
        let dues = Runtime::dues(listing.seller.clone(), PRICE);
        assert_eq!((dues.bond, dues.score), (PRICE * 625 / 100, 8_750));
        assert_eq!(dues.room, Marketplace::room(&listing.seller));
        assert!(
            (19 * PRICE..20 * PRICE).contains(&dues.room),
            "fifteen prices and a quarter of twenty"
        );
    });
}

#[test]
fn buying_from_oneself_burns_and_does_not_lift_above_what_audits_allow() {
    with_market(|| {
        audited(Happening::AuditMismatch, Alice);
        let listing = list(Alice, 1, true, 15 * PRICE);
        let bound = seller(Alice).headline.high;
        assert_eq!((bound, upper(0, units(3))), (5_715, 5_715));
        let puppets: Vec<_> = (0..20).map(buyer).collect();
        let wealth = || -> u128 {
            let all = puppets.iter().chain([&listing.seller]);
            all.map(|who| Balances::free_balance(who) + Balances::reserved_balance(who))
                .sum()
        };
        let (before, issued) = (wealth(), TotalIssuance::<Runtime>::get());
        for (attempt, puppet) in puppets.iter().enumerate() {
            let purchase = buy(&listing, puppet, attempt as u32);
            settle(&purchase);
            assert_ok!(rate(&purchase, true));
        }
        let burned = 20 * PRICE * 15 / 1_000;
        assert_eq!(before - wealth(), burned);
        assert_eq!(issued - TotalIssuance::<Runtime>::get(), burned);
        let after = seller(Alice).headline;
        assert!(
            after.high <= bound + 1,
            "bad evidence decays by less than that in minutes"
        );
        assert_eq!((after.score, after.flagged), (5_500, true));
        assert!(after.middle > after.high, "thirty units would say more");
        let quote = Runtime::price_of(listing.seller.clone(), Role::Seller, Modality::Any, 9_000);
        let now = System::block_number();
        let expected = Quote {
            price: Err(OutOfReach::AboveAudits),
            parameters: 1,
            formula: 1,
            at: now,
        };
        assert_eq!(quote, expected);
    });
}

#[test]
fn who_did_not_buy_cannot_rate_and_who_bought_can_once() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let purchase = buy(&listing, &buyer(0), 0);
        assert_noop!(rate(&purchase, true), TrustError::NotRatable);
        settle(&purchase);
        for other in [buyer(1), Alice.to_account_id(), Charlie.to_account_id()] {
            assert_noop!(
                Reputation::rate(signed(&other), purchase.order, true),
                TrustError::NotBuyer
            );
        }
        assert_ok!(rate(&purchase, false));
        assert_noop!(rate(&purchase, true), TrustError::NotRatable);
        let said = seller(Alice).standing.opinions;
        assert_eq!(said, Amount { r: 0, s: WEIGHT });
    });
}

#[test]
fn a_proven_fraud_drops_the_score_and_raises_the_bond_of_the_next_offer() {
    with_market(|| {
        let good = list(Alice, 1, true, 15 * PRICE);
        for number in 0..12 {
            praised_sale(&good, number);
        }
        let before = seller(Alice).headline;
        assert_eq!((before.score, before.flagged), (8_000, false));
        // What was earned is worth something: the next offer takes seven prices, to the planck.
        let (bad, record) = prepare(Alice, 2, false);
        assert_noop!(offer(&bad, record, 2, 7 * PRICE - 1), MarketError::BondTooLow);
        assert_ok!(offer(&bad, record, 2, 7 * PRICE));

        let victim = buyer(50);
        let purchase = buy(&bad, &victim, 0);
        dispute(&bad, &purchase);
        let after = seller(Alice);
        assert_eq!((after.strikes, after.open), (UNIT, 0));
        assert!(after.standing.frozen && after.headline.flagged);
        // Eighteen good units of delivery and twenty-five bad ones: (25 + 2 - 2 * sqrt(1 + 450 / 43)) / 47 = 0.4304.
        assert!(upper(units(18), units(25)).abs_diff(after.headline.high) < 2);
        assert_eq!(after.headline.score, 5_500);
        let gateway = Runtime::trust(Charlie.to_account_id(), Role::Gateway, Modality::Any);
        assert_eq!(gateway.standing.deliveries, after.standing.deliveries);
        assert!(gateway.standing.frozen && gateway.headline.flagged);

        let (next, record) = prepare(Alice, 3, true);
        assert_noop!(offer(&next, record, 3, 7 * PRICE), MarketError::BondTooLow);
        assert_noop!(offer(&next, record, 3, 950 * VCH - 1), MarketError::BondTooLow);
        assert_ok!(offer(&next, record, 3, 950 * VCH));
        assert_eq!(Runtime::dues(next.seller.clone(), PRICE).bond, 950 * VCH);
    });
}

#[test]
fn an_order_that_nobody_delivers_is_evidence_against_both() {
    with_market(|| {
        let listing = list(Alice, 1, true, 15 * PRICE);
        let (order, _) = place(&listing, &buyer(0), 0).unwrap();
        System::set_block_number(System::block_number() + MIN_DELIVER_WITHIN + 1);
        assert_ok!(Marketplace::expire(signed(&buyer(1)), order));
        for (who, role) in [(Alice, Role::Seller), (Charlie, Role::Gateway)] {
            let cell = Cells::<Runtime>::get(who.to_account_id(), (role, Facet::Delivery, Modality::Any));
            assert_eq!(cell.map(|cell| (cell.r, cell.s, cell.bad)), Some((0, WEIGHT, 1)));
        }
    });
}

#[test]
fn a_newcomer_sells_fifteen_at_once_and_what_is_known_to_be_open_is_what_is() {
    with_market(|| {
        let listing = list(Dave, 1, true, 15 * PRICE);
        let buyers: Vec<_> = (0..16).map(buyer).collect();
        let first = buy(&listing, &buyers[0], 0);
        for buyer in &buyers[1..15] {
            buy(&listing, buyer, 0);
        }
        let open = || Activities::<Runtime>::get(&listing.seller).open;
        assert_eq!((open(), Marketplace::room(&listing.seller)), (15 * PRICE, 0));
        assert_eq!(
            place(&listing, &buyers[15], 0).map(drop),
            Err(MarketError::TooMuchOpen.into())
        );
        settle(&first);
        assert_eq!(
            (open(), Marketplace::room(&listing.seller)),
            (14 * PRICE, PRICE * 5 / 4)
        );
        assert!(place(&listing, &buyers[15], 0).is_ok());
        let stored: u128 = pallet_marketplace::Orders::<Runtime>::iter_values()
            .filter(|order| order.is_open())
            .map(|order| order.price)
            .sum();
        assert_eq!(open(), stored);
    });
}

#[test]
fn only_root_changes_the_parameters() {
    with_market(|| {
        let next = Parameters {
            version: 2,
            unit_fee: 2 * VCH,
            ..parameters()
        };
        assert_noop!(
            Reputation::set_parameters(signed(&Alice.to_account_id()), next),
            DispatchError::BadOrigin
        );
        assert_ok!(Reputation::set_parameters(RuntimeOrigin::root(), next));
        assert_eq!(seller(Alice).parameters, 2);
    });
}
