"""Generated images of the past, for the discriminator to see again (Shrivastava et al. 2017)."""

import torch
from torch import Tensor, nn


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
