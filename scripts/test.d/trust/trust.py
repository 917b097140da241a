"""The arithmetic of trust a second time, in plain integers, written from docs/TRUST.md and not from the Rust.

Names, units and limits are those of protocol/src/trust.rs: evidence is Q32.32, scores are basis points, time is blocks.
"""

from dataclasses import dataclass, replace
from math import isqrt

UNIT = 1 << 32
MOST_U64, MOST_U128, MOST_U32 = (1 << 64) - 1, (1 << 128) - 1, (1 << 32) - 1
TIER_BP, FLAGGED_BELOW_BP = 250, 7_500

ROOTS = [isqrt(1 << 127)]
while len(ROOTS) < 40:
    ROOTS.append(isqrt(ROOTS[-1] << 64))

SELLER, GATEWAY, AUDITOR = "seller", "gateway", "auditor"
DELIVERY, CONTENT, PRIVACY, OPINION, AGREEMENT = "delivery", "content", "privacy", "opinion", "agreement"


@dataclass(frozen=True)
class Parameters:
    version: int = 1
    good_half_life: int = 15_768_000
    bad_half_life: int = 31_536_000
    unit_fee: int = 10**12
    order_cap: int = 8
    pair_cap: int = 4
    evidence_cap: int = 60
    known_from: int = 8
    clean: int = 1
    mismatch: int = 3
    serious: int = 8
    fraud: int = 25
    rate_within: int = 1_296_000

    def encode(self) -> bytes:
        sizes = [2, 4, 4, 16, 2, 2, 2, 2, 2, 2, 2, 2, 4]
        return b"".join(n.to_bytes(size, "little") for n, size in zip(vars(self).values(), sizes, strict=True))


def decay(x: int, elapsed: int, half_life: int) -> int:
    """What is left of x; right for amounts of money too, however large."""
    halvings, rest = divmod(elapsed, max(half_life, 1))
    part = (rest << 40) // max(half_life, 1)
    factor = 1 << 64
    for j, root in enumerate(ROOTS):
        if part >> (39 - j) & 1:
            factor = (factor * root + (1 << 63)) >> 64
    return ((x >> halvings) * factor + (1 << 63)) >> 64


def lower(r: int, s: int) -> int:
    n = r + s
    if n == 0:
        return 0
    spread = isqrt((UNIT + r * s // n) << 32)
    return max(r + 2 * UNIT - 2 * spread, 0) * 10_000 // (n + 4 * UNIT)


def upper(r: int, s: int) -> int:
    return 10_000 - lower(s, r)


def expectation(r: int, s: int) -> int:
    return (r + 2 * UNIT) * 10_000 // (r + s + 4 * UNIT)


def uncertainty(r: int, s: int) -> int:
    return 4 * UNIT * 10_000 // (r + s + 4 * UNIT)


def weight(burned: int, unit_fee: int, cap: int) -> int:
    unit_fee = max(unit_fee, 1)
    whole, rest = divmod(burned, unit_fee)
    if whole >= cap:
        return cap * UNIT
    shift = max(unit_fee.bit_length() - 96, 0)
    return min(whole * UNIT + (rest >> shift << 32) // (unit_fee >> shift), cap * UNIT)


@dataclass(frozen=True)
class Cell:
    r: int = 0
    s: int = 0
    strikes: int = 0
    good: int = 0
    bad: int = 0
    since: int = 0
    at: int = 0

    def encode(self) -> bytes:
        sizes = [8, 8, 8, 4, 4, 4, 4]
        return b"".join(n.to_bytes(size, "little") for n, size in zip(vars(self).values(), sizes, strict=True))

    def decayed(self, now: int, parameters: Parameters) -> "Cell":
        elapsed = max(now - self.at, 0)
        return replace(
            self,
            r=decay(self.r, elapsed, parameters.good_half_life),
            s=decay(self.s, elapsed, parameters.bad_half_life),
            strikes=decay(self.strikes, elapsed, parameters.bad_half_life),
            at=max(self.at, now),
        )

    def changed(self, good: int, bad: int, strike: bool, other_strikes: int, now: int, parameters: Parameters) -> "Cell":
        """With `good` or `bad` (the other is None) added at `now`."""
        cell = self.decayed(now, parameters)
        if cell.good == cell.bad == 0:
            cell = replace(cell, since=now)
        if good is not None:
            gained = (good << 32) // (UNIT + cell.strikes + other_strikes)
            return replace(cell, r=min(cell.r + gained, MOST_U64), good=min(cell.good + 1, MOST_U32))
        strikes = min(cell.strikes + UNIT * strike, MOST_U64)
        return replace(cell, s=min(cell.s + bad, MOST_U64), bad=min(cell.bad + 1, MOST_U32), strikes=strikes)


@dataclass(frozen=True)
class Effect:
    """Units (Q32.32) that a cell of somebody's role gains: good ones, or bad ones with or without a strike."""

    role: str
    facet: str
    units: int
    is_good: bool = False
    strike: bool = False


def effects(happening: bytes, p: Parameters) -> list[Effect]:
    """What a happening, as its SCALE bytes, does to whose cells."""
    kind, rest = happening[0], happening[1:]
    both = (SELLER, GATEWAY)
    match kind:
        case 0:  # settled
            return [Effect(role, DELIVERY, int.from_bytes(rest, "little"), is_good=True) for role in both]
        case 1:  # expired
            return [Effect(role, DELIVERY, max(int.from_bytes(rest, "little"), UNIT)) for role in both]
        case 2:  # fraud proven
            return [Effect(role, DELIVERY, p.fraud * UNIT, strike=True) for role in both]
        case 3:  # rated
            return [Effect(SELLER, OPINION, int.from_bytes(rest[1:], "little"), is_good=rest[0] == 1)]
        case 4:  # audit clean
            cells = ((SELLER, CONTENT), (GATEWAY, CONTENT), (GATEWAY, PRIVACY))
            return [Effect(role, facet, p.clean * UNIT, is_good=True) for role, facet in cells]
        case 5:  # audit mismatch
            return [Effect(role, CONTENT, p.mismatch * UNIT) for role in both]
        case 6:  # audit serious
            return [Effect(role, CONTENT, p.serious * UNIT, strike=True) for role in both]
        case 7:  # privacy miss
            return [
                Effect(SELLER, CONTENT, p.mismatch * UNIT),
                Effect(GATEWAY, PRIVACY, p.serious * UNIT, strike=True),
            ]
        case 8:  # auditor agreed
            return [Effect(AUDITOR, AGREEMENT, p.clean * UNIT, is_good=True)]
        case 9:  # auditor dissented
            return [Effect(AUDITOR, AGREEMENT, p.mismatch * UNIT)]
        case 10:  # auditor silent
            return [Effect(AUDITOR, AGREEMENT, p.clean * UNIT)]
        case 11:  # canary missed
            return [Effect(AUDITOR, AGREEMENT, p.serious * UNIT, strike=True)]
    raise ValueError(f"no happening {kind}")


@dataclass(frozen=True)
class Amount:
    r: int = 0
    s: int = 0

    def plus(self, other: "Amount") -> "Amount":
        return Amount(min(self.r + other.r, MOST_U64), min(self.s + other.s, MOST_U64))


@dataclass(frozen=True)
class Standing:
    audits: Amount
    opinions: Amount
    deliveries: Amount
    frozen: bool


def headline(standing: Standing, p: Parameters) -> dict:
    audits, deliveries = standing.audits, standing.deliveries
    both = audits.plus(standing.opinions)
    low = lower(min(audits.r, p.evidence_cap * UNIT), audits.s)
    high = min(upper(audits.r, audits.s), upper(deliveries.r, deliveries.s))
    middle = lower(min(both.r, p.evidence_cap * UNIT), both.s)
    score = min(max(middle, low), high)
    return {
        "score": score - score % TIER_BP,
        "low": low,
        "high": high,
        "middle": middle,
        "expectation": expectation(both.r, both.s),
        "uncertainty": uncertainty(both.r, both.s),
        "known": both.r + both.s >= p.known_from * UNIT,
        "flagged": standing.frozen or min(high, upper(both.r, both.s)) < FLAGGED_BELOW_BP,
    }


def divided_up(a: int, b: int) -> int:
    return -(-a // b)


def price_of(standing: Standing, strikes: int, target: int, p: Parameters) -> dict | str:
    if headline(standing, p)["high"] < target:
        return "above_audits"
    both, cap = standing.audits.plus(standing.opinions), p.evidence_cap * UNIT
    if lower(cap, both.s) < target:
        return "above_cap"
    step = UNIT >> 12
    least, most = 0, cap // step
    while least < most:
        middle = (least + most) // 2
        least, most = (least, middle) if lower(middle * step, both.s) >= target else (middle + 1, most)
    needed = most * step
    missing = max(needed - both.r, 0)
    weight_of = lambda units: min(divided_up(units * (UNIT + strikes), UNIT), MOST_U64)
    fee_of = lambda weight: min(divided_up(weight * p.unit_fee, UNIT), MOST_U128)
    stale = divided_up(needed * divided_up(UNIT * 693_148, 1_000_000), UNIT)
    return {
        "missing": missing,
        "weight": weight_of(missing),
        "burned": fee_of(weight_of(missing)),
        "orders": divided_up(weight_of(missing), p.order_cap * UNIT),
        "accounts": divided_up(weight_of(missing), p.pair_cap * UNIT),
        "upkeep": fee_of(weight_of(stale)),
    }


def bond(price: int, score: int) -> int:
    return min(divided_up(price * (150_000 - 10 * min(score, 10_000)), 10_000), MOST_U128)


def exposure_cap(bond: int, settled: int, elapsed: int, p: Parameters) -> int:
    return min(bond + decay(settled, elapsed, p.good_half_life) // 4, MOST_U128)
