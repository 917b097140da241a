//! Known answers of the trust arithmetic: those of the design, and `vectors/trust.json` for other languages.
//!
//! `UPDATE_VECTORS=1 cargo test -p vouchsafe-protocol --test trust_golden` writes the file anew. A change there is
//! another formula and needs another `FORMULA_VERSION`. `scripts/test.d/trust` computes the same file in Python.

use codec::Encode;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, path::PathBuf};
use vouchsafe_protocol::trust::{
    Amount, Cell, FORMULA_VERSION, Facet, Happening, Parameters, Role, Standing, UNIT, bond, decay,
    decay_amount, expectation, exposure_cap, headline, lower, price_of, uncertainty, units, upper, weaker,
    weight,
};

const YEAR: u32 = 15_768_000;
const PARAMETERS: Parameters = Parameters::first(43_200, 1_000_000_000_000);

/// Figures that were worked out by another program before this one was written.
#[test]
fn decay_gives_the_designs_figures() {
    let given = [
        (UNIT, 1, 4_294_967_107),
        (UNIT, 43_200, 4_286_818_749),
        (UNIT, 5_256_000, 3_408_917_802),
        (UNIT, 7_884_000, 3_037_000_500),
        (units(60), 7_777_777, 183_072_890_268),
        (units(1_000), 100_000_000, 52_946_853_062),
        (u64::MAX, 12_345, 18_436_736_199_658_791_513),
    ];
    for (x, elapsed, left) in given {
        assert_eq!(decay(x, elapsed, YEAR), left, "{x} after {elapsed}");
    }
}

#[test]
fn the_bounds_are_the_designs_figures() {
    let given = [
        ((3, 0), [4_285, 10_000, 7_142, 5_714]),
        ((12, 0), [7_500, 10_000, 8_750, 2_500]),
        ((36, 0), [9_000, 10_000, 9_500, 1_000]),
        ((60, 0), [9_375, 10_000, 9_687, 625]),
        ((36, 4), [7_661, 9_612, 8_636, 909]),
        ((12, 3), [5_427, 9_310, 7_368, 2_105]),
        ((60, 3), [8_667, 9_840, 9_253, 597]),
        ((1, 9), [173, 4_113, 2_142, 2_857]),
        ((0, 3), [0, 5_715, 2_857, 5_714]),
    ];
    for ((r, s), figures) in given {
        let (r, s) = (units(r), units(s));
        assert_eq!(
            [lower(r, s), upper(r, s), expectation(r, s), uncertainty(r, s)],
            figures
        );
    }
}

/// SplitMix64, so that the rows below look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Of any size up to `bits` bits, small ones as often as large ones.
    fn sized(&mut self, bits: u32) -> u64 {
        let size = u32::try_from(self.next() % u64::from(bits)).unwrap();
        self.next() >> (63 - size)
    }

    fn height(&mut self, bits: u32) -> u32 {
        u32::try_from(self.sized(bits)).unwrap()
    }

    fn amount(&mut self, bits: u32) -> Amount {
        Amount {
            r: self.sized(bits),
            s: self.sized(bits),
        }
    }
}

fn decays(dice: &mut Dice) -> Value {
    let rows = (0..60).map(|_| {
        let (x, elapsed, half_life) = (dice.sized(64), dice.height(32), dice.height(32));
        json!({
            "x": x.to_string(), "elapsed": elapsed, "half_life": half_life,
            "left": decay(x, elapsed, half_life).to_string(),
        })
    });
    rows.collect()
}

fn money(dice: &mut Dice) -> Value {
    let rows = (0..20).map(|_| {
        let x = u128::from(dice.sized(64)) << 64 | u128::from(dice.next());
        let (elapsed, bonded) = (dice.height(26), u128::from(dice.sized(64)));
        json!({
            "x": x.to_string(), "elapsed": elapsed, "left": decay_amount(x, elapsed, YEAR).to_string(),
            "bond": bonded.to_string(), "exposure_cap": exposure_cap(bonded, x, elapsed, &PARAMETERS).to_string(),
        })
    });
    rows.collect()
}

fn bounds(dice: &mut Dice) -> Value {
    let rows = (0..60).map(|row| {
        let Amount { r, s } = dice.amount(if row % 2 == 0 { 64 } else { 40 });
        json!({
            "r": r.to_string(), "s": s.to_string(), "lower": lower(r, s), "upper": upper(r, s),
            "expectation": expectation(r, s), "uncertainty": uncertainty(r, s),
        })
    });
    rows.collect()
}

fn weights(dice: &mut Dice) -> Value {
    let rows = (0..20).map(|row| {
        let factor = if row % 2 == 0 { 1 } else { u128::from(dice.next()) };
        let (burned, unit_fee) = (
            u128::from(dice.sized(64)) * factor,
            u128::from(dice.sized(64)) * factor,
        );
        json!({
            "burned": burned.to_string(), "unit_fee": unit_fee.to_string(), "cap": 8,
            "weight": weight(burned, unit_fee, 8).to_string(),
        })
    });
    rows.collect()
}

/// A life of a seller and the gateway: after each happening the cells that it changed.
fn life(dice: &mut Dice) -> Value {
    let mut cells = BTreeMap::<(Role, Facet), Cell>::new();
    let mut height = 1_000;
    let mut rows = Vec::new();
    for step in 0..56 {
        let weight = PARAMETERS.order_weight(u128::from(dice.sized(44)));
        let happening = match (step, dice.next() % 8) {
            (17, _) => Happening::AuditSerious,
            (29, _) => Happening::PrivacyMiss,
            (41, _) => Happening::FraudProven,
            (50, _) => Happening::AuditorDissented,
            (51, _) => Happening::AuditorAgreed,
            (52, _) => Happening::AuditorSilent,
            (53, _) => Happening::CanaryMissed,
            (_, 0..=2) => Happening::Settled { weight },
            (_, 3) => Happening::Expired { weight },
            (_, 4) => Happening::Rated { good: true, weight },
            (_, 5) => Happening::Rated { good: false, weight },
            (_, 6) => Happening::AuditClean,
            _ => Happening::AuditMismatch,
        };
        height += dice.height(22);
        let changed: Vec<_> = happening
            .effects(&PARAMETERS)
            .map(|effect| {
                let other_strikes = match effect.facet {
                    Facet::Opinion => cells
                        .get(&(Role::Seller, Facet::Content))
                        .map_or(0, |cell| cell.decayed(height, &PARAMETERS).strikes),
                    _ => 0,
                };
                let cell = cells.entry((effect.role, effect.facet)).or_default();
                *cell = cell.with(effect.change, other_strikes, height, &PARAMETERS);
                json!({"role": effect.role, "facet": effect.facet, "cell": hex::encode(cell.encode())})
            })
            .collect();
        rows.push(
            json!({"height": height, "happening": hex::encode(happening.encode()), "changed": changed}),
        );
    }
    rows.into()
}

fn headlines(dice: &mut Dice) -> Value {
    let text = |amount: Amount| json!({"r": amount.r.to_string(), "s": amount.s.to_string()});
    let rows = (0..60).map(|row| {
        let bits = if row % 4 == 0 { 64 } else { 38 };
        let standing = Standing {
            audits: weaker(dice.amount(bits), dice.amount(bits)),
            opinions: dice.amount(bits),
            deliveries: dice.amount(bits),
            frozen: dice.next().is_multiple_of(8),
        };
        let (strikes, target) = (dice.sized(35), u16::try_from(dice.next() % 10_001).unwrap());
        let price = match price_of(&standing, strikes, target, &PARAMETERS) {
            Ok(price) => json!({
                "missing": price.missing.to_string(), "weight": price.weight.to_string(),
                "burned": price.burned.to_string(), "orders": price.orders, "accounts": price.accounts,
                "upkeep": price.upkeep.to_string(),
            }),
            Err(refusal) => json!(refusal),
        };
        let shown = headline(&standing, &PARAMETERS);
        let asked = u128::from(dice.sized(64));
        json!({
            "audits": text(standing.audits), "opinions": text(standing.opinions),
            "deliveries": text(standing.deliveries), "frozen": standing.frozen,
            "headline": shown, "strikes": strikes.to_string(), "target": target, "price_of": price,
            "price": asked.to_string(), "bond": bond(asked, shown.score).to_string(),
        })
    });
    rows.collect()
}

#[test]
fn the_vectors_are_as_stored() {
    let mut dice = Dice(7);
    let computed = json!({
        "formula_version": FORMULA_VERSION,
        "parameters": hex::encode(PARAMETERS.encode()),
        "decay": decays(&mut dice),
        "money": money(&mut dice),
        "bounds": bounds(&mut dice),
        "weight": weights(&mut dice),
        "life": life(&mut dice),
        "headline": headlines(&mut dice),
    });
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("vectors/trust.json");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(&path, serde_json::to_string_pretty(&computed).unwrap() + "\n").unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&stored).unwrap(), computed);
}
