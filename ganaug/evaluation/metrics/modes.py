"""Modes: which clusters of real images the synthetic ones cover, and in what proportions."""

import math
import warnings
from collections.abc import Mapping

import numpy as np
import torch
from scipy.cluster.vq import kmeans2, vq
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import MATCHED, Measured, Metric, Output, add_metric
from ganaug.evaluation.metrics.resampling import Z, standard_errors

MOST, PER_MODE = 100, 20
LEAST = 2 * PER_MODE


class Modes:
    """Clusters of real features by k-means, one for every 20 images and at most 100.

    Args:
        real: `[N, D]` features of real images, at least 40.
    """

    def __init__(self, real: Tensor) -> None:
        count = max(2, min(MOST, len(real) // PER_MODE))
        # Identical features can leave clusters empty; `filled` excludes those.
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", UserWarning)
            self.centers, self.of_real = kmeans2(real.numpy(), count, minit="++", seed=0)
        self.filled = np.bincount(self.of_real, minlength=count) > 0

    def clusters_of(self, features: Tensor) -> np.ndarray:
        """Return the cluster `[M]` of each image."""
        return vq(features.numpy(), self.centers)[0]

    def shares(self, real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
        """Compare how real and synthetic images are distributed over the clusters.

        Args:
            real: Cluster of each real image.
            fake: Cluster of each synthetic image.

        Returns:
            The share of clusters with a synthetic image, and the share of clusters in which
            synthetic images are significantly more or less frequent than real ones, which is 5% by
            chance alone (Richardson & Weiss 2018).
        """
        real_counts, fake_counts = (
            np.bincount(clusters, minlength=len(self.centers))[self.filled]
            for clusters in (real, fake)
        )
        pooled = (real_counts + fake_counts) / (len(real) + len(fake))
        error = np.sqrt(pooled * (1 - pooled) * (1 / len(real) + 1 / len(fake)))
        difference = np.abs(real_counts / len(real) - fake_counts / len(fake))
        return float((fake_counts > 0).mean()), float((difference > Z * error).mean())


def effective_number(counts: Mapping[str, int]) -> float:
    """Return the effective number of classes: the exponential of the entropy of their shares.

    It is 10 for ten classes of equal size, and 1 for a single class.
    """
    total = sum(counts.values())
    shares = [count / total for count in counts.values() if count]
    return math.exp(-sum(share * math.log(share) for share in shares))


def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure the shares of clusters that are covered, and that have the wrong frequency.

    Standard errors treat the clusters as fixed.
    """
    modes = Modes(real.features)
    assignments = (
        torch.from_numpy(modes.of_real),
        torch.from_numpy(modes.clusters_of(fake.features)),
    )

    def part(r: Tensor, f: Tensor) -> tuple[float, float]:
        return modes.shares(assignments[0][r].numpy(), assignments[1][f].numpy())

    shares = modes.shares(*(assignment.numpy() for assignment in assignments))
    return Measured(
        [(share, None) for share in shares], lambda: standard_errors(part, len(real), len(fake))
    )


add_metric(
    Metric(
        "modes",
        (
            Output("modes_covered", "modes covered", "share of kinds of images shown", "higher"),
            Output("modes_off", "modes off", "kinds too rare or frequent; 5%: chance", "lower"),
        ),
        measure,
        least=LEAST,
        matched=MATCHED,
        built_in=True,
    )
)
