import io
import json
import pathlib
import tarfile
import tempfile
import unittest

import torch
from PIL import Image

import photos
import train


def store(folder: pathlib.Path) -> pathlib.Path:
    """Four tiles of noise on gradients to train on, and one held apart."""
    torch.manual_seed(0)
    path = folder / "photos.tar"
    with tarfile.open(path, "w") as out:
        for number in range(5):
            noise = torch.rand(20, 20, 3).mul(255).byte().numpy()
            buffer = io.BytesIO()
            Image.fromarray(noise).resize((photos.TILE, photos.TILE)).save(buffer, "WEBP")
            entry = tarfile.TarInfo(f"{'held' if number == 4 else 'train'}/{number}.webp")
            entry.size = buffer.tell()
            buffer.seek(0)
            out.addfile(entry, buffer)
    return path


class Training(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.photos = store(self.path)

    def train(self, name: str, steps: int, *more: str) -> train.Training:
        line = ["--store", str(self.photos), "--folder", str(self.path / name), "--steps", str(steps), "--side", "64",
                "--batch", "2", "--warmup", "2", "--wide", "4", "--device", "cpu", "--threads", "1", *more]
        return train.run(train.arguments(line))

    def test_a_run_that_was_stopped_and_resumed_has_the_weights_of_one_that_was_not(self):
        whole = self.train("whole", 6)
        for steps in (1, 3, 6):  # before and after the critic joins
            parts = self.train("parts", steps)
        self.assertEqual(parts.done, whole.done)
        for name in ("net", "critic"):
            for key, value in getattr(whole, name).state_dict().items():
                self.assertTrue(torch.equal(value, getattr(parts, name).state_dict()[key]), f"{name} {key}")
        for key, value in whole.average.items():
            self.assertTrue(torch.equal(value, parts.average[key]), f"average {key}")

    def test_training_moves_the_net_and_the_log_says_how_far_it_is(self):
        done = self.train("moves", 4, "--tell", "0")
        self.assertGreater(done.net.last.weight.abs().max().item(), 0)
        lines = [json.loads(line) for line in (self.path / "moves" / "log.jsonl").read_text().splitlines()]
        self.assertEqual([line["step"] for line in lines], [1, 2, 3, 4])
        self.assertNotIn("critic", lines[1])
        self.assertIn("critic", lines[2])
        self.assertEqual(lines[-1]["pictures"], 8)

    def test_a_checkpoint_of_another_seed_is_refused(self):
        self.train("seed", 1)
        with self.assertRaises(SystemExit):
            self.train("seed", 2, "--seed", "7")

    def test_time_that_is_up_ends_the_run_with_a_checkpoint(self):
        self.train("short", 5, "--minutes", "0")
        self.assertEqual(torch.load(self.path / "short" / "state.pt", weights_only=True)["done"], 0)

    def test_held_apart_tiles_are_not_among_those_to_train_on(self):
        self.assertEqual(len(photos.load(self.photos, "train")), 4)
        self.assertEqual(len(photos.load(self.photos, "held")), 1)

    def test_crops_follow_from_the_seed(self):
        tiles = photos.load(self.photos, "train")
        self.assertTrue(torch.equal(photos.crops(tiles, 3, 64, 1), photos.crops(tiles, 3, 64, 1)))
        self.assertFalse(torch.equal(photos.crops(tiles, 3, 64, 1), photos.crops(tiles, 3, 64, 2)))

    def test_steps_in_bfloat16_as_on_a_gpu_stay_finite_and_move_the_net(self):
        training = train.Training(1, 2e-4, 1, torch.device("cpu"), 4)
        training.bfloat16 = True
        tiles = photos.load(self.photos, "train")
        for _ in range(3):
            losses = training.step(tiles, 2, 64)
        self.assertEqual(set(losses), {"pixel", "critic", "fooled", "features"})
        self.assertTrue(all(value.isfinite() for value in losses.values()))
        self.assertTrue(all(value.isfinite().all() for value in training.average.values()))
        self.assertGreater(training.net.last.weight.abs().max().item(), 0)

    def test_crops_at_every_scale_are_within_bounds_and_of_the_side(self):
        tiles = photos.load(self.photos, "train")
        for seed in range(6):
            cut = photos.crops(tiles, 2, 128, seed)
            self.assertEqual(cut.shape, (2, 3, 128, 128))
            self.assertTrue(0 <= cut.min() and cut.max() <= 1)
