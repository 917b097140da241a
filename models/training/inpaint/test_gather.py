import io
import pathlib
import tarfile
import tempfile
import unittest

from PIL import Image

import gather
import photos


def picture(seed: int, wide: int = 700, high: int = 400) -> Image.Image:
    """Blots that a seed picks."""
    small = Image.new("RGB", (14, 8))
    for x in range(14):
        for y in range(8):
            value = (seed * 7919 + x * 104729 + y * 1299709) ** 2 % 255
            small.putpixel((x, y), (value, 255 - value, (value * 3) % 255))
    return small.resize((wide, high), Image.Resampling.BICUBIC)


def png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


class Gather(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        files = {f"walls/{seed}.png": png(picture(seed)) for seed in range(12)}
        files |= {"walls/0-smaller.png": png(picture(0, 630, 360)), "walls/tiny.png": png(picture(1, 200, 100))}
        files |= {"walls/logo.png": png(picture(40)), "doc/copyright": b"Files: *\nLicense:   CC0-1.0\n"}
        (self.path / "debian-walls").mkdir()
        with tarfile.open(self.path / "debian-walls" / "walls.tar", "w") as out:
            for name, content in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                out.addfile(entry, io.BytesIO(content))
        self.source = {
            "registry": "debian", "package": "walls", "licence": "CC0-1.0", "credit": "nobody",
            "statement": "doc/copyright", "says": ["Files: * License: CC0-1.0"], "files": ["walls/*.png"], "without": ["*logo*"],
        }

    def test_near_copies_small_and_unwanted_pictures_are_left_out(self):
        packages, found = gather.gather([self.source], self.path)
        self.assertEqual(sorted(photo["file"] for photo in found), sorted(f"walls/{seed}.png" for seed in range(12)))
        self.assertEqual(packages[0]["archive"], "walls.tar")

    def test_a_package_whose_statement_no_longer_says_its_licence_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "does not say"):
            gather.gather([self.source | {"says": ["License: CC-BY-4.0"]}], self.path)

    def test_a_pattern_that_matches_nothing_is_refused(self):
        with self.assertRaisesRegex(SystemExit, "nothing in it matches"):
            gather.gather([self.source | {"files": ["photos/*"]}], self.path)

    def test_the_store_keeps_to_its_limit_and_begins_with_one_tile_of_every_photo(self):
        _, found = gather.gather([self.source], self.path)
        path = self.path / "photos.tar"
        whole = sum(gather.store(found, path, 10_000_000).values())
        with tarfile.open(path) as store:
            names = store.getnames()
            first = store.extractfile(names[0]).read()
        self.assertEqual(len(names), whole)
        self.assertEqual(len({name.split("-")[0] for name in names[:12]}), 12)
        self.assertEqual(Image.open(io.BytesIO(first)).size, (photos.TILE, photos.TILE))
        self.assertLess(sum(gather.store(found, path, 60_000).values()), whole)
        self.assertLess(path.stat().st_size, 75_000)

    def test_all_tiles_of_a_photo_are_on_one_side_of_the_split(self):
        _, found = gather.gather([self.source], self.path)
        path = self.path / "photos.tar"
        gather.store(found, path, 10_000_000)
        with tarfile.open(path) as store:
            sides = {}
            for name in store.getnames():
                split, rest = name.split("/")
                sides.setdefault(rest.split("-")[0], set()).add(split)
        self.assertTrue(all(len(side) == 1 for side in sides.values()))
        self.assertEqual({photo["split"] for photo in found}, set.union(*sides.values()))
