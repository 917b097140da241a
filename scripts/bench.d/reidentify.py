"""Can a face be recognised after anonymisation? Top-1 among all labelled faces, with two nets as attackers.

One identity for each labelled face of at least 32 px (`labels.json` in the folder), seen in the square around its tight
box, so that hair and clothes tell little. The attacker has a gallery with one picture of each and gets probes: the same
faces under four mild changes (mirrored, moved by a twentieth, darkened to 70 %, JPEG 80). The nearest by cosine is the
answer; of k equally near the right one counts 1/k, so that constant pixels score chance and no more.

- raw: original gallery, original probes: what the net can do.
- solid, mosaic, blur; deface: original gallery, probes from our outputs and from deface's with its default blur.
- "own": the attacker's gallery is made from outputs of the same tool, of another release of the same photos: encoded
  again as JPEG 80 first, and with another seed where the policies here name one.

A face that a tool did not hide is a miss of its detector, which `recall` measures. The figures are over the faces that all
tools cover (the whole square crop under masks of ours in both releases, 90 % of it under deface's, whose mask is an
ellipse), with those over all faces behind them. DIR holds faceres.onnx and mobileface.onnx. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass
from math import comb
from pathlib import Path

import numpy as np
from boxes import Rect, covered_share
from labels import BadUse, Photo, read
from nets import Embedder
from ours import anonymise, policy_for
from peer import DEFAULT_THRESHOLD, Deface
from pictures import pixels, save, through_jpeg, upright

LEAST_HEIGHT = 32
OPERATORS = ("solid", "mosaic", "blur")
RELEASES = (1, 2)
CHANGES = ("mirrored", "moved", "darkened", "jpeg80")
EQUALLY_NEAR = 1e-6
MOVE = 0.05
DARK = 0.7
QUALITY = 80

Pictures = dict[str, np.ndarray]


@dataclass(frozen=True)
class Face:
    """One identity: a square around a labelled box, in whole pixels of its photo."""

    photo: str
    crop: Rect
    covered: bool


def square(box: Rect) -> Rect:
    """The square around the middle of the box, as wide as its longer side."""
    side = round(max(box.width, box.height))
    return Rect(round(box.x + (box.width - side) / 2), round(box.y + (box.height - side) / 2), side, side)


def cut(picture: np.ndarray, crop: Rect, dx: int = 0, dy: int = 0) -> np.ndarray:
    """Those pixels; the edge of the photo is repeated outside it."""
    rows = np.clip(np.arange(int(crop.y) + dy, int(crop.bottom) + dy), 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(int(crop.x) + dx, int(crop.right) + dx), 0, picture.shape[1] - 1)
    return np.ascontiguousarray(picture[rows][:, columns])


def probes(picture: np.ndarray, crop: Rect) -> dict[str, np.ndarray]:
    plain, step = cut(picture, crop), max(1, round(crop.width * MOVE))
    return {
        "mirrored": np.ascontiguousarray(plain[:, ::-1]),
        "moved": cut(picture, crop, step, -step),
        "darkened": (plain * DARK).astype(np.uint8),
        "jpeg80": through_jpeg(plain, QUALITY),
    }


def top1(gallery: np.ndarray, rows: np.ndarray, chosen: np.ndarray) -> float:
    """Share of the chosen rows whose own gallery row is nearest among the chosen ones, percent."""
    near = rows[chosen] @ gallery[chosen].T
    best = near.max(axis=1, keepdims=True)
    ties = near >= best - EQUALLY_NEAR
    return 100 * float((np.diag(ties) / ties.sum(axis=1)).mean())


def guessing(count: int) -> float:
    """What blind guessing among `count` faces, one guess each, stays at or below in nineteen of twenty runs, percent."""
    hits, sum_so_far = 0, (1 - 1 / count) ** count
    while sum_so_far < 0.95:
        hits += 1
        sum_so_far += comb(count, hits) * (1 / count) ** hits * (1 - 1 / count) ** (count - hits)
    return 100 * hits / count


def releases(photos: list[Photo], program: Path, scratch: Path) -> tuple[dict[tuple[str, int], Pictures], dict[str, list[list[Rect]]]]:
    """Every version of every photo, by tool and release; and by photo the masks of ours, one list for each run."""
    pictures: dict[tuple[str, int], Pictures] = {}
    masks: dict[str, list[list[Rect]]] = {photo.path.name: [] for photo in photos}
    for release in RELEASES:
        folder = scratch / f"release-{release}"
        folder.mkdir()
        for photo in photos:
            copy = folder / photo.path.name
            if release == 1:
                copy.write_bytes(photo.path.read_bytes())
            else:
                save(upright(photo.path), copy, QUALITY)
        pictures["raw", release] = {photo.path.name: pixels(folder / photo.path.name) for photo in photos}
        for operator in OPERATORS:
            results = anonymise(program, folder, scratch / f"{operator}-{release}", policy_for(operator, release))
            done = {name: result for name, result in results.items() if result.output}
            pictures[operator, release] = {name: pixels(result.output) for name, result in done.items() if result.output}
            for name in masks:
                masks[name].append(done[name].boxes() if name in done else [])
    return pictures, masks


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench reidentify", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="photos with labels.json")
    parser.add_argument("--nets", type=Path, required=True, metavar="DIR", help="faceres.onnx, mobileface.onnx")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    photos = read(options.folder, None, "face", options.limit)
    peer = Deface()
    with tempfile.TemporaryDirectory() as scratch:
        pictures, masks = releases(photos, options.ours, Path(scratch))
    hidden: dict[str, list[Rect]] = {}
    for release in RELEASES:
        blurred = pictures["deface", release] = {}
        for name, picture in pictures["raw", release].items():
            found = peer.detect(picture, DEFAULT_THRESHOLD)
            blurred[name] = peer.blurred(picture, found)
            if release == 1:
                height, width = picture.shape[:2]
                hidden[name] = peer.masks(found, DEFAULT_THRESHOLD, width, height)
    # A photo that ours refused exposes nobody and cannot be compared.
    kept = [photo for photo in photos if all(photo.path.name in each for each in pictures.values())]
    faces = []
    for photo in kept:
        name = photo.path.name
        for label in photo.labels:
            if label.counts and label.box.height >= LEAST_HEIGHT:
                crop = square(label.box)
                inside = crop.within(*pictures["raw", 1][name].shape[1::-1])
                ours = all(covered_share(inside, each) > 0.999 for each in masks[name])
                faces.append(Face(name, crop, ours and covered_share(inside, hidden[name]) >= 0.9))
    chosen = {"covered": np.array([face.covered for face in faces]), "all": np.ones(len(faces), bool)}
    if chosen["covered"].sum() < 2:
        raise BadUse("fewer than two labelled faces of that size are hidden by all tools: take more photos")
    counts = {which: int(mask.sum()) for which, mask in chosen.items()}
    chance = {which: 100 / count for which, count in counts.items()}
    print(f"{len(kept)} photos ({len(photos) - len(kept)} refused), {counts['all']} faces of at least {LEAST_HEIGHT} px,")
    print(f"{counts['covered']} of them hidden by all tools; chance {chance['covered']:.2f} % of those, {chance['all']:.2f} % of all")
    limit = guessing(counts["covered"])
    print(f"blind guessing stays at or below {limit:.2f} % of those in nineteen runs of twenty")
    rows = []
    for name in Embedder.INPUTS:
        net = Embedder(options.nets, name)
        print(f"\n{name}: top-1 of the hidden faces, % (of all faces)")
        print(f"{'gallery':<10}{'probes':<10}" + "".join(f"{change:>18}" for change in CHANGES) + f"{'mean':>18}{'x chance':>10}")
        attacks = [("raw", tool) for tool in ("raw", *OPERATORS, "deface")] + [("own", tool) for tool in (*OPERATORS, "deface")]
        galleries: dict[tuple[str, int], np.ndarray] = {}
        changed: dict[str, dict[str, np.ndarray]] = {}
        for gallery, tool in attacks:
            source = ("raw", 1) if gallery == "raw" else (tool, 2)
            if source not in galleries:
                galleries[source] = net.embed([cut(pictures[source][face.photo], face.crop) for face in faces])
            if tool not in changed:
                each = [probes(pictures[tool, 1][face.photo], face.crop) for face in faces]
                changed[tool] = {change: net.embed([crops[change] for crops in each]) for change in CHANGES}
            found = {w: {c: top1(galleries[source], changed[tool][c], mask) for c in CHANGES} for w, mask in chosen.items()}
            mean = {which: sum(values.values()) / len(CHANGES) for which, values in found.items()}
            cells = [(found["covered"][c], found["all"][c]) for c in CHANGES] + [(mean["covered"], mean["all"])]
            print(f"{gallery:<10}{tool:<10}" + "".join(f"{f'{a:.2f} ({b:.2f})':>18}" for a, b in cells)
                  + f"{mean['covered'] / chance['covered']:>10.2f}")
            rows.append({"net": name, "gallery": gallery, "tool": tool, "top1": found["covered"], "mean": mean["covered"],
                         "mean_all_faces": mean["all"], "times_chance": mean["covered"] / chance["covered"]})
    print(json.dumps({"measure": "reidentify", "photos": len(kept), "faces": counts, "chance": chance, "guessing_95": limit, "rows": rows}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench reidentify: {error}", file=sys.stderr)
        sys.exit(2)
