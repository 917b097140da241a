import json
import pathlib
import unittest

import rows

VECTORS = pathlib.Path(__file__).resolve().parents[3] / "gateway/evaluation/vectors/reference.json"
PICTURES = {vector["picture"]: vector for vector in json.loads(VECTORS.read_text())["pictures"]}


class Rows(unittest.TestCase):
    def test_another_language_measures_every_reference_picture_alike(self):
        self.assertEqual(list(PICTURES), list(rows.DRAWN))
        for name, vector in PICTURES.items():
            with self.subTest(picture=name):
                measured = rows.metrics(rows.draw(name))
                row = json.loads(vector["row"])
                self.assertEqual(measured, {member: row[member] for member in measured})
                self.assertEqual(len(measured), 12)

    def test_another_language_hashes_every_reference_picture_alike(self):
        for name, vector in PICTURES.items():
            with self.subTest(picture=name):
                numbers = rows.sketch(rows.draw(name))
                found = numbers and rows.keyed_hash(numbers, bytes(32)).hex()
                self.assertEqual(found, vector["hash"])

    def test_another_language_draws_the_same_items(self):
        drawn = rows.draw_items(bytes([7] * 32), bytes([9] * 32), 1000, 8)
        self.assertEqual(drawn, [214, 890, 802, 282, 98, 58, 29, 310])

    def test_rows_are_canonical(self):
        for vector in PICTURES.values():
            canonical = json.dumps(json.loads(vector["row"]), sort_keys=True, separators=(",", ":"))
            self.assertEqual(vector["row"], canonical)


if __name__ == "__main__":
    unittest.main()
