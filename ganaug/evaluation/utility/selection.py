"""Chooses the best arm without synthetic images, without using the test images."""

import statistics
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from datamodules.console import say
from ganaug.evaluation.utility.sampling import Images

if TYPE_CHECKING:
    from ganaug.evaluation.utility.arms import Arm
    from ganaug.evaluation.utility.study import StudyRunner

FOLDS = 3
# With this many validation images per class, they rank arms about as well as cross-validation.
ENOUGH = 50


class Selection:
    """Chooses the best of the arms without synthetic images.

    Choosing by the test images would overrate the chosen arm, increasingly with the number of arms,
    and the study would find too rarely that synthetic images help.

    Args:
        arms: The arms of the study.
        real: Real training images.
        validation: Real images that no classifier is trained on.
        groups: Group of each training image; groups are held out as a whole. Empty for none.
    """

    def __init__(
        self, arms: "Sequence[Arm]", real: Images, validation: Images, groups: Sequence[str] = ()
    ) -> None:
        self.candidates = [arm for arm in arms if not arm.synthetic]
        self.parts = []
        if len(self.candidates) > 1:
            self.parts = parts_of(real, validation, groups)
        self.by_validation = all(real.rows is None for real, _ in self.parts)

    @property
    def trainings(self) -> "list[Arm]":
        """The trainings that the choice needs, as arms."""
        return self.candidates * len(self.parts)

    def choose(self, runner: "StudyRunner") -> tuple[str, str]:
        """Return the name of the best arm, and a sentence on how it was chosen.

        Args:
            runner: Runner of the study, after training the arms.
        """
        if len(self.candidates) == 1:
            return self.candidates[0].name, ""
        if not self.parts:
            # A fixed choice, which doesn't depend on any result.
            name = next((a.name for a in self.candidates if a.mix.augmentation), "")
            name = name or self.candidates[-1].name
            return name, (
                f"Arms are compared with {name!r}, which was fixed beforehand: without the test "
                "images, a class has too few real images to choose the best arm without synthetic "
                "ones."
            )
        say("utility: chooses the best arm without synthetic images, without using the test images")
        accuracies: dict[str, list[float]] = {arm.name: [] for arm in self.candidates}
        for number, (real, held_out) in enumerate(self.parts):
            fold_runner = runner.with_images(f"selection-{number}", real, held_out)
            for name, (score,) in fold_runner.run(self.candidates, [number]).items():
                accuracies[name].append(score.balanced_accuracy)
        best = max(accuracies, key=lambda name: statistics.fmean(accuracies[name]))
        method = (
            "validation images"
            if self.by_validation
            else f"cross-validation of the training images in {FOLDS} parts"
        )
        return best, f"The best arm without synthetic images was chosen by {method}."


def parts_of(
    real: Images, validation: Images, groups: Sequence[str]
) -> list[tuple[Images, Images]]:
    """Return three pairs of images to train on and to score; none if there are too few images.

    With at least 50 validation images per class, only these are scored. Otherwise each pair is a
    cross-validation fold: a third of the training images is held out and scored as well.
    """
    classes = int(real.labels.max()) + 1
    if int(validation.labels.bincount(minlength=classes).min()) >= ENOUGH:
        return [(real, validation)] * FOLDS
    pairs = []
    folds = folds_of(real.labels, groups)
    for number in range(FOLDS):
        train_rows, held_out_rows = (
            (folds != number).nonzero()[:, 0],
            (folds == number).nonzero()[:, 0],
        )
        images = torch.cat([real.images[held_out_rows], validation.images])
        labels = torch.cat([real.labels[held_out_rows], validation.labels])
        if any(
            len(part_labels.unique()) < classes for part_labels in (real.labels[train_rows], labels)
        ):
            return []
        pairs.append((real._replace(rows=train_rows), Images(images, labels)))
    return pairs


def folds_of(labels: Tensor, groups: Sequence[str] = ()) -> Tensor:
    """Return the fold of each image, stratified by class, with groups kept together.

    Example:
        >>> folds_of(torch.tensor([0, 0, 0, 1, 1, 1, 1])).tolist()
        [0, 1, 2, 0, 1, 2, 0]
        >>> folds_of(torch.tensor([0, 0, 0, 0]), ["a", "b", "a", "c"]).tolist()
        [0, 1, 0, 2]
    """
    fold_by_group: dict[str, int] = {}
    next_fold: dict[int, int] = {}
    names = groups or [str(row) for row in range(len(labels))]
    for name, label in zip(names, labels.tolist(), strict=True):
        if name not in fold_by_group:
            fold_by_group[name] = next_fold.get(label, 0) % FOLDS
            next_fold[label] = next_fold.get(label, 0) + 1
    return torch.tensor([fold_by_group[name] for name in names], dtype=torch.long)
