"""Standard errors of metrics, estimated on random halves of the images."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from datamodules.errors import described
from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import Measured
from ganaug.evaluation.metrics.result import Interval

DRAWS = 100
# With more features than this, a draw takes seconds, so there are fewer draws.
WIDE, FEW_DRAWS = 512, 20
Z = 1.959964  # half-width of a 95% interval in standard errors

Resampled = Callable[[Tensor, Tensor], Sequence[float]]


def standard_errors(
    measure: Resampled,
    n_real: int,
    n_fake: int,
    *,
    max_images: int | None = None,
    draws: int = DRAWS,
) -> list[float]:
    """Estimate standard errors of metrics by the delete-half jackknife.

    Each draw takes half of the images of each kind, without replacement. A mean over such a half of
    n images varies as much as a mean over n new images (Shao and Wu 1989). The bootstrap would draw
    some images twice, so the nearest neighbor of an image could be itself at distance 0, which
    distorts neighborhoods and kernels. With few images the intervals are slightly too wide, never
    too narrow.

    Args:
        measure: Function of the indices `[r]` of real and `[f]` of synthetic images in a draw.
        n_real: Number of real images.
        n_fake: Number of synthetic images.
        max_images: Maximum number of images of the larger kind in a draw; the other kind has the
            same share. The spread is then scaled to that of all images.
        draws: Number of draws.
    """
    larger = max(n_real, n_fake)
    share = 0.5 if max_images is None else min(0.5, max_images / larger)
    sizes = [max(2, round(share * n)) for n in (n_real, n_fake)]
    values = [
        measure(
            *(torch.randperm(n)[:size] for n, size in zip((n_real, n_fake), sizes, strict=True))
        )
        for _ in range(draws)
    ]
    spread = torch.tensor(values, dtype=torch.float64).std(dim=0)
    return (spread * math.sqrt(share / (1 - share))).tolist()


def interval(value: float, error: float, low: float, high: float) -> Interval:
    """Return the 95% interval around a value, within the limits of the metric."""
    return max(low, value - Z * error), min(high, value + Z * error)


def resampled(part: Resampled, real: FeatureSet, fake: FeatureSet) -> Callable[[], Sequence[float]]:
    """Return a function that estimates standard errors by measuring random halves."""
    draws = draws_for(real.features.shape[1])
    return lambda: standard_errors(part, len(real), len(fake), draws=draws)


def draws_for(num_features: int) -> int:
    """Return the number of draws for features of this dimension."""
    return DRAWS if num_features <= WIDE else FEW_DRAWS


def measured_by(
    function: Callable[[Tensor, Tensor], float],
) -> Callable[[FeatureSet, FeatureSet], Measured]:
    """Turn a function of real and synthetic features into the `measure` of a metric."""

    def number(real: Tensor, fake: Tensor) -> float:
        value: Any = function(real, fake)
        try:
            return float(value)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"it returned {described(value)}; return a number") from None

    def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
        def part(r: Tensor, f: Tensor) -> list[float]:
            return [number(real.features[r], fake.features[f])]

        # Copies, since a user's function may change features that other metrics also read.
        value = number(real.features.clone(), fake.features.clone())
        return Measured([(value, None)], resampled(part, real, fake))

    return measure
