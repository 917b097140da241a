mod dues;
mod encoding;

use crate::{
    Activities, Activity, CellOf, Cells, Error, Event, Pair, Pairs, Quote, Ratable, RatableOrder, Trust,
    mock::*, try_state,
};
use codec::{Decode, Encode};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError;
use vouchsafe_protocol::trust::{
    Amount, Cell, Facet, Happening, Modality, OutOfReach, Parameters, Role, TrustSink, UNIT, lower, units,
    upper,
};

fn seller() -> Trust {
    Reputation::trust_of(&SOFIA, Role::Seller, Modality::Image)
}

fn audited(happening: Happening) {
    Reputation::note(happening, Some(&SOFIA), Some(&GATE), None, Modality::Image);
}

fn cell(who: AccountId, role: Role, facet: Facet) -> Cell {
    Cells::<Test>::get(who, (role, facet, Modality::Image)).unwrap_or_default()
}

// ---------------------------------------------------------------- facts

#[test]
fn a_sale_is_evidence_of_delivery_for_seller_and_gateway() {
    execute(|| {
        sale(1, BRUNO);
        for (who, role) in [(SOFIA, Role::Seller), (GATE, Role::Gateway)] {
            let cell = cell(who, role, Facet::Delivery);
            assert_eq!((cell.r, cell.s, cell.good), (UNIT * 3 / 2, 0, 1));
        }
        let expected = Activity {
            open: 0,
            settled: PRICE,
            at: 1,
            orders: 1,
            rated: 0,
        };
        assert_eq!(Activities::<Test>::get(SOFIA), expected);
    });
}

#[test]
fn twenty_sales_alone_leave_the_headline_at_nothing() {
    execute(|| {
        for number in 0..20 {
            sale(number, BRUNO);
        }
        let trust = seller();
        assert_eq!((trust.headline.score, trust.headline.known), (0, false));
        assert_eq!(trust.standing.deliveries, Amount { r: units(30), s: 0 });
        assert_eq!((trust.settled, trust.rated), (20, 0));
    });
}

#[test]
fn an_order_that_expires_counts_against_both_and_is_no_longer_open() {
    execute(|| {
        let deal = deal(BRUNO);
        Reputation::ordered(&deal);
        assert_eq!(Activities::<Test>::get(SOFIA).open, PRICE);
        Reputation::expired(&deal, BURNED);
        assert_eq!(Activities::<Test>::get(SOFIA).open, 0);
        assert_eq!(cell(SOFIA, Role::Seller, Facet::Delivery).s, UNIT * 3 / 2);
        assert_eq!(cell(GATE, Role::Gateway, Facet::Delivery).s, UNIT * 3 / 2);
    });
}

#[test]
fn a_refund_after_anothers_proof_is_no_evidence() {
    execute(|| {
        let deal = deal(BRUNO);
        Reputation::ordered(&deal);
        Reputation::refunded(&deal);
        assert_eq!(Activities::<Test>::get(SOFIA).open, 0);
        assert_eq!(Cells::<Test>::iter().count(), 0);
    });
}

#[test]
fn a_proven_fraud_drops_the_score_at_once_and_makes_recovery_dearer() {
    execute(|| {
        for _ in 0..12 {
            audited(Happening::AuditClean);
        }
        assert_eq!(seller().headline.score, 7_500);
        let deal = deal(BRUNO);
        Reputation::ordered(&deal);
        Reputation::fraud_proven(&deal);
        let trust = seller();
        assert_eq!(trust.headline.high, upper(0, units(25)));
        assert!(trust.headline.score < 2_000 && trust.headline.flagged);
        assert_eq!((trust.strikes, trust.open), (UNIT, 0));

        let before = cell(SOFIA, Role::Seller, Facet::Delivery).r;
        sale(1, CLARA);
        let gained = cell(SOFIA, Role::Seller, Facet::Delivery).r - before;
        assert_eq!(
            gained,
            UNIT * 3 / 4,
            "half of what it was worth before the strike"
        );
    });
}

#[test]
fn what_may_be_open_grows_with_sales_and_decays() {
    execute(|| {
        sale(1, BRUNO);
        assert_eq!(seller().exposure, PRICE / 4);
        pass(365 * DAY);
        assert_eq!(seller().exposure, PRICE / 8);
    });
}

// ---------------------------------------------------------------- ratings

#[test]
fn the_buyer_rates_once_with_what_the_order_burned() {
    execute(|| {
        sale(1, BRUNO);
        System::reset_events();
        assert_ok!(Reputation::rate(signed(BRUNO), order(1), true));
        let cell = cell(SOFIA, Role::Seller, Facet::Opinion);
        assert_eq!((cell.r, cell.s), (UNIT * 3 / 2, 0));
        let expected: Vec<RuntimeEvent> = vec![
            Event::Rated {
                order: order(1),
                seller: SOFIA,
                buyer: BRUNO,
                good: true,
                weight: UNIT * 3 / 2,
            }
            .into(),
            Event::Evidence {
                modality: Modality::Image,
                cells: vec![CellOf {
                    account: SOFIA,
                    role: Role::Seller,
                    facet: Facet::Opinion,
                    cell,
                }]
                .try_into()
                .unwrap(),
            }
            .into(),
        ];
        let events: Vec<RuntimeEvent> = System::events().into_iter().map(|row| row.event).collect();
        assert_eq!(events, expected);
        assert_noop!(
            Reputation::rate(signed(BRUNO), order(1), false),
            Error::<Test>::NotRatable
        );
        assert_eq!(seller().rated, 1);
    });
}

#[test]
fn who_did_not_buy_cannot_rate() {
    execute(|| {
        sale(1, BRUNO);
        assert_noop!(
            Reputation::rate(signed(CLARA), order(1), true),
            Error::<Test>::NotBuyer
        );
        assert_noop!(
            Reputation::rate(signed(BRUNO), order(2), true),
            Error::<Test>::NotRatable
        );
        assert_noop!(
            Reputation::rate(RuntimeOrigin::none(), order(1), true),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn the_last_day_to_rate_is_the_thirtieth() {
    execute(|| {
        sale(1, BRUNO);
        sale(2, BRUNO);
        pass(30 * DAY);
        assert_ok!(Reputation::rate(signed(BRUNO), order(1), true));
        pass(1);
        assert_noop!(
            Reputation::rate(signed(BRUNO), order(2), true),
            Error::<Test>::TooLate
        );
    });
}

#[test]
fn a_pair_says_four_units_at_most_and_regains_room_with_time() {
    execute(|| {
        for number in 0..5 {
            sale(number, BRUNO);
            assert_ok!(Reputation::rate(signed(BRUNO), order(number), true));
        }
        assert_eq!(cell(SOFIA, Role::Seller, Facet::Opinion).r, units(4));
        let full = Pair {
            used: units(4),
            at: 1,
        };
        assert_eq!(Pairs::<Test>::get(SOFIA, BRUNO), Some(full));
        sale(6, CLARA);
        assert_ok!(Reputation::rate(signed(CLARA), order(6), false));
        assert_eq!(
            cell(SOFIA, Role::Seller, Facet::Opinion).s,
            UNIT * 3 / 2,
            "another pair"
        );

        pass(365 * DAY);
        sale(7, BRUNO);
        assert_ok!(Reputation::rate(signed(BRUNO), order(7), true));
        assert_eq!(
            cell(SOFIA, Role::Seller, Facet::Opinion).r,
            units(2) + UNIT * 3 / 2
        );
    });
}

/// Twenty buyers, each content: the score rises exactly as the formula says, as far as audits allow.
#[test]
fn a_good_seller_rises_over_twenty_sales_as_the_formula_says() {
    execute(|| {
        for _ in 0..3 {
            audited(Happening::AuditClean);
        }
        let mut scores = Vec::new();
        for number in 0..20u8 {
            let buyer = 100 + u64::from(number);
            sale(number, buyer);
            assert_ok!(Reputation::rate(signed(buyer), order(number), true));
            let expected = lower(units(3) + UNIT * 3 / 2 * u64::from(number + 1), 0);
            let headline = seller().headline;
            assert_eq!(headline.middle, expected);
            assert_eq!(headline.score, expected / 250 * 250);
            scores.push(headline.score);
        }
        assert!(scores.is_sorted());
        assert_eq!(scores.last(), Some(&8_750));
    });
}

#[test]
fn buying_from_oneself_does_not_lift_above_what_audits_allow() {
    execute(|| {
        audited(Happening::AuditMismatch);
        let bound = seller().headline.high;
        for number in 0..40u8 {
            let puppet = 100 + u64::from(number);
            sale(number, puppet);
            assert_ok!(Reputation::rate(signed(puppet), order(number), true));
        }
        let headline = seller().headline;
        assert_eq!(
            (headline.high, headline.score, headline.flagged),
            (bound, 5_500, true)
        );
        assert_eq!(
            Reputation::price_of_score(&SOFIA, Role::Seller, Modality::Image, 9_000).price,
            Err(OutOfReach::AboveAudits)
        );
    });
}

#[test]
fn praise_of_somebody_with_a_strike_is_worth_half() {
    execute(|| {
        audited(Happening::AuditSerious);
        sale(1, BRUNO);
        assert_ok!(Reputation::rate(signed(BRUNO), order(1), true));
        assert_eq!(cell(SOFIA, Role::Seller, Facet::Opinion).r, UNIT * 3 / 4);
        assert_eq!(
            Pairs::<Test>::get(SOFIA, BRUNO).unwrap().used,
            UNIT * 3 / 2,
            "the pair has said it"
        );
    });
}

// ---------------------------------------------------------------- the score

#[test]
fn a_gateway_is_judged_by_its_weaker_side() {
    execute(|| {
        for _ in 0..12 {
            audited(Happening::AuditClean);
        }
        audited(Happening::PrivacyMiss);
        let gateway = Reputation::trust_of(&GATE, Role::Gateway, Modality::Any);
        assert_eq!(gateway.standing.audits, gateway.privacy);
        assert_eq!(gateway.content, Amount { r: units(12), s: 0 });
        assert_eq!(
            gateway.privacy,
            Amount {
                r: units(12),
                s: units(8)
            }
        );
        assert_eq!(
            seller().standing.audits,
            Amount {
                r: units(12),
                s: units(3)
            }
        );
    });
}

#[test]
fn any_kind_of_data_means_all_of_them() {
    execute(|| {
        for modality in [Modality::Image, Modality::Audio] {
            Reputation::note(Happening::AuditClean, Some(&SOFIA), None, None, modality);
        }
        let content = |modality| {
            Reputation::trust_of(&SOFIA, Role::Seller, modality)
                .standing
                .audits
                .r
        };
        assert_eq!(content(Modality::Any), units(2));
        assert_eq!(content(Modality::Audio), UNIT);
        assert_eq!(content(Modality::Text), 0);
        assert_eq!(Cells::<Test>::iter_prefix(GATE).count(), 0, "nobody vouched");
    });
}

#[test]
fn an_auditor_is_judged_by_agreement() {
    execute(|| {
        for happening in [Happening::AuditorAgreed, Happening::AuditorDissented] {
            Reputation::note(happening, None, None, Some(&AUDITOR), Modality::Any);
        }
        let trust = Reputation::trust_of(&AUDITOR, Role::Auditor, Modality::Any);
        assert_eq!(trust.standing.audits, Amount { r: UNIT, s: units(3) });
    });
}

#[test]
fn the_view_says_what_it_takes_to_recompute_it() {
    execute(|| {
        sale(1, BRUNO);
        pass(DAY);
        let trust = Reputation::trust(SOFIA, Role::Seller, Modality::Any);
        assert_eq!((trust.formula, trust.parameters), (1, 1));
        assert_eq!((trust.since, trust.at), (1, 1 + DAY));
        assert_eq!(Trust::decode(&mut &trust.encode()[..]), Ok(trust));
        let quote = Reputation::price_of(ANYONE, Role::Seller, Modality::Any, 9_000);
        assert_eq!((quote.formula, quote.parameters, quote.at), (1, 1, 1 + DAY));
        assert_eq!(Quote::decode(&mut &quote.encode()[..]), Ok(quote.clone()));
        let price = quote.price.unwrap();
        assert_eq!((price.burned, price.orders, price.accounts), (36 * VCH, 5, 9));
    });
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().collect();
    let byte = |two: &[char; 2]| u8::from_str_radix(&two.iter().collect::<String>(), 16).unwrap();
    digits.as_chunks::<2>().0.iter().map(byte).collect()
}

/// The same known answers that judge the protocol and the Python. The file has one value a line, each row's height last.
#[test]
fn the_pallet_gives_the_known_answers() {
    let vectors = include_str!("../../../protocol/vectors/trust.json");
    let life = vectors.split("\"life\": [").nth(1).unwrap();
    let life = life.split("\"money\": [").next().unwrap();
    execute(|| {
        let (mut cells, mut happening, mut rows) = (Vec::new(), None, 0);
        for line in life.lines() {
            let Some((key, value)) = line.trim().split_once(": ") else {
                continue;
            };
            let value = value.trim_end_matches(',').trim_matches('"');
            match key {
                "\"cell\"" => cells.push(Cell::decode(&mut &bytes(value)[..]).unwrap()),
                "\"happening\"" => happening = Happening::decode(&mut &bytes(value)[..]).ok(),
                "\"height\"" => {
                    System::set_block_number(value.parse().unwrap());
                    let happening = happening.take().unwrap();
                    if let Happening::Rated { .. } = happening {
                        Activities::<Test>::mutate(SOFIA, |activity| {
                            activity.orders += 1;
                            activity.rated += 1;
                        });
                    }
                    Reputation::note(
                        happening,
                        Some(&SOFIA),
                        Some(&GATE),
                        Some(&AUDITOR),
                        Modality::Any,
                    );
                    let changed: Vec<Cell> = happening
                        .effects(&parameters())
                        .map(|effect| {
                            let account = match effect.role {
                                Role::Seller => SOFIA,
                                Role::Gateway => GATE,
                                Role::Auditor | Role::Buyer => AUDITOR,
                            };
                            Cells::<Test>::get(account, (effect.role, effect.facet, Modality::Any)).unwrap()
                        })
                        .collect();
                    assert_eq!(changed, std::mem::take(&mut cells), "at {value}");
                    rows += 1;
                }
                _ => {}
            }
        }
        assert_eq!(rows, 56);
    });
}

// ---------------------------------------------------------------- cleaning and parameters

#[test]
fn anybody_sweeps_an_order_that_can_no_longer_be_rated_for_free() {
    execute(|| {
        sale(1, BRUNO);
        pass(30 * DAY);
        assert_noop!(
            Reputation::sweep_order(signed(ANYONE), order(1)),
            Error::<Test>::TooEarly
        );
        pass(1);
        let paid = Reputation::sweep_order(signed(ANYONE), order(1)).unwrap();
        assert_eq!(paid.pays_fee, frame_support::dispatch::Pays::No);
        assert_noop!(
            Reputation::sweep_order(signed(ANYONE), order(1)),
            Error::<Test>::NotRatable
        );
    });
}

#[test]
fn anybody_sweeps_a_pair_after_four_half_lives() {
    execute(|| {
        sale(1, BRUNO);
        assert_ok!(Reputation::rate(signed(BRUNO), order(1), true));
        pass(4 * 365 * DAY);
        assert_noop!(
            Reputation::sweep_pair(signed(ANYONE), SOFIA, BRUNO),
            Error::<Test>::TooEarly
        );
        pass(1);
        assert_ok!(Reputation::sweep_pair(signed(ANYONE), SOFIA, BRUNO));
        assert_noop!(
            Reputation::sweep_pair(signed(ANYONE), SOFIA, BRUNO),
            Error::<Test>::PairNotFound
        );
    });
}

#[test]
fn only_the_admin_changes_parameters_upwards_and_sanely() {
    execute(|| {
        let next = Parameters {
            version: 2,
            unit_fee: 2 * VCH,
            ..parameters()
        };
        assert_noop!(
            Reputation::set_parameters(signed(ANYONE), next),
            DispatchError::BadOrigin
        );
        assert_noop!(
            Reputation::set_parameters(RuntimeOrigin::root(), Parameters { clean: 0, ..next }),
            Error::<Test>::BadParameters
        );
        assert_noop!(
            Reputation::set_parameters(RuntimeOrigin::root(), Parameters { version: 1, ..next }),
            Error::<Test>::VersionNotHigher
        );
        assert_ok!(Reputation::set_parameters(RuntimeOrigin::root(), next));
        System::assert_last_event(Event::ParametersChanged { parameters: next }.into());
        assert_eq!(seller().parameters, 2);
        sale(1, BRUNO);
        assert_eq!(cell(SOFIA, Role::Seller, Facet::Delivery).r, UNIT * 3 / 4);
    });
}

// ---------------------------------------------------------------- invariants

/// Breaks one row and expects to be told under this number.
fn breaks(number: &str, story: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        sale(1, BRUNO);
        sale(2, BRUNO);
        assert_ok!(Reputation::rate(signed(BRUNO), order(1), true));
        try_state::check::<Test>().unwrap();
        story();
        let DispatchError::Other(told) = try_state::check::<Test>().unwrap_err() else {
            panic!("told without words");
        };
        assert!(told.starts_with(number), "{told}");
    });
}

#[test]
fn every_invariant_notices_its_breach() {
    let delivery = (Role::Seller, Facet::Delivery, Modality::Image);
    let change = move |change: fn(&mut Cell)| {
        let mut cell = Cells::<Test>::get(SOFIA, delivery).unwrap();
        change(&mut cell);
        Cells::<Test>::insert(SOFIA, delivery, cell);
    };
    let active = |change: fn(&mut Activity)| Activities::<Test>::mutate(SOFIA, change);
    breaks("1:", || {
        crate::ParametersOf::<Test>::mutate(|parameters| parameters.unit_fee = 0)
    });
    breaks("2:", || change(|cell| cell.at = 2));
    breaks("2:", || change(|cell| cell.good = 0));
    breaks("2:", || change(|cell| cell.s = 1));
    breaks("3:", || {
        let cell = Cells::<Test>::get(SOFIA, delivery).unwrap();
        Cells::<Test>::insert(SOFIA, (Role::Buyer, Facet::Delivery, Modality::Image), cell);
    });
    breaks("4:", || active(|activity| activity.at = 2));
    breaks("4:", || active(|activity| activity.orders = 0));
    breaks("5:", || active(|activity| activity.rated = 2));
    breaks("6:", || {
        Pairs::<Test>::insert(SOFIA, CLARA, Pair { used: 1, at: 2 })
    });
    breaks("6:", || {
        Pairs::<Test>::insert(CLARA, BRUNO, Pair { used: 1, at: 1 })
    });
    breaks("7:", || {
        let row = Ratable::<Test>::get(order(2)).unwrap();
        Ratable::<Test>::insert(order(3), RatableOrder { seller: CLARA, ..row });
    });
}
