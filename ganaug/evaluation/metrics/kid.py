"""KID: the kernel distance between two sets of features, which may differ in size."""

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import ANY, Measured, Metric, Output, Value, add_metric

SUBSETS, SUBSET_SIZE = 50, 1000


def kid(real: Tensor, fake: Tensor) -> Value:
    """Return the kernel distance between two sets of features (Bińkowski et al., 2018).

    With at most 1,000 real and 1,000 synthetic images, it is computed on all pairs and has no
    spread. Otherwise it is the mean over 50 subsets of at most 1,000 images of each kind, drawn
    from torch's global random state, with the standard deviation over the subsets. For equal
    numbers of real and synthetic images, this is torchmetrics' KID, which can't use different
    numbers: of 60 real and 1,000 synthetic images, it would use only 60 of each.

    Args:
        real: `[N, D]` features of real images, float64, at least two.
        fake: `[M, D]` features of synthetic images, float64, at least two.
    """
    if max(len(real), len(fake)) <= SUBSET_SIZE:
        return _squared_mmd(real, fake), None
    values = torch.tensor(
        [_squared_mmd(random_subset(real), random_subset(fake)) for _ in range(SUBSETS)],
        dtype=torch.float64,
    )
    return float(values.mean()), float(values.std(correction=0))


def random_subset(features: Tensor) -> Tensor:
    """Draw a random subset of at most 1,000 images."""
    return features[torch.randperm(len(features))[:SUBSET_SIZE]]


def kernel(x: Tensor, y: Tensor) -> Tensor:
    """Return the polynomial kernel `[N, M]` of features `[N, D]` and `[M, D]`."""
    return (x @ y.T / x.shape[1] + 1) ** 3


def _squared_mmd(x: Tensor, y: Tensor) -> float:
    """Return the unbiased estimate of the squared MMD, which pairs no image with itself."""
    return float(_mean_within(x) + _mean_within(y) - 2 * kernel(x, y).mean())


def _mean_within(x: Tensor) -> Tensor:
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
        "kid",
        (Output("kid", "KID", "0 best", "lower", ANY),),
        measure,
        by_class=True,
        built_in=True,
    )
)
