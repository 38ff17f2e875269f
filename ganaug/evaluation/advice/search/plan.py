"""How much a search tries: the rungs of successive halving, by the number of trainings."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ganaug.evaluation.utility.frozen import VIEWS
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.utils.errors import UsageError

# Share of the steps of the test in each rung.
FIRST, LATER = 4, 2
TEST_SEEDS = 5


@dataclass(frozen=True)
class Plan:
    """What a search tries, settled once.

    Attributes:
        steps: Batches of 64 in a training for the test, if the budget allows; half in the later
            rungs and a quarter in the first. The test has no fewer than the later rungs.
        augmentations: The most augmentations to try.
        combinations: Combinations of single choices in the second rung.
        finalists: Candidates in the last rung, besides real images alone. The best one without
            further images is always among them, or joins the only one.
        repeats: Repeats of the cross-validation in the last rung.
        refined: Whether the best candidates are also tried with other shares, augmentation of half
            of the images, and other regularization.

    Example:
        >>> plan = PLANS[0]
        >>> plan.trials(candidates=8)
        33
    """

    steps: int
    augmentations: int
    combinations: int
    finalists: int
    repeats: int
    refined: bool = False

    @property
    def rungs(self) -> tuple["Rung", ...]:
        """The rungs, from many candidates with little training to few with much."""
        later = max(1, self.steps // LATER)
        return (
            Rung(max(1, self.steps // FIRST), 1),
            Rung(later, 1),
            Rung(later, self.repeats),
        )

    def singles(self, *, sets: bool) -> int:
        """Return how many single choices are in the second rung.

        Args:
            sets: Whether there are sets: the best choice with one and the best without any are then
                both there, or a set would be compared with less than the best.
        """
        return max(self.finalists, 1 + sets)

    def trials(self, candidates: int, *, sets: bool = False) -> int:
        """Return the trainings of the whole search, at most.

        Args:
            candidates: Those of the first rung, and their refinements in the second.
            sets: Whether some have further images.
        """
        second = self.combinations + self.singles(sets=sets)
        # The last rung has the second's repeat already, but for real images alone.
        last = (self.finalists + 1) * self.repeats - self.finalists
        return FOLDS * (candidates + second + last)

    def to_dict(self) -> dict[str, Any]:
        """Return its attributes, which `Plan(**…)` takes."""
        return asdict(self)


@dataclass(frozen=True)
class Rung:
    """A rung of successive halving.

    Attributes:
        steps: Of each training.
        repeats: Of the cross-validation.
    """

    steps: int
    repeats: int


class Reading(NamedTuple):
    """How much frozen features take in of each image.

    Attributes:
        views: Augmented views, besides the image itself.
        most: The largest side of the images in pixels; None for the classifier's own.
    """

    views: int = VIEWS
    most: int | None = None

    def side(self, size: int) -> int:
        """Return the side at which images are read for a classifier whose own is `size`."""
        return min(size, self.most or size)


# If the smallest search takes longer than the budget, the next one is tried.
READINGS = (Reading(), Reading(views=1), Reading(1, 128), Reading(1, 96))


# From the least that compares anything to all that is worth trying; each has more trainings than
# the one before. After a quarter of 100 steps, small names few of the digits right, and
# differences mean nothing. After a quarter of 200 it names most, but what takes longer to learn
# from, such as elastic, still looks worse than it is; after a quarter of 400 it no longer does.
# Without a combination, a set would never be tried with any classifier but the first. Two repeats
# tell too little about chance for any set to be recommended.
PLANS = (
    Plan(200, 1, 1, 1, 1),
    Plan(200, 2, 1, 2, 1),
    Plan(400, 2, 1, 2, 3),
    Plan(400, 3, 2, 2, 3),
    Plan(400, 4, 3, 2, 3),
    Plan(400, 5, 4, 3, 3, True),
    Plan(400, 6, 5, 3, 3, True),
    Plan(500, 6, 6, 4, 3, True),
    Plan(600, 7, 7, 4, 3, True),
    Plan(800, 7, 8, 4, 3, True),
    Plan(1000, 7, 10, 4, 3, True),
    Plan(1000, 9, 12, 5, 4, True),
    Plan(1500, 12, 16, 6, 5, True),
    Plan(2000, 20, 24, 8, 5, True),
)


def plan_of(trials: int, candidates: Sequence[int], *, sets: bool = False) -> Plan:
    """Return the largest plan of at most so many trainings.

    Args:
        trials: The number.
        candidates: As `Plan.trials` takes it, of each of `PLANS`.
        sets: Whether some have further images.

    Raises:
        UsageError: There are too few to compare anything.
    """
    pairs = zip(PLANS, candidates, strict=True)
    sizes = [plan.trials(count, sets=sets) for plan, count in pairs]
    fitting = [plan for plan, size in zip(PLANS, sizes, strict=True) if size <= trials]
    if not fitting:
        raise UsageError(
            f"trials is {trials}, and the smallest search has {sizes[0]}; give {sizes[0]} or more, "
            "or fewer choices of classifier, augmentation or synthetic sets"
        )
    return fitting[-1]
