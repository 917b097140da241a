"""Trains the net, from where the last checkpoint in the folder ends.

    train.py --store photos.tar --folder CHECKPOINTS [--minutes M] [--steps N]

All chance of a step (photos, places, light, holes) follows from the seed and the step's number, so that a run that was
stopped and resumed gives the weights of one that was not, on the same machine with the same number of threads. One JSON
object a line goes to standard output and to log.jsonl in the folder.
"""

import argparse
import json
import os
import pathlib
import time

import torch
from torch.nn import functional as F

import masks
import photos
from net import Critic, Inpainter

FORM = 1  # of the checkpoint
AVERAGE = 0.999  # share of the averaged weights that stays at every step; early on less
BETAS = (0.5, 0.9)


class Training:
    """Everything that a checkpoint holds, and one step."""

    def __init__(self, seed: int, rate: float, warmup: int, device: torch.device, wide: int = 32):
        torch.manual_seed(seed)
        self.seed, self.rate, self.warmup, self.device = seed, rate, warmup, device
        self.bfloat16 = device.type == "cuda"
        # Colours last: a sixth faster on a CPU, and what a GPU's convolutions take.
        self.net, self.critic = (
            net.to(device, memory_format=torch.channels_last) for net in (Inpainter(wide), Critic(wide))
        )
        self.average = {name: value.detach().clone() for name, value in self.net.state_dict().items()}
        self.net_optimiser = torch.optim.Adam(self.net.parameters(), rate, BETAS)
        self.critic_optimiser = torch.optim.Adam(self.critic.parameters(), rate, BETAS)
        self.done, self.pictures, self.seconds = 0, 0, 0.0
        self.hardware: list[str] = []

    def batch(self, tiles: torch.Tensor, count: int, side: int) -> tuple[torch.Tensor, torch.Tensor]:
        seed = (self.seed << 40) + 2 * self.done
        return photos.crops(tiles, count, side, seed), masks.holes(count, side, seed + 1, device=self.device)

    def reduced(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16)

    def step(self, tiles: torch.Tensor, count: int, side: int) -> dict[str, torch.Tensor]:
        """One step of the net and, past the warm-up, of the critic. Losses by name."""
        real, hole = self.batch(tiles, count, side)
        with self.reduced():
            filled = self.net(real, hole)
        losses = {"pixel": pixel_loss(filled, real, hole)}
        total = 10 * losses["pixel"]
        if self.done >= self.warmup:
            losses["critic"] = self.critic_loss(real, filled.detach(), hole)
            self.critic_optimiser.zero_grad(set_to_none=True)
            losses["critic"].backward()
            self.critic_optimiser.step()
            self.critic.requires_grad_(False)
            with self.reduced():
                verdict, features = self.critic(filled, hole)
                with torch.no_grad():
                    _, wanted = self.critic(real, hole)
            self.critic.requires_grad_(True)
            touched = F.adaptive_max_pool2d(hole, verdict.shape[2:])
            losses["fooled"] = -(verdict.float() * touched).sum() / touched.sum()
            losses["features"] = sum(F.l1_loss(a.float(), b.float()) for a, b in zip(features, wanted)) / len(wanted)
            total = total + 0.1 * losses["fooled"] + 10 * losses["features"]
        self.net_optimiser.zero_grad(set_to_none=True)
        total.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10.0)
        self.net_optimiser.step()
        self.done += 1
        self.pictures += count
        keep = min(AVERAGE, (1 + self.done) / (10 + self.done))
        with torch.no_grad():
            for name, value in self.net.state_dict().items():
                self.average[name].lerp_(value, 1 - keep)
        return losses

    def critic_loss(self, real: torch.Tensor, filled: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
        """Hinge; patches of the filled picture that no hole touches count as photographed."""
        with self.reduced():
            on_real, on_filled = self.critic(real, hole)[0], self.critic(filled, hole)[0]
        on_real, on_filled = on_real.float(), on_filled.float()
        touched = F.adaptive_max_pool2d(hole, on_real.shape[2:])
        false = (F.relu(1 + on_filled) * touched).sum() / touched.sum()
        spared = (F.relu(1 - on_filled) * (1 - touched)).sum() / (1 - touched).sum().clamp(min=1)
        return F.relu(1 - on_real).mean() + 0.5 * (false + spared)

    def state(self) -> dict:
        return {
            "form": FORM, "seed": self.seed, "rate": self.rate, "warmup": self.warmup, "settings": self.net.settings,
            "done": self.done, "pictures": self.pictures, "seconds": self.seconds, "hardware": self.hardware,
            "net": self.net.state_dict(), "critic": self.critic.state_dict(), "average": self.average,
            "net_optimiser": self.net_optimiser.state_dict(), "critic_optimiser": self.critic_optimiser.state_dict(),
            "chance": torch.get_rng_state(),
        }

    def restore(self, state: dict) -> None:
        if (state["form"], state["seed"], state["warmup"]) != (FORM, self.seed, self.warmup):
            raise SystemExit("the checkpoint is of another form, seed or warm-up; use another folder")
        for name in ("net", "critic", "net_optimiser", "critic_optimiser"):
            getattr(self, name).load_state_dict(state[name])
        for optimiser in (self.net_optimiser, self.critic_optimiser):
            optimiser.param_groups[0]["lr"] = self.rate
        self.average = {name: value.to(self.device) for name, value in state["average"].items()}
        self.done, self.pictures, self.seconds = state["done"], state["pictures"], state["seconds"]
        self.hardware = state["hardware"]
        torch.set_rng_state(state["chance"].cpu())


def pixel_loss(filled: torch.Tensor, real: torch.Tensor, hole: torch.Tensor) -> torch.Tensor:
    """Mean difference in the hole, at full size and at three halvings, in which the place of an edge counts for less."""
    difference, total = (filled - real).float(), torch.zeros((), device=real.device)
    share = hole.mean()
    for level in range(4):
        total = total + difference.abs().mean() / share / (2**level)
        difference = F.avg_pool2d(difference, 2)
    return total


def save(training: Training, folder: pathlib.Path) -> None:
    """Atomic: after a crash the old checkpoint is there, or the new one."""
    for name, content in (
        ("state.pt", training.state()),
        ("weights.pt", {"settings": training.net.settings, "average": {k: v.cpu() for k, v in training.average.items()},
                        "done": training.done, "pictures": training.pictures, "seconds": training.seconds,
                        "hardware": training.hardware}),
    ):
        torch.save(content, folder / f"{name}.new")
        os.replace(folder / f"{name}.new", folder / name)


def run(given: argparse.Namespace) -> Training:
    began = time.monotonic()
    device = torch.device("cuda" if given.device == "auto" and torch.cuda.is_available() else given.device.replace("auto", "cpu"))
    torch.backends.cudnn.benchmark = True
    if given.threads:
        torch.set_num_threads(given.threads)
    given.folder.mkdir(parents=True, exist_ok=True)
    training = Training(given.seed, given.rate, given.warmup, device, given.wide)
    if (given.folder / "state.pt").exists():
        training.restore(torch.load(given.folder / "state.pt", map_location=device, weights_only=True))
    hardware = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"
    if hardware not in training.hardware:
        training.hardware.append(hardware)
    tiles = photos.load(given.store, "train").to(device)
    before, saved, told = training.seconds, time.monotonic(), time.monotonic()
    stop = began + 60 * given.minutes
    with (given.folder / "log.jsonl").open("a") as log:
        while training.done < given.steps and time.monotonic() < stop:
            losses = training.step(tiles, given.batch, given.side)
            now = time.monotonic()
            training.seconds = before + now - began
            if now - told >= given.tell or training.done == given.steps:
                values = {name: round(value.item(), 5) for name, value in losses.items()}
                line = {"step": training.done, "pictures": training.pictures, "seconds": round(training.seconds), "side": given.side}
                text = json.dumps(line | values)
                print(text, flush=True)
                print(text, file=log, flush=True)
                told = now
            if now - saved >= given.save:
                save(training, given.folder)
                saved = now
    save(training, given.folder)
    return training


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--store", type=pathlib.Path, required=True, help="what gather wrote")
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="of the checkpoints")
    parser.add_argument("--minutes", type=float, default=60, help="stop after so long, loading included (default 60)")
    parser.add_argument("--steps", type=int, default=1_000_000, help="stop at this step, counted over all runs")
    parser.add_argument("--side", type=int, default=256, help="of the crops, a multiple of 64 up to 320 (default 256); may change between runs")
    parser.add_argument("--batch", type=int, default=16, help="crops a step (default 16); may change between runs")
    parser.add_argument("--rate", type=float, default=2e-4, help="of learning (default 0.0002); may change between runs")
    parser.add_argument("--warmup", type=int, default=1000, help="steps before the critic joins (default 1000)")
    parser.add_argument("--wide", type=int, default=32, help="channels at half size (default 32)")
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--device", default="auto", help="cpu or cuda; the latter where there is one")
    parser.add_argument("--threads", type=int, default=0, help="on the CPU (default: as many as there are)")
    parser.add_argument("--save", type=float, default=180, help="seconds between checkpoints (default 180)")
    parser.add_argument("--tell", type=float, default=20, help="seconds between lines of the log (default 20)")
    return parser.parse_args(line)


if __name__ == "__main__":
    run(arguments())
