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
tools cover (all that the probes show under masks of ours in both releases, 90 % of it under deface's, whose mask is an
ellipse), with those over all faces behind them. DIR holds faceres.onnx and mobileface.onnx. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from dataclasses import dataclass, field
from math import comb
from pathlib import Path
from statistics import fmean

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

# Share of a crop that masks have to cover: ours are rectangles, deface's is an ellipse.
WHOLE, NEARLY_WHOLE = 0.999, 0.9

# Gallery and probes.
ATTACKS = (
    *(("raw", tool) for tool in ("raw", *OPERATORS, "deface")),
    *(("own", tool) for tool in (*OPERATORS, "deface")),
)

Pictures = dict[str, np.ndarray]
# By photo: the masks of one run after the other.
Masks = dict[str, list[list[Rect]]]


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


def releases(photos: list[Photo], program: Path, scratch: Path) -> tuple[dict[tuple[str, int], Pictures], Masks]:
    """Every version of every photo, by tool and release; and by photo the masks of ours, one list for each run."""
    pictures: dict[tuple[str, int], Pictures] = {}
    masks: Masks = {photo.path.name: [] for photo in photos}
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
            pictures[operator, release] = {
                name: pixels(result.output) for name, result in done.items() if result.output
            }
            for name in masks:
                masks[name].append(done[name].boxes() if name in done else [])
    return pictures, masks


def identities(photos: list[Photo], sizes: dict[str, tuple[int, int]], ours: Masks, theirs: Masks) -> list[Face]:
    """The labelled faces that are large enough; covered when every run of ours and the peer's hides them."""
    faces = []
    for photo in photos:
        name = photo.path.name
        for label in photo.labels:
            if label.counts and label.box.height >= LEAST_HEIGHT:
                crop = square(label.box)
                inside = crop.grown(MOVE).within(*sizes[name])  # where the moved probe looks, too
                hidden = all(covered_share(inside, masks) >= WHOLE for masks in ours[name])
                hidden = hidden and all(covered_share(inside, masks) >= NEARLY_WHOLE for masks in theirs[name])
                faces.append(Face(name, crop, hidden))
    return faces


@dataclass
class Attacker:
    """One net over one set of faces; what it has embedded once is kept."""

    net: Embedder
    faces: list[Face]
    pictures: dict[tuple[str, int], Pictures]
    galleries: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    probes: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)

    def gallery(self, tool: str, release: int) -> np.ndarray:
        source = (tool, release)
        if source not in self.galleries:
            crops = [cut(self.pictures[source][face.photo], face.crop) for face in self.faces]
            self.galleries[source] = self.net.embed(crops)
        return self.galleries[source]

    def probe(self, tool: str) -> dict[str, np.ndarray]:
        if tool not in self.probes:
            each = [probes(self.pictures[tool, 1][face.photo], face.crop) for face in self.faces]
            self.probes[tool] = {change: self.net.embed([crops[change] for crops in each]) for change in CHANGES}
        return self.probes[tool]

    def attack(self, gallery: str, tool: str, chosen: np.ndarray) -> dict[str, float]:
        """Top-1 by change among the chosen faces, percent."""
        rows = self.gallery("raw", 1) if gallery == "raw" else self.gallery(tool, 2)
        return {change: top1(rows, self.probe(tool)[change], chosen) for change in CHANGES}


def add_peer(pictures: dict[tuple[str, int], Pictures]) -> Masks:
    """Adds deface's outputs of both releases; gives the masks of the first."""
    peer = Deface()
    masks: Masks = {}
    for release in RELEASES:
        blurred: Pictures = {}
        for name, picture in pictures["raw", release].items():
            found = peer.detect(picture, DEFAULT_THRESHOLD)
            blurred[name] = peer.blurred(picture, found)
            if release == 1:
                height, width = picture.shape[:2]
                masks[name] = [peer.masks(found, DEFAULT_THRESHOLD, width, height)]
        pictures["deface", release] = blurred
    return masks


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench reidentify", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="photos with labels.json")
    parser.add_argument("--nets", type=Path, required=True, metavar="DIR", help="faceres.onnx, mobileface.onnx")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    nets = {name: Embedder(options.nets, name) for name in Embedder.INPUTS}
    photos = read(options.folder, None, "face", options.limit)
    with tempfile.TemporaryDirectory() as scratch:
        pictures, ours = releases(photos, options.ours, Path(scratch))
    theirs = add_peer(pictures)
    # A photo that ours refused exposes nobody and cannot be compared.
    kept = [photo for photo in photos if all(photo.path.name in each for each in pictures.values())]
    sizes = {name: (picture.shape[1], picture.shape[0]) for name, picture in pictures["raw", 1].items()}
    faces = identities(kept, sizes, ours, theirs)
    covered, every = np.array([face.covered for face in faces], bool), np.ones(len(faces), bool)
    if covered.sum() < 2:
        raise BadUse("fewer than two labelled faces of that size are hidden by all tools: take more photos")
    chance = 100 / int(covered.sum())
    limit = guessing(int(covered.sum()))
    print(f"{len(kept)} photos ({len(photos) - len(kept)} refused), {len(faces)} faces of at least {LEAST_HEIGHT} px,")
    print(
        f"{covered.sum()} of them hidden by all tools: chance is {chance:.2f} % of those; of all, {100 / len(faces):.2f} %"
    )
    print(f"blind guessing stays at or below {limit:.2f} % of the hidden ones in nineteen runs of twenty")
    rows = []
    for name, net in nets.items():
        print(f"\n{name}: top-1 of the hidden faces, %; mean of all faces; mean of the hidden ones over chance")
        print(f"{'gallery':<9}{'probes':<9}" + "".join(f"{c:>10}" for c in [*CHANGES, "mean", "all faces", "x chance"]))
        attacker = Attacker(net, faces, pictures)
        for gallery, tool in ATTACKS:
            found = attacker.attack(gallery, tool, covered)
            mean, of_all = fmean(found.values()), fmean(attacker.attack(gallery, tool, every).values())
            told = {"mean": mean, "mean_all_faces": of_all, "times_chance": mean / chance}
            cells = "".join(f"{value:>10.2f}" for value in [*found.values(), *told.values()])
            print(f"{gallery:<9}{tool:<9}{cells}")
            rows.append({"net": name, "gallery": gallery, "tool": tool, "top1": found, **told})
    counts = {"hidden": int(covered.sum()), "all": len(faces)}
    last = {"photos": len(kept), "faces": counts, "chance": chance, "guessing_95": limit, "rows": rows}
    print(json.dumps({"measure": "reidentify", **last}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench reidentify: {error}", file=sys.stderr)
        sys.exit(2)
