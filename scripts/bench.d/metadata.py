"""What is left in our outputs of everything that a photo's file carries beside its pixels.

Ours runs over the photos of a folder (camera files, for example) and over files crafted by `craft_metadata.py`, which hide
a marker and a preview in every place known. Three looks at the outputs, none with code of ours:

- ExifTool, and Pillow as a second parser: every tag beside the file's own, the picture's size, the JFIF header and the
  orientation is a find, and so is a warning.
- The bytes: no marker (as text, UTF-16 or hexadecimal), and no 16 bytes in a row of the coded data of any preview, those
  that ExifTool takes out of the folder's photos included. Rows of fewer than 8 different bytes are left out: flat
  areas look alike in all JPEG files.

That the markers and previews are in the crafted files in the first place is checked too. Status 1 when something was found.
The last line is JSON.
"""

import argparse
import base64
import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from craft_metadata import MARKER, coded_data, craft
from labels import BadUse, photos_in
from ours import Result, anonymise
from PIL import Image

ORIENTATION = 0x0112
WINDOW = 16
LEAST_DIFFERENT = 8

# By ExifTool's group: tags that describe the file itself and its pixels. None: all of the group (file name, times).
ALLOWED: dict[str, set[str] | None] = {
    "SourceFile": None,
    "System": None,
    "ExifTool": {"ExifToolVersion"},
    "File": {
        "FileType",
        "FileTypeExtension",
        "MIMEType",
        "ImageWidth",
        "ImageHeight",
        "EncodingProcess",
        "BitsPerSample",
        "ColorComponents",
        "YCbCrSubSampling",
        "ExifByteOrder",
    },
    "Composite": {"ImageSize", "Megapixels"},
    "JFIF": {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"},
    "IFD0": {"Orientation"},
    "PNG": {"ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace"},
    "RIFF": {"ImageWidth", "ImageHeight", "AlphaIsUsed", "VP8Version", "HorizontalScale", "VerticalScale"},
}
PREVIEWS = ("ThumbnailImage", "PreviewImage", "JpgFromRaw", "OtherImage", "PhotoshopThumbnail", "MPImage2", "MPImage3")
# What Pillow tells about a plain JPEG, PNG or WebP file.
PLAIN = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "loop", "background", "timestamp", "duration"}
PROGRESSIVE = {"progressive", "progression"}


def exiftool(*arguments: str) -> list[dict[str, object]]:
    done = subprocess.run(["exiftool", "-json", *arguments], capture_output=True, text=True)
    return json.loads(done.stdout) if done.stdout.strip() else []


def tags_left(folder: Path) -> Iterator[str]:
    for file in exiftool("-G1", "-r", str(folder)):
        for tag in file:
            group, _, name = tag.partition(":")
            allowed = ALLOWED.get(group, set())
            if allowed is not None and name not in allowed:
                yield f"{Path(str(file['SourceFile'])).name}: ExifTool finds {tag}"


def parts_left(path: Path) -> Iterator[str]:
    """What Pillow finds."""
    with Image.open(path) as picture:
        picture.load()
        found = set(picture.info) - PLAIN - PROGRESSIVE - {"exif"}
        found |= {f"exif {tag:#06x}" for tag in picture.getexif() if tag != ORIENTATION}
        found |= {f"text {key}" for key in getattr(picture, "text", {})}
        found |= {
            f"segment {name}" for name, _ in getattr(picture, "applist", []) if name not in {"APP0", "APP1", "APP14"}
        }
        found |= {"more than one picture"} if getattr(picture, "n_frames", 1) > 1 else set()
    yield from (f"{path.name}: Pillow finds {what}" for what in sorted(found))


def windows(data: bytes) -> set[bytes]:
    return {data[at : at + WINDOW] for at in range(len(data) - WINDOW + 1)}


def telling(previews: list[bytes]) -> set[bytes]:
    """The rows of bytes by which the previews are known."""
    every = set().union(*(windows(coded_data(preview)) for preview in previews))
    return {row for row in every if len(set(row)) >= LEAST_DIFFERENT}


def markers_in(data: bytes) -> bool:
    text = MARKER.decode()
    forms = (
        MARKER,
        text.encode("utf-16le"),
        text.encode("utf-16be"),
        MARKER.hex().encode(),
        MARKER.hex().upper().encode(),
    )
    return any(form in data for form in forms)


def previews_of(photos: list[Path]) -> list[bytes]:
    """The previews that ExifTool takes out of them; those that are JPEG."""
    found = []
    for file in exiftool("-b", *(f"-{name}" for name in PREVIEWS), *map(str, photos)):
        for value in file.values():
            if str(value).startswith("base64:"):
                data = base64.b64decode(str(value)[7:])
                if data.startswith(b"\xff\xd8") and b"\xff\xda" in data and b"\xff\xd9" in data:
                    found.append(data)
    return found


def judge(name: str, folder: Path, results: dict[str, Result], rows: set[bytes]) -> tuple[list[str], dict[str, object]]:
    """Everything that should not be there, and the counts for the last line."""
    outputs = [result.output for result in results.values() if result.output]
    finds = list(tags_left(folder)) if outputs else []
    for path in outputs:
        finds += parts_left(path)
        data = path.read_bytes()
        if markers_in(data):
            finds.append(f"{path.name}: holds a marker")
        if shared := len(windows(data) & rows):
            finds.append(f"{path.name}: holds {shared} rows of a preview's bytes")
    refused = Counter(result.refused for result in results.values() if result.refused)
    print(
        f"{name}: {len(results)} files, {len(outputs)} outputs, {len(finds)} finds; {len(rows)} rows of previews looked for"
    )
    for code, number in sorted(refused.items()):
        which = sorted(file for file, result in results.items() if result.refused == code)
        print(f"  refused ({code}): {number}: {', '.join(which[:8])}{' …' if number > 8 else ''}")
    for find in finds:
        print(f"  {find}")
    return finds, {
        "files": len(results),
        "outputs": len(outputs),
        "refused": refused,
        "finds": len(finds),
        "rows": len(rows),
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench metadata", description=__doc__.split("\n")[0])
    parser.add_argument("--ours", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "folder", type=Path, nargs="?", help="photos as cameras write them; only the crafted ones without"
    )
    parser.add_argument("--policy", metavar="NAME|FILE", help="the policy of ours; its default without")
    options = parser.parse_args()
    if not shutil.which("exiftool"):
        raise BadUse("install ExifTool (Debian: libimage-exiftool-perl)")
    finds, told = [], {}
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        rows = telling(craft(scratch / "crafted"))
        inputs = {path.name: path.read_bytes() for path in photos_in(scratch / "crafted")}
        absent = rows - set().union(*map(windows, inputs.values()))
        empty = [file for file, data in inputs.items() if not markers_in(data) and not windows(data) & rows]
        if empty or absent:
            raise RuntimeError(f"the crafted files do not hold what they should: {empty}, {len(absent)} rows")
        sets = {"crafted": (scratch / "crafted", rows)}
        if options.folder:
            sets["folder"] = (options.folder, telling(previews_of(photos_in(options.folder))))
        for which, (folder, known) in sets.items():
            out = scratch / f"{which}-out"
            some, told[which] = judge(which, out, anonymise(options.ours, folder.resolve(), out, options.policy), known)
            finds += some
    print(json.dumps({"measure": "metadata", **told}))
    return 1 if finds else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BadUse as error:
        print(f"scripts/bench metadata: {error}", file=sys.stderr)
        sys.exit(2)
