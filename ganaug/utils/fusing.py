"""Folding batch norms of a frozen network into the convolutions before them."""

from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

CLOSE = 1e-4  # rounding errors of float32 over some fifty layers, relative to the largest value


def fuse_batch_norms(network: nn.Module, run: Callable[[], Sequence[Tensor]]) -> None:
    """Fold each batch norm of a frozen network into the convolution that it follows, in place.

    If that changes the outputs, because a convolution's output is used elsewhere too, the network
    is restored.

    Args:
        network: The network, in evaluation mode.
        run: Runs the network on images, and returns the outputs that must not change.

    Example:
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4)).eval()
        >>> fuse_batch_norms(network, lambda: [network(torch.ones(1, 3, 8, 8))])
        >>> network[1]
        Identity()
    """
    outputs_before, convolution_of = _outputs_and_pairs(network, run)
    names = {module: name for name, module in network.named_modules()}
    originals: dict[str, nn.Module] = {}
    for norm, convolution in convolution_of.items():
        originals |= {names[convolution]: convolution, names[norm]: norm}
        network.set_submodule(names[convolution], fuse_conv_bn_eval(convolution, norm))
        network.set_submodule(names[norm], nn.Identity())
    outputs_after, _ = _outputs_and_pairs(network, run)
    if not all(map(_close, outputs_before, outputs_after)):
        for name, module in originals.items():
            network.set_submodule(name, module)


def _close(reference: Tensor, fused: Tensor) -> bool:
    # False if values are NaN.
    return bool((reference - fused).abs().max() <= CLOSE * reference.abs().max())


@torch.no_grad()
def _outputs_and_pairs(
    network: nn.Module, run: Callable[[], Sequence[Tensor]]
) -> tuple[Sequence[Tensor], dict[nn.BatchNorm2d, nn.Conv2d]]:
    """Return the outputs, and the convolution before each batch norm."""
    # Keep the tensors alive, so that no later one reuses the id of an earlier one.
    outputs: dict[int, tuple[nn.Conv2d, Tensor]] = {}
    convolution_of: dict[nn.BatchNorm2d, nn.Conv2d] = {}

    def keep(module: nn.Module, _: object, output: Tensor) -> None:
        outputs[id(output)] = (cast("nn.Conv2d", module), output)

    def look(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if entry := outputs.get(id(inputs[0])):
            convolution_of[cast("nn.BatchNorm2d", module)] = entry[0]

    hooks = [
        module.register_forward_hook(keep)
        for module in network.modules()
        if isinstance(module, nn.Conv2d)
    ]
    # Not subclasses, which may do more, such as timm's with an activation.
    hooks += [
        module.register_forward_pre_hook(look)
        for module in network.modules()
        if type(module) is nn.BatchNorm2d
    ]
    try:
        return run(), convolution_of
    finally:
        for hook in hooks:
            hook.remove()
