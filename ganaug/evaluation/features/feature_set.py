"""Images as a feature network reads them: the synthetic ones, and the real ones beside them."""

from dataclasses import dataclass, replace

from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.networks import FeatureNetwork, read_features


@dataclass(frozen=True)
class FeatureSet:
    """A set of images in a network's features, read once for all that is measured on them.

    Attributes:
        features: `[N, D]` float64.
        logits: `[N, K]` float64.
        labels: `[N]` class indices.
        key: Names exactly these images read by exactly this network; None where they have no name.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor
    key: str | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, positions: Tensor) -> "FeatureSet":
        """Give some of the images."""
        return FeatureSet(self.features[positions], self.logits[positions], self.labels[positions])

    def of_class(self, label: int) -> "FeatureSet":
        """Give the images of a class."""
        own = self.at((self.labels == label).nonzero().flatten())
        return replace(own, key=self.key and f"{self.key} {label}")


@dataclass(frozen=True)
class FeaturePair:
    """All that figures are measured on.

    Attributes:
        network: What read the images.
        synthetic: The images to be judged.
        reference: Real images that nothing was trained on.
        train: Real training images.
    """

    network: FeatureNetwork
    synthetic: FeatureSet
    reference: FeatureSet
    train: FeatureSet

    def of_class(self, label: int) -> "FeaturePair":
        """Give the images of a class on each side."""
        own = (side.of_class(label) for side in (self.synthetic, self.reference, self.train))
        return FeaturePair(self.network, *own)


def describe(network: FeatureNetwork, images: Tensor, labels: Tensor) -> FeatureSet:
    """Read images once.

    Args:
        network: The feature network.
        images: `[N, channels, S, S]` uint8, or float in [-1, 1].
        labels: `[N]` class indices.
    """
    return FeatureSet(*read_features(network, images), labels)


def describe_real(network: FeatureNetwork, images: Tensor, labels: Tensor) -> FeatureSet:
    """Read real images, or take from the cache what the same network read in the same images.

    Args:
        network: The feature network; one without weights to tell it by is always asked anew.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices.
    """
    reader = cache.digest_of_network(network)
    if reader is None:
        return describe(network, images, labels)
    key = [reader, cache.digest(images)]
    found = cache.kept("features", key, lambda: _read(network, images))
    name = " ".join([*key, cache.digest(labels)])
    return FeatureSet(found["features"].double(), found["logits"].double(), labels, name)


def _read(network: FeatureNetwork, images: Tensor) -> dict[str, Tensor]:
    features, logits = read_features(network, images)
    # Networks compute in float32, so nothing is lost.
    return {"features": features.float(), "logits": logits.float()}
