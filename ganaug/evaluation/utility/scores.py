"""Scores of a classifier on held-out images."""

from dataclasses import dataclass

import torch
from torch import Tensor

_BINS = 15


@dataclass(frozen=True)
class Scores:
    """Scores of a classifier on held-out images.

    Attributes:
        balanced_accuracy: Mean recall over the classes.
        macro_f1: Mean F1 score over the classes.
        recalls: Recall of each class.
        calibration_error: Expected calibration error: the mean gap between confidence and accuracy
            over 15 bins (Guo et al. 2017).
        wrong: Indices of the misclassified images.
    """

    balanced_accuracy: float
    macro_f1: float
    recalls: tuple[float, ...]
    calibration_error: float
    wrong: tuple[int, ...]


def scores(logits: Tensor, labels: Tensor, num_classes: int) -> Scores:
    """Score a classifier's logits.

    Args:
        logits: `[N, num_classes]`.
        labels: `[N]` true classes, each class at least once.
        num_classes: Number of classes.

    Raises:
        ValueError: A class has no image.
    """
    if len(labels.unique()) < num_classes:
        raise ValueError("a recall needs an image of its class")
    confidence, predicted = logits.double().softmax(dim=1).max(dim=1)
    table = torch.zeros(num_classes, num_classes, dtype=torch.float64)
    ones = torch.ones(len(labels), dtype=torch.float64)
    table.index_put_((labels, predicted), ones, accumulate=True)
    correct, true, assigned = table.diag(), table.sum(dim=1), table.sum(dim=0)
    recalls = correct / true
    f1 = 2 * correct / (true + assigned)
    return Scores(
        balanced_accuracy=float(recalls.mean()),
        macro_f1=float(f1.mean()),
        recalls=tuple(recalls.tolist()),
        calibration_error=_calibration_error(confidence, predicted == labels),
        wrong=tuple((predicted != labels).nonzero()[:, 0].tolist()),
    )


def _calibration_error(confidence: Tensor, is_correct: Tensor) -> float:
    bins = (confidence * _BINS).long().clamp_max(_BINS - 1)
    error = 0.0
    for number in bins.unique():
        in_bin = bins == number
        gap = (confidence[in_bin].mean() - is_correct[in_bin].double().mean()).abs()
        error += float(gap * in_bin.double().mean())
    return error
