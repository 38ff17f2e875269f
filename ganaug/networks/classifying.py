"""A classifier for few labels, with noise, dropout, and features for feature matching."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from ganaug.networks.sizes import channel_widths, doublings


class FeatureClassifier(nn.Module):
    """Maps images to class logits and the features before them (Salimans et al. 2016).

    Two convolutions for each halving, then a fully connected layer of features. There is no batch
    norm, since generated images would shift its statistics.

    Args:
        channels: Channels of the images.
        image_size: Side of the images in pixels.
        num_classes: Classes.
        width: Channels of the layers next to the image; doubled at every halving, up to 8 x.
        features: Length of the features.
        noise: Standard deviation of the noise added to the images in training.
        dropout: Fraction of the channels dropped after each halving in training.
    """

    def __init__(
        self,
        *,
        channels: int,
        image_size: int,
        num_classes: int,
        width: int,
        features: int,
        noise: float,
        dropout: float,
    ) -> None:
        super().__init__()
        side, times = doublings(image_size)
        widths = [channels, *channel_widths(width, times)]
        layers: list[nn.Module] = [GaussianNoise(noise)]
        for outer, inner in pairwise(widths):
            layers += [nn.Conv2d(outer, inner, 4, stride=2, padding=1), nn.LeakyReLU(0.2)]
            layers += [nn.Conv2d(inner, inner, 3, padding=1), nn.LeakyReLU(0.2)]
            # Neighboring pixels are alike, so dropping single values would have little effect.
            layers.append(nn.Dropout2d(dropout))
        layers += [nn.Flatten(), nn.Linear(widths[-1] * side**2, features), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.class_logits = nn.Linear(features, num_classes)
        for module in self.layers:
            if isinstance(module, nn.Conv2d | nn.Linear):
                # Without batch norm, torch's default weights would shrink the variance per layer.
                nn.init.kaiming_normal_(module.weight, a=0.2)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map images `[N, C, S, S]` to class logits `[N, K]` and features `[N, features]`."""
        features = self.layers(images.contiguous(memory_format=torch.channels_last))
        return self.class_logits(features), features


class GaussianNoise(nn.Module):
    """Adds noise in training; the identity in evaluation.

    Args:
        deviation: Standard deviation.
    """

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, with noise added in training."""
        return values + self.deviation * torch.randn_like(values) if self.training else values
