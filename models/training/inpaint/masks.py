"""Holes to train and to measure with: outlines of persons, vehicles and faces, strokes, and boxes.

A hole is a union of bars, each a segment with a radius. All is drawn by chance from the seed alone: same seed, same holes.
"""

import math
import random

import torch

BARS = 14


def person(draw) -> list[tuple]:
    """Standing, walking or sitting; head, trunk, arms and legs around a centre, in units of the body's height."""
    lean, stride, arm = draw(-0.12, 0.12), draw(0.0, 0.18), draw(0.0, 0.25)
    legs = draw(0.25, 0.48)  # shorter: sitting, or cut off by what stands before
    hip, neck = (0.0, 0.0), (lean, -0.3)
    bars = [(neck[0], neck[1] - 0.1, neck[0], neck[1] - 0.13, 0.065, 0), (*neck, *hip, draw(0.09, 0.14), 0)]
    for side in (-1, 1):
        knee = (side * (0.05 + stride / 2) + draw(-0.05, 0.05), legs / 2)
        foot = (side * (0.06 + stride) + draw(-0.06, 0.06), legs)
        elbow = (neck[0] + side * (0.14 + arm / 2), neck[1] + draw(0.1, 0.2))
        hand = (neck[0] + side * (0.14 + arm * draw(0.2, 1.2)), neck[1] + draw(0.05, 0.4))
        bars += [(side * 0.05, 0.0, *knee, 0.065, 0), (*knee, *foot, 0.05, 0)]
        bars += [(neck[0] + side * 0.1, neck[1] + 0.02, *elbow, 0.045, 0), (*elbow, *hand, 0.04, 0)]
    if draw(0, 1) < 0.3:  # a bag or a child
        bars.append((draw(-0.3, 0.3), draw(-0.1, 0.2), draw(-0.3, 0.3), draw(0.0, 0.35), draw(0.05, 0.1), 0))
    return bars


def vehicle(draw) -> list[tuple]:
    height = draw(0.12, 0.22)
    cabin = draw(0.15, 0.35)
    bars = [(-0.5, 0.0, 0.5, 0.0, height, 1), (-cabin, -height, cabin, -height, 0.16, 1)]
    return bars + [(x, height, x, height, 0.1, 0) for x in (-0.36, 0.36)]


def face(draw) -> list[tuple]:
    return [(0.0, -0.15, draw(-0.05, 0.05), 0.2, 0.35, 0)]


def stroke(draw) -> list[tuple]:
    bars, at, heading = [], (draw(-0.3, 0.3), draw(-0.3, 0.3)), draw(0, 2 * math.pi)
    for _ in range(int(draw(4, BARS))):
        heading += draw(-1.2, 1.2)
        length = draw(0.1, 0.35)
        to = (at[0] + length * math.cos(heading), at[1] + length * math.sin(heading))
        bars.append((*at, *to, draw(0.05, 0.1), 0))
        at = to
    return bars


def box(draw) -> list[tuple]:
    wide = draw(0.0, 0.4)
    return [(-wide, 0.0, wide, 0.0, 0.2, 1)]


# How it is drawn, and its size for a hole of the whole picture; about, since the outline is then fitted to its share.
SHAPES = {"person": (person, 2.0), "vehicle": (vehicle, 1.25), "face": (face, 1.25), "stroke": (stroke, 2.0), "box": (box, 1.7)}


def plan(count: int, seed: int, smallest: float, largest: float, kind: str | None = None):
    """Bars (`count x BARS x 6`: ends, radius, square or round; in pictures' sides) and shares of the picture, each drawn
    between `smallest` and `largest` so that every ratio is as likely."""
    chance = random.Random(seed)

    def draw(low: float, high: float) -> float:
        return low + (high - low) * chance.random()

    planned, shares = [], []
    for _ in range(count):
        shares.append(smallest * (largest / smallest) ** draw(0, 1))
        name = kind or ("person", "person", "person", "vehicle", "face", "stroke", "stroke", "box")[int(draw(0, 8))]
        shape, size = SHAPES[name]
        bars = shape(draw)[:BARS]
        scale = size * shares[-1] ** 0.5
        turn = draw(-0.15, 0.15) if name in ("person", "vehicle", "face") else draw(0, 2 * math.pi)
        mirror = 1.0 if draw(0, 1) < 0.5 else -1.0
        x, y = draw(0.2, 0.8), draw(0.2, 0.8)
        cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
        rows = []
        for x0, y0, x1, y1, radius, square in bars:
            ends = []
            for along, down in ((x0 * mirror, y0), (x1 * mirror, y1)):
                ends += [x + cos * along - sin * down, y + sin * along + cos * down]
            rows.append([*ends, radius * scale, float(square)])
        planned.append(rows + [[9.0, 9.0, 9.0, 9.0, 0.0, 0.0]] * (BARS - len(rows)))  # the rest lies far outside
    return torch.tensor(planned), torch.tensor(shares)


def draw_holes(planned: torch.Tensor, shares: torch.Tensor, side: int) -> torch.Tensor:
    """`n x 1 x side x side`, 1 in the hole. The outline is grown or shrunk until the hole has its share of the picture,
    up to the grid of 64 x 64 points at which that is looked up."""
    device = planned.device
    line = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) / side
    y, x = line[:, None], line[None, :]
    nearest = torch.full((len(planned), side, side), 9.0, device=device)
    for number in range(planned.shape[1]):
        x0, y0, x1, y1, radius, square = [value[:, None, None] for value in planned[:, number].unbind(1)]
        along_x, along_y = x1 - x0, y1 - y0
        share = ((x - x0) * along_x + (y - y0) * along_y) / (along_x**2 + along_y**2 + 1e-9)
        share = share.clamp(0, 1)
        off_x, off_y = (x - x0 - share * along_x).abs(), (y - y0 - share * along_y).abs()
        distance = torch.where(square > 0.5, torch.maximum(off_x, off_y), torch.hypot(off_x, off_y)) - radius
        nearest = torch.minimum(nearest, distance)
    step = max(1, side // 64)
    points = nearest[:, step // 2 :: step, step // 2 :: step].flatten(1).sort(1).values
    rank = (shares.to(device) * points.shape[1]).long().clamp(1, points.shape[1] - 1)
    limit = points.gather(1, rank[:, None])[:, :, None]
    return (nearest < limit).float()[:, None]


def holes(count: int, side: int, seed: int, smallest: float = 0.02, largest: float = 0.4, device="cpu", kind=None):
    planned, shares = plan(count, seed, smallest, largest, kind)
    return draw_holes(planned.to(device), shares, side)
