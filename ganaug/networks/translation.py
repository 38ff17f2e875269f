"""Networks of image translation: a generator, and a patch discriminator (Zhu et al. 2017)."""

import torch
from torch import Tensor, nn

from ganaug.networks.initialization import initialize
from ganaug.utils.errors import UsageError

# Two halvings followed by two doublings must restore the size.
STEP = 4


class TranslationGenerator(nn.Module):
    """Maps images to images: two halvings, residual blocks, two doublings (Johnson et al. 2016).

    Args:
        channels: Channels of the images.
        image_size: Side of the images in pixels, a multiple of 4.
        width: Channels next to the image; doubled at each halving.
        blocks: Residual blocks in the middle.

    Raises:
        UsageError: The image size isn't a multiple of 4.
    """

    def __init__(self, *, channels: int, image_size: int, width: int, blocks: int) -> None:
        super().__init__()
        if image_size % STEP:
            below = image_size - image_size % STEP
            raise UsageError(
                f"image_size {image_size} is no multiple of {STEP}, which halving twice needs; "
                f"the nearest that are: {max(below, STEP)} and {below + STEP}"
            )
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(channels, width, 7)]
        layers += _norm_and_activation(width)
        for inside in (width, 2 * width):
            layers.append(nn.Conv2d(inside, 2 * inside, 3, stride=2, padding=1))
            layers += _norm_and_activation(2 * inside)
        layers += [ResidualBlock(4 * width) for _ in range(blocks)]
        for inside in (4 * width, 2 * width):
            up = nn.ConvTranspose2d(inside, inside // 2, 3, stride=2, padding=1, output_padding=1)
            layers += [up, *_norm_and_activation(inside // 2)]
        self.layers = nn.Sequential(*layers, nn.ReflectionPad2d(3), nn.Conv2d(width, channels, 7))
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to images of the same shape in [-1, 1]."""
        images = images.contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.layers(images).float())


class ResidualBlock(nn.Module):
    """Two convolutions with a skip connection.

    Args:
        width: Channels.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            *_norm_and_activation(width),
            nn.ReflectionPad2d(1),
            nn.Conv2d(width, width, 3),
            nn.InstanceNorm2d(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, width, H, W]` to the same shape."""
        return features + self.layers(features)


class PatchDiscriminator(nn.Module):
    """Maps images to a logit for each patch (Isola et al. 2017).

    Args:
        channels: Channels of the images.
        width: Channels of the first layer; doubled at each halving.
        halvings: Strided layers; patches have 16 pixels with 1, 34 with 2 and 70 with 3.
    """

    def __init__(self, *, channels: int, width: int, halvings: int) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, stride=2, padding=1)]
        layers.append(nn.LeakyReLU(0.2))
        inside = width
        for number in range(1, halvings + 1):
            outside = width * min(2**number, 8)
            stride = 2 if number < halvings else 1
            layers.append(nn.Conv2d(inside, outside, 4, stride=stride, padding=1))
            layers += [nn.InstanceNorm2d(outside), nn.LeakyReLU(0.2)]
            inside = outside
        self.layers = nn.Sequential(*layers, nn.Conv2d(inside, 1, 4, padding=1))
        initialize(self)

    def forward(self, images: Tensor) -> Tensor:
        """Map images `[N, C, S, S]` to logits `[N, patches]`."""
        return self.layers(images.contiguous(memory_format=torch.channels_last)).flatten(1)


def _norm_and_activation(width: int) -> list[nn.Module]:
    return [nn.InstanceNorm2d(width), nn.ReLU()]
