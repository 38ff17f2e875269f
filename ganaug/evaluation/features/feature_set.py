"""Features of synthetic and real images, read by a feature network."""

from dataclasses import dataclass, replace

from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.networks import FeatureNetwork, read_features


@dataclass(frozen=True)
class FeatureSet:
    """The features of a set of images, read once for all metrics.

    Attributes:
        features: `[N, D]` float64.
        logits: `[N, K]` float64.
        labels: `[N]` class indices.
        key: Cache key of these images and the network that read them; None without one.
    """

    features: Tensor
    logits: Tensor
    labels: Tensor
    key: str | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, positions: Tensor) -> "FeatureSet":
        """Return the images at these positions."""
        return FeatureSet(self.features[positions], self.logits[positions], self.labels[positions])

    def of_class(self, label: int) -> "FeatureSet":
        """Return the images of a class."""
        members = self.at((self.labels == label).nonzero().flatten())
        return replace(members, key=self.key and f"{self.key} {label}")


@dataclass(frozen=True)
class FeaturePair:
    """The synthetic and real images that metrics are measured on.

    Attributes:
        network: The network that read the images.
        synthetic: The synthetic images.
        reference: Real images that nothing was trained on.
        train: Real training images.
    """

    network: FeatureNetwork
    synthetic: FeatureSet
    reference: FeatureSet
    train: FeatureSet

    def of_class(self, label: int) -> "FeaturePair":
        """Return the images of a class from each set."""
        sets = (
            feature_set.of_class(label)
            for feature_set in (self.synthetic, self.reference, self.train)
        )
        return FeaturePair(self.network, *sets)


def describe(network: FeatureNetwork, images: Tensor, labels: Tensor) -> FeatureSet:
    """Read the features of images.

    Args:
        network: The feature network.
        images: `[N, channels, S, S]` uint8, or float in [-1, 1].
        labels: `[N]` class indices.
    """
    return FeatureSet(*read_features(network, images), labels)


def describe_real(network: FeatureNetwork, images: Tensor, labels: Tensor) -> FeatureSet:
    """Return the features of real images, from the cache if the network has read them before.

    Args:
        network: The feature network; nothing is cached for one without weights.
        images: `[N, channels, S, S]` uint8.
        labels: `[N]` class indices.
    """
    reader = cache.digest_of_network(network)
    if reader is None:
        return describe(network, images, labels)
    key = [reader, cache.digest_of_tensor(images)]
    content = cache.kept("features", key, lambda: _read(network, images))
    name = " ".join([*key, cache.digest_of_tensor(labels)])
    return FeatureSet(content["features"].double(), content["logits"].double(), labels, name)


def _read(network: FeatureNetwork, images: Tensor) -> dict[str, Tensor]:
    features, logits = read_features(network, images)
    # Networks compute in float32, so storing float32 loses nothing.
    return {"features": features.float(), "logits": logits.float()}
