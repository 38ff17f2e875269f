"""MIFID: the Fréchet distance with a penalty for images too close to training images."""

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.fid import fid
from ganaug.evaluation.metrics.registry import POSITIVE, Measured, Metric, Output, add_metric
from ganaug.evaluation.metrics.resampling import resampled

# There is no penalty above this mean distance (Bai et al. 2021).
MEMORIZED_BELOW = 0.1
_ROWS = 1000


def mifid(train: Tensor, fake: Tensor, distances: Tensor | None = None) -> float:
    """Return the memorization-informed Fréchet distance (Bai et al. 2021) to training images.

    It is measured against training images, since those are what a generator memorizes. Distances
    are averaged over the synthetic images, as in the paper. torchmetrics averages over the real
    ones, where a single copy in a large set would hardly matter.

    Args:
        train: `[T, D]` features of the training images, float64.
        fake: `[M, D]` features of synthetic images, float64.
        distances: `[M]`, from `cosine_distances`; by default they are computed.
    """
    distance = fid(train, fake)
    if distances is None:
        distances = cosine_distances(train, fake)
    nearness = float(distances.nanmean())
    return distance / nearness_or_one(nearness) if distance > 1e-8 else 0.0


def nearness_or_one(nearness: float) -> float:
    """Return the divisor of the Fréchet distance for a mean distance."""
    return nearness + 1e-14 if nearness < MEMORIZED_BELOW else 1.0


def cosine_distances(train: Tensor, fake: Tensor) -> Tensor:
    """Return the cosine distance `[M]` of each synthetic image to the closest training image.

    A zero feature vector has no direction: the distance of such a synthetic image is NaN, and such
    training images are ignored.
    """
    nonzero = train[train.any(dim=1)]
    if not len(nonzero):
        return torch.full((len(fake),), torch.nan, dtype=fake.dtype)
    nonzero = nonzero / nonzero.norm(dim=1, keepdim=True)
    distances = []
    for rows in fake.split(_ROWS):
        directions = rows / rows.norm(dim=1, keepdim=True)
        min_cosine, max_cosine = (directions @ nonzero.T).aminmax(dim=1)
        distances.append(1 - torch.maximum(max_cosine, -min_cosine))
    return torch.cat(distances)


def measure(train: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure MIFID; its standard error treats distances to the training images as fixed."""
    distances = cosine_distances(train.features, fake.features)

    def part(r: Tensor, f: Tensor) -> list[float]:
        return [mifid(train.features[r], fake.features[f], distances[f])]

    value = mifid(train.features, fake.features, distances)
    return Measured([(value, None)], resampled(part, train, fake))


add_metric(
    Metric(
        "mifid",
        (Output("mifid", "MIFID", "0 best; high also for copies", "lower", POSITIVE),),
        measure,
        least=50,
        against="train",
        covariance=True,
        built_in=True,
    )
)
