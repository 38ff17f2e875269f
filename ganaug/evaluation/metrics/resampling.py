"""Standard errors of metrics, by measuring random halves of the images."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from datamodules.errors import described
from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import Measured
from ganaug.evaluation.metrics.result import Interval

DRAWS = 100
# Above this many features a draw takes seconds, so there are fewer draws.
WIDE, FEW_DRAWS = 512, 20
Z = 1.959964  # of a 95% interval

Resampled = Callable[[Tensor, Tensor], Sequence[float]]


def standard_errors(
    measure: Resampled, n_real: int, n_fake: int, *, most: int | None = None, draws: int = DRAWS
) -> list[float]:
    """Estimate standard errors of metrics by measuring parts of the images.

    A draw takes half of the images of each kind, without replacement. The mean over half of n
    images drawn in this way varies as much as a mean over n new images (the delete-half jackknife
    of Shao and Wu 1989). The usual bootstrap draws images repeatedly: the nearest neighbour of an
    image would then be itself, at distance 0, which distorts neighbourhoods and kernels. With few
    images the intervals are a little too wide, never too narrow.

    Args:
        measure: Measures a part of the images: positions `[r]` of real, `[f]` of fake ones.
        n_real: Number of real images.
        n_fake: Number of synthetic images.
        most: The most images of the larger kind in a draw; the other kind has the same share. The
            spread is then scaled to that of all images.
        draws: Number of draws.
    """
    larger = max(n_real, n_fake)
    share = 0.5 if most is None else min(0.5, most / larger)
    parts = [max(2, round(share * n)) for n in (n_real, n_fake)]
    found = [
        measure(
            *(torch.randperm(n)[:part] for n, part in zip((n_real, n_fake), parts, strict=True))
        )
        for _ in range(draws)
    ]
    spread = torch.tensor(found, dtype=torch.float64).std(dim=0)
    return (spread * math.sqrt(share / (1 - share))).tolist()


def interval(value: float, error: float, low: float, high: float) -> Interval:
    """Return the 95% interval around a value, within the limits of the metric."""
    return max(low, value - Z * error), min(high, value + Z * error)


def resampled(part: Resampled, real: FeatureSet, fake: FeatureSet) -> Callable[[], Sequence[float]]:
    """Return a function that estimates standard errors by measuring parts of the images."""
    draws = draws_for(real.features.shape[1])
    return lambda: standard_errors(part, len(real), len(fake), draws=draws)


def draws_for(num_features: int) -> int:
    """Return how many parts of the images to measure."""
    return DRAWS if num_features <= WIDE else FEW_DRAWS


def measured_by(
    function: Callable[[Tensor, Tensor], float],
) -> Callable[[FeatureSet, FeatureSet], Measured]:
    """Turn a function of real and synthetic features into the `measure` of a metric."""

    def number(real: Tensor, fake: Tensor) -> float:
        found: Any = function(real, fake)
        try:
            return float(found)
        except (TypeError, ValueError, RuntimeError):
            raise TypeError(f"it returned {described(found)}; return a number") from None

    def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
        def part(r: Tensor, f: Tensor) -> list[float]:
            return [number(real.features[r], fake.features[f])]

        # A copy, since other metrics read the same features, and a function may change its own.
        value = number(real.features.clone(), fake.features.clone())
        return Measured([(value, None)], resampled(part, real, fake))

    return measure


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed the draws of a block, and restore the caller's random state after it."""
    # Only on the CPU, where all of these draws are; torch.manual_seed would also seed the GPUs.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
