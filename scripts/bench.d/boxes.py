"""Boxes and what masks cover of them: pure geometry, no picture and no library needed.

Coordinates are pixels, continuous, origin at the top left corner of the photo: the pixel in column 3 reaches from 3 to 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, sqrt

# Bins of the height of a labelled box in the upright photo, pixels; the lower bound belongs to the bin.
BINS: tuple[tuple[str, float, float], ...] = (
    ("8-10", 8, 10),
    ("10-16", 10, 16),
    ("16-24", 16, 24),
    ("24-48", 24, 48),
    ("48-96", 48, 96),
    ("96+", 96, inf),
)

# Rows into which a box is cut where a mask's outline is curved.
CURVED_ROWS = 64


@dataclass(frozen=True)
class Rect:
    """A rectangle; width and height are not negative."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def area(self) -> float:
        return self.width * self.height

    def span(self, y: float) -> tuple[float, float] | None:
        """What of the line at `y` lies inside, from and to."""
        return (self.x, self.right) if self.y <= y < self.bottom else None

    def grown(self, share: float) -> "Rect":
        """Larger by `share` of its own size on every side."""
        dx, dy = self.width * share, self.height * share
        return Rect(self.x - dx, self.y - dy, self.width + 2 * dx, self.height + 2 * dy)

    def inside(self, other: "Rect") -> float:
        """The share of it that lies in the other one, 0 to 1; 0 for an empty one."""
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return max(0.0, across) * max(0.0, down) / self.area if self.area > 0 else 0.0

    def within(self, width: float, height: float) -> "Rect":
        """The part inside a photo of that size; empty when nothing is."""
        left, top = min(max(self.x, 0), width), min(max(self.y, 0), height)
        right, bottom = min(max(self.right, 0), width), min(max(self.bottom, 0), height)
        return Rect(left, top, right - left, bottom - top)

    def turned(self, degrees: int, width: float, height: float) -> "Rect":
        """Where it lies after the photo of `width` x `height` was turned clockwise by 0, 90, 180 or 270 degrees."""
        if degrees == 0:
            return self
        if degrees == 90:
            return Rect(height - self.bottom, self.x, self.height, self.width)
        if degrees == 180:
            return Rect(width - self.right, height - self.bottom, self.width, self.height)
        if degrees == 270:
            return Rect(self.y, width - self.right, self.height, self.width)
        raise ValueError(f"{degrees} degrees is no quarter turn")


@dataclass(frozen=True)
class Ellipse(Rect):
    """The ellipse that touches the four sides of the rectangle."""

    def span(self, y: float) -> tuple[float, float] | None:
        if self.height <= 0 or not self.y <= y < self.bottom:
            return None
        up = (y - self.y - self.height / 2) / (self.height / 2)
        half = self.width / 2 * sqrt(max(0.0, 1 - up * up))
        middle = self.x + self.width / 2
        return (middle - half, middle + half)


def likeness(one: Rect, other: Rect) -> float:
    """What two rectangles share of what they cover together, 0 to 1; 0 for two empty ones."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    shared = max(0.0, across) * max(0.0, down)
    both = one.area + other.area - shared
    return shared / both if both > 0 else 0.0


def bin_of(height: float) -> str | None:
    """The name of the bin; none below the smallest."""
    return next((name for name, low, high in BINS if low <= height < high), None)


def covered_share(box: Rect, masks: Iterable[Rect]) -> float:
    """Share of `box` under at least one mask, 0 to 1; exact for rectangles, 0 for an empty box."""
    if box.area <= 0:
        return 0.0
    near = [m for m in masks if m.x < box.right and box.x < m.right and m.y < box.bottom and box.y < m.bottom]
    cuts = {box.y, box.bottom}
    cuts |= {edge for m in near for edge in (m.y, m.bottom) if box.y < edge < box.bottom}
    if any(isinstance(m, Ellipse) for m in near):
        cuts |= {box.y + box.height * row / CURVED_ROWS for row in range(1, CURVED_ROWS)}
    edges = sorted(cuts)
    covered = 0.0
    for top, bottom in zip(edges, edges[1:]):
        middle = (top + bottom) / 2
        spans = [span for m in near if (span := m.span(middle))]
        covered += (bottom - top) * _length(spans, box.x, box.right)
    return covered / box.area


def false_area(masks: Sequence[Rect], allowed: Sequence[Rect], width: int, height: int) -> float:
    """Area of the photo under masks that lies in no allowed box, square pixels, measured along the rows of pixels."""
    both = _area_by_rows([*masks, *allowed], width, height)
    return max(0.0, both - _area_by_rows(allowed, width, height))


def _area_by_rows(shapes: Iterable[Rect], width: int, height: int) -> float:
    rows: dict[int, list[tuple[float, float]]] = {}
    for shape in shapes:
        for row in range(max(0, ceil(shape.y - 0.5)), min(height, floor(shape.bottom + 0.5))):
            if span := shape.span(row + 0.5):
                rows.setdefault(row, []).append(span)
    return sum(_length(spans, 0, width) for spans in rows.values())


def _length(spans: list[tuple[float, float]], left: float, right: float) -> float:
    """Length of the union of `spans` between `left` and `right`."""
    length, end = 0.0, left
    for low, high in sorted(spans):
        low, high = max(low, end), min(high, right)
        if high > low:
            length += high - low
            end = high
    return length
