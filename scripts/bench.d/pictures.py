"""Photos as pixels: upright, turned, written again."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

ROTATIONS = (0, 90, 180, 270)

# Clockwise here, anticlockwise in Pillow's names.
_TURN = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
_ORIENTATION = 0x0112


def upright(path: Path) -> Image.Image:
    """The photo in RGB, as a viewer shows it."""
    with Image.open(path) as stored:
        return ImageOps.exif_transpose(stored).convert("RGB")


def pixels(path: Path) -> np.ndarray:
    """Height x width x 3, RGB, 8 bit, upright."""
    return np.asarray(upright(path))


def turned(picture: np.ndarray, degrees: int) -> np.ndarray:
    """Turned clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90))


def write_turned(path: Path, degrees: int, folder: Path) -> Path:
    """A turned copy under the same name; the very bytes of the file where nothing is to be turned.

    A turned JPEG is encoded at quality 95 without chroma subsampling, so that little but the turn changes.
    """
    copy = folder / path.name
    with Image.open(path) as stored:
        plain = stored.getexif().get(_ORIENTATION, 1) == 1
    if degrees == 0 and plain:
        copy.write_bytes(path.read_bytes())
        return copy
    picture = upright(path)
    save(picture.transpose(_TURN[degrees]) if degrees else picture, copy, 95, subsampling=0)
    return copy


def save(picture: Image.Image, path: Path, quality: int, subsampling: int = 2) -> None:
    """In the format of the path's extension; quality and chroma subsampling (0 none, 2 half) are for JPEG."""
    if path.suffix.lower() in {".jpg", ".jpeg"}:
        picture.save(path, quality=quality, subsampling=subsampling)
    else:
        picture.save(path)


def through_jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    """What is left of the pixels after JPEG (4:2:0)."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=2)
    return np.asarray(Image.open(buffer).convert("RGB"))
