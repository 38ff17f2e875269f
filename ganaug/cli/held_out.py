"""Real images to choose by, so that test images take part in nothing but the test."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from datamodules.console import say
from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT


class HeldOut(NamedTuple):
    """Real images that no network was trained on.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` class indices.
        name: Of which splits they are.
    """

    images: Tensor
    labels: Tensor
    name: str


def to_choose_by(data: Any, limit: int | None = None) -> HeldOut:
    """Return validation images, by which thresholds are set and checkpoints ranked.

    A set or a checkpoint that was chosen by test images would then be tested too kindly. Where
    there are fewer than 20 validation images, test images stand beside them, and that is printed.

    Args:
        data: The data module.
        limit: At most so many of a split.
    """
    images, labels = data.images("validation", limit)
    if len(labels) >= LEAST_HELD_OUT:
        return HeldOut(images, labels, "validation")
    say(
        f"note: {len(labels)} validation images are too few to choose by, so test images take part "
        f"in the choice, and a test on them is too kind; hold out {LEAST_HELD_OUT} or more"
    )
    more, their_labels = data.images("test", limit)
    return HeldOut(
        torch.cat([images, more]), torch.cat([labels, their_labels]), "validation and test"
    )
