"""Labelled photos, from the two formats that are in use.

- A JSON file: `{"photo.jpg": {"faces": [{"box": [x, y, width, height], "invalid": 0}]}}`, pixels of the photo as a viewer
  shows it; `persons` and `plates` likewise. The photos lie in the folder given or in its `images`.
- A folder with YOLO text files beside the photos, of the same name: a line is `class cx cy width height`, relative to the
  photo, with the class numbers of COCO.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from boxes import Rect
from PIL import Image

PHOTOS = {".jpg", ".jpeg", ".png", ".webp"}

# Class numbers of COCO, for what these measurements call by name.
COCO = {"person": {0}, "vehicle": {2, 3, 5, 7}}


class BadUse(Exception):
    """What the caller has to put right; the program ends with status 2."""


@dataclass(frozen=True)
class Label:
    """One labelled thing. Those that do not count still make the area around them one that may be masked."""

    box: Rect
    counts: bool = True


@dataclass(frozen=True)
class Photo:
    path: Path
    labels: tuple[Label, ...]


def photos_in(folder: Path, most: int | None = None) -> list[Path]:
    """The photos in a folder, by name."""
    found = sorted(p for p in folder.iterdir() if p.is_file() and p.suffix.lower() in PHOTOS)[:most]
    if not found:
        raise BadUse(f"no photo in {folder}")
    return found


def read(images: Path, labels: Path | None, kind: str, most: int | None = None) -> list[Photo]:
    """The photos with the labels of one kind (`face`, `person`, `vehicle`, `plate`), by name, at most `most`.

    Without `labels`: `labels.json` in the folder of the photos, or the text files there. Photos without a label are taken
    too, where the labels name them: what is masked there is masked for nothing.
    """
    if not images.is_dir():
        raise BadUse(f"no folder {images}")
    source = labels or (images / "labels.json" if (images / "labels.json").is_file() else images)
    if not source.exists():
        raise BadUse(f"no labels {source}")
    taken = _from_text(images, source, kind, most) if source.is_dir() else _from_json(images, source, kind, most)
    if not any(label.counts for photo in taken for label in photo.labels):
        raise BadUse(f"{source} labels no {kind}")
    return taken


def _from_json(images: Path, source: Path, kind: str, most: int | None) -> list[Photo]:
    photos = []
    for name, entry in sorted(json.loads(source.read_text()).items())[:most]:
        path = next((p for p in (images / name, images / "images" / name) if p.is_file()), None)
        if path is None:
            raise BadUse(f"no photo {name} in {images}")
        labels = [Label(Rect(*each["box"]), not each.get("invalid")) for each in entry.get(f"{kind}s", [])]
        photos.append(Photo(path, tuple(labels)))
    return photos


def _from_text(images: Path, source: Path, kind: str, most: int | None) -> list[Photo]:
    if kind not in COCO:
        raise BadUse(f"text files label {' and '.join(COCO)}, not {kind}")
    photos = []
    for path in photos_in(images):
        text = source / f"{path.stem}.txt"
        if not text.is_file():
            continue
        with Image.open(path) as picture:
            width, height = picture.size
        labels = []
        for line in text.read_text().splitlines():
            number, cx, cy, w, h = (float(word) for word in line.split()[:5])
            if int(number) in COCO[kind]:
                labels.append(Label(Rect((cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height)))
        photos.append(Photo(path, tuple(labels)))
    return photos[:most]
