//! Trust as arithmetic: what it promises for every input. Known answers are in `trust_golden.rs`.

use proptest::prelude::*;
use vouchsafe_protocol::trust::{
    Amount, Cell, Change, Facet, Happening, Headline, OutOfReach, Parameters, Role, Standing, UNIT, bond,
    decay, decay_amount, expectation, exposure_cap, headline, listing, lower, price_of, uncertainty, units,
    upper, weaker, weight,
};

const YEAR: u32 = 15_768_000;
const VCH: u128 = 1_000_000_000_000;
const PARAMETERS: Parameters = Parameters::first(43_200, VCH);

fn amount(r: u16, s: u16) -> Amount {
    Amount {
        r: units(r),
        s: units(s),
    }
}

fn standing(audits: (u16, u16), opinions: (u16, u16), deliveries: (u16, u16)) -> Standing {
    Standing {
        audits: amount(audits.0, audits.1),
        opinions: amount(opinions.0, opinions.1),
        deliveries: amount(deliveries.0, deliveries.1),
        frozen: false,
    }
}

fn score(standing: &Standing) -> Headline {
    headline(standing, &PARAMETERS)
}

// ---------------------------------------------------------------- decay

#[test]
fn half_is_left_after_a_half_life_and_nothing_after_64() {
    assert_eq!(decay(units(60), YEAR, YEAR), units(30));
    assert_eq!(decay(u64::MAX, 63, 1), 1);
    assert_eq!(decay(u64::MAX, 64, 1), 0);
    assert_eq!(decay(u64::MAX, u32::MAX, 0), 0, "a half-life of 0 counts as 1");
    assert_eq!(decay(u64::MAX, 0, 0), u64::MAX);
    assert_eq!(decay_amount(u128::MAX, 127, 1), 1);
    assert_eq!(decay_amount(u128::MAX, 128, 1), 0);
}

/// A year in which somebody is looked at in every block ends as a year in which nobody looked.
#[test]
fn a_year_of_one_block_steps_agrees_with_one_step() {
    let mut x = UNIT;
    for _ in 0..YEAR {
        x = decay(x, 1, YEAR);
    }
    let error = x.abs_diff(decay(UNIT, YEAR, YEAR)) as f64 / (UNIT / 2) as f64;
    assert!(error <= 1e-5, "relative error {error:e}");
}

/// What it takes so that a strike of somebody who is active every day still decays.
#[test]
fn a_strike_decays_however_often_it_is_looked_at() {
    let struck = Cell::default().with(
        Change::Bad {
            units: units(8),
            strike: true,
        },
        0,
        0,
        &PARAMETERS,
    );
    let mut cell = struck;
    for day in 1..=730 {
        cell = cell.with(Change::Good(0), 0, day * 43_200, &PARAMETERS);
    }
    assert!(
        cell.strikes.abs_diff(UNIT / 2) < 1_000,
        "{} strikes",
        cell.strikes
    );
    assert!(cell.s.abs_diff(units(4)) < 1_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn decay_is_off_by_at_most_16_in_the_last_place(x in 0..=units(4_096), elapsed in 0..=10 * YEAR) {
        let exact = x as f64 * (-f64::from(elapsed) / f64::from(YEAR)).exp2();
        let left = decay(x, elapsed, YEAR);
        prop_assert!((left as f64 - exact).abs() <= 16.0, "{left} for {exact}");
    }

    #[test]
    fn decay_never_rises_with_time_and_never_exceeds_what_was_there(
        x: u64, elapsed: u32, later in 0..=1_000_000u32, half_life: u32,
    ) {
        let left = decay(x, elapsed, half_life);
        prop_assert!(left <= x);
        prop_assert!(decay(x, elapsed.saturating_add(later), half_life) <= left);
        prop_assert_eq!(decay(x, 0, half_life), x);
    }

    #[test]
    fn decay_keeps_the_order_of_what_decays(x: u64, more in 0..=u64::MAX, elapsed: u32, half_life: u32) {
        prop_assert!(decay(x.saturating_add(more), elapsed, half_life) >= decay(x, elapsed, half_life));
    }

    #[test]
    fn two_steps_of_decay_agree_with_one(x in 0..=units(4_096), first in 0..=5 * YEAR, second in 0..=5 * YEAR) {
        let twice = decay(decay(x, first, YEAR), second, YEAR);
        prop_assert!(twice.abs_diff(decay(x, first + second, YEAR)) <= 32);
    }

    #[test]
    fn money_decays_as_evidence_does(x: u64, high: u64, elapsed: u32, half_life: u32) {
        prop_assert_eq!(decay_amount(u128::from(x), elapsed, half_life), u128::from(decay(x, elapsed, half_life)));
        let amount = u128::from(high) << 64 | u128::from(x);
        let left = decay_amount(amount, elapsed, half_life);
        prop_assert!(left <= amount);
        let halvings = elapsed / half_life.max(1);
        prop_assert!(left >= amount.checked_shr(halvings.saturating_add(1)).unwrap_or(0));
    }
}

// ---------------------------------------------------------------- bounds

#[test]
fn without_evidence_everything_is_possible() {
    assert_eq!(
        (lower(0, 0), expectation(0, 0), upper(0, 0), uncertainty(0, 0)),
        (0, 5_000, 10_000, 10_000)
    );
}

#[test]
fn the_extremes_do_not_overflow() {
    const MOST: u64 = u64::MAX;
    assert_eq!((lower(MOST, 0), upper(MOST, 0)), (9_999, 10_000));
    assert_eq!((lower(0, MOST), upper(0, MOST)), (0, 1));
    assert_eq!((lower(MOST, MOST), upper(MOST, MOST)), (4_999, 5_001));
    assert_eq!((expectation(MOST, MOST), uncertainty(MOST, MOST)), (5_000, 0));
}

/// Wilson's interval as the textbooks write it, in floating point.
fn wilson(r: f64, s: f64) -> f64 {
    let (n, z) = (r + s, 2.0f64);
    let p = r / n;
    (p + z * z / (2.0 * n) - z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt()) / (1.0 + z * z / n)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_lower_bound_is_wilsons(r in 0..=units(4_096), s in 1..=units(4_096)) {
        let expected = wilson(r as f64 / UNIT as f64, s as f64 / UNIT as f64) * 10_000.0;
        prop_assert!((f64::from(lower(r, s)) + 0.5 - expected).abs() <= 0.51, "{} for {expected}", lower(r, s));
    }

    #[test]
    fn bounds_hold_the_expectation_between_them(r: u64, s: u64) {
        prop_assert!(lower(r, s) <= expectation(r, s));
        prop_assert!(expectation(r, s) <= upper(r, s));
        prop_assert!(upper(r, s) <= 10_000);
        prop_assert_eq!(upper(r, s), 10_000 - lower(s, r));
    }

    #[test]
    fn more_good_never_lowers_and_more_bad_never_raises(
        r in 0..=units(4_096), s in 0..=units(4_096), step in (1u64 << 20)..=units(64),
    ) {
        prop_assert!(lower(r + step, s) >= lower(r, s));
        prop_assert!(lower(r, s + step) <= lower(r, s));
        prop_assert!(upper(r + step, s) >= upper(r, s));
        prop_assert!(upper(r, s + step) <= upper(r, s));
    }

    #[test]
    fn even_the_smallest_step_of_the_largest_evidence_wavers_by_one_basis_point_at_most(r: u64, s: u64, step: u64) {
        prop_assert!(lower(r.saturating_add(step), s) + 1 >= lower(r, s));
        prop_assert!(lower(r, s.saturating_add(step)) <= lower(r, s) + 1);
        prop_assert!(lower(r.saturating_add(1), s) + 1 >= lower(r, s));
    }
}

// ---------------------------------------------------------------- evidence and cells

#[test]
fn an_order_weighs_what_it_burned_up_to_the_cap() {
    assert_eq!(PARAMETERS.order_weight(VCH * 3 / 2), UNIT * 3 / 2);
    assert_eq!(PARAMETERS.order_weight(VCH * 8), units(8));
    assert_eq!(PARAMETERS.order_weight(u128::MAX), units(8));
    assert_eq!(PARAMETERS.order_weight(0), 0);
    assert_eq!(weight(5, 0, 8), units(5), "a fee of 0 counts as 1");
    assert_eq!(weight(u128::MAX / 2, u128::MAX, 8), UNIT / 2 - 1);
    assert_eq!(weight(u128::MAX, u128::MAX, 8), UNIT);
}

proptest! {
    #[test]
    fn splitting_a_purchase_gains_nothing(burned in 0..8 * VCH, share in 0..=8 * VCH) {
        let first = share.min(burned);
        let split = PARAMETERS.order_weight(first) + PARAMETERS.order_weight(burned - first);
        let whole = PARAMETERS.order_weight(burned);
        prop_assert!(split <= whole && whole - split <= 1, "each part is rounded down");
    }

    #[test]
    fn a_weight_never_exceeds_its_cap(burned: u128, unit_fee: u128, cap: u16) {
        prop_assert!(weight(burned, unit_fee, cap) <= units(cap));
        prop_assert!(weight(burned.saturating_add(1), unit_fee, cap) >= weight(burned, unit_fee, cap));
    }
}

fn effects(happening: Happening) -> Vec<(Role, Facet, Change)> {
    happening
        .effects(&PARAMETERS)
        .map(|effect| (effect.role, effect.facet, effect.change))
        .collect()
}

const ALL: [Happening; 13] = [
    Happening::Settled { weight: UNIT },
    Happening::Expired { weight: UNIT },
    Happening::FraudProven,
    Happening::Rated {
        good: true,
        weight: UNIT,
    },
    Happening::Rated {
        good: false,
        weight: UNIT,
    },
    Happening::AuditClean,
    Happening::AuditMismatch,
    Happening::AuditSerious,
    Happening::PrivacyMiss,
    Happening::AuditorAgreed,
    Happening::AuditorDissented,
    Happening::AuditorSilent,
    Happening::CanaryMissed,
];

#[test]
fn no_happening_touches_a_cell_twice_and_none_judges_a_buyer() {
    for happening in ALL {
        let mut cells: Vec<_> = effects(happening)
            .iter()
            .map(|&(role, facet, _)| (role, facet))
            .collect();
        let touched = cells.len();
        assert!((1..=3).contains(&touched), "{happening:?}");
        assert!(
            cells.iter().all(|&(role, _)| role != Role::Buyer),
            "{happening:?}"
        );
        cells.sort_unstable();
        cells.dedup();
        assert_eq!(cells.len(), touched, "{happening:?}");
    }
}

#[test]
fn a_cheap_order_that_expires_still_weighs_a_unit() {
    let one = Change::Bad {
        units: UNIT,
        strike: false,
    };
    assert_eq!(
        effects(Happening::Expired { weight: 7 }),
        [
            (Role::Seller, Facet::Delivery, one),
            (Role::Gateway, Facet::Delivery, one)
        ]
    );
}

#[test]
fn a_privacy_miss_is_the_gateways_fault_first() {
    let strike = Change::Bad {
        units: units(8),
        strike: true,
    };
    let mismatch = Change::Bad {
        units: units(3),
        strike: false,
    };
    assert_eq!(
        effects(Happening::PrivacyMiss),
        [
            (Role::Seller, Facet::Content, mismatch),
            (Role::Gateway, Facet::Privacy, strike)
        ]
    );
}

#[test]
fn a_cell_counts_dates_and_decays() {
    let good = Change::Good(units(2));
    let cell = Cell::default().with(good, 0, 100, &PARAMETERS);
    assert_eq!((cell.r, cell.good, cell.since, cell.at), (units(2), 1, 100, 100));
    let cell = cell.with(good, 0, 100 + YEAR, &PARAMETERS);
    assert_eq!(
        (cell.r, cell.good, cell.since, cell.at),
        (units(3), 2, 100, 100 + YEAR)
    );
    assert_eq!(
        cell.decayed(5, &PARAMETERS),
        cell,
        "an earlier height changes nothing"
    );
}

#[test]
fn each_strike_makes_recovery_dearer() {
    let fault = Change::Bad {
        units: units(8),
        strike: true,
    };
    let mut cell = Cell::default().with(Change::Good(units(16)), 0, 0, &PARAMETERS);
    assert_eq!(lower(cell.r, cell.s), 8_000);
    let mut taken = Vec::new();
    for _ in 0..6 {
        cell = cell.with(fault, 0, 0, &PARAMETERS);
        let mut clean = 0;
        while lower(cell.r, cell.s) < 8_000 {
            cell = cell.with(Change::Good(UNIT), 0, 0, &PARAMETERS);
            clean += 1;
        }
        taken.push(clean);
    }
    assert_eq!(taken, [102, 125, 160, 193, 228, 261]);
}

#[test]
fn strikes_elsewhere_count_as_ones_own() {
    let gained = |strikes| {
        Cell::default()
            .with(Change::Good(units(6)), strikes, 0, &PARAMETERS)
            .r
    };
    assert_eq!(
        (gained(0), gained(UNIT), gained(units(2))),
        (units(6), units(3), units(2))
    );
}

proptest! {
    #[test]
    fn a_cell_at_its_limits_saturates(r: u64, s: u64, strikes: u64, more: u64, elapsed: u32, good: u32) {
        let cell = Cell { r, s, strikes, good, bad: u32::MAX, since: 0, at: 0 };
        let better = cell.with(Change::Good(more), strikes, elapsed, &PARAMETERS);
        prop_assert!(better.r >= cell.decayed(elapsed, &PARAMETERS).r);
        let worse = cell.with(Change::Bad { units: more, strike: true }, 0, elapsed, &PARAMETERS);
        prop_assert!(worse.s >= more);
        prop_assert_eq!(worse.bad, u32::MAX);
    }
}

// ---------------------------------------------------------------- headline

#[test]
fn sales_alone_never_raise_the_headline() {
    let quiet = score(&standing((12, 0), (4, 0), (0, 0)));
    let busy = score(&standing((12, 0), (4, 0), (5_000, 0)));
    assert_eq!(quiet, busy);
}

#[test]
fn purchases_do_not_lift_above_what_audits_show_at_most() {
    let caught = score(&standing((0, 3), (10_000, 0), (10_000, 0)));
    assert_eq!((caught.high, caught.score), (5_715, 5_500));
}

#[test]
fn ratings_do_not_push_below_what_audits_show_at_least() {
    let slandered = score(&standing((12, 0), (0, 1_000), (0, 0)));
    assert_eq!((slandered.low, slandered.score), (7_500, 7_500));
    assert!(slandered.flagged, "that buyers complain is shown");
}

#[test]
fn who_does_not_deliver_falls_whatever_audits_say() {
    let late = score(&standing((60, 0), (60, 0), (0, 25)));
    assert_eq!(late.high, upper(0, units(25)));
    assert!(late.score <= late.high);
}

#[test]
fn a_frozen_account_is_flagged() {
    let frozen = Standing {
        frozen: true,
        ..standing((60, 0), (0, 0), (0, 0))
    };
    assert!(score(&frozen).flagged);
    assert!(
        !score(&Standing {
            frozen: false,
            ..frozen
        })
        .flagged
    );
}

#[test]
fn bought_praise_takes_no_warning_away() {
    assert!(score(&standing((0, 3), (1_000, 0), (1_000, 0))).flagged);
    assert!(!score(&standing((10, 3), (0, 0), (0, 0))).flagged);
}

#[test]
fn eight_units_make_an_account_known() {
    assert!(!score(&standing((7, 0), (0, 0), (100, 0))).known);
    assert!(score(&standing((4, 1), (2, 1), (0, 0))).known);
}

#[test]
fn a_gateway_is_as_good_as_its_weaker_side() {
    assert_eq!(weaker(amount(36, 0), amount(36, 8)), amount(36, 8));
    assert_eq!(weaker(amount(3, 0), amount(36, 0)), amount(3, 0));
    assert_eq!(
        weaker(amount(0, 0), amount(0, 8)),
        amount(0, 8),
        "the same lower bound"
    );
}

#[test]
fn a_listing_shows_the_smaller_score() {
    let (good, bad) = (
        score(&standing((36, 0), (0, 0), (0, 0))),
        score(&standing((0, 3), (0, 0), (0, 0))),
    );
    assert_eq!(listing(&good, &bad), bad.score);
    assert_eq!(listing(&bad, &good), bad.score);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_headline_stays_inside_its_limits(a: (u64, u64), o: (u64, u64), d: (u64, u64), frozen: bool) {
        let amount = |(r, s)| Amount { r, s };
        let standing = Standing { audits: amount(a), opinions: amount(o), deliveries: amount(d), frozen };
        let h = headline(&standing, &PARAMETERS);
        prop_assert_eq!(h.score % 250, 0);
        prop_assert!(h.score <= h.high);
        prop_assert!(h.score + 250 > h.low.min(h.high));
        prop_assert!(h.low <= upper(a.0, a.1), "audits alone leave room");
    }

    #[test]
    fn a_good_rating_never_lowers_and_a_bad_one_never_raises_the_headline(
        a in (0u16..100, 0u16..30), o in (0u16..100, 0u16..30), d in (0u16..100, 0u16..30),
    ) {
        let before = score(&standing(a, o, d)).score;
        prop_assert!(score(&standing(a, (o.0 + 1, o.1), d)).score >= before);
        prop_assert!(score(&standing(a, (o.0, o.1 + 1), d)).score <= before);
    }
}

// ---------------------------------------------------------------- what it costs

#[test]
fn the_price_of_nine_tenths_from_nothing() {
    let price = price_of(&Standing::default(), 0, 9_000, &PARAMETERS).unwrap();
    assert_eq!((price.missing, price.weight), (units(36), units(36)));
    assert_eq!((price.burned, price.orders, price.accounts), (36 * VCH, 5, 9));
    assert_eq!(price.upkeep / (VCH / 100), 2_495, "36 ln 2 = 24.95 VCH a year");
}

#[test]
fn a_strike_doubles_the_price() {
    let struck = price_of(&Standing::default(), UNIT, 9_000, &PARAMETERS).unwrap();
    assert_eq!(
        (struck.missing, struck.weight, struck.burned),
        (units(36), units(72), 72 * VCH)
    );
}

#[test]
fn what_is_there_need_not_be_bought() {
    let price = price_of(&standing((30, 0), (6, 0), (0, 0)), 0, 9_000, &PARAMETERS).unwrap();
    assert_eq!(
        (price.missing, price.burned, price.orders, price.accounts),
        (0, 0, 0, 0)
    );
    assert!(price.upkeep > 0);
}

#[test]
fn what_audits_deny_is_for_no_money() {
    assert_eq!(
        price_of(&standing((0, 3), (0, 0), (0, 0)), 0, 9_000, &PARAMETERS),
        Err(OutOfReach::AboveAudits)
    );
}

#[test]
fn what_the_cap_denies_is_for_no_money() {
    assert_eq!(
        price_of(&Standing::default(), 0, 9_376, &PARAMETERS),
        Err(OutOfReach::AboveCap)
    );
    assert!(price_of(&Standing::default(), 0, 9_375, &PARAMETERS).is_ok());
    assert_eq!(
        price_of(&standing((0, 0), (0, 8), (0, 0)), 0, 8_000, &PARAMETERS),
        Err(OutOfReach::AboveCap),
        "eight units of complaints must first decay"
    );
}

proptest! {
    #[test]
    fn the_price_is_enough_and_not_too_much(
        a in (0u16..50, 0u16..4), o in (0u16..50, 0u16..4), strikes in 0..=units(5), target in 0u16..=9_375,
    ) {
        let before = standing(a, o, (0, 0));
        if let Ok(price) = price_of(&before, strikes, target, &PARAMETERS) {
            let both = before.audits.plus(before.opinions);
            let total = (both.r + price.missing).min(units(PARAMETERS.evidence_cap));
            prop_assert!(lower(total, both.s) >= target);
            if price.missing > 1 << 20 {
                prop_assert!(lower(total - (1 << 20), both.s) <= target, "a 4096th of a unit less is not enough");
            }
            let bought = Cell::default().with(Change::Good(price.weight), strikes, 0, &PARAMETERS);
            prop_assert!(bought.r >= price.missing, "strikes are paid for");
        }
    }

    #[test]
    fn prices_saturate(r: u64, s: u64, strikes: u64, target: u16, unit_fee: u128) {
        let standing = Standing { opinions: Amount { r, s }, ..Standing::default() };
        let dear = Parameters { unit_fee, ..PARAMETERS };
        if let Ok(price) = price_of(&standing, strikes, target, &dear) {
            prop_assert!(price.weight >= price.missing);
        }
    }
}

#[test]
fn the_unknown_bind_fifteen_prices_and_the_best_five() {
    assert_eq!(
        (bond(1_000, 0), bond(1_000, 9_000), bond(1_000, 10_000)),
        (15_000, 6_000, 5_000)
    );
    assert_eq!(bond(1, 9_999), 6, "rounded up");
    assert_eq!(bond(1_000, u16::MAX), 5_000, "no score is above the whole");
    assert_eq!(bond(u128::MAX, 0), u128::MAX);
}

#[test]
fn exposure_grows_with_what_was_settled_and_shrinks_with_time() {
    assert_eq!(exposure_cap(15_000, 0, 0, &PARAMETERS), 15_000);
    assert_eq!(exposure_cap(15_000, 40_000, 0, &PARAMETERS), 25_000);
    assert_eq!(exposure_cap(15_000, 40_000, YEAR, &PARAMETERS), 20_000);
    assert_eq!(exposure_cap(u128::MAX, u128::MAX, 0, &PARAMETERS), u128::MAX);
}

#[test]
fn parameters_that_switch_a_defence_off_are_refused() {
    assert!(PARAMETERS.is_sane());
    let broken = [
        Parameters {
            version: 0,
            ..PARAMETERS
        },
        Parameters {
            good_half_life: 0,
            ..PARAMETERS
        },
        Parameters {
            bad_half_life: YEAR - 1,
            ..PARAMETERS
        },
        Parameters {
            unit_fee: 0,
            ..PARAMETERS
        },
        Parameters {
            order_cap: 0,
            ..PARAMETERS
        },
        Parameters {
            pair_cap: 0,
            ..PARAMETERS
        },
        Parameters {
            evidence_cap: 7,
            ..PARAMETERS
        },
        Parameters {
            clean: 0,
            ..PARAMETERS
        },
        Parameters {
            mismatch: 0,
            ..PARAMETERS
        },
        Parameters {
            serious: 2,
            ..PARAMETERS
        },
        Parameters {
            fraud: 7,
            ..PARAMETERS
        },
    ];
    for parameters in broken {
        assert!(!parameters.is_sane(), "{parameters:?}");
    }
}
