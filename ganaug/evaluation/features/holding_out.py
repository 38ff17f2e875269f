"""Which images a domain network is not trained on, but judged by."""

from collections.abc import Sequence

import torch
from torch import Tensor

from datamodules.reading.splits.groups import split_by_group

# Of fewer images, a tenth drawn without regard to class says little.
FEW, LEAST_HELD = 500, 2


def held_and_kept(
    order: Tensor, labels: Tensor | None, groups: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Return the positions of a tenth of the images, and of the others.

    Args:
        order: All positions, in the order in which they are drawn.
        labels: `[N]` class indices; None without classes.
        groups: Group of each image, which is held out as a whole; or `()`.
    """
    if groups:
        classes = [0] * len(groups) if labels is None else labels.tolist()
        splits = split_by_group(groups, groups, classes, 0.1, 0.0, at_least_one=True)
        held = torch.tensor([split == "validation" for split in splits])[order]
        if held.any():
            return order[held], order[~held]
    if labels is not None and len(order) < FEW:
        return _held_by_class(order, labels)
    tenth = max(1, len(order) // 10)
    return order[:tenth], order[tenth:]


def _held_by_class(order: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Return a tenth of each class, or two images, but for a class of fewer than six, and the rest.

    Drawn without regard to class, so few would be of the most frequent class, or lack one.
    """
    held = torch.zeros(len(order), dtype=torch.bool)
    for label in labels.unique():
        own = (labels[order] == label).nonzero().flatten()
        held[own[: max(LEAST_HELD, len(own) // 10) if len(own) >= 3 * LEAST_HELD else 0]] = True
    if not held.any():
        held[0] = True
    return order[held], order[~held]
