"""Real baselines: metrics with other real images in place of the synthetic ones."""

import math

import torch
from torch import Tensor

from ganaug.evaluation.features import cache
from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import Metric
from ganaug.evaluation.metrics.resampling import seeded
from ganaug.evaluation.metrics.result import RealBaseline

BASELINE_DRAWS = 3
# The least share of the images that must stand in, if a metric depends on their number.
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
    """Measure other real images in place of the synthetic ones, or read the values from the cache.

    Of each class, as many images stand in as there are synthetic ones, if there are enough. A
    metric that takes the same number of each kind then uses as many of `real`, and has no baseline
    if that is less than half of them.

    Args:
        metric: The metric to measure.
        real: The real images to measure against, in random order if they are a part of all.
        labels: Classes of the synthetic images.
        other: Real images to stand in.
        key: Identifies the images that `real` was drawn from; None if they have no key.
        seed: Seed of the draws.

    Returns:
        The baselines in the order of the outputs, None if too few images can stand in, and in that
        case a sentence on how many it takes.
    """
    draws = _draws(other, labels, len(real) if metric.matched else None, seed)
    n, least = len(draws[0]), metric.least
    if metric.matched:
        least = max(least, math.ceil(LEAST_SHARE * len(real)))
        # They are in random order, so the first ones are a random part.
        real = real.at(torch.arange(n))
    if n < least:
        reason = f"no real baseline: that takes {least} other real images of these classes"
        return [None] * len(metric.outputs), reason

    def measure() -> dict[str, list[list[float]]]:
        with seeded(seed):
            found = [metric.measure(real, each).values for each in draws]
        return {"draws": [[value for value, _ in draw] for draw in found]}

    numbers = [labels.bincount().tolist(), len(real), n, len(draws)]
    named = metric.cached and key is not None and other.key is not None
    parts = [metric.name, key, other.key, *numbers, seed]
    found = cache.kept("real_baselines", parts, measure) if named else measure()
    return [_baseline(own, n) for own in zip(*found["draws"], strict=True)], ""


def stand_in(real_labels: Tensor, synthetic_labels: Tensor) -> Tensor:
    """Draw indices of real images, as many of each class as there are synthetic ones."""
    chosen = [torch.empty(0, dtype=torch.int64)]
    for label, wanted in zip(*synthetic_labels.unique(return_counts=True), strict=True):
        members = (real_labels == label).nonzero().flatten()
        chosen.append(members[torch.randperm(len(members))[: int(wanted)]])
    return torch.cat(chosen)


def _draws(other: FeatureSet, labels: Tensor, most: int | None, seed: int) -> list[FeatureSet]:
    with seeded(seed):
        chosen = [stand_in(other.labels, labels) for _ in range(BASELINE_DRAWS)]
        chosen = [each[torch.randperm(len(each))[:most]] for each in chosen]
    # If all available images stand in, all draws are the same.
    if len(chosen[0]) == int(torch.isin(other.labels, labels).sum()):
        chosen = chosen[:1]
    return [other.at(each) for each in chosen]


def _baseline(values: tuple[float, ...], n: int) -> RealBaseline:
    draws = torch.tensor(values, dtype=torch.float64)
    spread = float(draws.std(correction=0)) if len(draws) > 1 else None
    return RealBaseline(float(draws.mean()), spread, n, len(draws))
