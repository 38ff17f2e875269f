"""A U-Net conditioned on time and class (Ronneberger et al. 2015; Dhariwal & Nichol 2021)."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle, silu

from ganaug.networks.conditioning import without_labels
from ganaug.networks.sizes import channel_widths, doublings
from ganaug.utils.errors import UsageError

GROUPS = 8
FREQUENCIES = 32
# Smallest side of a map.
SMALLEST_MAPS = 7
FOLD = 2


class TimeAndClassEmbedding(nn.Module):
    """Embeds a time, and a class if there are any.

    Args:
        length: Length of the embedding.
        num_classes: Classes; 0 takes no labels.
    """

    frequencies: Tensor

    def __init__(self, *, length: int, num_classes: int) -> None:
        super().__init__()
        frequencies = torch.logspace(0, 3, FREQUENCIES, base=10.0)
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.layers = nn.Sequential(
            nn.Linear(2 * FREQUENCIES, length), nn.SiLU(), nn.Linear(length, length)
        )
        self.classes = nn.Embedding(num_classes, length) if num_classes else None

    def forward(self, times: Tensor, *condition: Tensor) -> Tensor:
        """Map times `[N]` in [0, 1] and, when conditional, labels `[N]` to `[N, length]`.

        The label -1 stands for any class.
        """
        angles = times[:, None] * self.frequencies
        embedding = self.layers(torch.cat([angles.sin(), angles.cos()], dim=1))
        if self.classes is None:
            return without_labels(embedding, condition)
        (labels,) = condition
        return embedding + self.classes(labels.clamp(min=0)) * (labels >= 0)[:, None]


class ConditionedBlock(nn.Module):
    """Two 3x3 convolutions with a shortcut; an embedding scales and shifts the maps between them.

    Args:
        inside: Channels in.
        outside: Channels out.
        length: Length of the embedding.
    """

    def __init__(self, inside: int, outside: int, length: int) -> None:
        super().__init__()
        self.before = nn.GroupNorm(GROUPS, inside)
        self.first = nn.Conv2d(inside, outside, 3, padding=1)
        self.scale_and_shift = nn.Linear(length, 2 * outside)
        self.between = nn.GroupNorm(GROUPS, outside)
        self.second = nn.Conv2d(outside, outside, 3, padding=1)
        # Zero weights, so that a block is initially its shortcut.
        for weight in self.second.parameters():
            nn.init.zeros_(weight)
        self.shortcut = nn.Identity() if inside == outside else nn.Conv2d(inside, outside, 1)

    def forward(self, maps: Tensor, embedding: Tensor) -> Tensor:
        """Map `[N, inside, H, W]` and an embedding `[N, length]` to `[N, outside, H, W]`."""
        scale, shift = self.scale_and_shift(silu(embedding))[:, :, None, None].chunk(2, dim=1)
        added = self.first(silu(self.before(maps)))
        added = self.between(added) * (1 + scale) + shift
        return self.shortcut(maps) + self.second(silu(added))


class TimedUNet(nn.Module):
    """Maps noisy images to images, given the time and the class.

    It folds 2x2 pixels into channels, since maps at full resolution would take most of the time.

    Args:
        image_size: Side of the images in pixels, 4 to 7 times a power of two.
        channels: Channels of the images.
        num_classes: Classes; 0 takes no labels.
        width: Channels of the largest maps, a multiple of 8; doubled at every halving,
            up to 8 times.
        blocks: Residual blocks at each resolution, both down and up.
        embedding_dim: Length of the embedding of time and class.

    Raises:
        UsageError: The image size is not supported, or the width isn't a multiple of 8.
    """

    def __init__(
        self,
        *,
        image_size: int,
        channels: int,
        num_classes: int,
        width: int,
        blocks: int,
        embedding_dim: int = 128,
    ) -> None:
        super().__init__()
        if width % GROUPS:
            raise UsageError(f"width is {width}; give a multiple of {GROUPS}, such as 32")
        widths = channel_widths(width, _resolutions(image_size))
        self.embed = TimeAndClassEmbedding(length=embedding_dim, num_classes=num_classes)
        self.inward = nn.Conv2d(channels * FOLD**2, width, 3, padding=1)
        self.outward = nn.Sequential(
            nn.GroupNorm(GROUPS, width),
            nn.SiLU(),
            nn.Conv2d(width, channels * FOLD**2, 3, padding=1),
        )

        def row(inside: int, outside: int, count: int = blocks) -> nn.ModuleList:
            ends = [inside, *[outside] * count]
            return nn.ModuleList(ConditionedBlock(a, b, embedding_dim) for a, b in pairwise(ends))

        outer = widths[:-1]
        self.down = nn.ModuleList(row(level_width, level_width) for level_width in outer)
        self.halvings = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)
        )
        self.middle = row(widths[-1], widths[-1], 2 * blocks)
        self.doublings = nn.ModuleList(
            nn.ConvTranspose2d(b, a, 2, stride=2) for a, b in pairwise(widths)
        )
        self.up = nn.ModuleList(row(2 * level_width, level_width) for level_width in outer)
        self.to(memory_format=torch.channels_last)

    def forward(self, noisy: Tensor, times: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, C, S, S]`, times `[N]` and, when conditional, labels `[N]` to `[N, C, S, S]`.

        The label -1 stands for any class.
        """
        embedding = self.embed(times, *condition)
        folded = pixel_unshuffle(noisy, FOLD).contiguous(memory_format=torch.channels_last)
        maps, skips = self.inward(folded), []
        for blocks, halve in zip(self.down, self.halvings, strict=True):
            maps = _through(blocks, maps, embedding)
            skips.append(maps)
            maps = halve(maps)
        maps = _through(self.middle, maps, embedding)
        for blocks, double in zip(reversed(self.up), reversed(self.doublings), strict=True):
            maps = _through(blocks, torch.cat([double(maps), skips.pop()], dim=1), embedding)
        return pixel_shuffle(self.outward(maps), FOLD)


def _through(blocks: nn.Module, maps: Tensor, embedding: Tensor) -> Tensor:
    for block in blocks.children():
        maps = block(maps, embedding)
    return maps


def _resolutions(image_size: int) -> int:
    """Return the number of resolutions of the U-Net, starting at half the image's side."""
    side, times = doublings(image_size)
    too_small = max(0, math.ceil(math.log2(SMALLEST_MAPS / side)))
    return max(1, times - too_small)
