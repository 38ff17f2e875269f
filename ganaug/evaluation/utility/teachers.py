"""Teachers: classifiers that are trained on real images and label synthetic ones."""

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
# Far from the seeds of the arms, so that classifiers are independent of their teachers.
FIRST_SEED = 10_000
# Share of the images with a confirmed label that counts as useful: the least certain ones.
UNSURE = 0.5


def soft_labels(runner: "ArmTrainer", augmentation: "Augmentation | None") -> Tensor:
    """Return the mean probabilities `[N, K]` that teachers assign to the synthetic images.

    Teachers are trained on real images alone, with classes drawn equally often, as in the arm
    without synthetic images.

    Args:
        runner: Trains the teachers.
        augmentation: Augmentation of the arm.
    """
    mix, seeds = DataMix(augmentation=augmentation), range(FIRST_SEED, FIRST_SEED + TEACHERS)
    found = [
        answers(runner.trained([(mix, runner.steps)], seed), runner.synthetic.images).softmax(dim=1)
        for seed in tqdm(seeds, desc="teachers", unit=" trainings", leave=False, disable=None)
    ]
    return torch.stack(found).mean(dim=0)


def useful_rows(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the rows of useful images: those whose label the teachers confirm, but barely.

    These are, for each class, the half of the confirmed images that teachers are least sure about,
    or all images if they confirm none. Askari Hemmat et al. 2023 (arXiv 2310.00158) also use
    samples that a classifier finds hard.

    Args:
        probabilities: `[N, K]` probabilities of the classes.
        labels: `[N]` class indices.

    Example:
        >>> sure = torch.tensor([0.9, 0.6, 0.1])
        >>> useful_rows(torch.stack([sure, 1 - sure], dim=1), torch.tensor([0, 0, 0]))
        tensor([1])
    """
    agree = probabilities.argmax(dim=1) == labels
    sureness = probabilities.gather(1, labels[:, None])[:, 0]
    found = []
    for label in labels.unique():
        own = (labels == label).nonzero()[:, 0]
        agreeing = own[agree[own]]
        if len(agreeing):
            count = max(1, int(UNSURE * len(agreeing)))
            own = agreeing[sureness[agreeing].argsort(stable=True)[:count]]
        found.append(own)
    return torch.cat(found).sort().values if found else torch.empty(0, dtype=torch.long)


def trainings_of_teachers(arms: "Sequence[Arm]") -> "list[Arm]":
    """Return the trainings of the teachers that these arms need, as arms."""
    from ganaug.evaluation.utility.arms import Arm

    asking = dict.fromkeys(arm.mix.augmentation for arm in arms if arm.mix.asks_teachers)
    return [Arm("teacher", DataMix(augmentation=own)) for own in asking for _ in range(TEACHERS)]
