"""EMANetwork: an exponential moving average of a generator's weights, used for samples."""

import copy

import torch
from torch import Tensor, nn

from ganaug.utils.errors import UsageError

# The half-life is at most this fraction of the images seen, so that the average forgets the random
# initialization quickly (the ramp-up of Karras et al. 2022, sec. F.2).
RAMP_UP = 0.05


class EMANetwork(nn.Module):
    """Holds the moving average of a network's weights and buffers.

    Lightning's averaging callback would also average the discriminator and, with two optimizers,
    may never run. A submodule is saved, moved and resumed with its model.

    Args:
        network: The network to follow; copied, never changed.
        half_life: Number of images after which old weights count half; 0 for no averaging.

    Raises:
        UsageError: The half-life is negative or NaN.
    """

    def __init__(self, network: nn.Module, *, half_life: float) -> None:
        super().__init__()
        if not half_life >= 0:
            raise UsageError(f"ema_halflife is {half_life}; it must be 0 (no average) or more")
        self.half_life = half_life
        self.network = copy.deepcopy(network).eval().requires_grad_(False)

    def decay(self, *, batch_images: int, images_seen: int) -> float:
        """Return the decay of the average for a batch of this size after this many images."""
        half_life = min(self.half_life, RAMP_UP * images_seen)
        return 0.5 ** (batch_images / half_life) if half_life > 0 else 0.0

    @torch.no_grad()
    def update(self, network: nn.Module, *, batch: int, batch_images: int) -> None:
        """Move the average towards the network's current weights.

        Args:
            network: The network that is trained.
            batch: Number of the batch, from 0 over the whole run.
            batch_images: Images per batch, over all devices.
        """
        images_seen = batch_images * (batch + 1)
        step = 1.0 - self.decay(batch_images=batch_images, images_seen=images_seen)
        averages, present = _tensors(self.network), _tensors(network)
        moving = [i for i, tensor in enumerate(averages) if tensor.is_floating_point()]
        torch._foreach_lerp_([averages[i] for i in moving], [present[i] for i in moving], step)
        for average, current in zip(averages, present, strict=True):
            if not average.is_floating_point():
                average.copy_(current)

    def train(self, mode: bool = True) -> "EMANetwork":  # noqa: ARG002 - always evaluation mode
        """Stay in evaluation mode, so that samples use running statistics."""
        return super().train(False)

    def forward(self, *inputs: Tensor) -> Tensor:
        """Call the averaged network."""
        return self.network(*inputs)


def _tensors(network: nn.Module) -> list[Tensor]:
    return [*network.parameters(), *network.buffers()]
