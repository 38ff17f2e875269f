"""The yardsticks: which figures there are, how each is measured, and how far it can be trusted."""

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from typing import Literal

import torch

from ganaug.evaluation import modes
from ganaug.evaluation.kid import kid
from ganaug.evaluation.kid_error import kid_error
from ganaug.evaluation.manifold import manifold
from ganaug.evaluation.measures import Value, fid, inception_score
from ganaug.evaluation.mifid import cosine_distances, mifid
from ganaug.evaluation.resampling import DRAWS, standard_errors
from ganaug.evaluation.sides import Described
from ganaug.evaluation.told_apart import told_apart

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


@dataclass(frozen=True)
class Yardstick:
    """Figures that are measured together.

    Attributes:
        names: Of the figures.
        values: Measures them on real and synthetic images.
        errors: Estimates their standard errors on the same.
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
    values: Callable[[Described, Described], Sequence[Value]]
    errors: Callable[[Described, Described], Sequence[float]]
    least: int
    against: Literal["reference", "train"] = "reference"
    matched: int | None = None
    reads_logits: bool = False
    covariance: bool = False


def fid_errors(real: Described, fake: Described) -> list[float]:
    """Standard error of FID."""
    return standard_errors(
        lambda r, f: [fid(real.features[r], fake.features[f])[0]],
        len(real),
        len(fake),
        draws=draws_for(real),
    )


def kid_errors(real: Described, fake: Described) -> list[float]:
    """Standard error of KID."""
    return [kid_error(real.features, fake.features)]


def is_errors(real: Described, fake: Described) -> list[float]:
    """Standard error of the Inception Score, which knows no real images."""
    del real
    return standard_errors(lambda _, f: [inception_score(fake.logits[f])[0]], len(fake), len(fake))


def mifid_errors(real: Described, fake: Described) -> list[float]:
    """Standard error of MIFID, with the training images that there are to be close to."""
    distances = cosine_distances(real.features, fake.features)
    return standard_errors(
        lambda r, f: [mifid(real.features[r], fake.features[f], distances[f])],
        len(real),
        len(fake),
        draws=draws_for(real),
    )


def overlap_errors(real: Described, fake: Described) -> list[float]:
    """Standard errors of precision, recall, density and coverage."""
    return standard_errors(
        lambda r, f: astuple(manifold(real.features[r], fake.features[f])),
        len(real),
        len(fake),
        most=SMALL_PART,
    )


def mode_values(real: Described, fake: Described) -> list[Value]:
    """Shares of the clusters of real images that are covered, and that are off."""
    clusters = modes.Modes(real.features)
    covered, off = clusters.shares(clusters.of_real, clusters.places(fake.features))
    return [(covered, None), (off, None)]


def mode_errors(real: Described, fake: Described) -> list[float]:
    """Standard errors of the shares, with the clusters as they are."""
    clusters = modes.Modes(real.features)
    places = torch.from_numpy(clusters.of_real), torch.from_numpy(clusters.places(fake.features))
    return standard_errors(
        lambda r, f: clusters.shares(places[0][r].numpy(), places[1][f].numpy()),
        len(real),
        len(fake),
    )


def auc_values(real: Described, fake: Described) -> list[Value]:
    """Area under the curve of a classifier that tells synthetic images from real ones."""
    return [(told_apart(real.features, fake.features)[0], None)]


def auc_errors(real: Described, fake: Described) -> list[float]:
    """Standard error of the area."""
    return [told_apart(real.features, fake.features)[1]]


def draws_for(images: Described) -> int:
    """Give how often to measure what takes seconds with thousands of features."""
    return DRAWS if images.features.shape[1] <= WIDE else FEW_DRAWS


FID = Yardstick(
    ("FID",),
    lambda real, fake: [fid(real.features, fake.features)],
    fid_errors,
    least=50,
    covariance=True,
)
KID = Yardstick(
    ("KID",),
    lambda real, fake: [kid(real.features, fake.features)],
    kid_errors,
    least=20,
)
IS = Yardstick(
    ("IS",),
    lambda _, fake: [inception_score(fake.logits)],
    is_errors,
    least=50,
    reads_logits=True,
)
MIFID = Yardstick(
    ("MIFID",),
    lambda train, fake: [(mifid(train.features, fake.features), None)],
    mifid_errors,
    least=50,
    against="train",
    covariance=True,
)
OVERLAP = Yardstick(
    ("precision", "recall", "density", "coverage"),
    lambda real, fake: [(v, None) for v in astuple(manifold(real.features, fake.features))],
    overlap_errors,
    least=20,
    matched=MATCHED,
)
MODES = Yardstick(
    ("modes covered", "modes off"),
    mode_values,
    mode_errors,
    least=modes.LEAST,
    matched=MATCHED,
)
AUC = Yardstick(("AUC",), auc_values, auc_errors, least=20, matched=MATCHED)

OVER_ALL = (FID, KID, IS, MIFID, OVERLAP, MODES, AUC)
# KID has no bias, so that it stands where a class has too few images for FID.
BY_CLASS = (KID, OVERLAP, AUC)
