"""The exact metrics of gateway/evaluation and the hash of near-duplicates, a second time: from the README's formulae, in
Python's unbounded integers, to see that two languages find the same."""

import hashlib
import math


def chance(seed):
    state = (seed * 2654435761 * 1664525 + 1013904223) % 2**32
    return ((state ^ state >> 15) * 2246822519 % 2**32) >> 8


def disc(x, y):
    grain = chance(640 * y + x) % 8
    if (x - 220) ** 2 + (y - 200) ** 2 < 140 * 140:
        return 230 + grain, 180 + grain, 40 + grain
    return y // 8 + grain, 60 + y // 6 + grain, 200 - y // 3 + grain


def wave(at, length):
    return abs(at % (2 * length) - length) * 120 // length


# Width, height, and red, green and blue at (x, y).
DRAWN = {
    "dot": (1, 1, lambda x, y: (200, 100, 50)),
    "grey": (64, 48, lambda x, y: (128, 128, 128)),
    "ramp": (256, 16, lambda x, y: (x, 255 - x, 16 * y)),
    "checker": (65, 43, lambda x, y: (0, 0, 0) if (x // 4 + y // 4) % 2 == 0 else (255, 255, 255)),
    "noise": (200, 150, lambda x, y: tuple(chance(200 * y + x).to_bytes(3, "little"))),
    "line": (2000, 2, lambda x, y: (x // 8 % 256, x // 4 % 256, x % 256)),
    "disc": (640, 480, disc),
    "waves": (1300, 700, lambda x, y: (
        wave(x + y, 90) + wave(y, 11), wave(x, 210) + wave(x + 2 * y, 7), wave(y, 160) + wave(x, 13))),
}


def draw(name):
    width, height, colour = DRAWN[name]
    return [[colour(x, y) for x in range(width)] for y in range(height)]


def lumas(picture):
    return [[(77 * r + 150 * g + 29 * b + 128) // 256 for r, g, b in row] for row in picture]


def shrunk(luma, k):
    area = k * k
    return [
        [(sum(sum(row[x : x + k]) for row in luma[y : y + k]) + area // 2) // area
         for x in range(0, len(luma[0]) - k + 1, k)]
        for y in range(0, len(luma) - k + 1, k)
    ]


def inner(luma):
    """The nine values around every inner pixel, by rows."""
    for above, here, below in zip(luma, luma[1:], luma[2:]):
        yield from zip(above, above[1:], above[2:], here, here[1:], here[2:], below, below[1:], below[2:])


def sharpness(luma):
    laplacians = [b + d + f + h - 4 * e for _, b, _, d, e, f, _, h, _ in inner(luma)]
    m, total = len(laplacians), sum(laplacians)
    return 1000 * (m * sum(v * v for v in laplacians) - total * total) // (m * m) if m else 0


def noise(luma):
    sums = [abs(a - 2 * b + c - 2 * d + 4 * e - 2 * f + g - 2 * h + i) for a, b, c, d, e, f, g, h, i in inner(luma)]
    return sum(sums) * 1253314 // (6000 * len(sums)) if sums else 0


def log2(value):
    """With 32 fractional bits, rounded down."""
    whole = value.bit_length() - 1
    mantissa, log = value << (63 - whole), whole
    for _ in range(32):
        mantissa = mantissa * mantissa >> 63
        log *= 2
        if mantissa >> 64:
            mantissa, log = mantissa >> 1, log + 1
    return log


def entropy(counts, n):
    return (log2(n) - sum(c * log2(c) for c in counts if c) // n) * 1000 >> 32


def colourfulness(pixels):
    n = len(pixels)
    rg, yb = [r - g for r, g, _ in pixels], [r + g - 2 * b for r, g, b in pixels]
    spread = lambda values: n * sum(v * v for v in values) - sum(values) ** 2
    root = lambda value: math.isqrt(value * 10**6 // (4 * n * n))
    return root(4 * spread(rg) + spread(yb)) + 3 * root(4 * sum(rg) ** 2 + sum(yb) ** 2) // 10


def metrics(picture):
    luma = lumas(picture)
    values = sorted(value for row in luma for value in row)
    n, width, height = len(values), len(luma[0]), len(luma)
    counts = [0] * 256
    for value in values:
        counts[value] += 1
    return {
        "width": width,
        "height": height,
        "exposure": 1000 * sum(values) // n,
        "luma_p01": values[-(-n // 100) - 1],
        "luma_p99": values[-(-99 * n // 100) - 1],
        "dark_ppm": sum(counts[:5]) * 10**6 // n,
        "bright_ppm": sum(counts[251:]) * 10**6 // n,
        "sharpness": sharpness(luma),
        "sharpness_scaled": sharpness(shrunk(luma, max(1, max(width, height) // 512))),
        "noise": noise(luma),
        "entropy": entropy(counts, n),
        "colourfulness": colourfulness([pixel for row in picture for pixel in row]),
    }


def areas(row):
    """32 sums over equal parts of a row, in 32nds of its values."""
    side = len(row)
    sums = [0] * 32
    for at, value in enumerate(row):
        for area in range(32 * at // side, (32 * at + 31) // side + 1):
            sums[area] += value * (min(32 * at + 32, (area + 1) * side) - max(32 * at, area * side))
    return sums


def sketch(picture):
    luma = lumas(picture)
    lines = [areas(row) for row in luma]
    columns = [areas(column) for column in zip(*lines)]
    area = len(luma) * len(luma[0])
    thumbnail = [[columns[x][y] * 256 // area for x in range(32)] for y in range(32)]
    values = [value for row in thumbnail for value in row]
    if 1024 * sum(v * v for v in values) - sum(values) ** 2 < 4 * 2**16 * 1024**2:
        return None
    cosine = [[round(32768 * math.cos((2 * x + 1) * f * math.pi / 64)) for x in range(32)] for f in range(10)]
    numbers = []
    for at in range(1, 100):
        across, down = cosine[at % 10], cosine[at // 10]
        total = sum(down[y] * sum(across[x] * thumbnail[y][x] for x in range(32)) for y in range(32))
        root = min(32767, math.isqrt(abs(total) // 2**30 * (at % 10 + at // 10)))
        numbers.append(-root if total < 0 else root)
    return numbers


def keyed_hash(numbers, key):
    tag = b"vouchsafe/evaluation/1/near-duplicate"
    bits = 0
    for index in range(256):
        digest = hashlib.sha256(bytes([len(tag)]) + tag + key + index.to_bytes(2, "little")).digest()
        direction = int.from_bytes(digest[:16], "little")
        total = sum(v if direction >> at & 1 else -v for at, v in enumerate(numbers))
        bits |= (total > 0) << index
    return bits.to_bytes(32, "little")


def draw_items(beacon, audit, population, sample):
    tag = b"vouchsafe/evaluation/1/sample"
    places = list(range(population))
    for place in range(min(sample, population)):
        bound, attempt = population - place, 0
        while True:
            given = bytes([len(tag)]) + tag + beacon + audit + place.to_bytes(4, "little") + attempt.to_bytes(4, "little")
            number = int.from_bytes(hashlib.sha256(given).digest()[:8], "big")
            if number < 2**64 - 2**64 % bound:
                break
            attempt += 1
        other = place + number % bound
        places[place], places[other] = places[other], places[place]
    return places[:sample]
