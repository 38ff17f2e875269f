"""A classifier for few labels: noise and dropout on the way, features to be matched at the end."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from ganaug.networks.convolutional import ConvolutionalTrunk


class FeatureClassifier(nn.Module):
    """Images to class logits, and to the features that lead to them (Salimans et al. 2016).

    Args:
        num_classes: Classes.
        features: Length of the features.
        noise: Standard deviation of the noise that training lays on the features; 0.6 of it lies
            on the images.
        trunk: The settings of `ConvolutionalTrunk`.
    """

    def __init__(self, *, num_classes: int, features: int, noise: float, **trunk: Any) -> None:
        super().__init__()
        self.pixel_noise = GaussianNoise(0.6 * noise)
        self.trunk = ConvolutionalTrunk(batch_norm=False, **trunk)
        self.neck = nn.Linear(self.trunk.out_features, features)
        self.feature_noise = GaussianNoise(noise)
        self.class_logits = nn.Linear(features, num_classes)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Map images `[N, C, S, S]` to class logits `[N, K]` and features `[N, features]`."""
        features = leaky_relu(self.neck(self.trunk(self.pixel_noise(images))), 0.2)
        return self.class_logits(self.feature_noise(features)), features


class GaussianNoise(nn.Module):
    """Adds noise in training, and nothing in evaluation.

    Args:
        deviation: Standard deviation.
    """

    def __init__(self, deviation: float) -> None:
        super().__init__()
        self.deviation = deviation

    def forward(self, values: Tensor) -> Tensor:
        """Return the values, changed in training."""
        return values + self.deviation * torch.randn_like(values) if self.training else values
