"""KID: the kernel distance of two sets of features, whatever the number of either."""

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import ANY, Measured, Metric, Output, Value, add_metric

SUBSETS, SUBSET_SIZE = 50, 1000


def kid(real: Tensor, fake: Tensor) -> Value:
    """Kernel distance of two sets of features (Bińkowski et al., 2018), mean and spread.

    Of all pairs where there are at most 1,000 images of either kind, and no spread; else over 50
    subsets of at most 1,000, drawn from torch's global random state. On as many images of either
    kind that is torchmetrics' KID, which takes no other numbers: of 60 real images beside 1,000
    synthetic ones it would see 60 of either.

    Args:
        real: `[N, D]` features of real images, float64, at least two.
        fake: `[M, D]` features of synthetic images, float64, at least two.
    """
    if max(len(real), len(fake)) <= SUBSET_SIZE:
        return _of_all_pairs(real, fake), None
    values = torch.tensor(
        [_of_all_pairs(some(real), some(fake)) for _ in range(SUBSETS)], dtype=torch.float64
    )
    return float(values.mean()), float(values.std(correction=0))


def some(features: Tensor) -> Tensor:
    """Draw as many images as are in a subset; all where there are no more."""
    return features[torch.randperm(len(features))[:SUBSET_SIZE]]


def kernel(x: Tensor, y: Tensor) -> Tensor:
    """Give the polynomial kernel `[N, M]` of features `[N, D]` and `[M, D]`."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _of_all_pairs(x: Tensor, y: Tensor) -> float:
    """Estimate the squared distance without bias: no image is paired with itself."""
    return float(_among(x) + _among(y) - 2 * kernel(x, y).mean())


def _among(x: Tensor) -> Tensor:
    pairs = kernel(x, x)
    return (pairs.sum() - pairs.trace()) / (len(x) * (len(x) - 1))


def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure KID, with its standard error in closed form."""
    from ganaug.evaluation.metrics.kid_error import kid_error

    pair = real.features, fake.features
    return Measured([kid(*pair)], lambda: [kid_error(*pair)])


# KID has no bias, so that it can be used where a class has too few images for FID.
KID = add_metric(
    Metric(
        "kid", (Output("kid", "KID", "0 best", "lower", ANY),), measure, by_class=True, cached=True
    )
)
