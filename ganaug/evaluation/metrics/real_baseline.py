"""Real baselines: metrics with other real images in place of the synthetic ones."""

import math

import torch
from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import Metric
from ganaug.evaluation.metrics.result import RealBaseline
from ganaug.utils.rng import seeded

BASELINE_DRAWS = 3
# A metric that depends on the number of images needs at least this share of it for a baseline.
LEAST_SHARE = 0.5


def real_baselines(
    metric: Metric,
    real: FeatureSet,
    labels: Tensor,
    other: FeatureSet,
    *,
    key: str | None,
    seed: int,
) -> tuple[list[RealBaseline | None], str]:
    """Return a metric's real baselines, measured or from the cache.

    Other real images replace the synthetic ones, with the same number of each class if there are
    enough. A metric that compares equal numbers of real and synthetic images then uses only as many
    of `real`, and has no baseline if that is less than half of them.

    Args:
        metric: The metric to measure.
        real: The real images to measure against; a subset must be in random order.
        labels: Classes of the synthetic images.
        other: Real images that replace the synthetic ones.
        key: Cache key of the images that `real` was drawn from; None if they have none.
        seed: Seed of the draws.

    Returns:
        The baselines in the order of the outputs, and why they are missing: if `other` has too few
        images, each baseline is None and the reason says how many are needed.
    """
    draws = _draws(other, labels, len(real) if metric.matched else None, seed)
    n, min_images = len(draws[0]), metric.least
    if metric.matched:
        min_images = max(min_images, math.ceil(LEAST_SHARE * len(real)))
        # The images are in random order, so the first n are a random subset.
        real = real.at(torch.arange(n))
    if n < min_images:
        reason = f"no real baseline: that takes {min_images} other real images of these classes"
        return [None] * len(metric.outputs), reason

    def measure() -> dict[str, list[list[float]]]:
        with seeded(seed):
            measured = [metric.measure(real, draw).values for draw in draws]
        return {"draws": [[value for value, _ in values] for values in measured]}

    numbers = [labels.bincount().tolist(), len(real), n, len(draws)]
    cacheable = metric.built_in and key is not None and other.key is not None
    parts = [metric.name, key, other.key, *numbers, seed]
    results = cache.kept("real_baselines", parts, measure) if cacheable else measure()
    return [_baseline(values, n) for values in zip(*results["draws"], strict=True)], ""


def stand_in(real_labels: Tensor, synthetic_labels: Tensor) -> Tensor:
    """Draw indices of real images, matching the number of synthetic images of each class."""
    indices = [torch.empty(0, dtype=torch.int64)]
    for label, count in zip(*synthetic_labels.unique(return_counts=True), strict=True):
        members = (real_labels == label).nonzero().flatten()
        indices.append(members[torch.randperm(len(members))[: int(count)]])
    return torch.cat(indices)


def _draws(other: FeatureSet, labels: Tensor, limit: int | None, seed: int) -> list[FeatureSet]:
    with seeded(seed):
        draws = [stand_in(other.labels, labels) for _ in range(BASELINE_DRAWS)]
        draws = [indices[torch.randperm(len(indices))[:limit]] for indices in draws]
    # If every available image is used, all draws are the same.
    if len(draws[0]) == int(torch.isin(other.labels, labels).sum()):
        draws = draws[:1]
    return [other.at(indices) for indices in draws]


def _baseline(values: tuple[float, ...], n: int) -> RealBaseline:
    draws = torch.tensor(values, dtype=torch.float64)
    spread = float(draws.std(correction=0)) if len(draws) > 1 else None
    return RealBaseline(float(draws.mean()), spread, n, len(draws))
