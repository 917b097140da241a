"""What an object detector still sees where persons were removed, and of everything else: inpainting beside solid and blur.

Photos with persons go through the policy `event` with each operator for faces, persons and plates. A box from which a
person was removed counts as seen again when the detector gives a person at `--threshold` of which at least half lies in
it. The boxes are those of the run with solid, which are the same for every operator, so inpainting's larger holes win
nothing. The *original* says how many of the boxes the detector sees before anything is removed.

*Agreement*: of the things of all 80 COCO kinds that the detector sees in the original at 0.35, outside all of these boxes
(half of each at least), the share that it sees in the output too: the same kind, boxes that overlap by half. A photo that
an operator refuses leaves the count of all of them.

The detector is NanoDet, the net that also finds the persons to be removed, so nothing else here knows better what it takes
for one; it looks at the whole photo once. Faces are not counted here: an output exists only if the second look, by another
detector, sees none. The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from boxes import Rect, likeness
from labels import BadUse, photos_in
from nets import NanoDet
from ours import ROOT, Result, anonymise, policy_for
from pictures import pixels

# By the name of the operator; the first one's boxes are those that are looked at.
POLICIES = {
    "solid": policy_for("event-solid"),
    "inpaint": policy_for("event-inpaint"),
    "blur": policy_for("event-blur"),
}
PERSON = 0
AGREEMENT = 0.35

# Of a thing's box, the share that lies in another one from which on the thing is there.
HALF = 0.5


def share_inside(box: Rect, others: list[Rect]) -> float:
    """The largest share of the box that lies in one of the others."""
    return max((box.inside(other) for other in others), default=0.0)


def seen_again(things: list[tuple[int, Rect, float]], boxes: list[Rect], threshold: float) -> int:
    """In how many of the boxes a person is seen."""
    persons = [box for kind, box, score in things if kind == PERSON and score > threshold]
    return sum(any(person.inside(box) >= HALF for person in persons) for box in boxes)


def still_there(before: list[tuple[int, Rect]], after: list[tuple[int, Rect]]) -> int:
    """How many of the things before are there after: each of those pairs with one at most."""
    left = list(after)
    for kind, box in before:
        pair = next((one for one in left if one[0] == kind and likeness(one[1], box) >= HALF), None)
        if pair:
            left.remove(pair)
    return len(after) - len(left)


def outside(things: list[tuple[int, Rect, float]], boxes: list[Rect]) -> list[tuple[int, Rect]]:
    """What the detector is sure enough of, and what does not lie in the boxes."""
    sure = [(kind, box) for kind, box, score in things if score > AGREEMENT]
    return [(kind, box) for kind, box in sure if share_inside(box, boxes) < HALF]


def percent(count: int, of: int) -> float:
    return round(100 * count / max(1, of), 2)


def compare(ours: Path, paths: list[Path], detector: NanoDet, threshold: float) -> dict[str, object]:
    """Counts over all photos, by operator."""
    again, same, boxes_in_all, things_in_all = Counter(), Counter(), 0, 0
    refused: Counter = Counter()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "in").mkdir()
        for path in paths:
            (scratch / "in" / path.name).write_bytes(path.read_bytes())
        results: dict[str, dict[str, Result]] = {
            operator: anonymise(ours, scratch / "in", scratch / operator, policy)
            for operator, policy in POLICIES.items()
        }
        for path in paths:
            outputs = {operator: by_name[path.name].output for operator, by_name in results.items()}
            lost = [operator for operator, output in outputs.items() if output is None]
            refused.update(lost)
            masks = results["solid"][path.name]
            boxes = masks.boxes("person")
            if lost or not boxes:
                continue
            original = detector.detect(pixels(path), min(threshold, AGREEMENT))
            before = outside(original, masks.boxes())
            boxes_in_all += len(boxes)
            things_in_all += len(before)
            again["original"] += seen_again(original, boxes, threshold)
            for operator, output in outputs.items():
                things = detector.detect(pixels(output), min(threshold, AGREEMENT))
                again[operator] += seen_again(things, boxes, threshold)
                same[operator] += still_there(before, outside(things, masks.boxes()))
    if not boxes_in_all:
        raise BadUse("no person was removed from any photo")
    versions = ("original", *POLICIES)
    return {
        "measure": "removal",
        "photos": len(paths),
        "refused": refused,
        "boxes": boxes_in_all,
        "seen_again": {version: again[version] for version in versions},
        "seen_again_percent": {version: percent(again[version], boxes_in_all) for version in versions},
        "things": things_in_all,
        "agreement_percent": {operator: percent(same[operator], things_in_all) for operator in POLICIES},
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench removal", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="photos with persons")
    parser.add_argument("--threshold", type=float, default=0.25, help="score of a person that is seen again")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    detector = NanoDet(ROOT / "models" / "nanodet.json")
    told = compare(options.ours, photos_in(options.folder, options.limit), detector, options.threshold)
    print(f"{told['photos']} photos, refused {dict(told['refused'])}; {told['boxes']} boxes from which persons were removed")
    print(f"{'':<12}{'persons seen there again':>26}{'things elsewhere':>20}")
    for version, count in told["seen_again"].items():
        again = f"{count} ({told['seen_again_percent'][version]} %)"
        agreement = told["agreement_percent"].get(version)
        kept = str(told["things"]) if agreement is None else f"{agreement} %"
        print(f"{version:<12}{again:>26}{kept:>20}")
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench removal: {error}", file=sys.stderr)
        sys.exit(2)
