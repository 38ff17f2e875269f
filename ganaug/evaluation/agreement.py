"""Whether synthetic images show what was asked for, by an independent classifier."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ganaug.evaluation.networks import DomainNetwork, read_features


@dataclass(frozen=True)
class Agreement:
    """How often a judge reads a synthetic image as the class that was asked for.

    Attributes:
        judge: Name of the judge's network.
        overall: Share of all synthetic images; None without a judge.
        per_class: Share of each class's synthetic images.
        n_per_class: Synthetic images of each class.
        real_overall: The judge's accuracy on real test images, which bounds what to expect.
        real_per_class: The same for each class.
        n_real: Real test images.
        reason: Why there is no agreement to report; empty otherwise.
    """

    judge: str
    overall: float | None
    per_class: dict[str, float]
    n_per_class: dict[str, int]
    real_overall: float | None
    real_per_class: dict[str, float]
    n_real: int
    reason: str

    @classmethod
    def none(cls, reason: str) -> "Agreement":
        """No agreement, and why."""
        return cls("none", None, {}, {}, None, {}, 0, reason)


def agreement(
    judge: DomainNetwork,
    class_names: Sequence[str],
    *,
    synthetic: Tensor,
    synthetic_labels: Tensor,
    reference: Tensor,
    reference_labels: Tensor,
) -> Agreement:
    """Let a classifier trained on real images read the synthetic ones.

    Args:
        judge: Trained on the real training images, with a seed and width of its own.
        class_names: Names of the labels.
        synthetic: `[N, channels, S, S]` uint8.
        synthetic_labels: `[N]` classes asked for.
        reference: `[R, channels, S, S]` uint8 real images that nothing was trained on.
        reference_labels: `[R]` their classes.

    Returns:
        The agreement, with the judge's accuracy on real images; classes without images are left
        out.
    """
    if not judge.logits_mean_classes:
        reason = "there is a single class, so there is no label to agree with"
        return Agreement(judge.name, None, {}, {}, None, {}, len(reference), reason)
    right = _right(judge, synthetic, synthetic_labels)
    real_right = _right(judge, reference, reference_labels)
    by_class = _by_class(right, synthetic_labels, class_names)
    return Agreement(
        judge=judge.name,
        overall=float(right.mean()),
        per_class=by_class,
        n_per_class={
            name: int((synthetic_labels == label).sum())
            for label, name in enumerate(class_names)
            if name in by_class
        },
        real_overall=float(real_right.mean()) if len(real_right) else None,
        real_per_class=_by_class(real_right, reference_labels, class_names),
        n_real=len(real_right),
        reason="",
    )


def _right(judge: DomainNetwork, images: Tensor, labels: Tensor) -> Tensor:
    if not len(images):
        return torch.empty(0, dtype=torch.float64)
    return (read_features(judge, images)[1].argmax(1) == labels).double()


def _by_class(right: Tensor, labels: Tensor, class_names: Sequence[str]) -> dict[str, float]:
    return {
        name: float(right[labels == label].mean())
        for label, name in enumerate(class_names)
        if (labels == label).any()
    }
