"""The net that fills holes in photos, and the critic that it is trained against.

What lies under the mask is multiplied by zero before anything else happens, so no output can depend on it.
"""

import torch
from torch import nn
from torch.nn import functional as F

# Sides of pictures are multiples of this: the hole is first filled by six halvings of the picture.
MULTIPLE = 64
HALVINGS = 6


def spread(known: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Fill that spreads the colours around a hole into it, the further in the smoother (pull-push).

    `known`: `n x 3 x h x w`, zero where `weight` (`n x 1 x h x w`, 1 known, 0 hole) is zero. Known pixels come out as
    they are. Idea: Gortler et al., The Lumigraph, 1996, section 3.4.
    """
    levels = []
    for _ in range(HALVINGS):
        levels.append((known, weight))
        known, weight = F.avg_pool2d(known, 2), F.avg_pool2d(weight, 2)
    mean = known.mean((2, 3), keepdim=True) / (weight.mean((2, 3), keepdim=True) + 1e-6)
    fill = known + (1 - weight) * mean
    for known, weight in reversed(levels):
        fill = known + (1 - weight) * F.interpolate(fill, scale_factor=2.0, mode="bilinear", align_corners=False)
    return fill


class Gated(nn.Module):
    """3 x 3 convolution whose every value is scaled by a gate between 0 and 1, read off the convolution's own outputs.

    After Yu et al., Free-Form Image Inpainting with Gated Convolution, 2019, with a cheaper gate.
    """

    def __init__(self, wide_in: int, wide_out: int, stride: int = 1, dilation: int = 1):
        super().__init__()
        self.feature = nn.Conv2d(wide_in, wide_out, 3, stride, dilation, dilation)
        self.gate = nn.Conv2d(wide_out, wide_out, 1)

    def forward(self, x: torch.Tensor, context: torch.Tensor | None = None) -> torch.Tensor:
        feature = self.feature(x)
        gate = self.gate(feature)
        return F.leaky_relu(feature, 0.2) * torch.sigmoid(gate if context is None else gate + context)


class Block(nn.Module):
    """Adds to its input what a gated convolution sees; the mean of the whole picture has a say in the gates."""

    def __init__(self, wide: int, dilation: int):
        super().__init__()
        self.gated = Gated(wide, wide, dilation=dilation)
        self.context = nn.Conv2d(wide, wide, 1)
        self.project = nn.Conv2d(wide, wide, 1)
        nn.init.normal_(self.project.weight, std=0.1 * wide**-0.5)
        nn.init.zeros_(self.project.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.project(self.gated(x, self.context(x.mean((2, 3), keepdim=True))))


class Inpainter(nn.Module):
    """`picture` (`n x 3 x h x w`, 0 to 1) and `mask` (`n x 1 x h x w`, 1 in the hole, else 0) to the filled picture.

    Sides are multiples of `MULTIPLE`. Known pixels come back unchanged. The net adds to `spread` what that lacks; it
    starts with adding nothing, so training starts at a classical fill.
    """

    def __init__(self, wide: int = 32, dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 2, 4, 8, 16, 1)):
        super().__init__()
        self.settings = {"wide": wide, "dilations": list(dilations)}
        half, quarter, eighth = wide, 2 * wide, 4 * wide
        self.first = Gated(28, half)
        self.second = Gated(half, quarter, stride=2)
        self.third = Gated(quarter, eighth, stride=2)
        self.body = nn.Sequential(*[Block(eighth, dilation) for dilation in dilations])
        self.join_quarter = nn.Conv2d(eighth + quarter, quarter, 1)
        self.up_quarter = Gated(quarter, quarter)
        self.join_half = nn.Conv2d(quarter + half, half, 1)
        self.up_half = Gated(half, half)
        self.last = nn.Conv2d(half, 12, 3, 1, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, picture: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        known = picture * (1 - mask)
        fill = spread(known, 1 - mask)
        half = self.first(F.pixel_unshuffle(torch.cat([known - 0.5 * (1 - mask), fill - 0.5, mask], 1), 2))
        quarter = self.second(half)
        deep = self.body(self.third(quarter))
        deep = self.up_quarter(self.join_quarter(torch.cat([twice(deep), quarter], 1)))
        deep = self.up_half(self.join_half(torch.cat([twice(deep), half], 1)))
        added = F.pixel_shuffle(self.last(deep), 2)
        return known + mask * torch.clamp(fill + added, 0.0, 1.0)


def twice(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


class Critic(nn.Module):
    """Judges patches: high where it takes them for photographed, low where for filled. Also gives its features.

    Spectral normalisation after Miyato et al., 2018, on every layer.
    """

    def __init__(self, wide: int = 32):
        super().__init__()
        widths = [4, wide, 2 * wide, 4 * wide, 6 * wide]
        norm = nn.utils.parametrizations.spectral_norm
        self.layers = nn.ModuleList(
            norm(nn.Conv2d(wide_in, wide_out, 4, 2, 1)) for wide_in, wide_out in zip(widths, widths[1:])
        )
        self.head = norm(nn.Conv2d(widths[-1], 1, 3, 1, 1))

    def forward(self, picture: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        x, features = torch.cat([picture - 0.5, mask], 1), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.head(x), features
