"""Feature networks, which turn images into the features that metrics are measured on."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float, to_uint8

LABELS, ROTATIONS = "domain-labels", "domain-rotations"


# On a CPU, memory for larger maps is returned to the operating system after each layer and has to
# be cleared again: EfficientNet-Lite2 took 2.5 times as long per image in passes of 250 images of
# 128 px as in passes of 25.
PIXELS_IN_A_PASS, MOST_IMAGES = 25 * 128**2, 250


class FeatureNetwork(Protocol):
    """The interface of a feature network.

    Attributes:
        name: Shown next to every value that was measured with it.
        num_features: Length of a feature vector.
        logits_mean_classes: Whether logits stand for classes, so that an Inception Score is
            meaningful.
        report: How its training on the user's images went; None if it was trained elsewhere.
    """

    name: str
    num_features: int
    logits_mean_classes: bool
    report: "TrainingReport | None"

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features `[N, num_features]` and logits of `[N, channels, S, S]` in [-1, 1]."""
        ...


@runtime_checkable
class MapNetwork(Protocol):
    """The interface of a network for finding copies: its feature maps preserve positions.

    Attributes:
        name: Shown next to the results on copies.
        report: How its training on the user's images went; None if it was trained elsewhere.
    """

    name: str
    report: "TrainingReport | None"

    def maps(self, images: Tensor) -> Tensor:
        """Return flat feature maps `[N, D]` of images `[N, channels, S, S]` in [-1, 1]."""
        ...


@dataclass(frozen=True)
class TrainingReport:
    """Report of the training of a domain network.

    Attributes:
        held_out_accuracy: Accuracy on held-out images, of the copies of the network in a
            cross-validation, or else of the network; the latter is slightly too high, since the
            same images choose the epoch.
        chance: Accuracy on these images of always predicting their most frequent class.
        epochs: Passes through the training images.
        num_images: Number of images, including held-out ones.
        held_out: Number of held-out images; a tenth by default.
        units: Number of independent held-out units: groups if there are any, or else images.
    """

    held_out_accuracy: float
    chance: float
    epochs: int
    num_images: int
    held_out: int = 0
    units: int = 0

    def __post_init__(self) -> None:
        held_out = self.held_out or max(1, self.num_images // 10)
        object.__setattr__(self, "held_out", held_out)
        object.__setattr__(self, "units", self.units or held_out)

    @property
    def beats_chance(self) -> bool:
        """Whether the held-out accuracy exceeds chance by two standard errors."""
        error = math.sqrt(self.chance * (1 - self.chance) / self.units)
        return self.held_out_accuracy > self.chance + 2 * error


def learned_too_little(report: TrainingReport | None) -> str:
    """Return a note if a network is no better than chance; empty otherwise, or if unknown."""
    if report is None or report.beats_chance:
        return ""
    return (
        f"learned too little from {report.num_images} images, or too few were held out to tell: it "
        f"classifies {report.held_out_accuracy:.0%} of {report.held_out} held-out images "
        f"correctly, where chance gives {report.chance:.0%}"
    )


class DomainNetwork(nn.Module):
    """A small convolutional classifier of the user's own images.

    Inception's features were learned on color photographs. A network trained on the user's domain
    learns what matters there and is a few thousand times cheaper. Strided blocks halve the image
    down to a few pixels, so any size from 16 to 256 works.

    Args:
        channels: 1 or 3.
        num_outputs: Number of classes, or of rotations.
        image_size: From 16 to 256.
        width: Channels of the first block; each further block doubles them up to four times this.
        name: `domain-labels` or `domain-rotations`.
        class_names: Names of the classes; empty for rotations.

    Raises:
        UsageError: The image size or the number of channels is out of range.
    """

    num_features = 64

    def __init__(
        self,
        channels: int,
        num_outputs: int,
        image_size: int,
        *,
        width: int = 32,
        name: str = LABELS,
        class_names: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        if reason := unfit(image_size, channels):
            raise UsageError(f"{reason}.")
        self.name = name
        self.report: TrainingReport | None = None
        self.class_names = class_names
        self.logits_mean_classes = name == LABELS
        blocks: list[nn.Module] = []
        in_channels, out_channels, size = channels, width, image_size
        while size > 7 or len(blocks) < 3:
            kernel = 5 if not blocks else 3
            blocks.append(_block(in_channels, out_channels, kernel))
            in_channels, out_channels, size = (
                out_channels,
                min(2 * out_channels, 4 * width),
                (size + 1) // 2,
            )
        self.trunk = nn.Sequential(*blocks)
        self.neck = nn.Sequential(
            nn.Linear(in_channels, self.num_features, bias=False),
            nn.BatchNorm1d(self.num_features),
            nn.ReLU(),
        )
        self.head = nn.Linear(self.num_features, num_outputs)

    def maps(self, images: Tensor) -> Tensor:
        """Return flat last feature maps `[N, D]` of images `[N, channels, S, S]` in [-1, 1]."""
        return self.trunk(images).flatten(1)

    def features(self, images: Tensor) -> Tensor:
        """Return penultimate features `[N, 64]` of images `[N, channels, S, S]` in [-1, 1]."""
        return self.neck(self.trunk(images).mean(dim=(2, 3)))

    @torch.no_grad()
    def classify(self, images: Tensor) -> Tensor:
        """Classify images; see `ganaug.protocols.Classifier`."""
        return self.logits(images).float().softmax(dim=1)

    def logits(self, images: Tensor) -> Tensor:
        """Return logits `[N, num_outputs]` of images `[N, channels, S, S]` in [-1, 1]."""
        return self.head(self.features(images))

    def features_and_logits(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return features and logits from a single pass."""
        features = self.features(images)
        return features, self.head(features)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits."""
        return self.logits(images)


def _block(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride=2, padding=kernel // 2, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU(),
    )


def unfit(image_size: int, channels: int) -> str:
    """Return why a domain network can't read images of this shape; empty if it can."""
    if channels not in (1, 3):
        return f"images have {channels} channels; the domain network takes 1 or 3"
    if not 16 <= image_size <= 256:
        return f"images of {image_size} px; the domain network takes sizes from 16 to 256"
    return ""


@torch.no_grad()
def read_features(
    network: FeatureNetwork, images: Tensor, batch_size: int | None = None
) -> tuple[Tensor, Tensor]:
    """Read all images through a feature network, a batch at a time.

    Args:
        network: The feature network, in evaluation mode.
        images: `[N, channels, S, S]`; uint8, or float in [-1, 1], which is first rounded to uint8
            so that images score the same before and after writing.
        batch_size: Images in a pass; by default it depends on their size.

    Returns:
        Features `[N, num_features]` and logits, on the CPU and in float64, since squares and
        differences of large sums lose too much precision in float32.
    """
    features, logits = [], []
    for batch in _batches(network, images, batch_size):
        batch_features, batch_logits = network.features_and_logits(batch)
        features.append(batch_features.cpu().double())
        logits.append(batch_logits.cpu().double())
    return torch.cat(features), torch.cat(logits)


@torch.no_grad()
def read_maps(network: MapNetwork, images: Tensor, batch_size: int | None = None) -> Tensor:
    """Read the maps `[N, D]` of all images, float32 on the CPU; see `read_features`."""
    batches = _batches(network, images, batch_size)
    return torch.cat([network.maps(batch).cpu() for batch in batches])


def images_in_a_pass(side: int, device: torch.device) -> int:
    """Return how many images of this side, in pixels, to read in a pass.

    Example:
        >>> images_in_a_pass(128, torch.device("cpu")), images_in_a_pass(192, torch.device("cpu"))
        (25, 11)
    """
    if device.type != "cpu":
        return MOST_IMAGES
    return max(1, min(PIXELS_IN_A_PASS // side**2, MOST_IMAGES))


def _batches(
    network: FeatureNetwork | MapNetwork, images: Tensor, batch_size: int | None
) -> Iterator[Tensor]:
    device = device_of(network)
    if batch_size is None:
        # A network that resizes images has a `side`.
        batch_size = images_in_a_pass(getattr(network, "side", images.shape[-1]), device)
    for batch in images.split(batch_size):
        pixels = batch.to(device)
        if pixels.dtype != torch.uint8:
            pixels = to_uint8(pixels)
        yield to_float(pixels).contiguous(memory_format=torch.channels_last)
