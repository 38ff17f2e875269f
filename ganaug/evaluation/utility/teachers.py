"""Teachers: classifiers trained on real images that label synthetic ones."""

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from tqdm import tqdm

from ganaug.evaluation.utility.classifiers import answers
from ganaug.evaluation.utility.sampling import DataMix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ganaug.evaluation.utility.arms import Arm
    from ganaug.evaluation.utility.training import ArmTrainer
    from ganaug.protocols import Augmentation

TEACHERS = 3
# Different from all seeds of the arms, so that classifiers are independent of their teachers.
FIRST_SEED = 10_000
# Share of the images with a confirmed label that count as useful: the least certain ones.
UNSURE = 0.5


def soft_labels(runner: "ArmTrainer", augmentation: "Augmentation | None") -> Tensor:
    """Return the mean probabilities `[N, K]` that teachers assign to the synthetic images.

    Teachers are trained like the arm without synthetic images: on real images only, with classes
    drawn equally often.

    Args:
        runner: Trainer of the teachers.
        augmentation: Augmentation of the arm.
    """
    mix, seeds = DataMix(augmentation=augmentation), range(FIRST_SEED, FIRST_SEED + TEACHERS)
    probabilities = [
        answers(runner.trained([(mix, runner.steps)], seed), runner.synthetic.images).softmax(dim=1)
        for seed in tqdm(seeds, desc="teachers", unit=" trainings", leave=False, disable=None)
    ]
    return torch.stack(probabilities).mean(dim=0)


def useful_rows(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the rows of useful images: those whose label the teachers barely confirm.

    For each class, these are the half of the confirmed images with the lowest probability, or all
    images if none are confirmed. Askari Hemmat et al. 2023 (arXiv 2310.00158) also use samples that
    are hard for a classifier.

    Args:
        probabilities: `[N, K]` probabilities of the classes.
        labels: `[N]` class indices.

    Example:
        >>> p = torch.tensor([0.9, 0.6, 0.1])
        >>> useful_rows(torch.stack([p, 1 - p], dim=1), torch.tensor([0, 0, 0]))
        tensor([1])
    """
    is_confirmed = probabilities.argmax(dim=1) == labels
    confidence = probabilities.gather(1, labels[:, None])[:, 0]
    useful = []
    for label in labels.unique():
        rows = (labels == label).nonzero()[:, 0]
        confirmed = rows[is_confirmed[rows]]
        if len(confirmed):
            count = max(1, int(UNSURE * len(confirmed)))
            rows = confirmed[confidence[confirmed].argsort(stable=True)[:count]]
        useful.append(rows)
    return torch.cat(useful).sort().values if useful else torch.empty(0, dtype=torch.long)


def trainings_of_teachers(arms: "Sequence[Arm]") -> "list[Arm]":
    """Return the trainings of the teachers for these arms, as arms."""
    from ganaug.evaluation.utility.arms import Arm

    augmentations = dict.fromkeys(arm.mix.augmentation for arm in arms if arm.mix.asks_teachers)
    return [
        Arm("teacher", DataMix(augmentation=augmentation))
        for augmentation in augmentations
        for _ in range(TEACHERS)
    ]
