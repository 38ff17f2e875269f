"""Precision, recall, density and coverage: how realistic and how diverse samples are."""

from dataclasses import astuple, dataclass

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import (
    MATCHED,
    POSITIVE,
    Measured,
    Metric,
    Output,
    add_metric,
)
from ganaug.evaluation.metrics.resampling import standard_errors
from ganaug.utils.errors import UsageError

NEIGHBORS = 5
# Maximum number of images in a resampling draw, since the cost grows with its square.
SMALL_PART = 300
_ROWS = 1000


@dataclass(frozen=True)
class PRDC:
    """How two sets of features overlap (Kynkäänniemi et al. 2019; Naeem et al. 2020).

    Attributes:
        precision: Share of synthetic features within the neighborhood of a real feature, whose
            radius is the distance to its k-th nearest real neighbor.
        recall: Share of real features within the neighborhood of a synthetic one.
        density: Mean number of real neighborhoods that contain a synthetic feature, divided by k;
            it can exceed 1 where real features are dense.
        coverage: Share of real features with a synthetic feature in their neighborhood.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(real: Tensor, fake: Tensor, *, neighbors: int = NEIGHBORS) -> PRDC:
    """Measure how real and synthetic features overlap.

    Recall grows with the number of synthetic images and precision with that of real images, so
    compare only values from the same numbers of images.

    Args:
        real: `[N, D]` features of real images.
        fake: `[M, D]` features of synthetic images.
        neighbors: Number of neighbors k that sets the radius of a neighborhood.

    Raises:
        UsageError: There are too few real or synthetic images.
    """
    if min(len(real), len(fake)) <= neighbors:
        raise UsageError(
            f"precision and recall by {neighbors} neighbors need more than {neighbors} images "
            f"of either kind, got {len(real)} real and {len(fake)} synthetic"
        )
    real_radii, fake_radii = (_radii(features, neighbors) for features in (real, fake))
    neighborhood_counts = torch.zeros(len(fake))
    covered, recalled = torch.zeros(len(real)), torch.zeros(len(real))
    for start in range(0, len(real), _ROWS):
        rows = slice(start, start + _ROWS)
        distances = torch.cdist(real[rows], fake)
        in_neighborhood = distances < real_radii[rows, None]
        neighborhood_counts += in_neighborhood.sum(dim=0)
        covered[rows] = in_neighborhood.any(dim=1).float()
        recalled[rows] = (distances < fake_radii).any(dim=1).float()
    return PRDC(
        precision=float((neighborhood_counts > 0).double().mean()),
        recall=float(recalled.double().mean()),
        density=float(neighborhood_counts.double().mean()) / neighbors,
        coverage=float(covered.double().mean()),
    )


def _radii(features: Tensor, neighbors: int) -> Tensor:
    """Return each point's distance to its k-th nearest neighbor, itself excluded."""
    radii = [
        torch.cdist(rows, features).topk(neighbors + 1, largest=False).values[:, -1]
        for rows in features.split(_ROWS)
    ]
    return torch.cat(radii)


def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure precision, recall, density and coverage."""

    def part(r: Tensor, f: Tensor) -> tuple[float, ...]:
        return astuple(prdc(real.features[r], fake.features[f]))

    return Measured(
        [(value, None) for value in astuple(prdc(real.features, fake.features))],
        lambda: standard_errors(part, len(real), len(fake), max_images=SMALL_PART),
    )


add_metric(
    Metric(
        "prdc",
        (
            Output("precision", "precision", "share that look real", "higher"),
            Output("recall", "recall", "share of real ones covered", "higher"),
            Output("density", "density", "how deep among real ones", "higher", POSITIVE),
            Output("coverage", "coverage", "share of real ones with one nearby", "higher"),
        ),
        measure,
        matched=MATCHED,
        by_class=True,
        built_in=True,
    )
)
