use super::*;
use crate::amount::VCH;
use vouchsafe_protocol::trust::{Parameters, Price, Standing, headline, price_of, units as whole};

const PARAMETERS: Parameters = Parameters::first(86_400, VCH);

fn amount(r: u16, s: u16) -> Amount {
    Amount {
        r: whole(r),
        s: whole(s),
    }
}

/// An account with this evidence, as the chain would answer for it.
fn trust(audits: Amount, opinions: Amount, deliveries: Amount, frozen: bool) -> Trust {
    let standing = Standing {
        audits,
        opinions,
        deliveries,
        frozen,
    };
    Trust {
        headline: headline(&standing, &PARAMETERS),
        standing,
        content: audits,
        privacy: Amount::default(),
        strikes: if frozen { UNIT } else { 0 },
        settled: 20,
        rated: 18,
        open: 0,
        exposure: 5 * VCH,
        since: 3,
        parameters: 1,
        formula: 1,
        at: 9,
    }
}

fn unknown() -> Trust {
    let nothing = Amount::default();
    trust(nothing, nothing, nothing, false)
}

fn good() -> Trust {
    trust(amount(12, 0), amount(24, 0), amount(30, 0), false)
}

fn cheat() -> Trust {
    trust(amount(0, 0), amount(30, 0), amount(30, 25), true)
}

#[test]
fn words_come_before_the_number_and_say_what_is_not_known() {
    let said = |trust: &Trust| words(trust, As::Seller).join("\n");
    let newcomer = said(&unknown());
    assert!(newcomer.starts_with("not yet known"), "{newcomer}");
    assert!(newcomer.contains("never audited"), "{newcomer}");
    let known = said(&good());
    assert!(
        known.starts_with("known\naudits: 12.00 units for it, 0.00 against"),
        "{known}"
    );
    assert!(known.contains("20 orders settled, 18 of them rated"), "{known}");
    assert!(known.contains("its buyers: 24.00 units for it"), "{known}");
    assert!(!known.contains("serious faults"), "{known}");
}

#[test]
fn a_fraud_and_what_cannot_be_good_any_more_are_warnings() {
    let fraud = words(&cheat(), As::Seller).join("\n");
    assert!(fraud.starts_with("WARNING: a fraud was proven"), "{fraud}");
    assert!(fraud.contains("serious faults: 1.00"), "{fraud}");
    let bad = trust(amount(1, 9), amount(0, 0), amount(0, 0), false);
    assert!(words(&bad, As::Gateway)[0].starts_with("WARNING: by what is known"));
}

#[test]
fn nobody_but_a_seller_has_orders_and_buyers() {
    let said = words(&good(), As::Gateway).join("\n");
    assert!(
        !said.contains("orders settled") && !said.contains("buyers"),
        "{said}"
    );
}

#[test]
fn the_number_stands_with_its_bounds_and_versions() {
    assert_eq!(
        number(&good()),
        "score 90 % (at least 75 %, at most 100 %; 10 % unknown; formula 1, parameters 1, block 9)"
    );
}

#[test]
fn the_price_of_faking_is_told_or_why_there_is_none() {
    let quote = |price| Quote {
        price,
        parameters: 1,
        formula: 1,
        at: 9,
    };
    let price = price_of(&Standing::default(), 0, 8_000, &PARAMETERS);
    let said = faking(8_000, &quote(price));
    assert!(
        said.contains("to fake 80 %") && said.contains("16 VCH burned"),
        "{said}"
    );
    assert!(
        said.contains("at least 2 orders of 4 accounts, and 11.1 VCH a year"),
        "{said}"
    );
    let free = Price {
        missing: 0,
        weight: 0,
        burned: 0,
        orders: 0,
        accounts: 0,
        upkeep: 1,
    };
    assert!(faking(5_000, &quote(Ok(free))).contains("nothing more is needed"));
    for (why, words) in [
        (OutOfReach::AboveAudits, "speak against it"),
        (OutOfReach::AboveCap, "have faded"),
    ] {
        let said = faking(9_000, &quote(Err(why)));
        assert!(said.contains("not for sale") && said.contains(words), "{said}");
    }
}

#[test]
fn a_better_score_needs_a_smaller_bond() {
    let dues = Dues {
        bond: 10 * VCH,
        room: 3 * VCH,
        score: 0,
        parameters: 1,
        formula: 1,
        at: 9,
    };
    let first = owed(&unknown(), &dues);
    assert!(
        first.contains("15.0 prices") && first.contains("3 VCH more"),
        "{first}"
    );
    assert!(owed(&good(), &dues).contains("6.0 prices"));
}

#[test]
fn a_listing_is_as_good_as_the_worse_of_seller_and_gateway() {
    let both = Both {
        seller: good(),
        gateway: unknown(),
    };
    assert_eq!(both.words(), "trust: seller 90 %, gateway not yet known");
    let shown = both.document();
    assert_eq!(
        (shown["score"].as_u64(), shown["seller"]["score"].as_u64()),
        (Some(0), Some(9_000))
    );
    let flagged = Both {
        seller: cheat(),
        gateway: good(),
    };
    assert!(
        flagged.words().contains("seller FLAGGED, "),
        "{}",
        flagged.words()
    );
}

#[test]
fn programs_get_basis_points_and_exact_units() {
    let account = Account([7; 32]);
    let shown = document(account, As::Seller, &good(), &[], None);
    assert_eq!(
        (shown["score"].as_u64(), shown["high"].as_u64()),
        (Some(9_000), Some(10_000))
    );
    assert_eq!(shown["audits"]["good"], (12u64 << 32).to_string());
    assert_eq!(shown["room"], Value::Null);
}

#[test]
fn basis_points_and_units_are_shortened_without_lying() {
    for (points, text) in [
        (0, "0 %"),
        (9_250, "92.5 %"),
        (6_721, "67.21 %"),
        (5, "0.05 %"),
        (10_000, "100 %"),
    ] {
        assert_eq!(percent(points), text);
    }
    assert_eq!(units(3 * UNIT / 2), "1.50");
    assert_eq!(units(UNIT - 1), "0.99");
    assert_eq!(
        (counted(1, "order"), counted(0, "order")),
        ("1 order".to_owned(), "0 orders".to_owned())
    );
    assert_eq!(rounded(VCH / 1_000), "0.01 VCH");
}
