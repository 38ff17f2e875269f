"""Search spaces of plans, around the default policy."""

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
# From this number of finalists, a search has time for teachers in each fold and for other linear
# heads.
LONG = 4


def default_policy(classifier: str, augmentations: Sequence[str]) -> Candidate:
    """Return the default policy: balanced classes, and `light` or else the first augmentation."""
    has_default = DEFAULT_AUGMENTATION in augmentations
    name = DEFAULT_AUGMENTATION if has_default else [*augmentations, "none"][0]
    return Candidate(classifier, name, "equal")


class Spaces:
    """Builds the search spaces of plans, for the images of a workbench.

    Args:
        bench: Workbench with the classifiers and further images.
        augmentations: Names or files of augmentations, in the order in which to try them.
        named: Number of augmentations, from the first, that even a short search tries.
    """

    def __init__(self, bench: Workbench, augmentations: Sequence[str], named: int) -> None:
        self.bench, self.augmentations, self.named = bench, augmentations, named

    def __call__(
        self, plan: Plan, names: Sequence[str], further: Sequence[str] | None = None
    ) -> Space:
        """Return the search space of a plan.

        Args:
            plan: The plan.
            names: Names of the classifiers.
            further: Names of further images; by default all of the workbench.
        """
        frozen = [name for name, classifier in self.bench.classifiers.items() if classifier.frozen]
        policies = list(self.augmentations[: max(self.named, plan.augmentations)])
        is_long = plan.finalists >= LONG
        ways = MORE_WAYS if is_long else FEW_WAYS
        decays = OTHER_DECAYS if is_long and {*frozen} & {*names} else ()
        center, every = default_policy(names[0], policies), ["none", *policies]
        sets = self.bench.further if further is None else further
        shares = self.bench.shares
        return Space(center, names, frozen, every, sets, ways, plan.refined, decays, shares)
