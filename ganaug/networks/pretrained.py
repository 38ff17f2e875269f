"""Frozen pretrained networks, read at four scales: what a projected discriminator looks through."""

from collections import Counter
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from ganaug.utils.errors import UsageError
from ganaug.utils.fusing import fuse_batch_norms
from ganaug.utils.pixels import IMAGENET_DEVIATION, IMAGENET_MEAN

STRIDES = (4, 8, 16, 32)
# At 32 pixels the coarsest map would be a single place.
SMALLEST_SIDE = 64
PROBE_SIDE = 128


class PretrainedMaps(nn.Module):
    """A frozen image classifier as four feature maps, at strides 4, 8, 16 and 32.

    Of each stride it takes the last map among those of the outermost modules, which are the ends
    of the network's stages, so any convolutional network will do. Images of fewer than 64 pixels
    are enlarged, and grey ones repeated to three channels.

    Args:
        network: Takes images `[N, 3, S, S]`, normalized by `mean` and `deviation`.
        mean: Of the pixels in [0, 1] that the network was trained on, by channel.
        deviation: Their standard deviation.

    Raises:
        UsageError: The network has no map at one of the strides.

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
    ) -> None:
        super().__init__()
        self.network = network.eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor(mean).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(3, 1, 1))
        ends = stage_ends(self.network)
        self.names = [name for name, _ in ends]
        self.widths = [width for _, width in ends]
        # A fifth off the time of its passes.
        ramp = torch.linspace(-1, 1, 3 * SMALLEST_SIDE**2)
        fuse_batch_norms(self.network, lambda: self(ramp.view(1, 3, SMALLEST_SIDE, -1)))
        self.network.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map images `[N, 1 or 3, S, S]` in [-1, 1] to maps `[N, C, S/4, S/4]` … `[…, S/32, S/32]`.

        Gradients reach the images; the network itself has none.
        """
        if images.shape[3] < SMALLEST_SIDE:
            images = interpolate(images, size=(SMALLEST_SIDE, SMALLEST_SIDE), mode="bilinear")
        images = ((images + 1) / 2 - self.mean) / self.deviation
        images = images.contiguous(memory_format=torch.channels_last)
        maps = dict(outputs_of(self.network, self.names, images))
        return [maps[name] for name in self.names]

    def train(self, mode: bool = True) -> "PretrainedMaps":  # noqa: ARG002 - whatever is asked
        """Stay in evaluation mode: the statistics are those of the weights."""
        return super().train(False)


def outputs_of(
    network: nn.Module, names: Iterable[str], images: Tensor
) -> list[tuple[str, Tensor]]:
    """Run a network, and return the feature maps that modules give, with their names, in order."""
    found: list[tuple[str, Tensor]] = []

    def keep(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() == 4:
            found.append((name, output))

    # Held for this run alone, so that a copy of the network keeps no maps of the original.
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: keep(name, output)
        )
        for name in names
    ]
    try:
        network(images)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def stage_ends(network: nn.Module) -> list[tuple[str, int]]:
    """Return the modules that give the last map of each stride, and the channels of these maps.

    Raises:
        UsageError: The network has no map at one of the strides.
    """
    advice = "use a convolutional one, such as lite0 or resnet18"
    names = [name for name, _ in network.named_modules() if name]
    try:
        with torch.no_grad():
            outputs = outputs_of(network, names, torch.zeros(1, 3, PROBE_SIDE, PROBE_SIDE))
    except Exception as error:  # a transformer of another size raises whatever it likes
        raise UsageError(
            f"backbone: the network can't read images of {PROBE_SIDE} pixels ({error}); {advice}"
        ) from error
    runs = Counter(name for name, _ in outputs)
    ends = []
    for stride in STRIDES:
        # Not of a module that runs several times, such as a shared activation.
        maps = [
            (name, output.shape[1])
            for name, output in outputs
            if output.shape[3] * stride == PROBE_SIDE and runs[name] == 1
        ]
        if not maps:
            raise UsageError(
                f"backbone: the network has no feature map at stride {stride}; {advice}"
            )
        # `min` takes the first of the outermost, so the order is reversed.
        ends.append(min(reversed(maps), key=lambda each: each[0].count(".")))
    return ends
