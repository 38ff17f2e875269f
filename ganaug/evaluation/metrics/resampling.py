"""How much a metric would change with other images: a bootstrap over images, by half-samples."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import Measured
from ganaug.evaluation.metrics.result import Interval

DRAWS = 100
# Above this many features a draw takes seconds, and fewer are made.
WIDE, FEW_DRAWS = 512, 20
Z = 1.959964  # of a 95% interval

Resampled = Callable[[Tensor, Tensor], Sequence[float]]


def standard_errors(
    measure: Resampled, n_real: int, n_fake: int, *, most: int | None = None, draws: int = DRAWS
) -> list[float]:
    """Estimate standard errors of metrics by measuring them again on parts of the images.

    A draw takes half of the images of either kind, each once. A mean over half of n images, drawn
    without replacement, spreads just as a mean over n new ones (the delete-half jackknife of Shao
    and Wu 1989). The usual bootstrap draws images twice and oftener: then an image's nearest
    neighbour is itself, at distance 0, and neighbourhoods and kernels are those of other data.
    With few images the intervals come out a little too wide, never too narrow.

    Args:
        measure: Measures some of the images: positions `[r]` of real, `[f]` of fake.
        n_real: Real images.
        n_fake: Synthetic images.
        most: At most so many images of the larger kind in a draw, the same share of the other;
            the spread is then brought down to that of all the images.
        draws: How often.
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
    """Return the 95% interval around a value, within what the metric can be."""
    return max(low, value - Z * error), min(high, value + Z * error)


def resampled(part: Resampled, real: FeatureSet, fake: FeatureSet) -> Callable[[], Sequence[float]]:
    """Return what estimates standard errors by parts of the images."""
    draws = draws_for(real.features.shape[1])
    return lambda: standard_errors(part, len(real), len(fake), draws=draws)


def draws_for(num_features: int) -> int:
    """Return how often a metric is measured on parts of the images."""
    return DRAWS if num_features <= WIDE else FEW_DRAWS


def measured_by(
    function: Callable[[Tensor, Tensor], float],
) -> Callable[[FeatureSet, FeatureSet], Measured]:
    """Return what measures by a function of real and synthetic features, with its error."""

    def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
        def part(r: Tensor, f: Tensor) -> list[float]:
            return [float(function(real.features[r], fake.features[f]))]

        value = float(function(real.features, fake.features))
        return Measured([(value, None)], resampled(part, real, fake))

    return measure


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw by a seed, and leave the caller's random state as it was."""
    # On the CPU, where all that draws under it does; torch's own call seeds the GPUs, too.
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
