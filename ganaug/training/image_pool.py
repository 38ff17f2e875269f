"""ImagePool: past generated images that a discriminator sees again (Shrivastava et al. 2017)."""

from typing import Any

import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from ganaug.training.trainers import of_all_ranks

# Checkpoint key of the past images of each device, by the name of the pool.
POOLS = "image_pools"
EXTRA = "_extra_state"


class ImagePool(nn.Module):
    """Holds recently generated images; they are saved in checkpoints.

    A discriminator that only sees the newest images forgets earlier ones, and training may
    oscillate.

    Args:
        size: Number of images held; with 0, every image is returned unchanged.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
    """

    def __init__(self, size: int, *, channels: int, image_size: int) -> None:
        super().__init__()
        self.size = size
        # Not a buffer: DDP would overwrite it with rank 0's, and each rank has its own pool.
        self.images = torch.zeros(size, channels, image_size, image_size)
        self.count = 0

    def get_extra_state(self) -> Tensor:
        """Return the images held, for a checkpoint."""
        return self.images[: self.count].clone()

    def set_extra_state(self, state: Tensor) -> None:
        """Restore the images from a checkpoint."""
        # The checkpoint's pool may have been larger.
        self.count = min(len(state), self.size)
        self.images[: self.count] = state[: self.count]

    @torch.no_grad()
    def exchange(self, images: Tensor) -> Tensor:
        """Return each image or, with probability 0.5, an older one that it replaces in the pool.

        Args:
            images: `[N, C, S, S]`, newly generated.
        """
        exchanged = images.detach().clone()
        self.images = self.images.to(exchanged.device)
        for index in range(len(exchanged) if self.size else 0):
            if self.count < self.size:
                self.images[self.count] = exchanged[index]
                self.count += 1
            elif torch.rand(()) < 0.5:
                slot = int(torch.randint(self.size, ()))
                older = self.images[slot].clone()
                self.images[slot] = exchanged[index]
                exchanged[index] = older
        return exchanged


def add_pools(trainer: Trainer, checkpoint: dict[str, Any]) -> None:
    """Add the pools of all devices to a checkpoint, whose weights hold those of the first only.

    Args:
        trainer: Trainer of the run; all of its processes must call this.
        checkpoint: Content to be written, with the model's weights.
    """
    if trainer.world_size > 1:
        pools = {k: v for k, v in checkpoint["state_dict"].items() if k.endswith(EXTRA)}
        checkpoint[POOLS] = {name: of_all_ranks(trainer, pool) for name, pool in pools.items()}


def choose_pools(rank: int, checkpoint: dict[str, Any]) -> None:
    """Copy the pools of a device into a checkpoint's weights, before they are loaded.

    Args:
        rank: Rank of the device. A rank that the run did not have takes another rank's pools.
        checkpoint: Content that was read.
    """
    for name, pools in checkpoint.get(POOLS, {}).items():
        checkpoint["state_dict"][name] = pools[rank % len(pools)]
