"""FastGAN's generator: gated upsampling and skip-layer excitation (Liu et al. 2021)."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv_transpose2d, glu

from ganaug.networks.conditioning import without_labels
from ganaug.networks.sizes import channel_widths, doublings

POOLED_SIDE = 4  # of the map that the excitation reads


class FastGenerator(nn.Module):
    """Maps latents to images by gated upsampling, with class-conditional batch norm.

    Classes share all weights except the gains and biases of the normalizations. Unlike the paper's
    generator, it adds no noise to the maps, and has one excitation instead of several.

    Args:
        latent_dim: Length of the latents.
        width: Channels next to the image; doubled at every lower resolution, up to 8 x.
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes; 0 for an unconditional generator.

    Example:
        >>> generator = FastGenerator(latent_dim=8, width=4, channels=3, image_size=32)
        >>> generator(torch.randn(2, 8)).shape
        torch.Size([2, 3, 32, 32])
    """

    def __init__(
        self, *, latent_dim: int, width: int, channels: int, image_size: int, num_classes: int = 0
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = channel_widths(width, times + 1)[::-1]
        self.coarse = nn.ConvTranspose2d(latent_dim, 2 * widths[0], side, bias=False)
        self.norm = ClassNorm(2 * widths[0], num_classes)
        self.stages = nn.ModuleList(
            GatedDoubling(coarse, fine, num_classes) for coarse, fine in pairwise(widths)
        )
        self.excitation = Excitation(widths[1], widths[-1])
        self.to_image = nn.Conv2d(widths[-1], channels, 3, padding=1)

    def forward(self, latents: Tensor, *condition: Tensor) -> Tensor:
        """Map latents `[N, latent_dim]` to images `[N, C, S, S]` in [-1, 1]."""
        # Contiguous rather than channels_last: batch norm on a CPU is then three times faster.
        features = glu(self.norm(self.coarse(latents[:, :, None, None]), *condition), dim=1)
        early = features = self.stages[0](features, *condition)
        for stage in self.stages[1:]:
            features = stage(features, *condition)
        return self.to_image(self.excitation(early, features)).tanh().float()


class GatedDoubling(nn.Module):
    """Doubles a map: nearest-neighbor upsampling, convolution, normalization, gated linear unit.

    Args:
        in_channels: Channels of the coarse map.
        out_channels: Channels of the fine map.
        num_classes: Classes; 0 for none.
    """

    sums: Tensor

    def __init__(self, in_channels: int, out_channels: int, num_classes: int) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(in_channels, 2 * out_channels, 3, padding=1, bias=False)
        self.register_buffer("sums", sums_of_weights(), persistent=False)
        self.norm = ClassNorm(2 * out_channels, num_classes)

    def forward(self, features: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, in_channels, H, W]` to `[N, out_channels, 2 H, 2 W]`."""
        features = doubled(features, self.convolution.weight, self.sums)
        return glu(self.norm(features, *condition), dim=1)


def doubled(features: Tensor, weight: Tensor, sums: Tensor) -> Tensor:
    """Upsample a map by nearest neighbor and convolve it with 3x3 weights, padded by one.

    In the upsampled map, two of three positions under a 3x3 kernel hold the same value, so a
    transposed convolution of the small map with 4x4 weights gives the same result with four
    products instead of nine.

    Args:
        features: `[N, C, H, W]`.
        weight: `[D, C, 3, 3]`.
        sums: `sums_of_weights()`.

    Returns:
        `[N, D, 2 H, 2 W]`.
    """
    # One matrix product: summing slices of the weights took longer than the convolution.
    kernel = (weight.flatten(2) @ sums).unflatten(2, (4, 4)).transpose(0, 1)
    return conv_transpose2d(features, kernel.to(features.dtype), stride=2, padding=1)


def sums_of_weights() -> Tensor:
    """Return the matrix `[9, 16]` that maps 3x3 weights to the 4x4 weights of `doubled`."""
    rows = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])
    return torch.kron(rows, rows).T.contiguous()


class Excitation(nn.Module):
    """Scales the channels of a fine map by a coarse map, which gives gradients a short path.

    Args:
        coarse: Channels of the coarse map.
        fine: Channels of the fine map.
    """

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(coarse, fine, POOLED_SIDE), nn.SiLU(), nn.Conv2d(fine, fine, 1), nn.Sigmoid()
        )

    def forward(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """Map `[N, coarse, h, w]` and `[N, fine, H, W]` to `[N, fine, H, W]`."""
        return fine * self.layers(adaptive_avg_pool2d(coarse, POOLED_SIDE))


class ClassNorm(nn.Module):
    """Batch norm with a gain and bias per class (Dumoulin et al. 2017).

    Args:
        channels: Channels.
        num_classes: Classes; 0 for a single gain and bias.
    """

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=not num_classes)
        self.gain = nn.Embedding(num_classes, channels) if num_classes else None
        self.bias = nn.Embedding(num_classes, channels) if num_classes else None
        if self.gain is not None and self.bias is not None:
            nn.init.ones_(self.gain.weight)
            nn.init.zeros_(self.bias.weight)

    def forward(self, features: Tensor, *condition: Tensor) -> Tensor:
        """Map `[N, channels, H, W]` and, when conditional, labels `[N]` to the same shape."""
        features = self.norm(features)
        if self.gain is None or self.bias is None:
            return without_labels(features, condition)
        (labels,) = condition
        gain, bias = (embedding(labels)[:, :, None, None] for embedding in (self.gain, self.bias))
        return features * gain.to(features.dtype) + bias.to(features.dtype)
