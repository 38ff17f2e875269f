"""Pretrained networks as classifiers: features below a new head."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ganaug.evaluation.utility.classifiers import CHOICES
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from ganaug.utils.pretrained import (
    LITE_SCALE,
    library_of,
    lite,
    load_weights,
    network_builder,
    scale_of,
)
from ganaug.utils.stages import run_with_maps, stages_of

# Lite0 was trained at 224 px. With a head on its last layer, the validation accuracy on flowers is
# 76% at 192 px and 73% at 128 px, where an image takes a third of the time.
LITE_SIDE = 192
SIDE = 224


class Trunk(nn.Module):
    """A pretrained network below its head.

    Args:
        network: Maps `[N, 3, S, S]`, normalized by `mean` and `deviation`, to `[N, width]`.
        width: Number of features of an image.
        name: Name of the network.
        mean: Mean of each channel, in [0, 1], of the images that the network was trained on.
        deviation: Standard deviation of each channel of these images.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        network: nn.Module,
        width: int,
        name: str,
        *,
        mean: Sequence[float] = IMAGENET_MEAN,
        deviation: Sequence[float] = IMAGENET_DEVIATION,
    ) -> None:
        super().__init__()
        self.network, self.width, self.name = network, width, name
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1))
        self.eval().to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1 or 3, S, S]` in [-1, 1] to features `[N, width]`."""
        return self.network(self.pixels(images))

    def pixels(self, images: Tensor) -> Tensor:
        """Return images as the network expects them: `[N, 3, S, S]`, normalized."""
        pixels = ((images.expand(-1, 3, -1, -1) + 1) / 2 - self.mean) / self.deviation
        return pixels.contiguous(memory_format=torch.channels_last)


class StagedTrunk(Trunk):
    """A trunk that adds the mean of each stage's last feature map: Head2Toe (Evci et al. 2022).

    The last layer retains what distinguishes the pretraining classes; earlier layers also retain
    colors and textures, which other classes may need. For a network without feature maps, such as
    a transformer, only the last layer is returned.

    Args:
        trunk: The trunk; its network is shared.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.Flatten(), nn.LazyLinear(5))
        >>> _ = network(torch.zeros(1, 3, 128, 128))
        >>> StagedTrunk(Trunk(network, 5, "toy"))(torch.zeros(2, 3, 128, 128)).shape
        torch.Size([2, 13])
    """

    def __init__(self, trunk: Trunk) -> None:
        scale = {
            "mean": trunk.mean.flatten().tolist(),
            "deviation": trunk.deviation.flatten().tolist(),
        }
        try:
            stages = list(stages_of(trunk.network, pooled=trunk.width).values())
        except Exception:  # a network for a fixed size may raise anything
            stages = []
        width = trunk.width + sum(stage.width for stage in stages)
        super().__init__(trunk.network, width, trunk.name, **scale)
        self.stages = [stage.name for stage in stages]

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1 or 3, S, S]` in [-1, 1] to features `[N, width]`."""
        last_features, maps = run_with_maps(self.network, self.stages, self.pixels(images))
        return torch.cat(
            [last_features, *(feature_map.mean(dim=(2, 3)) for _, feature_map in maps)], dim=1
        )


class WithHead(nn.Module):
    """A pretrained network with a new head.

    Args:
        trunk: The network below its head.
        num_classes: Classes.
    """

    def __init__(self, trunk: Trunk, num_classes: int) -> None:
        super().__init__()
        self.pretrained = trunk
        self.head = nn.Linear(trunk.width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, 1 or 3, S, S]` in [-1, 1] to logits."""
        return self.head(self.pretrained(images))


def imagenet_trunk() -> Trunk:
    """Return EfficientNet-Lite0 without its head, with ImageNet weights from its package.

    Raises:
        UsageError: The package is not installed.
    """
    return _without_head(lite("lite0", "classifier"), "lite0", LITE_SCALE)


def trunk_of(name: str, weights: str | Path) -> tuple[Trunk, int]:
    """Return a timm or torchvision network without its head, and its default image size.

    The head in the file is ignored, so it may have any number of classes.

    Args:
        name: Name in timm (timm:resnet18) or torchvision (resnet18).
        weights: File with the state dict.

    Raises:
        UsageError: There is no such network, or the file does not hold its weights.
    """
    with torch.random.fork_rng(devices=[]):
        network = network_builder(name, "classifier", CHOICES)()
    config = getattr(network, "default_cfg", {}) if library_of(name)[0] == "timm" else {}
    trunk = _without_head(network, name, scale_of(network, name), Path(weights))
    side = config.get("input_size", (3, SIDE, SIDE))[-1]
    return trunk, side


def _without_head(
    network: Any, name: str, scale: Mapping[str, Sequence[float]], weights: Path | None = None
) -> Trunk:
    """Remove the last linear layer and load the other weights."""
    linear = [entry for entry in network.named_modules() if isinstance(entry[1], nn.Linear)]
    if not linear:
        raise UsageError(
            f"classifier {name}: it has no linear layer to replace with a new head; "
            "use another network, or your own as module:function"
        )
    head, layer = linear[-1]
    parent, _, attribute = head.rpartition(".")
    setattr(network.get_submodule(parent), attribute, nn.Identity())
    if weights is not None:
        load_weights(network, weights, name, "classifier", without=f"{head}.")
    # The auxiliary classifiers of googlenet and inception_v3 predict the pretraining classes.
    if hasattr(network, "aux_logits"):
        network.aux_logits = False
    return Trunk(network, layer.in_features, name, **scale)
