"""Tests of boxes.py: python3 -m unittest discover scripts/bench.d"""

import random
import unittest
from math import pi

from boxes import BINS, Ellipse, Rect, bin_of, covered_share, false_area, likeness


class Inside(unittest.TestCase):
    def test_the_share_is_of_the_box_itself(self) -> None:
        self.assertEqual(Rect(0, 0, 10, 10).inside(Rect(5, 0, 100, 100)), 0.5)
        self.assertEqual(Rect(5, 0, 100, 100).inside(Rect(0, 0, 10, 10)), 0.005)

    def test_what_lies_apart_or_is_empty_is_not_inside(self) -> None:
        self.assertEqual(Rect(0, 0, 10, 10).inside(Rect(10, 0, 5, 5)), 0)
        self.assertEqual(Rect(-9, -9, 5, 5).inside(Rect(10, 10, 5, 5)), 0)
        self.assertEqual(Rect(3, 3, 0, 4).inside(Rect(0, 0, 10, 10)), 0)


class Coverage(unittest.TestCase):
    def test_nothing_covers_nothing(self) -> None:
        self.assertEqual(covered_share(Rect(0, 0, 10, 10), []), 0)
        self.assertEqual(covered_share(Rect(0, 0, 10, 10), [Rect(10, 0, 5, 10), Rect(0, -5, 10, 5)]), 0)

    def test_an_empty_box_is_not_covered(self) -> None:
        self.assertEqual(covered_share(Rect(3, 3, 0, 4), [Rect(0, 0, 10, 10)]), 0)

    def test_a_mask_around_the_box_covers_it_whole(self) -> None:
        self.assertAlmostEqual(covered_share(Rect(2.3, 4.7, 5.1, 6.2), [Rect(0, 0, 20, 20)]), 1)

    def test_parts_add_up(self) -> None:
        box = Rect(0, 0, 10, 10)
        self.assertAlmostEqual(covered_share(box, [Rect(-5, 0, 10, 10)]), 0.5)
        self.assertAlmostEqual(covered_share(box, [Rect(0, 0, 10, 2.5), Rect(0, 7.5, 10, 2.5)]), 0.5)

    def test_what_two_masks_share_counts_once(self) -> None:
        box = Rect(0, 0, 10, 10)
        self.assertAlmostEqual(covered_share(box, [Rect(0, 0, 6, 10), Rect(4, 0, 4, 10)]), 0.8)
        self.assertAlmostEqual(covered_share(box, [Rect(0, 0, 6, 10)] * 3), 0.6)

    def test_agrees_with_counting_pixels(self) -> None:
        dice = random.Random(4)
        for _ in range(200):
            x0, y0, width, height = (dice.randrange(1, 12) for _ in range(4))
            box = Rect(x0, y0, width, height)
            masks = [
                Rect(dice.randrange(-4, 16), dice.randrange(-4, 16), dice.randrange(12), dice.randrange(12))
                for _ in range(dice.randrange(5))
            ]
            hit = sum(
                any(m.x <= x < m.right and m.y <= y < m.bottom for m in masks)
                for x in range(x0, x0 + width)
                for y in range(y0, y0 + height)
            )
            self.assertAlmostEqual(covered_share(box, masks), hit / box.area)

    def test_an_ellipse_covers_pi_quarters_of_its_own_box(self) -> None:
        self.assertAlmostEqual(covered_share(Rect(0, 0, 40, 60), [Ellipse(0, 0, 40, 60)]), pi / 4, places=3)

    def test_an_ellipse_leaves_the_corners(self) -> None:
        self.assertLess(covered_share(Rect(0, 0, 10, 10), [Ellipse(0, 0, 100, 100)]), 0.01)
        self.assertAlmostEqual(covered_share(Rect(45, 45, 10, 10), [Ellipse(0, 0, 100, 100)]), 1)


class FalseArea(unittest.TestCase):
    def test_is_what_lies_in_no_allowed_box(self) -> None:
        self.assertEqual(false_area([Rect(0, 0, 10, 10)], [], 100, 100), 100)
        self.assertEqual(false_area([Rect(0, 0, 10, 10)], [Rect(5, 0, 50, 50)], 100, 100), 50)
        self.assertEqual(false_area([Rect(0, 0, 10, 10)], [Rect(-5, -5, 50, 50)], 100, 100), 0)

    def test_ends_at_the_edge_of_the_photo(self) -> None:
        self.assertEqual(false_area([Rect(-10, -10, 15, 15), Rect(95, 0, 50, 2)], [], 100, 100), 35)

    def test_of_an_ellipse_is_near_its_area(self) -> None:
        self.assertAlmostEqual(false_area([Ellipse(10, 10, 60, 40)], [], 100, 100), pi / 4 * 60 * 40, delta=10)


class Turns(unittest.TestCase):
    def test_the_top_left_corner_goes_round_clockwise(self) -> None:
        corner = Rect(0, 0, 2, 3)
        self.assertEqual(corner.turned(0, 10, 20), corner)
        self.assertEqual(corner.turned(90, 10, 20), Rect(17, 0, 3, 2))
        self.assertEqual(corner.turned(180, 10, 20), Rect(8, 17, 2, 3))
        self.assertEqual(corner.turned(270, 10, 20), Rect(0, 8, 3, 2))

    def test_four_quarters_are_none(self) -> None:
        box, width, height = Rect(1, 5, 2, 3), 10, 20
        turned = box
        for _ in range(4):
            turned = turned.turned(90, width, height)
            width, height = height, width
        self.assertEqual(turned, box)

    def test_anything_else_is_refused(self) -> None:
        with self.assertRaises(ValueError):
            Rect(0, 0, 1, 1).turned(45, 10, 10)


class Sizes(unittest.TestCase):
    def test_the_lower_bound_belongs_to_the_bin(self) -> None:
        named = {h: bin_of(h) for h in (7.99, 8, 9.99, 10, 16, 24, 48, 96, 5000)}
        wanted = [None, "8-10", "8-10", "10-16", "16-24", "24-48", "48-96", "96+", "96+"]
        self.assertEqual(list(named.values()), wanted)

    def test_the_bins_meet(self) -> None:
        for (_, _, high), (_, low, _) in zip(BINS, BINS[1:]):
            self.assertEqual(high, low)

    def test_growing_keeps_the_middle_and_ends_at_the_photo(self) -> None:
        self.assertEqual(Rect(10, 10, 10, 20).grown(0.5), Rect(5, 0, 20, 40))
        self.assertEqual(Rect(-5, 90, 20, 20).within(100, 100), Rect(0, 90, 15, 10))
        self.assertEqual(Rect(200, 200, 20, 20).within(100, 100).area, 0)


class Likeness(unittest.TestCase):
    def test_the_same_box_is_like_itself_and_a_box_beside_it_is_not(self) -> None:
        box = Rect(3, 4, 10, 20)
        self.assertEqual(likeness(box, box), 1)
        self.assertEqual(likeness(box, Rect(13, 4, 10, 20)), 0)
        self.assertEqual(likeness(box, Rect(30, 40, 1, 1)), 0)

    def test_half_over_half_shares_a_third(self) -> None:
        self.assertAlmostEqual(likeness(Rect(0, 0, 10, 10), Rect(5, 0, 10, 10)), 1 / 3)

    def test_empty_boxes_are_like_nothing(self) -> None:
        self.assertEqual(likeness(Rect(1, 1, 0, 0), Rect(1, 1, 0, 0)), 0)


if __name__ == "__main__":
    unittest.main()
