"""Chooses the images to hold out from the training of a domain network."""

from collections.abc import Sequence

import torch
from torch import Tensor

from datamodules.reading.splits.groups import split_by_group

# Folds of the cross-validation on few images.
PARTS = 4


def held_and_kept(
    order: Tensor, labels: Tensor | None, groups: Sequence[str]
) -> tuple[Tensor, Tensor]:
    """Return the indices of a held-out tenth of the images, and of the other images.

    Args:
        order: All indices, in random order.
        labels: `[N]` class indices; None without classes.
        groups: Group of each image; groups are held out as a whole. `()` for none.
    """
    if groups:
        classes = [0] * len(groups) if labels is None else labels.tolist()
        splits = split_by_group(groups, groups, classes, 0.1, 0.0, at_least_one=True)
        is_held_out = torch.tensor([split == "validation" for split in splits])[order]
        if is_held_out.any():
            return order[is_held_out], order[~is_held_out]
    tenth = max(1, len(order) // 10)
    return order[:tenth], order[tenth:]


def parts_of(order: Tensor, labels: Tensor | None, groups: Sequence[str]) -> Tensor:
    """Return the cross-validation fold of each image, stratified by class.

    Images of a group are in the same fold. The only image or group of a class is in no fold (-1),
    so it is always trained on. If every class has only one group, groups are split; if every class
    has only one image, the classes are ignored.

    Args:
        order: All indices, in random order.
        labels: `[N]` class indices; None without classes.
        groups: Group of each image; groups are held out as a whole. `()` for none.

    Example:
        >>> parts_of(torch.arange(7), torch.tensor([0, 0, 0, 0, 1, 1, 2]), ()).tolist()
        [0, 1, 2, 3, 0, 1, -1]
    """
    image_units = list(map(str, range(len(order))))
    classes = [0] * len(order) if labels is None else labels.tolist()
    for units in (groups or image_units, image_units):
        folds = _parts_by_unit(order.tolist(), classes, units)
        if (folds >= 0).any():
            return folds
    return order.argsort() % PARTS


def _parts_by_unit(order: Sequence[int], classes: Sequence[int], units: Sequence[str]) -> Tensor:
    """Return the fold of each image by its unit; a unit has the class of its first image."""
    label_by_unit: dict[str, int] = {}
    for row in order:
        label_by_unit.setdefault(units[row], classes[row])
    units_by_class: dict[int, list[str]] = {}
    for unit, label in label_by_unit.items():
        units_by_class.setdefault(label, []).append(unit)
    splittable = [
        unit for members in units_by_class.values() if len(members) > 1 for unit in members
    ]
    fold_by_unit = {unit: number % PARTS for number, unit in enumerate(splittable)}
    return torch.tensor([fold_by_unit.get(unit, -1) for unit in units])


def number_of_units(folds: Tensor, groups: Sequence[str]) -> int:
    """Return the number of independent held-out units: groups, or images if a group is split.

    Args:
        folds: `[N]` fold in which each image is held out, -1 for none.
        groups: Group of each image; `()` for none.

    Example:
        >>> folds = torch.tensor([0, 0, 1, -1])
        >>> number_of_units(folds, ["a", "a", "b", "c"]), number_of_units(folds, ["a"] * 4)
        (2, 3)
    """
    unit_folds = {*zip(groups, folds.tolist(), strict=True)} if groups else set()
    if not groups or len(unit_folds) > len({*groups}):
        return int((folds >= 0).sum())
    return sum(fold >= 0 for _, fold in unit_folds)
