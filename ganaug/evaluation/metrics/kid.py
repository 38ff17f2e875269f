"""KID: the kernel distance between two sets of features of any size."""

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import ANY, Measured, Metric, Output, Value, add_metric

SUBSETS, SUBSET_SIZE = 50, 1000


def kid(real: Tensor, fake: Tensor) -> Value:
    """Return the kernel distance between two sets of features (Bińkowski et al., 2018), and spread.

    With at most 1,000 images of each kind it is computed on all pairs, without a spread. Otherwise
    it is the mean over 50 subsets of at most 1,000, drawn from torch's global random state. If both
    kinds have as many images, this is torchmetrics' KID. That one can't use different numbers: with
    60 real and 1,000 synthetic images, it would only see 60 of each.

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
    """Draw a subset of the images, or all if there are no more."""
    return features[torch.randperm(len(features))[:SUBSET_SIZE]]


def kernel(x: Tensor, y: Tensor) -> Tensor:
    """Return the polynomial kernel `[N, M]` of features `[N, D]` and `[M, D]`."""
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


# KID is unbiased, so it suits classes with too few images for FID.
KID = add_metric(
    Metric(
        "kid", (Output("kid", "KID", "0 best", "lower", ANY),), measure, by_class=True, cached=True
    )
)
