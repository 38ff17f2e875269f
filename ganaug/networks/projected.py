"""Projected discriminator: small networks on the mixed maps of a frozen one (Sauer et al. 2021)."""

import math
from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, interpolate
from torch.nn.utils.parametrizations import spectral_norm

from ganaug.networks.conditioning import without_labels
from ganaug.networks.pretrained import PretrainedMaps
from ganaug.utils.stages import STRIDES

SLOPE = 0.2
# The class head learns so many times faster than the networks beside it, with the same optimizer.
QUICKER = 10.0
PLACES = 2  # per side, so that all scales have as many logits and the same weight


class ProjectedDiscriminator(nn.Module):
    """Images to logits of several places at four scales, seen through a frozen network.

    Real and generated images pass through the frozen network; its maps are mixed by fixed random
    weights across channels (1x1) and across scales (top-down, 3x3), so that the generator can't
    match one scale alone; a small spectrally normalized network judges each.

    Args:
        maps: The frozen network.
        width: Channels of the mixed maps.
        num_classes: Classes; 0 for an unconditional discriminator.
        names_classes: Whether it also names the class; see `read`.
        seed: Seed of the fixed random weights.

    Example:
        >>> halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16, 32)]
        >>> maps = PretrainedMaps(nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving))
        >>> ProjectedDiscriminator(maps=maps, width=8)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 16])
    """

    def __init__(
        self,
        *,
        maps: PretrainedMaps,
        width: int = 64,
        num_classes: int = 0,
        names_classes: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__()
        # In a list, so that the frozen weights are neither trained nor saved with each checkpoint.
        self._frozen = [maps]
        self.mixing = FixedMixing(maps.widths, width, seed=seed)
        self.heads = nn.ModuleList(MapDiscriminator(width, num_classes) for _ in STRIDES)
        self.class_head = ClassHead(maps.widths, num_classes) if names_classes else None
        self.to(memory_format=torch.channels_last)

    @property
    def frozen(self) -> PretrainedMaps:
        """The frozen network."""
        return self._frozen[0]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        # Torch moves and converts submodules by this, and the frozen network is none.
        self.frozen._apply(fn, recurse)
        return super()._apply(fn, recurse)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N, 16]`: four places at each of four scales."""
        return self._logits(self.frozen(images), *condition)

    def read(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Map images to logits `[N, 16]`, given labels `[N]`, and class logits `[N, num_classes]`.

        The frozen network, most of the time that both take, is passed once.
        """
        assert self.class_head is not None, "built to name no classes"
        maps = self.frozen(images)
        return self._logits(maps, labels), self.class_head(maps)

    def _logits(self, maps: list[Tensor], *condition: Tensor) -> Tensor:
        mixed = self.mixing(maps)
        logits = [head(each, *condition) for head, each in zip(self.heads, mixed, strict=True)]
        return torch.cat(logits, dim=1)


class ClassHead(nn.Module):
    """A linear classifier on the frozen network's maps, each averaged over its places.

    Args:
        widths: Channels of the maps.
        num_classes: Classes.
    """

    def __init__(self, widths: list[int], num_classes: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(
            nn.LayerNorm(width, elementwise_affine=False) for width in widths
        )
        self.class_logits = nn.Linear(sum(widths), num_classes)
        # Nothing is said before something is learned.
        nn.init.zeros_(self.class_logits.weight)
        nn.init.zeros_(self.class_logits.bias)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Map `[N, C, H, W]` of each scale to class logits `[N, num_classes]`."""
        means = [norm(each.mean(dim=(2, 3))) for norm, each in zip(self.norms, maps, strict=True)]
        return QUICKER * self.class_logits(torch.cat(means, dim=1))


class FixedMixing(nn.Module):
    """Brings maps to one width and mixes each with the coarser ones, by fixed random weights.

    Args:
        widths: Channels of the maps, the finest first.
        width: Channels that all are brought to.
        seed: Seed of the weights.
    """

    def __init__(self, widths: list[int], width: int, *, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        for scale, channels in enumerate(widths):
            across = torch.randn(width, channels, 1, 1, generator=generator) / math.sqrt(channels)
            down = torch.randn(width, width, 3, 3, generator=generator) / math.sqrt(9 * width)
            # Buffers: saved, so that a resumed discriminator sees what it saw, and never stepped.
            self.register_buffer(f"across_{scale}", across)
            self.register_buffer(f"down_{scale}", down)

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Map `[N, C, H, W]` of each scale to `[N, width, H, W]`."""
        coarser, mixed = None, []
        for scale in reversed(range(len(maps))):
            features = conv2d(maps[scale], self._like(maps[scale], f"across_{scale}"))
            if coarser is not None:
                raised = interpolate(coarser, size=features.shape[2:], mode="bilinear")
                features = (features + raised) / math.sqrt(2)
            coarser = conv2d(features, self._like(features, f"down_{scale}"), padding=1)
            mixed.append(coarser)
        return mixed[::-1]

    def _like(self, features: Tensor, name: str) -> Tensor:
        return self.get_buffer(name).to(features.dtype)


class MapDiscriminator(nn.Module):
    """A map to four logits, with the class by projection (Miyato & Koyama 2018).

    Args:
        width: Channels of the map.
        num_classes: Classes; 0 takes no labels.
    """

    def __init__(self, width: int, num_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
            nn.LeakyReLU(SLOPE),
            spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
            nn.LeakyReLU(SLOPE),
        )
        self.logit = spectral_norm(nn.Conv2d(width, 1, 1))
        self.embedding = spectral_norm(nn.Embedding(num_classes, width)) if num_classes else None

    def forward(self, features: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, width, H, W]` and, when conditional, labels `[N]` to logits `[N, 4]`."""
        features = self.layers(features)
        logits = self.logit(features)
        if self.embedding is None:
            without_labels(logits, condition)
        else:
            (labels,) = condition
            vectors = self.embedding(labels)[:, :, None, None]
            logits = logits + (vectors * features).sum(dim=1, keepdim=True)
        return adaptive_avg_pool2d(logits, PLACES).flatten(1)
