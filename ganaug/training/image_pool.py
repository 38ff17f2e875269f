"""ImagePool: past generated images that a discriminator sees again (Shrivastava et al. 2017)."""

from typing import Any

import torch
from lightning.pytorch import Trainer
from torch import Tensor, nn

from ganaug.callbacks.run import of_all_ranks

# In a checkpoint: the past images of each device, by the name of the pool.
POOLS = "image_pools"
EXTRA = "_extra_state"


class ImagePool(nn.Module):
    """Holds the last generated images, a part of the checkpoint.

    A discriminator that only sees the newest images forgets what the generator did before, and
    the two may go round in circles.

    Args:
        size: How many images are held; 0 hands every image straight back.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
    """

    def __init__(self, size: int, *, channels: int, image_size: int) -> None:
        super().__init__()
        self.size = size
        # No buffers: under DDP those are rank 0's, and each rank has a history of its own.
        self.images = torch.zeros(size, channels, image_size, image_size)
        self.count = 0

    def get_extra_state(self) -> Tensor:
        """Return the images that a checkpoint holds: those there are."""
        return self.images[: self.count].clone()

    def set_extra_state(self, state: Tensor) -> None:
        """Take back the images that a checkpoint held."""
        # Of a longer history, the part that there is room for.
        self.count = min(len(state), self.size)
        self.images[: self.count] = state[: self.count]

    @torch.no_grad()
    def exchange(self, images: Tensor) -> Tensor:
        """Return as many images, each new or, by even odds, an older one whose place it takes.

        Args:
            images: `[N, C, S, S]`, newly generated.
        """
        given = images.detach().clone()
        self.images = self.images.to(given.device)
        for place in range(len(given) if self.size else 0):
            if self.count < self.size:
                self.images[self.count] = given[place]
                self.count += 1
            elif torch.rand(()) < 0.5:
                slot = int(torch.randint(self.size, ()))
                older = self.images[slot].clone()
                self.images[slot] = given[place]
                given[place] = older
        return given


def add_pools(trainer: Trainer, checkpoint: dict[str, Any]) -> None:
    """Add to a checkpoint the pools of all devices; its weights hold those of the first.

    Args:
        trainer: Trainer of the run; all of its processes must call this.
        checkpoint: Content to be written, with the model's weights.
    """
    if trainer.world_size > 1:
        pools = {k: v for k, v in checkpoint["state_dict"].items() if k.endswith(EXTRA)}
        checkpoint[POOLS] = {name: of_all_ranks(trainer, pool) for name, pool in pools.items()}


def choose_pools(rank: int, checkpoint: dict[str, Any]) -> None:
    """Put the pools of a device among the weights of a checkpoint, before these are loaded.

    Args:
        rank: Rank of the device; one that the run did not have takes the pools of another.
        checkpoint: Content that was read.
    """
    for name, pools in checkpoint.get(POOLS, {}).items():
        checkpoint["state_dict"][name] = pools[rank % len(pools)]
