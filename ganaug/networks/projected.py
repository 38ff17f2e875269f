"""Projected discriminator: small networks on mixed frozen feature maps (Sauer et al. 2021)."""

import math
from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, interpolate
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import cached, is_parametrized

from ganaug.networks.conditioning import without_labels
from ganaug.networks.pretrained import PretrainedMaps
from ganaug.utils.stages import STRIDES

SLOPE = 0.2
# Factor by which the class head learns faster than the other networks of the same optimizer.
QUICKER = 10.0
PLACES = 2  # per side, so that all scales have as many logits and the same weight


class ProjectedDiscriminator(nn.Module):
    """Maps images to logits at several positions of four scales, using a frozen network.

    The frozen network's feature maps are mixed by fixed random weights across channels (1x1) and
    across scales (top-down, 3x3), so that the generator can't match one scale alone. A small
    spectrally normalized network then maps each to logits.

    Args:
        maps: The frozen network.
        width: Channels of the mixed maps.
        num_classes: Classes; 0 for an unconditional discriminator.
        names_classes: Whether it also classifies images; see `read`.
        seed: Seed of the fixed random weights.

    Example:
        >>> halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16, 32)]
        >>> maps = PretrainedMaps(nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving))
        >>> ProjectedDiscriminator(maps=maps, width=8)(torch.zeros(2, 3, 64, 64)).shape
        torch.Size([2, 16])
    """

    # Its early layers never learn, so there is nothing to freeze.
    has_frozen_backbone = True

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
        # In a list, so that the frozen weights are neither trained nor saved in checkpoints.
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
        # torch uses this to move and convert submodules, and the frozen network isn't one.
        self.frozen._apply(fn, recurse)
        return super()._apply(fn, recurse)

    def forward(self, images: Tensor, *condition: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N, 16]`: four positions at each of four scales."""
        return self._logits(self.frozen(images), *condition)

    def read(self, images: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Map images to logits `[N, 16]`, given labels `[N]`, and class logits `[N, num_classes]`.

        Both share one pass through the frozen network, which takes most of the time.
        """
        assert self.class_head is not None, "built to name no classes"
        maps = self.frozen(images)
        return self._logits(maps, labels), self.class_head(maps)

    def _logits(self, maps: list[Tensor], *condition: Tensor) -> Tensor:
        mixed = self.mixing(maps)
        logits = [
            head(features, *condition) for head, features in zip(self.heads, mixed, strict=True)
        ]
        return torch.cat(logits, dim=1)


class ClassHead(nn.Module):
    """A linear classifier on the frozen network's maps, averaged over positions.

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
        # Zero weights, so that the initial prediction is uniform.
        nn.init.zeros_(self.class_logits.weight)
        nn.init.zeros_(self.class_logits.bias)

    def forward(self, maps: list[Tensor]) -> Tensor:
        """Map `[N, C, H, W]` of each scale to class logits `[N, num_classes]`."""
        means = [
            norm(features.mean(dim=(2, 3))) for norm, features in zip(self.norms, maps, strict=True)
        ]
        return QUICKER * self.class_logits(torch.cat(means, dim=1))


class FixedMixing(nn.Module):
    """Projects maps to the same width and mixes each with coarser maps, by fixed random weights.

    Args:
        widths: Channels of the maps, the finest first.
        width: Channels of the outputs.
        seed: Seed of the weights.
    """

    def __init__(self, widths: list[int], width: int, *, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        for scale, channels in enumerate(widths):
            across = torch.randn(width, channels, 1, 1, generator=generator) / math.sqrt(channels)
            down = torch.randn(width, width, 3, 3, generator=generator) / math.sqrt(9 * width)
            # Buffers are saved, so a resumed discriminator keeps its mixing, but never trained.
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
    """Maps a feature map to four logits, conditioned by projection (Miyato & Koyama 2018).

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
        with cached():
            self._normalize_weights(features.device.type)
            features = self.layers(features)
            logits = self.logit(features)
            if self.embedding is None:
                without_labels(logits, condition)
            else:
                (labels,) = condition
                vectors = self.embedding(labels)[:, :, None, None]
                logits = logits + (vectors * features).sum(dim=1, keepdim=True)
        return adaptive_avg_pool2d(logits, PLACES).flatten(1)

    def _normalize_weights(self, device_type: str) -> None:
        """Compute and cache the weights in float32: on CUDA, autocast would round the norms."""
        with torch.autocast(device_type, enabled=False):
            for layer in self.modules():
                if is_parametrized(layer, "weight"):
                    _ = layer.weight
