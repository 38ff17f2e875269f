"""MemorizationDetector: finds copies of training images, calibrated on held-out real images."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from scipy.stats import mannwhitneyu
from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.networks import MapNetwork, read_maps
from ganaug.evaluation.features.trust import weakness
from ganaug.evaluation.memorization.result import LEVEL, Memorization
from ganaug.evaluation.memorization.search import NearestSearch
from ganaug.utils.errors import UsageError

LEAST_HELD_OUT = 20
# A copy is much closer to one training image than to the next few. With distances in units of the
# mean distance to the next five, held-out digits of classes of 20 counted as copies hardly more
# often than those of classes of 1,000 (1.1% and 0.8%). In units of the training image's
# neighborhood, fewer planted copies were found, and any image near an unusual photograph counted
# as its copy.
NEIGHBORS = 5


@dataclass(frozen=True)
class Nearest:
    """The nearest training image of each image.

    Attributes:
        positions: `[N]` indices of the nearest training images.
        gaps: `[N]` distances to them.
        distances: `[N]` gaps in units of the image's mean distance to the next five training images
            (Carlini et al. 2023), which makes dense and sparse regions, common and rare classes
            comparable: 0 for a copy, near 1 for an image that is no closer to one training image
            than to the next.
    """

    positions: Tensor
    gaps: Tensor
    distances: Tensor


@dataclass(frozen=True)
class Pair:
    """An image and its nearest training image.

    Attributes:
        synthetic: File of the image.
        training: File of the training image.
        distance: Distance between them, as in `Nearest.distances`.
        copy: Whether the image counts as a copy.
    """

    synthetic: str
    training: str
    distance: float
    copy: bool


class MemorizationDetector:
    """Finds the nearest training image of each image, by the feature maps of a network.

    Maps preserve positions in the picture, unlike a classifier's last features. Digits with a
    little noise were always recognized as copies by maps, and never by last features.

    Args:
        network: A network in evaluation mode: a domain network, or for photographs an ImageNet
            network, which finds far more shifted, cropped or darkened copies.
        train: `[T, C, S, S]` uint8 training images, more than five.
        held_out: `[H, C, S, S]` uint8 real images that nothing was trained on, 20 or more.
        mirrored: Whether mirror images of training images count as copies. If training mirrors
            images, a generator that memorizes an image generates both versions.
        keep: Whether to cache the results for the held-out images.

    Attributes:
        held_out: The nearest training images of the held-out images.
        threshold: Distance below which an image counts as a copy.

    Raises:
        UsageError: There are too few images.
    """

    def __init__(
        self,
        network: MapNetwork,
        *,
        train: Tensor,
        held_out: Tensor,
        mirrored: bool = False,
        keep: bool = False,
    ) -> None:
        if len(train) <= NEIGHBORS or len(held_out) < LEAST_HELD_OUT:
            raise UsageError(
                f"finding copies takes more than {NEIGHBORS} training images and "
                f"{LEAST_HELD_OUT} held-out ones, got {len(train)} and {len(held_out)}"
            )
        self.network, self.mirrored = network, mirrored
        self.search = NearestSearch(read_maps(network, train))
        self.held_out = self._cached_held_out(train, held_out) if keep else self.look_up(held_out)
        self.threshold = float(self.held_out.distances.quantile(LEVEL))

    def look_up(self, images: Tensor) -> Nearest:
        """Find the nearest training image of each image.

        If `mirrored`, the closer of an image and its mirror image counts.

        Args:
            images: `[N, C, S, S]` uint8, or float in [-1, 1].
        """
        return self.find(self.maps(images))

    def maps(self, images: Tensor) -> list[Tensor]:
        """Read the maps `[N, D]` of images and, if `mirrored`, of their mirror images."""
        mirrored = [images.flip(3)] if self.mirrored else []
        return [read_maps(self.network, batch) for batch in (images, *mirrored)]

    def find(self, maps: Sequence[Tensor]) -> Nearest:
        """Find the nearest training image of each image from the output of `maps`."""
        nearest, *mirrored_results = map(self._find, maps)
        if not mirrored_results:
            return nearest
        (mirrored,) = mirrored_results
        nearer = mirrored.distances < nearest.distances
        pairs = zip(vars(mirrored).values(), vars(nearest).values(), strict=True)
        return Nearest(*(torch.where(nearer, *pair) for pair in pairs))

    def _find(self, maps: Tensor) -> Nearest:
        positions, distances = self.search.nearest(maps, NEIGHBORS + 1)
        gaps = distances[:, 0]
        return Nearest(positions[:, 0], gaps, gaps / _spreads(distances))

    def remoteness(self, nearest: Nearest) -> Tensor:
        """Return gaps `[N]` in units of the training image's mean distance to its next five.

        Images unlike any real one have a large remoteness, while their `distances` are near 1.
        """
        unique_positions, inverse = nearest.positions.unique(return_inverse=True)
        neighbor_distances = self.search.nearest(
            self.search.known[unique_positions], NEIGHBORS + 1
        ).distances
        return nearest.gaps / _spreads(neighbor_distances)[inverse]

    def is_copy(self, distances: Tensor) -> Tensor:
        """Return whether each distance is below the threshold of a copy."""
        return distances < self.threshold

    def judge(self, images: Tensor) -> Memorization:
        """Compare images with the held-out ones."""
        return self.compare(self.look_up(images).distances, self.held_out.distances)

    def compare(self, distances: Tensor, held_out: Tensor) -> Memorization:
        """Compare the distances `[N]` of images with those of held-out images `[H]`."""
        test = mannwhitneyu(held_out.numpy(), distances.numpy(), alternative="greater")
        pairs = len(distances) * len(held_out)
        return Memorization(
            copies=float(self.is_copy(distances).double().mean()),
            nearer=float(test.statistic) / pairs,
            p_value=float(test.pvalue),
            threshold=self.threshold,
            features=self.network.name,
            n=len(distances),
            n_held_out=len(held_out),
            weak_features=weakness(self.network),
        )

    def compare_by_class(
        self, distances: Tensor, labels: Tensor, held_out_labels: Tensor, names: Sequence[str]
    ) -> dict[str, Memorization]:
        """Compare the images of each class with its held-out images, if there are 20."""
        if len(names) < 2:
            return {}
        results = {}
        for label in labels.unique().tolist():
            held_out = self.held_out.distances[held_out_labels == label]
            if len(held_out) >= LEAST_HELD_OUT:
                results[names[label]] = self.compare(distances[labels == label], held_out)
        return results

    def percentiles(self, nearest: Nearest) -> dict[str, list[float]]:
        """Return percentiles 0 to 100 of the distances of images and of held-out images."""
        steps = torch.linspace(0, 1, 101, dtype=torch.float64)
        kinds = {"synthetic": nearest.distances, "held_out": self.held_out.distances}
        return {
            name: distances.double().quantile(steps).tolist() for name, distances in kinds.items()
        }

    def closest(
        self, nearest: Nearest, files: Sequence[str], training_files: Sequence[str], count: int
    ) -> list[Pair]:
        """Return the closest pairs, closest first; `files` are in the order of the images."""
        order = nearest.distances.argsort()[:count].tolist()
        return [
            Pair(
                synthetic=files[index],
                training=training_files[int(nearest.positions[index])],
                distance=float(nearest.distances[index]),
                copy=bool(self.is_copy(nearest.distances[index])),
            )
            for index in order
        ]

    def _cached_held_out(self, train: Tensor, held_out: Tensor) -> Nearest:
        """Return the nearest training images of the held-out images, from the cache if possible."""
        reader = cache.digest_of_network(self.network)
        images = [cache.digest_of_tensor(train), cache.digest_of_tensor(held_out)]
        key = [reader, NEIGHBORS, "exact", *images, *(["mirrored"] if self.mirrored else [])]
        return Nearest(**cache.kept("nearest", key, lambda: vars(self.look_up(held_out))))


def _spreads(distances: Tensor) -> Tensor:
    """Return mean distances to the next five, clamped since six duplicates have distance 0."""
    return distances[:, 1:].mean(dim=1).clamp_min(1e-6)
