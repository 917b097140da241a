import unittest

import torch

import evaluate
import masks


class Measures(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(2)
        small = torch.rand(6, 3, 16, 16)
        self.pictures = torch.nn.functional.interpolate(small, size=128, mode="bicubic").clamp(0, 1)
        self.hole = masks.holes(1, 128, 3, 0.1, 0.2)[0]

    def test_no_fill_but_blur_sees_what_lies_under_the_hole(self):
        other = torch.where(self.hole > 0, torch.rand(3, 128, 128), self.pictures[0])
        for name, fill in evaluate.CLASSICAL.items():
            same = torch.equal(fill(self.pictures[0], self.hole), fill(other, self.hole))
            self.assertEqual(same, name != "blur", name)

    def test_fills_leave_known_pixels_as_they_are_up_to_rounding(self):
        for name, fill in evaluate.CLASSICAL.items():
            off = ((fill(self.pictures[0], self.hole) - self.pictures[0]).abs() * (1 - self.hole)).max().item()
            self.assertLessEqual(off, 0.5 / 255 + 1e-6, name)

    def test_similarity_is_one_for_the_same_picture_and_falls_with_noise(self):
        picture = self.pictures[0]
        self.assertAlmostEqual(evaluate.similarity(picture, picture).mean().item(), 1, places=5)
        little, much = (picture + strength * torch.randn_like(picture) for strength in (0.05, 0.3))
        self.assertGreater(evaluate.similarity(picture, little).mean(), evaluate.similarity(picture, much).mean())

    def test_similarity_is_that_of_its_definition_on_flat_pictures(self):
        # Without variance the second factor is one, and the first is (2ab + c) / (a² + b² + c).
        got = evaluate.similarity(torch.full((3, 32, 32), 0.2), torch.full((3, 32, 32), 0.6)).mean().item()
        self.assertAlmostEqual(got, (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4), places=4)

    def test_sets_from_one_source_are_closer_than_sets_from_two(self):
        a, b = torch.randn(60, 8), torch.randn(60, 8)
        self.assertLess(abs(evaluate.set_distance(a, b)), evaluate.set_distance(a, b + 1))

    def test_a_report_has_every_share_and_fill_and_the_photo_itself_would_be_perfect(self):
        truth = {number: picture for number, picture in enumerate(self.pictures)}
        asked = iter(list(truth.values()) * len(evaluate.SHARES))
        report = evaluate.measure(self.pictures, {"the photo": lambda picture, hole: next(asked), "solid": evaluate.solid})
        self.assertEqual(len(report), len(evaluate.SHARES))
        for entry in report.values():
            self.assertEqual(entry["the photo"]["l1"], 0)
            self.assertAlmostEqual(entry["the photo"]["ssim"], 1, places=5)
            self.assertAlmostEqual(entry["the photo"]["features"], 0, places=5)
            self.assertGreater(entry["solid"]["features"], 0.01)
        self.assertEqual(evaluate.table(report).count("\n"), 1 + 2 * len(evaluate.SHARES))
