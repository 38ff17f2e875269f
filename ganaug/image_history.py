"""Generated images of the past, for the discriminator to see again (Shrivastava et al. 2017)."""

import torch
from torch import Tensor, nn


class ImageHistory(nn.Module):
    """Holds the last generated images, a part of the checkpoint.

    A discriminator that only sees the newest images forgets what the generator did before, and
    the two may go round in circles.

    Args:
        size: How many images are held; 0 hands every image straight back.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
    """

    images: Tensor
    count: Tensor

    def __init__(self, size: int, *, channels: int, image_size: int) -> None:
        super().__init__()
        self.size = size
        self.register_buffer("images", torch.zeros(size, channels, image_size, image_size))
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    @torch.no_grad()
    def exchange(self, images: Tensor) -> Tensor:
        """Return as many images, each new or, by even odds, an older one whose place it takes.

        Args:
            images: `[N, C, S, S]`, newly generated.
        """
        given = images.detach().clone()
        for place in range(len(given) if self.size else 0):
            held = int(self.count)
            if held < self.size:
                self.images[held] = given[place]
                self.count += 1
            elif torch.rand(()) < 0.5:
                slot = int(torch.randint(self.size, ()))
                older = self.images[slot].clone()
                self.images[slot] = given[place]
                given[place] = older
        return given
