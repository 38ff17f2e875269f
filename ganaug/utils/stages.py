"""Stages of a convolutional network: the last feature map at each stride."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

STRIDES = (4, 8, 16, 32)
PROBE_SIDE = 128


class Stage(NamedTuple):
    """The end of a stage.

    Attributes:
        name: Of the module that gives the map.
        width: Its channels.
    """

    name: str
    width: int


def stages_of(network: nn.Module, pooled: int = 0) -> dict[int, Stage]:
    """Return the end of the last stage at each of the strides 4, 8, 16 and 32 that occurs.

    It is the last of the outermost modules with a map at that stride.

    Args:
        network: Takes images `[N, 3, S, S]`.
        pooled: Skip maps of so many channels, because the network gives their mean anyway.

    Raises:
        Exception: Whatever the network raises for images of 128 pixels.

    Example:
        >>> halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16)]
        >>> stages_of(nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving))
        {4: Stage(name='0', width=8), 8: Stage(name='1', width=16), 16: Stage(name='2', width=32)}
    """
    names = [name for name, _ in network.named_modules() if name]
    with torch.no_grad():
        _, outputs = run_with_maps(network, names, torch.zeros(1, 3, PROBE_SIDE, PROBE_SIDE))
    runs = Counter(name for name, _ in outputs)
    found = {}
    for stride in STRIDES:
        # Not of a module that runs several times, such as a shared activation.
        maps = [
            Stage(name, output.shape[1])
            for name, output in outputs
            if output.shape[3] * stride == PROBE_SIDE
            and runs[name] == 1
            and output.shape[1] != pooled
        ]
        if maps:
            # `min` takes the first of the outermost, so the order is reversed.
            found[stride] = min(reversed(maps), key=lambda each: each.name.count("."))
    return found


def run_with_maps(
    network: nn.Module, names: Iterable[str], images: Tensor
) -> tuple[Tensor, list[tuple[str, Tensor]]]:
    """Run a network; return its output, and the name and map of each of these modules, in order.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), nn.Flatten())
        >>> output, ((name, map),) = run_with_maps(network, ["0"], torch.zeros(2, 3, 8, 8))
        >>> tuple(output.shape), name, tuple(map.shape)
        ((2, 32), '0', (2, 8, 2, 2))
    """
    found: list[tuple[str, Tensor]] = []

    def keep(name: str, output: object) -> None:
        if isinstance(output, Tensor) and output.dim() == 4:
            found.append((name, output))

    # Only for this run, so that a copy of the network keeps no maps of the original.
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: keep(name, output)
        )
        for name in names
    ]
    try:
        return network(images), found
    finally:
        for hook in hooks:
            hook.remove()
