"""FID and IS of features that were read before, by torchmetrics."""

import warnings
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import torch
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.inception import InceptionScore

_IS_PER_SPLIT, _IS_SPLITS = 500, 10

Value: TypeAlias = tuple[float, float | None]
Made = TypeVar("Made")


class AsTheyAre(nn.Identity):
    """A feature module that passes on what it gets, features read once for all the metrics."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features


def fid(real: Tensor, fake: Tensor) -> Value:
    """Fréchet distance of two sets of features (Heusel et al., 2017); no spread.

    Args:
        real: `[N, D]` features of real images, float64.
        fake: `[M, D]` features of synthetic images, float64.
    """
    # One rank alone measures; gathering from the others would wait for them forever.
    metric = FrechetInceptionDistance(feature=AsTheyAre(real.shape[1]), sync_on_compute=False)
    metric.set_dtype(torch.float64)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return float(metric.compute()), None


def inception_score(logits: Tensor) -> Value:
    """Inception Score (Salimans et al., 2016), mean and spread over splits.

    Up to ten splits of at least 500 images each: smaller ones would lower the score by
    themselves. A single split has no spread.

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


def _quietly(make: Callable[[], Made]) -> Made:
    """Run without torchmetrics' advice on memory, and on the spread of a single split."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return make()
