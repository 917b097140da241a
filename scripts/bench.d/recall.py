"""Recall by size and rotation, and what it costs in area: ours beside deface, on the same photos in the same run.

A labelled box counts as found when at least 90 % of it lies under masks (50 % is told too): what matters is what is
hidden, not how well two boxes agree. It is put into a bin by its height in the upright photo; boxes under 8 px and those
marked invalid do not count. False area is what is masked outside all labelled boxes, each grown by our margin, as a
share of the photo, mean over the photos. Each photo is turned by 0, 90, 180 and 270 degrees; turned copies are files of
their own, so nothing tells a tool that they are turned. Ours runs as a user runs it: masks are what is hidden in the file
that it wrote, late ones of its second look included, of the measured class only. A photo that it refuses counts as
not found.

deface runs with its own detector and mask (an ellipse in the box scaled by 1.3) at several thresholds: at its default
0.2, and at its best, the one with the highest recall of those whose false area is at or below ours (both upright).
With `--thresholds` ours runs at others than its policy's too, upright, and the two are compared at equal area: for each of
deface's thresholds, ours at the lowest one with no more false area. It knows faces only: for persons and plates the figures say how much of them its masks of faces hide.

The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from boxes import BINS, Rect, bin_of, covered_share, false_area
from labels import BadUse, Photo, read
from ours import MARGIN, anonymise
from peer import DEFAULT_THRESHOLD, NAME, THRESHOLDS, Deface
from pictures import ROTATIONS, pixels, write_turned

SHARES = (0.9, 0.5)
NAMES = [name for name, _, _ in BINS]


@dataclass
class Score:
    """One tool at one rotation."""

    found: dict[float, Counter] = field(default_factory=lambda: {share: Counter() for share in SHARES})
    labelled: Counter = field(default_factory=Counter)
    false_shares: list[float] = field(default_factory=list)
    refused: int = 0

    def add(self, photo: Photo, boxes: list[Rect], masks: list[Rect], size: tuple[int, int], margin: float) -> None:
        """`boxes`: the photo's labels, in the same order, as they lie in the turned copy of `size`."""
        for label, box in zip(photo.labels, boxes):
            if label.counts and (name := bin_of(label.box.height)):
                self.labelled[name] += 1
                share = covered_share(box, masks)
                for least in SHARES:
                    self.found[least][name] += share >= least
        allowed = [box.grown(margin).within(*size) for box in boxes]
        self.false_shares.append(100 * false_area(masks, allowed, *size) / (size[0] * size[1]))

    def recall(self, share: float = SHARES[0]) -> dict[str, float | None]:
        """Per bin and over all of them, percent."""
        found = self.found[share]
        each = {n: round(100 * found[n] / self.labelled[n], 2) if self.labelled[n] else None for n in NAMES}
        return {**each, "all": round(100 * found.total() / max(1, self.labelled.total()), 2)}

    @property
    def false_area(self) -> float:
        return sum(self.false_shares) / max(1, len(self.false_shares))


Scores = dict[tuple[str, int], Score]


def name_of(threshold: float) -> str:
    return f"deface {threshold:.2f}"


def policy_at(policy: str | None, kind: str, threshold: float, scratch: Path) -> Path:
    """A file: the policy, a preset's name or a file, with another threshold for the class."""
    file = scratch / f"at-{threshold}.toml"
    base = Path(policy) if policy and Path(policy).is_file() else None
    start = base.read_text() if base else f'preset = "{policy or "street"}"\nname = "measured"\n'
    changed = f"[classes.{kind}]"
    if changed in start:
        raise BadUse(f"--thresholds wants a policy without a table {changed}")
    file.write_text(f"{start}\n{changed}\nthreshold = {threshold}\n")
    return file


def own_name(threshold: float) -> str:
    return f"ours {threshold:.2f}"


def score(photos: list[Photo], options: argparse.Namespace, scratch: Path) -> Scores:
    """Both tools over all rotations."""
    scores: Scores = defaultdict(Score)
    peer = Deface()
    for degrees in ROTATIONS:
        folder = scratch / f"turned-{degrees}"
        folder.mkdir()
        copies = [write_turned(photo.path, degrees, folder) for photo in photos]
        ours = {"ours": anonymise(options.ours, folder, scratch / f"ours-{degrees}", options.policy)}
        for threshold in options.thresholds if degrees == 0 else []:
            policy = policy_at(options.policy, options.kind, threshold, scratch)
            ours[own_name(threshold)] = anonymise(options.ours, folder, scratch / f"ours-{threshold}", policy)
        for photo, copy in zip(photos, copies):
            picture = pixels(copy)
            height, width = picture.shape[:2]
            before = (height, width) if degrees in (90, 270) else (width, height)
            boxes = [label.box.turned(degrees, *before) for label in photo.labels]
            found = peer.detect(picture)
            for threshold in THRESHOLDS:
                masks = peer.masks(found, threshold, width, height)
                scores[name_of(threshold), degrees].add(photo, boxes, masks, (width, height), options.margin)
            for name, results in ours.items():
                result = results[copy.name]
                own = scores[name, degrees]
                own.refused += result.refused is not None
                own.add(photo, boxes, result.boxes(options.kind), (width, height), options.margin)
        print(f"{degrees} degrees done", file=sys.stderr)
    return scores


def best_of(scores: Scores) -> str:
    """deface at the threshold that finds most with no more false area than ours; with the least of it, if none is so."""
    upright = {name_of(threshold): scores[name_of(threshold), 0] for threshold in THRESHOLDS}
    fair = [name for name in upright if upright[name].false_area <= scores["ours", 0].false_area]
    if fair:
        return max(fair, key=lambda name: (upright[name].recall()["all"], -upright[name].false_area))
    return min(upright, key=lambda name: upright[name].false_area)


def at_equal_area(scores: Scores, thresholds: list[float]) -> Iterator[tuple[str, str]]:
    """For each of deface's thresholds ours with the highest recall of those with no more false area."""
    names = ["ours", *map(own_name, thresholds)]
    for peer in map(name_of, THRESHOLDS):
        fair = [name for name in names if scores[name, 0].false_area <= scores[peer, 0].false_area]
        if fair:
            yield peer, max(fair, key=lambda name: scores[name, 0].recall()["all"])


def compare_at_equal_area(scores: Scores, thresholds: list[float]) -> list[dict[str, object]]:
    """Prints the two, and tells in which bins ours finds less."""
    print("\nupright, at no more false area than deface's: found, % (90 %)")
    print(f"{'':<20}" + "".join(f"{name:>8}" for name in [*NAMES, "all"]) + f"{'area':>9}")
    rows = []
    for peer, own in at_equal_area(scores, thresholds):
        for name in (peer, own):
            one = scores[name, 0]
            cells = "".join(f"{'-' if value is None else f'{value:.1f}':>8}" for value in one.recall().values())
            print(f"{name:<20}{cells}{one.false_area:>9.2f}")
        found = {name: scores[name, 0].found[SHARES[0]] for name in (peer, own)}
        less = [n for n in NAMES if found[own][n] < found[peer][n]]
        rows.append({"peer": peer, "ours": own, "less_in": less})
    return rows


def table(scores: Scores, tools: list[str], share: float) -> None:
    least = f"at least {100 * share:.0f} % of the box under masks"
    print(f"\nfound, % ({least}), by height of the box in pixels; false area, % of a photo")
    print(f"{'turned':>6}  {'':<20}" + "".join(f"{name:>8}" for name in [*NAMES, "all"]) + f"{'area':>9}")
    for degrees in ROTATIONS:
        for tool in tools:
            one = scores[tool, degrees]
            cells = "".join(f"{'-' if value is None else f'{value:.1f}':>8}" for value in one.recall(share).values())
            mark = " (default)" if tool == name_of(DEFAULT_THRESHOLD) else " (best)" if tool != "ours" else ""
            print(f"{degrees:>6}  {tool + mark:<20}{cells}{one.false_area:>9.2f}")
    labelled = scores["ours", 0].labelled
    print(f"{'':>6}  {'labelled':<20}" + "".join(f"{labelled[n]:>8}" for n in NAMES) + f"{labelled.total():>8}")


def shares_of_upright(scores: Scores) -> dict[str, float]:
    """What ours finds in turned photos, as a share of what it finds upright."""
    upright = scores["ours", 0].recall()["all"] or 1.0
    return {str(degrees): round((scores["ours", degrees].recall()["all"] or 0) / upright, 4) for degrees in ROTATIONS}


def behind(scores: Scores, tools: list[str]) -> Iterator[dict[str, object]]:
    """Where ours finds less than a peer, or masks more for nothing."""
    for tool in tools:
        for degrees in ROTATIONS:
            ours, theirs = scores["ours", degrees], scores[tool, degrees]
            lost = [n for n in NAMES if ours.found[SHARES[0]][n] < theirs.found[SHARES[0]][n]]
            lost += ["area"] if ours.false_area > theirs.false_area else []
            if lost:
                yield {"peer": tool, "turned": degrees, "in": lost}


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench recall", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR", help="the photos")
    parser.add_argument("--labels", type=Path, metavar="FILE", help="labels.json, or a folder of YOLO text files")
    parser.add_argument("--class", dest="kind", default="face", choices=["face", "person", "vehicle", "plate"])
    parser.add_argument("--peer", default="deface", choices=["deface"], help="what ours is measured beside")
    parser.add_argument("--policy", metavar="NAME|FILE", help="the policy of ours; its default without")
    parser.add_argument("--margin", type=float, default=MARGIN, help="growth of the boxes for the false area")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    parser.add_argument("--thresholds", type=float, nargs="+", default=[], metavar="SCORE", help="of ours, beside its own")
    options = parser.parse_args()
    photos = read(options.images, options.labels, options.kind, options.limit)
    with tempfile.TemporaryDirectory() as scratch:
        scores = score(photos, options, Path(scratch))
    best = best_of(scores)
    tools = list(dict.fromkeys(["ours", name_of(DEFAULT_THRESHOLD), best]))
    print(f"{len(photos)} photos, class {options.kind}, ours beside {NAME}; margin {options.margin:g}")
    print("refused by ours:", ", ".join(f"{scores['ours', d].refused} at {d}" for d in ROTATIONS))
    if options.kind != "face":
        print(f"deface has no class {options.kind}: it hides one as far as its masks of faces do")
    for share in SHARES:
        table(scores, tools, share)
    print("\nupright, every threshold of deface: found, all bins, %, and false area, %")
    for tool in ["ours", *map(name_of, THRESHOLDS)]:
        print(f"  {tool:<12}{scores[tool, 0].recall()['all']:8.1f}{scores[tool, 0].false_area:9.2f}")
    equal = compare_at_equal_area(scores, options.thresholds) if options.thresholds else []
    turned = shares_of_upright(scores)
    print("\nturned, share of upright (ours): ", "  ".join(f"{d}: {share:.3f}" for d, share in turned.items()))
    losses = list(behind(scores, tools[1:]))
    for each in losses:
        print("ours is behind", *(f"{key} {value}" for key, value in each.items()))
    rows = [
        {
            "tool": tool,
            "turned": degrees,
            "recall90": one.recall(SHARES[0]),
            "recall50": one.recall(SHARES[1]),
            "false_area_percent": round(one.false_area, 3),
            "refused": one.refused,
        }
        for (tool, degrees), one in scores.items()
        if tool in tools or degrees == 0
    ]
    labelled = {name: scores["ours", 0].labelled[name] for name in NAMES}
    print(
        json.dumps(
            {
                "measure": "recall",
                "class": options.kind,
                "photos": len(photos),
                "labelled": labelled,
                "default": name_of(DEFAULT_THRESHOLD),
                "best": best,
                "rows": rows,
                "turned_to_upright": turned,
                "ours_behind": losses,
                "at_equal_area": equal,
            }
        )
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench recall: {error}", file=sys.stderr)
        sys.exit(2)
