"""Feature maps of frozen pretrained networks at four scales, for a projected discriminator."""

import hashlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganaug.utils.errors import UsageError, unreadable
from ganaug.utils.fusing import fuse_batch_norms
from ganaug.utils.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN
from ganaug.utils.stages import PROBE_SIDE, STRIDES, Stage, run_with_maps, stages_of

# At 32 pixels, the coarsest map would have a single position.
SMALLEST_SIDE = 64
ADVICE = "use a convolutional one, such as lite0 or resnet18"


class PretrainedMaps(nn.Module):
    """Computes four feature maps of a frozen image classifier, at strides 4, 8, 16 and 32.

    For each stride, the map is the output of the last stage with that stride, so any convolutional
    network works. Images of fewer than 64 pixels are enlarged, and gray ones repeated to three
    channels.

    Args:
        network: Network that takes images `[N, 3, S, S]`, normalized by `mean` and `deviation`.
        mean: Mean of the training pixels in [0, 1], by channel.
        deviation: Standard deviation of the training pixels, by channel.
        side: Side of the images that the network will read, in pixels.
        missing: Error message if the network has no trained weights and is used anyway; empty if it
            has them.

    Attributes:
        sha256: Hash of the network's weights, see `sha256_of_weights`; empty if they are missing.

    Raises:
        UsageError: The network has no map at one of the strides, or can't read such images.

    Example:
        >>> halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16, 32)]
        >>> maps = PretrainedMaps(nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving))
        >>> [tuple(each.shape) for each in maps(torch.zeros(2, 1, 96, 96))]
        [(2, 8, 24, 24), (2, 16, 12, 12), (2, 32, 6, 6), (2, 64, 3, 3)]
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self,
        network: nn.Module,
        *,
        mean: Sequence[float] = IMAGENET_MEAN,
        deviation: Sequence[float] = IMAGENET_DEVIATION,
        side: int = SMALLEST_SIDE,
        missing: str = "",
    ) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)
        # Hash before batch norms are fused, since the fused weights depend on the processor.
        self.sha256 = "" if missing else sha256_of_weights(network.state_dict())
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1))
        ends = stage_ends(self.network)
        self.names = [name for name, _ in ends]
        self.widths = [width for _, width in ends]
        self.missing = missing
        if missing:
            return
        side = max(side, SMALLEST_SIDE)
        ramp = torch.linspace(-1, 1, 3 * side**2).view(1, 3, side, side)
        self._refuse_unreadable(ramp)
        # Makes forward and backward passes about 20% faster.
        fuse_batch_norms(self.network, lambda: self(ramp))
        self.network.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map images `[N, 1 or 3, S, S]` in [-1, 1] to maps `[N, C, S/4, S/4]` … `[…, S/32, S/32]`.

        Gradients reach the images; the network itself has none.

        Raises:
            UsageError: The network's trained weights are missing.
        """
        if self.missing:
            raise UsageError(self.missing)
        if images.shape[3] < SMALLEST_SIDE:
            images = interpolate(images, size=(SMALLEST_SIDE, SMALLEST_SIDE), mode="bilinear")
        images = ((images + 1) / 2 - self.mean) / self.deviation
        images = images.contiguous(memory_format=torch.channels_last)
        maps = dict(run_with_maps(self.network, self.names, images)[1])
        return [maps[name] for name in self.names]

    @torch.no_grad()
    def _refuse_unreadable(self, images: Tensor) -> None:
        try:
            maps = self(images)
            if not all(feature_map.isfinite().all() for feature_map in maps):
                raise ValueError("it makes NaN or infinite values of them")
        except Exception as error:  # networks for other sizes may raise anything
            raise unreadable("backbone", images.shape[3], error, ADVICE) from error

    def train(self, mode: bool = True) -> "PretrainedMaps":  # noqa: ARG002 - always evaluation mode
        """Stay in evaluation mode, so that batch norm uses the trained statistics."""
        return super().train(False)


def sha256_of_weights(weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256, in hexadecimal, of weights with their names, types and shapes.

    It doesn't depend on the order of the weights or on the format of their file.

    Example:
        >>> weights = {"a": torch.ones(2), "b": torch.zeros(1)}
        >>> sha256_of_weights(weights) == sha256_of_weights(dict(reversed(weights.items())))
        True
        >>> sha256_of_weights(weights) == sha256_of_weights({**weights, "b": torch.ones(1)})
        False
    """
    total = hashlib.sha256()
    for name in sorted(weights):
        weight = weights[name].detach().cpu().contiguous()
        total.update(f"{name} {weight.dtype} {list(weight.shape)};".encode())
        total.update(weight.flatten().view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def stage_ends(network: nn.Module) -> list[Stage]:
    """Return the end of the last stage at each stride.

    Raises:
        UsageError: The network has no map at one of the strides.
    """
    try:
        stages = stages_of(network)
    except Exception as error:  # transformers for other sizes may raise anything
        raise unreadable("backbone", PROBE_SIDE, error, ADVICE) from error
    if missing := [stride for stride in STRIDES if stride not in stages]:
        raise UsageError(
            f"backbone: the network has no feature map at stride {missing[0]}; {ADVICE}"
        )
    return [stages[stride] for stride in STRIDES]
