"""The Laplacian pyramid, and the networks of its levels (Denton et al. 2015)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, interpolate

from ganaug.networks.conditioning import ClassPlane
from ganaug.networks.initialization import initialize


def coarser(images: Tensor) -> Tensor:
    """Halve images `[N, C, S, S]` by averaging 2 x 2 pixels."""
    return avg_pool2d(images, 2)


def upsampled(images: Tensor) -> Tensor:
    """Double images `[N, C, S, S]` by smooth interpolation."""
    return interpolate(images, scale_factor=2, mode="bilinear", align_corners=False)


def pyramid_of(images: Tensor, levels: int) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
    """Split images into coarse images and the residual of each level.

    Args:
        images: `[N, C, S, S]`, S divisible by 2 to the power of `levels`.
        levels: Number of halvings.

    Returns:
        The coarse images, and for each level, coarsest first, the residual and the upsampled
        coarser images to which it is added. `upsampled + residual` is the finer image.
    """
    steps = []
    for _ in range(levels):
        small = coarser(images)
        base = upsampled(small)
        steps.append((images - base, base))
        images = small
    return images, steps[::-1]


class ResidualGenerator(nn.Module):
    """Maps upsampled coarse images and a plane of noise to the residual of the finer images.

    Args:
        image_size: Side of the finer images in pixels.
        channels: Channels of the images.
        width: Channels of the hidden layers.
        num_classes: Classes; 0 for an unconditional generator.
    """

    def __init__(self, *, image_size: int, channels: int, width: int, num_classes: int = 0) -> None:
        super().__init__()
        self.plane = (1, image_size, image_size)
        self.latent_dim = image_size**2
        # The class is another, learned plane (Denton et al. 2015, sec. 3.2).
        self.class_plane = ClassPlane(num_classes=num_classes, image_size=image_size)
        planes = channels + 1 + self.class_plane.channels
        self.layers = nn.Sequential(
            nn.Conv2d(planes, width, 5, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, width, 5, padding=2, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.Conv2d(width, channels, 5, padding=2),
        )
        initialize(self)

    def forward(self, latents: Tensor, coarse: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, S * S]` and upsampled images `[N, C, S, S]` to residuals."""
        noise = latents.unflatten(1, self.plane).to(coarse.dtype)
        planes = self.class_plane(torch.cat([coarse, noise], dim=1), *condition)
        return self.layers(planes.contiguous(memory_format=torch.channels_last)).float()
