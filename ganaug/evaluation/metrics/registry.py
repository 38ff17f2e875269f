"""The yardsticks: which figures there are, how each is measured, and how far it can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor

from ganaug.evaluation.features.feature_set import Described
from ganaug.evaluation.metrics import modes
from ganaug.evaluation.metrics.c2st import told_apart
from ganaug.evaluation.metrics.fid import Value, fid, inception_score
from ganaug.evaluation.metrics.kid import kid
from ganaug.evaluation.metrics.kid_error import kid_error
from ganaug.evaluation.metrics.mifid import cosine_distances, mifid
from ganaug.evaluation.metrics.prdc import manifold
from ganaug.evaluation.metrics.resampling import DRAWS, Resampled, standard_errors

_INFINITY = float("inf")
# What no interval goes beyond; shares of images or clusters lie between 0 and 1.
RANGES = {
    "FID": (0.0, _INFINITY),
    "KID": (-_INFINITY, _INFINITY),
    "IS": (1.0, _INFINITY),
    "MIFID": (0.0, _INFINITY),
    "density": (0.0, _INFINITY),
}
A_SHARE = (0.0, 1.0)
# Of a resampled figure whose cost grows with the square of the images.
SMALL_PART = 300
# Distances between all pairs are taken.
MATCHED = 5_000
WIDE, FEW_DRAWS = 512, 20


class Measured(NamedTuple):
    """Figures of real and synthetic images.

    Attributes:
        values: In the order of the names.
        errors: Estimates their standard errors, which takes longer than all else and is not asked
            for where none is shown.
    """

    values: Sequence[Value]
    errors: Callable[[], Sequence[float]]


@dataclass(frozen=True)
class Yardstick:
    """Figures that are measured together.

    Attributes:
        names: Of the figures.
        measure: Measures them on real and synthetic images.
        least: Below so many images a figure says more about the number than about the images.
        against: Which real images they are measured against; the others stand in for the synthetic
            ones to give the floor.
        matched: At most so many images, as many of each kind, where the figures depend on the
            number; None for all that there are.
        reads_logits: Whether they are measured on the classes that a network sees, in synthetic
            images alone.
        covariance: Whether they need more images than features.
    """

    names: tuple[str, ...]
    measure: Callable[[Described, Described], Measured]
    least: int
    against: Literal["reference", "train"] = "reference"
    matched: int | None = None
    reads_logits: bool = False
    covariance: bool = False


def measure_fid(real: Described, fake: Described) -> Measured:
    """Measure FID."""

    def part(r: Tensor, f: Tensor) -> list[float]:
        return [fid(real.features[r], fake.features[f])[0]]

    return Measured([fid(real.features, fake.features)], resampled(part, real, fake))


def measure_kid(real: Described, fake: Described) -> Measured:
    """Measure KID."""
    pair = real.features, fake.features
    return Measured([kid(*pair)], lambda: [kid_error(*pair)])


def measure_is(real: Described, fake: Described) -> Measured:
    """Measure the Inception Score, which knows no real images."""
    del real

    def part(_: Tensor, f: Tensor) -> list[float]:
        return [inception_score(fake.logits[f])[0]]

    return Measured(
        [inception_score(fake.logits)], lambda: standard_errors(part, len(fake), len(fake))
    )


def measure_mifid(train: Described, fake: Described) -> Measured:
    """Measure MIFID; its error is that with the training images that there are to be close to."""
    distances = cosine_distances(train.features, fake.features)

    def part(r: Tensor, f: Tensor) -> list[float]:
        return [mifid(train.features[r], fake.features[f], distances[f])]

    value = mifid(train.features, fake.features, distances)
    return Measured([(value, None)], resampled(part, train, fake))


def measure_overlap(real: Described, fake: Described) -> Measured:
    """Measure precision, recall, density and coverage."""

    def part(r: Tensor, f: Tensor) -> tuple[float, ...]:
        return astuple(manifold(real.features[r], fake.features[f]))

    return Measured(
        [(value, None) for value in astuple(manifold(real.features, fake.features))],
        lambda: standard_errors(part, len(real), len(fake), most=SMALL_PART),
    )


def measure_modes(real: Described, fake: Described) -> Measured:
    """Measure the shares of the clusters of real images that are covered, and that are off.

    Their errors are those with the clusters as they are.
    """
    clusters = modes.Modes(real.features)
    places = torch.from_numpy(clusters.of_real), torch.from_numpy(clusters.places(fake.features))

    def part(r: Tensor, f: Tensor) -> tuple[float, float]:
        return clusters.shares(places[0][r].numpy(), places[1][f].numpy())

    shares = clusters.shares(*(each.numpy() for each in places))
    return Measured(
        [(share, None) for share in shares], lambda: standard_errors(part, len(real), len(fake))
    )


def measure_auc(real: Described, fake: Described) -> Measured:
    """Measure the area under the curve of a classifier that tells synthetic images from real."""
    area, error = told_apart(real.features, fake.features)
    return Measured([(area, None)], lambda: [error])


def resampled(part: Resampled, real: Described, fake: Described) -> Callable[[], list[float]]:
    """Estimate standard errors by parts, by fewer where thousands of features take seconds each."""
    draws = DRAWS if real.features.shape[1] <= WIDE else FEW_DRAWS
    return lambda: standard_errors(part, len(real), len(fake), draws=draws)


FID = Yardstick(("FID",), measure_fid, least=50, covariance=True)
KID = Yardstick(("KID",), measure_kid, least=20)
IS = Yardstick(("IS",), measure_is, least=50, reads_logits=True)
MIFID = Yardstick(("MIFID",), measure_mifid, least=50, against="train", covariance=True)
OVERLAP = Yardstick(
    ("precision", "recall", "density", "coverage"), measure_overlap, least=20, matched=MATCHED
)
MODES = Yardstick(("modes covered", "modes off"), measure_modes, least=modes.LEAST, matched=MATCHED)
AUC = Yardstick(("AUC",), measure_auc, least=20, matched=MATCHED)

OVER_ALL = (FID, KID, IS, MIFID, OVERLAP, MODES, AUC)
# KID has no bias, so that it stands where a class has too few images for FID.
BY_CLASS = (KID, OVERLAP, AUC)
