"""Repeated stratified cross-validation: the images to train on and those to score, by fold."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ganaug.evaluation.advice.search.plan import PLANS
from ganaug.evaluation.utility.selection import FOLDS, folds_of
from ganaug.utils.errors import UsageError

# Maximum number of images of a class to score; the others are always trained on. This many measure
# a recall to within two points, and scoring more would take time.
SCORED = 400
# With fewer images of a class than this, its recall is hardly known.
FEW = 4
# Attempts to split by class and, if a few groups hold several classes, by group alone.
ATTEMPTS = 20


class Fold(NamedTuple):
    """Rows of the real images in a fold.

    Attributes:
        train: Images to train on.
        held_out: Images to score.
    """

    train: Tensor
    held_out: Tensor


class CrossValidation:
    """Splits real images into three folds, differently in each repeat.

    Folds are stratified by class and keep groups together. A class with a single image or group is
    always trained on and never scored.

    Args:
        labels: `[N]` classes of the real images.
        groups: Group of each image; empty for none.
        seed: Seed of the splits.

    Example:
        >>> folds = CrossValidation(torch.tensor([0, 0, 0, 1, 1, 1, 1, 2]))
        >>> folds.scored.tolist()
        [0, 1, 2, 3, 4, 5, 6]
        >>> parts = [folds.fold(0, number) for number in range(FOLDS)]
        >>> sorted(row for part in parts for row in part.held_out.tolist())
        [0, 1, 2, 3, 4, 5, 6]
    """

    def __init__(self, labels: Tensor, groups: Sequence[str] = (), seed: int = 0) -> None:
        self.labels, self.seed = labels, seed
        self.groups = list(groups) or [str(row) for row in range(len(labels))]
        self.grouped = bool(groups)
        self.scored = self._choose_scored()

    @property
    def unscored(self) -> list[int]:
        """Classes that are never scored."""
        return sorted(set(self.labels.tolist()) - set(self.labels[self.scored].tolist()))

    def refuse_too_few(self) -> None:
        """Refuse images that can't be split in every repeat of a search.

        Raises:
            UsageError: Every class has fewer than three images, or groups, or the groups leave no
                image of a class to train on.
        """
        groups: dict[int, set[str]] = {}
        for row in self.scored.tolist():
            groups.setdefault(int(self.labels[row]), set()).add(self.groups[row])
        if max(map(len, groups.values()), default=0) < FOLDS:
            raise UsageError(
                f"every class has fewer than {FOLDS} images (or groups of them) to train on, and "
                f"candidates are compared by {FOLDS}-fold cross-validation; add images"
            )
        for repeat in range(max(plan.repeats for plan in PLANS)):
            self._fold_numbers(repeat)

    def fold(self, repeat: int, number: int) -> Fold:
        """Return one of the three folds of a repeat.

        Raises:
            UsageError: The groups leave no image of a class to train on.
        """
        held_out = self.scored[self._fold_numbers(repeat) == number]
        train = torch.ones(len(self.labels), dtype=torch.bool)
        train[held_out] = False
        return Fold(train.nonzero()[:, 0], held_out)

    def _choose_scored(self) -> Tensor:
        random = np.random.default_rng([self.seed, 0])
        scored = []
        for label in self.labels.unique():
            class_rows = (self.labels == label).nonzero()[:, 0]
            names = {self.groups[row] for row in class_rows.tolist()}
            if len(names) > 1 and self.grouped:
                scored.append(class_rows)
            elif len(names) > 1:
                scored.append(
                    class_rows[torch.from_numpy(random.permutation(len(class_rows))[:SCORED])]
                )
        rows = torch.cat(scored).sort().values if scored else torch.empty(0, dtype=torch.long)
        # Groups are held out as a whole, so a group with an unscored image is never held out.
        unscored_groups = {self.groups[row] for row in range(len(self.labels))} - {
            self.groups[row] for row in rows.tolist()
        }
        return torch.tensor(
            [r for r in rows.tolist() if self.groups[r] not in unscored_groups]
        ).long()

    def _fold_numbers(self, repeat: int) -> Tensor:
        """Return the fold number of each scored image."""
        for attempt in range(2 * ATTEMPTS):
            random = np.random.default_rng([self.seed, 1 + repeat, attempt])
            order = torch.from_numpy(random.permutation(len(self.scored)))
            rows = self.scored[order]
            labels = self.labels[rows] if attempt < ATTEMPTS else torch.zeros_like(rows)
            fold_numbers = torch.empty(len(rows), dtype=torch.long)
            fold_numbers[order] = folds_of(labels, [self.groups[r] for r in rows.tolist()])
            if all(self._is_valid(fold_numbers == number) for number in range(FOLDS)):
                return fold_numbers
        raise UsageError(
            "groups: no split leaves images of every class to train on; give smaller groups, or "
            "leave out the classes that share theirs with another one"
        )

    def _is_valid(self, held_out: Tensor) -> bool:
        """Whether a part holds out images, and leaves some of every class to train on."""
        train_mask = torch.ones(len(self.labels), dtype=torch.bool)
        train_mask[self.scored[held_out]] = False
        return bool(held_out.any()) and len(self.labels[train_mask].unique()) == len(
            self.labels.unique()
        )
