"""Stages of a convolutional network: the last feature map at each stride."""

from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import NamedTuple, TypeGuard

import torch
from torch import Tensor, nn

STRIDES = (4, 8, 16, 32)
PROBE_SIDE = 128


class Stage(NamedTuple):
    """The end of a stage.

    Attributes:
        name: Name of the module that returns the feature map.
        width: Channels of the map.
    """

    name: str
    width: int


def stages_of(network: nn.Module, pooled: int = 0) -> dict[int, Stage]:
    """Return the end of the last stage at each of the strides 4, 8, 16 and 32 that occur.

    This is the last map at a stride, excluding maps of submodules: modules within one that returns
    a map at this stride itself, or that halves one.

    Args:
        network: Network that takes images `[N, 3, S, S]`.
        pooled: Skip maps with this many channels, because the network returns their mean anyway.

    Raises:
        Exception: Whatever the network raises for images of 128 pixels.

    Example:
        >>> halving = [nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16)]
        >>> stages_of(nn.Sequential(nn.Conv2d(3, 8, 4, stride=4), *halving))
        {4: Stage(name='0', width=8), 8: Stage(name='1', width=16), 16: Stage(name='2', width=32)}
    """
    modules = _modules_with_maps(network)
    runs = Counter(module.stage.name for module in modules)
    stages = {}
    for stride in STRIDES:
        side = PROBE_SIDE // stride
        # Skip modules that run several times, such as a shared activation.
        maps = [
            module.stage
            for module in modules
            if (module.side, runs[module.stage.name]) == (side, 1) and module.stage.width != pooled
        ]
        closed = tuple(
            f"{module.stage.name}." for module in modules if _holds_no_ends(module, side, pooled)
        )
        if ends := [stage for stage in maps if not stage.name.startswith(closed)]:
            stages[stride] = ends[-1]
        elif maps:  # submodules of the skipped one: take the outermost
            stages[stride] = min(reversed(maps), key=lambda stage: stage.name.count("."))
    return stages


class _ModuleWithMap(NamedTuple):
    """A module that was run on a test image: its name and width, and the sides of its maps."""

    stage: Stage
    side: int
    side_before: int
    is_convolution: bool


def _holds_no_ends(module: _ModuleWithMap, side: int, pooled: int) -> bool:
    """Whether none of a module's submodules can be the end of a stage at this side."""
    if module.is_convolution:  # its only submodule is padding, which repeats the previous end
        return False
    if module.side == side:
        # A module with all stages is skipped, but its last stage need not be.
        return module.stage.width != pooled or module.side_before <= 2 * side
    return module.side_before == side == 2 * module.side


@torch.no_grad()
def _modules_with_maps(network: nn.Module) -> list[_ModuleWithMap]:
    """Run an image of 128 pixels, and return each module that returns a map, in order."""
    modules: list[_ModuleWithMap] = []

    def keep(name: str, module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        if _is_map(output):
            side_before = next((tensor.shape[3] for tensor in inputs if _is_map(tensor)), 0)
            stage, is_convolution = Stage(name, output.shape[1]), isinstance(module, nn.Conv2d)
            modules.append(_ModuleWithMap(stage, output.shape[3], side_before, is_convolution))

    hooks = [
        module.register_forward_hook(partial(keep, name))
        for name, module in network.named_modules()
        if name
    ]
    try:
        network(torch.zeros(1, 3, PROBE_SIDE, PROBE_SIDE))
    finally:
        for hook in hooks:
            hook.remove()
    return modules


def _is_map(value: object) -> TypeGuard[Tensor]:
    return isinstance(value, Tensor) and value.dim() == 4


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
    maps: list[tuple[str, Tensor]] = []

    def keep(name: str, output: object) -> None:
        if _is_map(output):
            maps.append((name, output))

    # Hooks exist only during this run, so a copy of the network can't hold maps of the original.
    hooks = [
        network.get_submodule(name).register_forward_hook(
            lambda _, __, output, name=name: keep(name, output)
        )
        for name in names
    ]
    try:
        return network(images), maps
    finally:
        for hook in hooks:
            hook.remove()
