"""Can a face be recognised after anonymisation? Top-1 among all labelled faces, with two nets as attackers, and without.

One identity for each labelled face of at least 32 px (`labels.json` in the folder), seen in its tight box, so that hair and
clothes tell nothing. The attacker has a gallery with one picture of each and gets probes: the same
faces under four mild changes (mirrored, moved by a twentieth, darkened to 70 %, JPEG 80). The nearest by cosine is the
answer; of k equally near the right one counts 1/k, so that constant pixels score chance and no more.

Every photo is released four times: the file as it is; encoded again as JPEG 80; at three quarters of its size, JPEG 90; and
with a sixteenth cut off on every side, JPEG 90. One program with one policy makes them, so what is secret about ours is the
same in all.

- raw: gallery of original faces, of the first release; probes from the outputs of each release. The tool raw shows what
  the net can do.
- own: the gallery is made from the same tool's outputs of another release than the probes, for each pair of releases.

Attackers: faceres, mobileface; and `colours`, no net but the colours of 12 x 12 parts, for what nets were taught to overlook.

What a mosaic shows is drawn, once for a photo, a policy and a key. With --draws N it is drawn N times, by policies that differ
in their name alone, and its figures are means over all: one draw over a hundred faces is a matter of luck.

With --lossless the copies are PNG, and so are our outputs. A JPEG's blocks carry traces of what lies around a mask into
its rim; a PNG has none, so that what is recognised of it is what the operator painted, and the rest is the rim.

A face that a tool did not hide is a miss of its detector, which `recall` measures. The figures are over the faces that all
tools cover in all releases (all that the probes show under masks of ours, 90 % of the box under deface's, whose mask is an
ellipse), with those over all faces behind them. Intervals are Wilson's for 95 %, with faces times releases (own: times
pairs of releases, and draws) as trials, each the mean of the four changes; the faces of one photo and the two directions of a pair
depend on each other a little, so they are somewhat too narrow. DIR holds faceres.onnx and mobileface.onnx. The last line is
JSON.
"""

import argparse
import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import permutations, product
from pathlib import Path
from statistics import fmean

import numpy as np
from boxes import Rect, covered_share
from chance import wilson
from labels import BadUse, Photo, read
from nets import Colours, Embedder
from ours import Result, anonymise, policy_for
from peer import DEFAULT_THRESHOLD, Deface
from PIL import Image
from pictures import pixels, save, through_jpeg, upright

LEAST_HEIGHT = 32
OPERATORS = ("solid", "mosaic", "blur")
DRAWN = "mosaic"
CHANGES = ("mirrored", "moved", "darkened", "jpeg80")
EQUALLY_NEAR = 1e-6
MOVE = 0.05
DARK = 0.7
QUALITY = 80

# Share of a crop that masks have to cover: ours are rectangles, deface's is an ellipse.
WHOLE, NEARLY_WHOLE = 0.999, 0.9

Size = tuple[int, int]
Pictures = dict[str, np.ndarray]
# By photo: the masks of one run.
Masks = dict[str, list[Rect]]


@dataclass(frozen=True)
class Release:
    """How a copy of a photo is made: a share of it cut off on every side, what is left scaled, and encoded as JPEG."""

    cut: float = 0
    scale: float = 1
    quality: int | None = None

    def write(self, photo: Path, copy: Path, lossless: bool) -> Size:
        """Writes the copy and gives the size of the photo; without a quality the very bytes. Lossless: the pixels of
        that copy as PNG."""
        picture = upright(photo)
        if self.quality is None:
            copy.write_bytes(photo.read_bytes())
        else:
            left, top, right, bottom = self._kept(picture.size)
            size = self._size(picture.size)
            save(picture.crop((left, top, right, bottom)).resize(size, Image.Resampling.LANCZOS), copy, self.quality)
        if lossless:
            upright(copy).convert("RGB").save(copy, "PNG")
        return picture.size

    def place(self, box: Rect, photo: Size) -> Rect | None:
        """Where a box of a photo of that size lies in the copy; none when part of it was cut off."""
        left, top, right, bottom = self._kept(photo)
        if self.cut and (box.x < left or box.y < top or box.right > right or box.bottom > bottom):
            return None
        width, height = self._size(photo)
        across, down = width / (right - left), height / (bottom - top)
        return Rect((box.x - left) * across, (box.y - top) * down, box.width * across, box.height * down)

    def _kept(self, photo: Size) -> tuple[int, int, int, int]:
        width, height = photo
        across, down = round(width * self.cut), round(height * self.cut)
        return across, down, width - across, height - down

    def _size(self, photo: Size) -> Size:
        left, top, right, bottom = self._kept(photo)
        return round((right - left) * self.scale), round((bottom - top) * self.scale)


RELEASES = (Release(), Release(quality=80), Release(scale=3 / 4, quality=90), Release(cut=1 / 16, quality=90))


@dataclass(frozen=True)
class Face:
    """One identity: where it is seen in each release of its photo, in whole pixels."""

    photo: str
    crops: tuple[Rect, ...]
    covered: bool


def whole(box: Rect) -> Rect:
    """The box in whole pixels."""
    return Rect(round(box.x), round(box.y), max(1, round(box.width)), max(1, round(box.height)))


def cut(picture: np.ndarray, crop: Rect, dx: int = 0, dy: int = 0) -> np.ndarray:
    """Those pixels; the edge of the photo is repeated outside it."""
    rows = np.clip(np.arange(int(crop.y) + dy, int(crop.bottom) + dy), 0, picture.shape[0] - 1)
    columns = np.clip(np.arange(int(crop.x) + dx, int(crop.right) + dx), 0, picture.shape[1] - 1)
    return np.ascontiguousarray(picture[rows][:, columns])


def probes(picture: np.ndarray, crop: Rect) -> dict[str, np.ndarray]:
    plain, (across, down) = cut(picture, crop), (max(1, round(side * MOVE)) for side in (crop.width, crop.height))
    return {
        "mirrored": np.ascontiguousarray(plain[:, ::-1]),
        "moved": cut(picture, crop, across, -down),
        "darkened": (plain * DARK).astype(np.uint8),
        "jpeg80": through_jpeg(plain, QUALITY),
    }


def top1(gallery: np.ndarray, rows: np.ndarray, chosen: np.ndarray) -> float:
    """Share of the chosen rows whose own gallery row is nearest among the chosen ones, percent."""
    near = rows[chosen] @ gallery[chosen].T
    best = near.max(axis=1, keepdims=True)
    ties = near >= best - EQUALLY_NEAR
    return 100 * float((np.diag(ties) / ties.sum(axis=1)).mean())


def versions(tool: str, draws: int) -> list[str]:
    """The names of a tool's runs over the same photos: several where its outputs are drawn."""
    return [f"{tool}-{number}" for number in range(draws)] if tool == DRAWN else [tool]


def policies(operators: list[str], draws: int, scratch: Path) -> dict[str, Path]:
    """The policy of every version. Those of one operator differ in their name, from which a mosaic is drawn too."""
    made = {}
    for operator in operators:
        text = policy_for(operator).read_text()
        for version in versions(operator, draws):
            named = text.replace(f'name = "street-{operator}"', f'name = "street-{version}"')
            if f'"street-{version}"' not in named:
                raise BadUse(f"the policy for {operator} has another name than street-{operator}")
            made[version] = scratch / f"{version}.toml"
            made[version].write_text(named)
    return made


def releases(
    photos: list[Photo], program: Path, policies: dict[str, Path], scratch: Path, lossless: bool
) -> tuple[dict[tuple[str, int], Pictures], dict[tuple[str, int], Masks], dict[str, Size]]:
    """What every version made of every photo and our masks, by version and release; the photos' sizes."""
    pictures: dict[tuple[str, int], Pictures] = {}
    masks: dict[tuple[str, int], Masks] = {}
    sizes: dict[str, Size] = {}
    for number, release in enumerate(RELEASES):
        folder = scratch / f"release-{number}"
        folder.mkdir()
        for photo in photos:
            sizes[photo.path.name] = release.write(photo.path, folder / photo.path.name, lossless)
        pictures["raw", number] = {photo.path.name: pixels(folder / photo.path.name) for photo in photos}
    runs = list(product(policies, range(len(RELEASES))))

    def run(which: tuple[str, int]) -> dict[str, Result]:
        version, number = which
        out = scratch / f"{version}-of-{number}"
        return anonymise(program, scratch / f"release-{number}", out, policies[version])

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for which, results in zip(runs, pool.map(run, runs)):
            done = {name: (result, result.output) for name, result in results.items() if result.output}
            pictures[which] = {name: pixels(output) for name, (_, output) in done.items()}
            masks[which] = {name: result.boxes() for name, (result, _) in done.items()}
    return pictures, masks, sizes


def identities(
    photos: list[Photo],
    sizes: dict[str, Size],
    pictures: dict[tuple[str, int], Pictures],
    ours: dict[tuple[str, int], Masks],
    theirs: list[Masks],
) -> list[Face]:
    """The labelled faces that are large enough and whole in every release; covered when every run hides them."""
    faces = []
    for photo in photos:
        name = photo.path.name
        for label in photo.labels:
            places = [release.place(label.box, sizes[name]) for release in RELEASES]
            if not label.counts or label.box.height < LEAST_HEIGHT or None in places:
                continue
            crops = tuple(whole(place) for place in places if place)
            hidden = True
            for number, crop in enumerate(crops):
                height, width = pictures["raw", number][name].shape[:2]
                inside = crop.grown(MOVE).within(width, height)  # where the moved probe looks, too
                runs = [masks[name] for (_, run), masks in ours.items() if run == number]
                hidden = hidden and all(covered_share(inside, masks) >= WHOLE for masks in runs)
                hidden = hidden and covered_share(crop.within(width, height), theirs[number][name]) >= NEARLY_WHOLE
            faces.append(Face(name, crops, hidden))
    return faces


@dataclass
class Attacker:
    """One net over one set of faces; what it has embedded once is kept."""

    net: Embedder | Colours
    faces: list[Face]
    pictures: dict[tuple[str, int], Pictures]
    galleries: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    probes: dict[tuple[str, int], dict[str, np.ndarray]] = field(default_factory=dict)

    def _crops(self, source: tuple[str, int]) -> list[tuple[np.ndarray, Rect]]:
        return [(self.pictures[source][face.photo], face.crops[source[1]]) for face in self.faces]

    def gallery(self, source: tuple[str, int]) -> np.ndarray:
        if source not in self.galleries:
            self.galleries[source] = self.net.embed([cut(*crop) for crop in self._crops(source)])
        return self.galleries[source]

    def probe(self, source: tuple[str, int]) -> dict[str, np.ndarray]:
        if source not in self.probes:
            each = [probes(*crop) for crop in self._crops(source)]
            self.probes[source] = {change: self.net.embed([crops[change] for crops in each]) for change in CHANGES}
        return self.probes[source]

    def look(self) -> None:
        """Embeds all that will be asked for, on all cores."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.gallery, self.pictures))
            list(pool.map(self.probe, self.pictures))

    def attack(self, gallery: str, versions: list[str], chosen: np.ndarray) -> tuple[dict[str, float], int]:
        """Top-1 by change among the chosen faces, percent, and of how many trials."""
        numbers = range(len(RELEASES))
        pairs: list[tuple[tuple[str, int], tuple[str, int]]] = []
        for version in versions:
            if gallery == "raw":
                pairs += [(("raw", 0), (version, number)) for number in numbers]
            else:
                pairs += [((version, known), (version, asked)) for known, asked in permutations(numbers, 2)]
        found = {
            change: fmean(top1(self.gallery(known), self.probe(asked)[change], chosen) for known, asked in pairs)
            for change in CHANGES
        }
        return found, len(pairs) * int(chosen.sum())


def add_peer(pictures: dict[tuple[str, int], Pictures]) -> list[Masks]:
    """Adds deface's outputs of all releases; gives its masks, one entry for each."""
    peer = Deface()
    masks: list[Masks] = []
    for number in range(len(RELEASES)):
        blurred: Pictures = {}
        hidden: Masks = {}
        for name, picture in pictures["raw", number].items():
            found = peer.detect(picture, DEFAULT_THRESHOLD)
            blurred[name] = peer.blurred(picture, found)
            height, width = picture.shape[:2]
            hidden[name] = peer.masks(found, DEFAULT_THRESHOLD, width, height)
        pictures["deface", number] = blurred
        masks.append(hidden)
    return masks


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench reidentify", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="photos with labels.json")
    parser.add_argument("--nets", type=Path, required=True, metavar="DIR", help="faceres.onnx, mobileface.onnx")
    parser.add_argument("--operators", nargs="+", choices=OPERATORS, default=OPERATORS, help="ours; all without it")
    parser.add_argument("--draws", type=int, default=1, metavar="N", help="mosaics of every photo (default: 1)")
    parser.add_argument("--lossless", action="store_true", help="copies and outputs in PNG, without a JPEG's rim")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    nets: dict[str, Embedder | Colours] = {name: Embedder(options.nets, name) for name in Embedder.INPUTS}
    nets["colours"] = Colours()
    labelled = read(options.folder, None, "face", options.limit)
    large = [p for p in labelled if any(each.counts and each.box.height >= LEAST_HEIGHT for each in p.labels)]
    with tempfile.TemporaryDirectory() as scratch:
        policy_files = policies(options.operators, options.draws, Path(scratch))
        pictures, ours, sizes = releases(large, options.ours, policy_files, Path(scratch), options.lossless)
    theirs = add_peer(pictures)
    # A photo that ours refused exposes nobody and cannot be compared.
    kept = [photo for photo in large if all(photo.path.name in each for each in pictures.values())]
    faces = identities(kept, sizes, pictures, ours, theirs)
    covered, every = np.array([face.covered for face in faces], bool), np.ones(len(faces), bool)
    if covered.sum() < 2:
        raise BadUse("fewer than two labelled faces of that size are hidden by all tools: take more photos")
    chance = 100 / int(covered.sum())
    print(f"{len(labelled)} photos, {len(large)} with a face of at least {LEAST_HEIGHT} px, {len(large) - len(kept)} refused;")
    print(f"{len(faces)} such faces, {covered.sum()} hidden by all tools in all releases: chance is {chance:.2f} %")
    tools = [*options.operators, "deface"]
    attacks = [("raw", "raw"), *product(("raw", "own"), tools)]
    rows = []
    for name, net in nets.items():
        print(f"\n{name}: top-1 of the hidden faces, %, with Wilson's interval of the mean; over chance; mean of all faces")
        heads = [*CHANGES, "mean", "from", "to", "x chance", "trials", "all faces"]
        print(f"{'gallery':<9}{'probes':<9}" + "".join(f"{head:>10}" for head in heads))
        attacker = Attacker(net, faces, pictures)
        attacker.look()
        for gallery, tool in attacks:
            names = versions(tool, options.draws)
            found, trials = attacker.attack(gallery, names, covered)
            mean, of_all = fmean(found.values()), fmean(attacker.attack(gallery, names, every)[0].values())
            low, high = wilson(mean * trials / 100, trials)
            told = {
                "mean": mean,
                "from": 100 * low,
                "to": 100 * high,
                "times_chance": mean / chance,
                "trials": trials,
                "mean_all_faces": of_all,
            }
            cells = "".join(f"{value:>10.2f}" for value in [*found.values(), *told.values()])
            print(f"{gallery:<9}{tool:<9}{cells}")
            sys.stdout.flush()
            rows.append({"net": name, "gallery": gallery, "tool": tool, "top1": found, **told})
    counts = {"hidden": int(covered.sum()), "all": len(faces)}
    last = {"photos": len(kept), "faces": counts, "chance": chance, "rows": rows}
    print(json.dumps({"measure": "reidentify", "lossless": options.lossless, "draws": options.draws, **last}))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench reidentify: {error}", file=sys.stderr)
        sys.exit(2)
