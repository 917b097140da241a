"""The pictures of docs/anonymiser.md: the photos of the demonstration, as they are and after each policy.

One row a photo, one column a policy, all at one height; written as one JPEG file. Nothing is measured, so it prints only
what it wrote.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from labels import BadUse
from ours import POLICIES, ROOT, anonymise
from PIL import Image, ImageDraw, ImageFont
from pictures import save, upright

# Column by column: its title, and the policy; none for the photo as it is.
COLUMNS: tuple[tuple[str, str | Path | None], ...] = (
    ("as it is", None),
    ("street", "street"),
    ("event", "event"),
    ("street, mosaic", POLICIES / "mosaic.toml"),
    ("street, blur", POLICIES / "blur.toml"),
)
PHOTOS = ("astronaut.jpg", "wall-of-portraits.jpg")
HEIGHT, GAP, TITLE, QUALITY = 200, 4, 18, 85


def cell(path: Path) -> Image.Image:
    picture = upright(path)
    return picture.resize((round(picture.width * HEIGHT / picture.height), HEIGHT), Image.Resampling.LANCZOS)


def sheet(ours: Path, photos: Path, scratch: Path) -> Image.Image:
    """The columns side by side; every photo must have come out of every policy."""
    columns = []
    for number, (_, policy) in enumerate(COLUMNS):
        results = anonymise(ours, photos, scratch / str(number), policy) if policy else {}
        paths = [results[name].output if policy else photos / name for name in PHOTOS]
        if lost := [name for name, path in zip(PHOTOS, paths) if path is None]:
            raise BadUse(f"{policy} refuses {', '.join(lost)}")
        columns.append([cell(path) for path in paths])
    widths = [max(picture.width for picture in column) for column in columns]
    size = (sum(widths) + GAP * (len(widths) - 1), TITLE + (HEIGHT + GAP) * len(PHOTOS) - GAP)
    page = Image.new("RGB", size, "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(TITLE - 4)
    left = 0
    for (title, _), column, width in zip(COLUMNS, columns, widths):
        draw.text((left, 0), title, "black", font)
        for row, picture in enumerate(column):
            page.paste(picture, (left, TITLE + row * (HEIGHT + GAP)))
        left += width + GAP
    return page


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench gallery", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("out", type=Path, nargs="?", default=ROOT / "docs" / "gallery.jpg", help="default %(default)s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        save(sheet(options.ours, ROOT / "scripts" / "demo.d" / "photos", Path(scratch)), options.out, QUALITY)
    print(f"{options.out}: {options.out.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench gallery: {error}", file=sys.stderr)
        sys.exit(2)
