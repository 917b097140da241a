import pathlib
import tempfile
import unittest

import torch

import export
import masks
from net import Critic, Inpainter, spread


def busy(wide: int = 8, seed: int = 0) -> Inpainter:
    """A small net whose last layer is not zero, as it is before training."""
    torch.manual_seed(seed)
    net = Inpainter(wide, (1, 2)).eval()
    torch.nn.init.normal_(net.last.weight, std=0.05)
    return net


class TheNet(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.picture, self.hole = torch.rand(2, 3, 128, 64), masks.holes(2, 128, 8)[..., :64]

    def test_what_lies_under_the_mask_changes_no_bit_of_the_output(self):
        net = busy()
        other = torch.where(self.hole > 0, torch.rand_like(self.picture), self.picture)
        self.assertFalse(torch.equal(other, self.picture))
        with torch.no_grad():
            self.assertTrue(torch.equal(net(self.picture, self.hole), net(other, self.hole)))

    def test_known_pixels_come_back_unchanged_and_holes_within_bounds(self):
        with torch.no_grad():
            filled = busy()(self.picture, self.hole)
        known = (self.hole == 0).expand_as(filled)
        self.assertTrue(torch.equal(filled[known], self.picture[known]))
        self.assertGreaterEqual(filled.min().item(), 0.0)
        self.assertLessEqual(filled.max().item(), 1.0)

    def test_before_training_it_is_the_classical_fill(self):
        with torch.no_grad():
            filled = Inpainter(8, (1,))(self.picture, self.hole)
        classical = spread(self.picture * (1 - self.hole), 1 - self.hole)
        torch.testing.assert_close(filled, classical)

    def test_spread_of_one_colour_is_that_colour_and_nothing_known_is_black(self):
        colour = torch.tensor([0.2, 0.5, 0.9])[None, :, None, None].expand(2, 3, 128, 64)
        torch.testing.assert_close(spread(colour * (1 - self.hole), 1 - self.hole), colour, atol=1e-4, rtol=0)
        nothing = torch.zeros(1, 3, 64, 64)
        self.assertEqual(spread(nothing, nothing[:, :1]).abs().max().item(), 0.0)

    def test_the_critic_judges_patches_of_16_pixels(self):
        verdict, features = Critic(8)(self.picture, self.hole)
        self.assertEqual(verdict.shape, (2, 1, 8, 4))
        self.assertEqual(len(features), 4)


class TheFile(unittest.TestCase):
    def test_onnx_gives_what_the_net_gives_at_other_sides_too(self):
        net = busy()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "net.onnx")
            export.write(net, path)
            opened = export.session(path)
            for high, wide in ((64, 64), (192, 128)):
                picture, hole = torch.rand(1, 3, high, wide), masks.holes(1, 192, 4)[..., :high, :wide]
                with torch.no_grad():
                    torch.testing.assert_close(export.fill(opened, picture, hole), net(picture, hole), atol=2e-5, rtol=0)

    def test_onnx_ignores_what_lies_under_the_mask(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "net.onnx")
            export.write(busy(), path)
            opened = export.session(path)
            picture, hole = torch.rand(1, 3, 64, 64), masks.holes(1, 64, 6)
            other = torch.where(hole > 0, torch.rand_like(picture), picture)
            self.assertTrue(torch.equal(export.fill(opened, picture, hole), export.fill(opened, other, hole)))

    def test_float16_weights_halve_the_file_and_hardly_move_the_output(self):
        import onnx

        net = busy(16)
        with tempfile.TemporaryDirectory() as folder:
            plain, short = pathlib.Path(folder, "plain.onnx"), pathlib.Path(folder, "short.onnx")
            export.write(net, plain)
            onnx.save(export.halve(onnx.load(plain)), short)
            self.assertLess(short.stat().st_size, 0.65 * plain.stat().st_size)
            picture, hole = torch.rand(1, 3, 64, 64), masks.holes(1, 64, 6)
            off = export.fill(export.session(short), picture, hole) - export.fill(export.session(plain), picture, hole)
            self.assertLess(off.abs().max().item(), 2 / 255)
