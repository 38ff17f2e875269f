"""Teachers: classifiers trained on real images, and what they say of synthetic ones."""

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
# Far from the seeds of the arms, whose classifiers are to be independent of their teachers.
FIRST_SEED = 10_000
# Of the images that agree with their label, the share about which teachers are least sure.
UNSURE = 0.5


def soft_labels(runner: "ArmTrainer", augmentation: "Augmentation | None") -> Tensor:
    """Return the mean probabilities `[N, K]` that an ensemble gives the synthetic images.

    It is trained on real images alone, classes drawn equally often, as in the arm without
    synthetic images.

    Args:
        runner: Trains them.
        augmentation: Of the arm.
    """
    mix, seeds = DataMix(augmentation=augmentation), range(FIRST_SEED, FIRST_SEED + TEACHERS)
    found = [
        answers(runner.trained([(mix, runner.steps)], seed), runner.synthetic.images).softmax(dim=1)
        for seed in tqdm(seeds, desc="teachers", unit=" trainings", leave=False, disable=None)
    ]
    return torch.stack(found).mean(dim=0)


def useful_rows(probabilities: Tensor, labels: Tensor) -> Tensor:
    """Return the rows of useful images: the teachers agree with the label, and are unsure.

    These are the less sure half of the images of a class that agree with it; all images of a class
    where none agrees. Of no images, none are. See Askari Hemmat et al. 2023 (arXiv 2310.00158) for
    samples that a classifier finds hard.

    Args:
        probabilities: `[N, K]`, of each class.
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
    """Return what is trained for the arms that ask teachers, as arms."""
    from ganaug.evaluation.utility.arms import Arm

    asking = dict.fromkeys(arm.mix.augmentation for arm in arms if arm.mix.asks_teachers)
    return [Arm("teacher", DataMix(augmentation=own)) for own in asking for _ in range(TEACHERS)]
