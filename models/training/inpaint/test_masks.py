import unittest

import torch

import masks


class Holes(unittest.TestCase):
    def test_a_seed_gives_the_same_holes_again_and_another_seed_others(self):
        again = masks.holes(4, 128, 3)
        self.assertTrue(torch.equal(masks.holes(4, 128, 3), again))
        self.assertFalse(torch.equal(masks.holes(4, 128, 4), again))

    def test_every_kind_takes_the_share_that_was_asked_for(self):
        for kind in masks.SHAPES:
            for low, high in ((0.02, 0.05), (0.2, 0.4)):
                drawn = masks.holes(12, 128, 5, low, high, kind=kind)
                shares = drawn.mean((1, 2, 3))
                # The outline is found on every second pixel here, hence the tolerance.
                self.assertGreater(shares.min().item(), low * 0.8, kind)
                self.assertLess(shares.max().item(), high * 1.1, kind)

    def test_a_hole_is_all_or_nothing_at_every_pixel(self):
        drawn = masks.holes(6, 64, 9)
        self.assertEqual(drawn.shape, (6, 1, 64, 64))
        self.assertEqual(set(drawn.unique().tolist()), {0.0, 1.0})

    def test_kinds_differ_in_outline(self):
        drawn = [masks.holes(1, 128, 1, 0.1, 0.1, kind=kind) for kind in masks.SHAPES]
        for index, one in enumerate(drawn):
            for other in drawn[:index]:
                self.assertGreater((one != other).float().mean().item(), 0.01)

    def test_a_larger_side_shows_the_same_holes(self):
        planned, shares = masks.plan(3, 2, 0.1, 0.3)
        small, large = masks.draw_holes(planned, shares, 64), masks.draw_holes(planned, shares, 128)
        halved = torch.nn.functional.avg_pool2d(large, 2).round()
        self.assertLess((halved - small).abs().mean().item(), 0.02)
