"""Plans: how much a search tries in each rung of successive halving."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from ganaug.evaluation.utility.frozen import VIEWS
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.utils.errors import UsageError

# Divisors of the test's steps, for the first rung and for the later ones.
FIRST, LATER = 4, 2
TEST_SEEDS = 5


@dataclass(frozen=True)
class Plan:
    """How much a search tries.

    Attributes:
        steps: Number of batches of 64 in a training for the test, if the budget allows; half in the
            later rungs and a quarter in the first. The test has no fewer than the later rungs.
        augmentations: Maximum number of augmentations to try.
        combinations: Number of combinations of single choices in the second rung.
        finalists: Number of candidates in the last rung, in addition to real images alone. The best
            one without further images is always included, as an additional one if there is only one
            finalist.
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
        """The rungs, from many briefly trained candidates to few candidates trained for longer."""
        later = max(1, self.steps // LATER)
        return (
            Rung(max(1, self.steps // FIRST), 1),
            Rung(later, 1),
            Rung(later, self.repeats),
        )

    def singles(self, *, sets: bool) -> int:
        """Return the number of single choices in the second rung.

        Args:
            sets: Whether there are sets. If so, the rung includes the best choice with a set and
                the best one without, for a fair comparison.
        """
        return max(self.finalists, 1 + sets)

    def trials(self, candidates: int, *, sets: bool = False) -> int:
        """Return the maximum number of trainings of the search.

        Args:
            candidates: Number of candidates in the first rung, plus refinements in the second.
            sets: Whether some candidates have further images.
        """
        second_rung = self.combinations + self.singles(sets=sets)
        # The last rung reuses the second rung's repeat, except for real images alone.
        last_rung = (self.finalists + 1) * self.repeats - self.finalists
        return FOLDS * (candidates + second_rung + last_rung)

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes, for `Plan(**…)`."""
        return asdict(self)


@dataclass(frozen=True)
class Rung:
    """A rung of successive halving.

    Attributes:
        steps: Steps of each training.
        repeats: Repeats of the cross-validation.
    """

    steps: int
    repeats: int


class Reading(NamedTuple):
    """How many views of an image are read for frozen features, and at which size.

    Attributes:
        views: Number of augmented views, in addition to the image itself.
        most: Maximum side of the images in pixels; None for the classifier's default.
    """

    views: int = VIEWS
    most: int | None = None

    def side(self, size: int) -> int:
        """Return the side of the images for a classifier whose default is `size`."""
        return min(size, self.most or size)


# If the smallest search does not fit into the budget, the next reading is tried.
READINGS = (Reading(), Reading(views=1), Reading(1, 128), Reading(1, 96))


# From the smallest plan that compares anything to all that is worth trying, in the order of the
# number of trainings. After a quarter of 100 steps, the classifier `small` recognizes few digits,
# and differences are meaningless. After a quarter of 200 it recognizes most, but augmentations that
# take longer to learn from, such as elastic, are still underrated; after a quarter of 400 they no
# longer are. Without a combination, a set would only be tried with the first classifier. Two
# repeats are too few for any set to be significantly better.
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
    """Return the largest plan with at most `trials` trainings.

    Args:
        trials: Maximum number of trainings.
        candidates: The argument of `Plan.trials` for each of `PLANS`.
        sets: Whether some candidates have further images.

    Raises:
        UsageError: There are too few trainings to compare anything.
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
