"""Inception Score of logits, by torchmetrics."""

import math
import warnings
from collections.abc import Callable
from typing import TypeVar

from torch import Tensor
from torchmetrics.image.inception import InceptionScore

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.fid import AsTheyAre
from ganaug.evaluation.metrics.registry import Measured, Metric, Output, Value, add_metric
from ganaug.evaluation.metrics.resampling import standard_errors

_IS_PER_SPLIT, _IS_SPLITS = 500, 10

Result = TypeVar("Result")


def inception_score(logits: Tensor) -> Value:
    """Return the mean and spread over splits of the Inception Score (Salimans et al., 2016).

    There are up to ten splits of at least 500 images each; smaller splits would lower the score.
    A single split has no spread.

    Args:
        logits: `[N, K]` logits of synthetic images, float64.
    """
    splits = max(1, min(_IS_SPLITS, len(logits) // _IS_PER_SPLIT))
    metric = _quietly(
        lambda: InceptionScore(
            feature=AsTheyAre(logits.shape[1]), splits=splits, sync_on_compute=False
        )
    )
    metric.update(logits)
    mean, spread = _quietly(metric.compute)
    return float(mean), float(spread) if splits > 1 else None


def _quietly(make: Callable[[], Result]) -> Result:
    """Call a function without torchmetrics' warnings about memory and single splits."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return make()


def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure the Inception Score, which ignores the real images."""
    del real

    def part(_: Tensor, f: Tensor) -> list[float]:
        return [inception_score(fake.logits[f])[0]]

    return Measured(
        [inception_score(fake.logits)], lambda: standard_errors(part, len(fake), len(fake))
    )


add_metric(
    Metric(
        "is",
        (Output("is", "IS", "high best", "higher", (1.0, math.inf)),),
        measure,
        least=50,
        reads_logits=True,
        built_in=True,
    )
)
