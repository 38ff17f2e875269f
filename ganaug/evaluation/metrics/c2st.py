"""C2ST: the area under the ROC curve of a classifier of real and synthetic images."""

import numpy as np
import torch
from scipy.optimize import minimize
from scipy.special import expit
from scipy.stats import rankdata
from torch import Tensor

from ganaug.evaluation.features.feature_set import FeatureSet
from ganaug.evaluation.metrics.registry import MATCHED, Measured, Metric, Output, add_metric

FOLDS = 5
# Fits on overlapping folds are not independent, so the variance 1/5 of a mean over five becomes
# 1/5 + 1/4, with the ratio of test to training images (Nadeau & Bengio 2003).
REFITTING = (1 / FOLDS + 1 / (FOLDS - 1)) * FOLDS


def c2st(real: Tensor, fake: Tensor) -> tuple[float, float]:
    """Cross-validate a logistic regression that distinguishes synthetic from real images.

    This is a classifier two-sample test (Lopez-Paz & Oquab 2017) with five folds. Each fold is
    scored by a regression fitted on the other folds, and only images of the same fold are compared:
    with scores pooled over regressions, the area for indistinguishable images would be below 0.5.
    Folds are drawn from torch's global random state.

    Args:
        real: `[N, D]` features of real images, 10 or more.
        fake: `[M, D]` features of synthetic images, 10 or more.

    Returns:
        Area under the ROC curve, 0.5 for indistinguishable images, and its standard error, which
        accounts for refitting.
    """
    points = torch.cat([real, fake]).numpy()
    synthetic = np.repeat([False, True], [len(real), len(fake)])
    folds = torch.cat([torch.randperm(len(features)) % FOLDS for features in (real, fake)]).numpy()
    areas, errors = [], []
    for fold in range(FOLDS):
        held_out = folds == fold
        scores = regression(points[~held_out], synthetic[~held_out].astype(float), points[held_out])
        real_and_fake = scores[~synthetic[held_out]], scores[synthetic[held_out]]
        areas.append(area(*real_and_fake))
        errors.append(area_error(*real_and_fake))
    return float(np.mean(areas)), REFITTING**0.5 * float(np.linalg.norm(errors)) / FOLDS


def regression(points: np.ndarray, labels: np.ndarray, queries: np.ndarray) -> np.ndarray:
    """Fit a logistic regression and return its logits for other points.

    Features are standardized. The loss is the summed log loss plus half the squared norm of the
    weights, without the intercept.

    Args:
        points: `[N, D]` training points.
        labels: `[N]`, 0 or 1.
        queries: `[M, D]` points to score.
    """
    mean, deviation = points.mean(axis=0), points.std(axis=0)
    deviation[deviation == 0] = 1
    points, queries = (
        np.c_[(values - mean) / deviation, np.ones(len(values))] for values in (points, queries)
    )
    penalized = np.r_[np.ones(points.shape[1] - 1), 0]

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        logits = points @ weights
        value = (
            np.logaddexp(0, logits).sum() - labels @ logits + 0.5 * (penalized * weights) @ weights
        )
        return value, points.T @ (expit(logits) - labels) + penalized * weights

    fit = minimize(loss, np.zeros(points.shape[1]), jac=True, method="L-BFGS-B")
    return queries @ fit.x


def area(real: np.ndarray, fake: np.ndarray) -> float:
    """Return how often a synthetic image scores above a real one; ties count half."""
    ranks = rankdata(np.r_[real, fake])[len(real) :]
    return float((ranks.sum() - len(fake) * (len(fake) + 1) / 2) / (len(real) * len(fake)))


def area_error(real: np.ndarray, fake: np.ndarray) -> float:
    """Return the area's standard error (DeLong et al. 1988), by ranks (Sun & Xu 2014)."""
    ranks = rankdata(np.r_[real, fake])
    among_real = (ranks[len(real) :] - rankdata(fake)) / len(real)
    among_fake = 1 - (ranks[: len(real)] - rankdata(real)) / len(fake)
    return float(np.sqrt(among_real.var(ddof=1) / len(fake) + among_fake.var(ddof=1) / len(real)))


def measure(real: FeatureSet, fake: FeatureSet) -> Measured:
    """Measure the area under the ROC curve, with its standard error."""
    value, error = c2st(real.features, fake.features)
    return Measured([(value, None)], lambda: [error])


add_metric(
    Metric(
        "c2st",
        (Output("c2st", "C2ST", "AUC of real and synthetic; 0.5 best", "lower"),),
        measure,
        matched=MATCHED,
        by_class=True,
        built_in=True,
    )
)
