"""Modes: how many kinds of real image the synthetic ones show, and whether as often."""

import math
import warnings
from collections.abc import Mapping

import numpy as np
from scipy.cluster.vq import kmeans2, vq
from torch import Tensor

from ganaug.evaluation.metrics.resampling import Z

MOST, PER_MODE = 100, 20
LEAST = 2 * PER_MODE


class Modes:
    """The clusters of real features, one for 20 images and 100 at most, by k-means.

    Args:
        real: `[N, D]` features of real images, at least 40.
    """

    def __init__(self, real: Tensor) -> None:
        count = max(2, min(MOST, len(real) // PER_MODE))
        # Of features with many ties some clusters stay empty; they count for nothing below.
        with warnings.catch_warnings(), np.errstate(invalid="ignore"):
            warnings.simplefilter("ignore", UserWarning)
            self.centres, self.of_real = kmeans2(real.numpy(), count, minit="++", seed=0)
        self.filled = np.bincount(self.of_real, minlength=count) > 0

    def places(self, features: Tensor) -> np.ndarray:
        """Return the cluster `[M]` that each image lies in."""
        return vq(features.numpy(), self.centres)[0]

    def shares(self, real: np.ndarray, fake: np.ndarray) -> tuple[float, float]:
        """Compare what lies where.

        Args:
            real: Clusters of real images.
            fake: Clusters of synthetic images.

        Returns:
            Share of the clusters with a synthetic image in them, and share of those that hold
            significantly more or fewer synthetic images than real ones: 5% by chance alone
            (Richardson & Weiss 2018).
        """
        real_counts, fake_counts = (
            np.bincount(places, minlength=len(self.centres))[self.filled] for places in (real, fake)
        )
        pooled = (real_counts + fake_counts) / (len(real) + len(fake))
        error = np.sqrt(pooled * (1 - pooled) * (1 / len(real) + 1 / len(fake)))
        difference = np.abs(real_counts / len(real) - fake_counts / len(fake))
        return float((fake_counts > 0).mean()), float((difference > Z * error).mean())


def effective_number(counts: Mapping[str, int]) -> float:
    """Say how many classes would be as evenly filled as these are: exp of the entropy.

    All of ten classes equally often make 10, one class alone 1.
    """
    total = sum(counts.values())
    shares = [count / total for count in counts.values() if count]
    return math.exp(-sum(share * math.log(share) for share in shares))
