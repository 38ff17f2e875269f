"""Spaces: what a search by a plan tries, around the default policy."""

from collections.abc import Sequence

from ganaug.evaluation.advice.search.candidates import (
    FEW_WAYS,
    MORE_WAYS,
    OTHER_DECAYS,
    Candidate,
    Space,
)
from ganaug.evaluation.advice.search.plan import Plan
from ganaug.evaluation.advice.trainings.workbench import Workbench

DEFAULT_AUGMENTATION = "light"
# Finalists of a long search, which has time for teachers in each fold and for other linear heads.
LONG = 4


def default_policy(classifier: str, augmentations: Sequence[str]) -> Candidate:
    """Return the default policy: `light` or else the first augmentation, classes equally often."""
    known = DEFAULT_AUGMENTATION in augmentations
    name = DEFAULT_AUGMENTATION if known else [*augmentations, "none"][0]
    return Candidate(classifier, name, "equal")


class Spaces:
    """The spaces that searches on the images of a workbench try.

    Args:
        bench: Carries out the trainings.
        augmentations: Names or files, in the order in which to try them.
        named: The number of these, from the first, that even a short search tries.
    """

    def __init__(self, bench: Workbench, augmentations: Sequence[str], named: int) -> None:
        self.bench, self.augmentations, self.named = bench, augmentations, named

    def __call__(
        self, plan: Plan, names: Sequence[str], further: Sequence[str] | None = None
    ) -> Space:
        """Return the space that a plan searches, with classifiers and further images by name."""
        frozen = [name for name, each in self.bench.classifiers.items() if each.frozen]
        policies = list(self.augmentations[: max(self.named, plan.augmentations)])
        long = plan.finalists >= LONG
        ways = MORE_WAYS if long else FEW_WAYS
        decays = OTHER_DECAYS if long and {*frozen} & {*names} else ()
        center, every = default_policy(names[0], policies), ["none", *policies]
        sets = self.bench.further if further is None else further
        shares = self.bench.shares
        return Space(center, names, frozen, every, sets, ways, plan.refined, decays, shares)
