"""The store of training pictures: one tar file of square WebP tiles, `train/…` and `held/…`, small enough to carry."""

import io
import pathlib
import tarfile

import numpy
import torch
from PIL import Image
from torch.nn import functional as F

TILE = 320


def load(path: pathlib.Path, split: str) -> torch.Tensor:
    """All tiles of a split in the order of the file, `n x 3 x TILE x TILE`, bytes. 300 KiB each."""
    tiles = []
    with tarfile.open(path) as store:
        for member in store:
            if member.name.startswith(f"{split}/"):
                picture = Image.open(io.BytesIO(store.extractfile(member).read())).convert("RGB")
                tiles.append(torch.from_numpy(numpy.array(picture)).permute(2, 0, 1))
    if not tiles:
        raise SystemExit(f"{path}: no tile of {split}")
    return torch.stack(tiles)


def crops(tiles: torch.Tensor, count: int, side: int, seed: int) -> torch.Tensor:
    """`count x 3 x side x side`, 0 to 1, on the tiles' device: places, scale, mirrorings and light drawn by chance from the seed."""
    chance = torch.Generator().manual_seed(seed)
    which = torch.randint(len(tiles), (count,), generator=chance).tolist()
    # Half of the batches are cut larger and scaled down: smaller things, and more of them, in the same photos.
    cut_side, whole = torch.randint(side, tiles.shape[-1] + 1, (), generator=chance).item(), torch.rand((), generator=chance)
    cut_side = side if whole < 0.5 else cut_side
    place = torch.randint(tiles.shape[-1] - cut_side + 1, (count, 2), generator=chance).tolist()
    mirror = torch.rand(count, generator=chance) < 0.5
    light = torch.rand(count, 2, generator=chance)
    cut = torch.stack([tiles[n, :, y : y + cut_side, x : x + cut_side] for n, (y, x) in zip(which, place)]).float() / 255
    if cut_side != side:
        cut = F.interpolate(cut, size=(side, side), mode="bilinear", antialias=True)
    cut = torch.where(mirror.to(cut.device)[:, None, None, None], cut.flip(3), cut)
    light = light.to(cut.device)[:, :, None, None]
    # Gain between 0.85 and 1.15, offset between -0.05 and 0.05.
    return (cut * (0.85 + 0.3 * light[:, :1]) + 0.1 * light[:, 1:] - 0.05).clamp(0, 1)
