"""Held-out real images, for choosing thresholds and checkpoints."""

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from torch import Tensor


class HeldOut(NamedTuple):
    """Real images that no network was trained on.

    Attributes:
        images: `[N, C, S, S]` uint8.
        labels: `[N]` class indices.
        name: Name of the split or splits.
    """

    images: "Tensor"
    labels: "Tensor"
    name: str


def to_choose_by(data: Any, limit: int | None = None) -> HeldOut:
    """Return the validation images, for choosing thresholds and checkpoints.

    Choosing by test images would make test results too good. They are added only if there are fewer
    than 20 validation images, with a note.

    Args:
        data: The data module.
        limit: At most this many images of each split.
    """
    import torch

    from datamodules.console import say
    from ganaug.evaluation.memorization.detector import LEAST_HELD_OUT

    images, labels = data.images("validation", limit)
    if len(labels) >= LEAST_HELD_OUT:
        return HeldOut(images, labels, "validation")
    say(
        f"note: {len(labels)} validation images are too few to choose by, so test images are added "
        f"and results on them will look too good; hold out {LEAST_HELD_OUT} or more"
    )
    test_images, test_labels = data.images("test", limit)
    return HeldOut(
        torch.cat([images, test_images]), torch.cat([labels, test_labels]), "validation and test"
    )
