"""Compares trust.py with the known answers that judge the Rust too: python3 -m unittest discover scripts/test.d/trust"""

import json
import pathlib
import unittest

from trust import (
    OPINION, SELLER, CONTENT, UNIT, Amount, Cell, Parameters, Standing, bond, decay, effects, expectation, exposure_cap,
    headline, lower, price_of, uncertainty, upper, weight,
)

ROOT = pathlib.Path(__file__).resolve().parents[3]
VECTORS = json.loads((ROOT / "protocol/vectors/trust.json").read_text())
YEAR, P = 15_768_000, Parameters()


def amount(row: dict) -> Amount:
    return Amount(int(row["r"]), int(row["s"]))


def standing(row: dict) -> Standing:
    return Standing(amount(row["audits"]), amount(row["opinions"]), amount(row["deliveries"]), row["frozen"])


class KnownAnswers(unittest.TestCase):
    def test_the_parameters(self) -> None:
        self.assertEqual(P.encode().hex(), VECTORS["parameters"])

    def test_decay(self) -> None:
        self.assertEqual(len(VECTORS["decay"]), 60)
        for row in VECTORS["decay"]:
            self.assertEqual(decay(int(row["x"]), row["elapsed"], row["half_life"]), int(row["left"]), row)

    def test_money(self) -> None:
        self.assertEqual(len(VECTORS["money"]), 20)
        for row in VECTORS["money"]:
            x, elapsed = int(row["x"]), row["elapsed"]
            self.assertEqual(decay(x, elapsed, YEAR), int(row["left"]), row)
            self.assertEqual(exposure_cap(int(row["bond"]), x, elapsed, P), int(row["exposure_cap"]), row)

    def test_bounds(self) -> None:
        self.assertEqual(len(VECTORS["bounds"]), 60)
        for row in VECTORS["bounds"]:
            r, s = int(row["r"]), int(row["s"])
            self.assertEqual((lower(r, s), upper(r, s)), (row["lower"], row["upper"]), row)
            self.assertEqual((expectation(r, s), uncertainty(r, s)), (row["expectation"], row["uncertainty"]), row)

    def test_weight(self) -> None:
        self.assertEqual(len(VECTORS["weight"]), 20)
        for row in VECTORS["weight"]:
            self.assertEqual(weight(int(row["burned"]), int(row["unit_fee"]), row["cap"]), int(row["weight"]), row)

    def test_a_life(self) -> None:
        cells: dict[tuple[str, str], Cell] = {}
        self.assertEqual(len(VECTORS["life"]), 56)
        for row in VECTORS["life"]:
            done = effects(bytes.fromhex(row["happening"]), P)
            self.assertEqual([(e.role, e.facet) for e in done], [(c["role"], c["facet"]) for c in row["changed"]], row)
            for effect, changed in zip(done, row["changed"], strict=True):
                other = 0
                if effect.facet == OPINION:
                    other = cells.get((SELLER, CONTENT), Cell()).decayed(row["height"], P).strikes
                good, bad = (effect.units, None) if effect.is_good else (None, effect.units)
                cell = cells.get((effect.role, effect.facet), Cell())
                cell = cell.changed(good, bad, effect.strike, other, row["height"], P)
                cells[effect.role, effect.facet] = cell
                self.assertEqual(cell.encode().hex(), changed["cell"], row)

    def test_headlines_and_prices(self) -> None:
        self.assertEqual(len(VECTORS["headline"]), 60)
        for row in VECTORS["headline"]:
            shown = headline(standing(row), P)
            self.assertEqual(shown, row["headline"], row)
            price = price_of(standing(row), int(row["strikes"]), row["target"], P)
            stored = row["price_of"]
            if isinstance(stored, dict):
                stored = {name: int(value) for name, value in stored.items()}
            self.assertEqual(price, stored, row)
            self.assertEqual(bond(int(row["price"]), shown["score"]), int(row["bond"]), row)


class Design(unittest.TestCase):
    """Figures from before either program was written."""

    def test_decay(self) -> None:
        for x, elapsed, left in [
            (UNIT, 1, 4294967107), (UNIT, 43200, 4286818749), (UNIT, 5256000, 3408917802), (UNIT, 7884000, 3037000500),
            (60 * UNIT, 7777777, 183072890268), (1000 * UNIT, 100000000, 52946853062),
            ((1 << 64) - 1, 12345, 18436736199658791513),
        ]:
            self.assertEqual(decay(x, elapsed, YEAR), left)

    def test_bounds(self) -> None:
        for r, s, *figures in [
            (3, 0, 4285, 10000, 7142, 5714), (12, 0, 7500, 10000, 8750, 2500), (36, 0, 9000, 10000, 9500, 1000),
            (60, 0, 9375, 10000, 9687, 625), (36, 4, 7661, 9612, 8636, 909), (12, 3, 5427, 9310, 7368, 2105),
            (60, 3, 8667, 9840, 9253, 597), (1, 9, 173, 4113, 2142, 2857), (0, 3, 0, 5715, 2857, 5714),
        ]:
            r, s = r * UNIT, s * UNIT
            self.assertEqual([lower(r, s), upper(r, s), expectation(r, s), uncertainty(r, s)], figures)


if __name__ == "__main__":
    unittest.main()
