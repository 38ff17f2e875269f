"""Decides how much a search tries, once for all processes that share it."""

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

from datamodules.console import say
from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.jobs.work import carry_out
from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Results
from ganaug.evaluation.advice.search.plan import PLANS, Plan, Reading, plan_of
from ganaug.evaluation.advice.spaces import Spaces
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.planning import (
    less_than_usual,
    plan_record,
    planned,
    replanned,
)
from ganaug.evaluation.advice.trainings.workbench import Workbench

# Keys of the decisions among the jobs of a search.
PLAN_KEY, LARGER_KEY, STEPS_KEY = (
    json.dumps({"kind": kind}) for kind in ("plan", "larger", "steps")
)


class Planner:
    """Decides how much a search tries, by the pace of the first process.

    Each decision is stored among the jobs of the search, for other processes and for a resumed
    search.

    Args:
        bench: Workbench that does the trainings.
        spaces: Returns the search space of a plan.
        tested: Number of test images.
        trials: Maximum number of trainings of the search; by default as many as fit the budget.
        asked: Number of classifiers, from the first, that are always tried; the others are only
            tried if they fit. By default all.

    Attributes:
        reduced: A sentence for each reduction of the chosen plan to save time.
    """

    def __init__(
        self,
        bench: Workbench,
        spaces: Spaces,
        *,
        tested: int,
        trials: int | None = None,
        asked: int | None = None,
    ) -> None:
        self.bench, self.spaces, self.tested = bench, spaces, tested
        self.trials, self.asked = trials, asked
        self.reduced: list[str] = []

    def refuse_too_short(self, seconds: float, budget: str, further: Sequence[str]) -> None:
        """Refuse a budget that is too short, or too few trials, before models are fitted.

        The budget is checked without the images of these models, since their cost is unknown.

        Args:
            seconds: Time for the search and its test.
            budget: The budget as the user gave it.
            further: Names of all further images, including those of models to be fitted.

        Raises:
            UsageError: The budget is too short, or the trials are too few.
        """
        if self.trials is None:
            self._plan_for_budget(time.monotonic() + seconds, budget)
        else:
            self._plan_for_trials(self.trials, further)

    def choose(self, jobs: Jobs, until: float, budget: str) -> tuple[Space, Plan]:
        """Choose the plan, and return it with its search space.

        Args:
            jobs: Store of the decision.
            until: Deadline, by `time.monotonic`.
            budget: The budget as the user gave it.

        Raises:
            UsageError: The budget is too short, or the trials are too few.
        """

        def decide() -> dict[str, Any]:
            if self.trials is None:
                return self._plan_for_budget(until, budget)
            return self._plan_for_trials(self.trials, self.bench.further)

        decision = _decide_once(jobs, PLAN_KEY, decide)
        plan, names = Plan(**decision["plan"]), decision["classifiers"]
        self._set_reading(Reading(**decision.get("reading", {})), names)
        return self._announce(plan, names), plan

    def enlarge(
        self, jobs: Jobs, space: Space, plan: Plan, seconds: float, until: float
    ) -> tuple[Space, Plan] | None:
        """Return a larger plan and its search space, if the pace of the first round allows one.

        Args:
            jobs: Store of the decision.
            space: Search space of the first round.
            plan: The plan so far.
            seconds: Seconds that the first round took.
            until: Deadline, by `time.monotonic`.
        """

        def decide() -> dict[str, Any]:
            return replanned(self.spaces, self._pace(), space, plan, seconds, until)

        larger = Plan(**_decide_once(jobs, LARGER_KEY, decide)["plan"])
        return None if larger == plan else (self._announce(larger, space.classifiers), larger)

    def last_steps(
        self, jobs: Jobs, search: Search, candidates: Sequence[Candidate], until: float
    ) -> int:
        """Return the steps of the test's trainings: as many as the remaining time allows.

        They are never fewer than in the last round.

        Args:
            jobs: Store of the decision.
            search: The finished search.
            candidates: Candidates to test.
            until: Deadline, by `time.monotonic`.
        """

        def decide() -> dict[str, Any]:
            if self.trials is not None:
                return {"steps": search.plan.steps}
            min_steps, seconds_left = search.plan.rungs[-1].steps, until - time.monotonic()
            distinct = [*dict.fromkeys(candidates)]
            return {"steps": self._pace().most_steps(distinct, min_steps, seconds_left)}

        return int(_decide_once(jobs, STEPS_KEY, decide)["steps"])

    @staticmethod
    def record(results: Results) -> dict[str, Any]:
        """Return the plan that a search followed, its classifiers and its number of trials."""
        return {**results[PLAN_KEY], **results.get(LARGER_KEY, {})}

    def _pace(self) -> Pace:
        return Pace(self.bench, self.tested)

    def _plan_for_budget(self, until: float, budget: str) -> dict[str, Any]:
        names = [*self.bench.classifiers]
        return planned(self.spaces, self._pace(), names, self.asked, until, budget)

    def _plan_for_trials(self, trials: int, further: Sequence[str]) -> dict[str, Any]:
        spaces = [self.spaces(plan, [*self.bench.classifiers], further) for plan in PLANS]
        plan = plan_of(trials, [space.size for space in spaces], sets=bool(spaces[0].sets))
        return plan_record(plan, spaces[PLANS.index(plan)])

    def _announce(self, plan: Plan, names: Sequence[str]) -> Space:
        """Return the search space of a plan; print its augmentations if they are not all."""
        space = self.spaces(plan, names)
        tried_names, num_augmentations = space.augmentations[1:], len(self.spaces.augmentations)
        if len(tried_names) < num_augmentations:
            say(
                f"advise: tries {len(tried_names)} of {num_augmentations} augmentations: "
                f"{', '.join(tried_names)}"
            )
        return space

    def _set_reading(self, reading: Reading, names: Sequence[str]) -> None:
        """Apply a plan's number of views and image size to classifiers on frozen features."""
        default_names = [*self.bench.classifiers][: self.asked]
        frozen = {
            n: classifier for n, classifier in self.bench.classifiers.items() if classifier.frozen
        }
        self.reduced = less_than_usual(reading, frozen)
        if not {*default_names} & {*names}:
            self.reduced = [
                f"the classifier {' and '.join(names)} replaces {' and '.join(default_names)}, for "
                "which the budget is too short"
            ]
        for sentence in self.reduced:
            say(f"advise: {sentence}")
        if reading != Reading():
            self.bench.use(
                {n: k.reading(reading.views, reading.side(k.size)) for n, k in frozen.items()}
            )


def _decide_once(jobs: Jobs, key: str, decide: Callable[[], dict[str, Any]]) -> Any:
    """Return the decision of the first process, which all other processes adopt."""
    return carry_out(jobs, lambda results: [] if key in results else [key], lambda _: decide())[key]
