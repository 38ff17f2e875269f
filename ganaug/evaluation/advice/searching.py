"""Searches on the images of a workbench: plan, search, recommendation and test."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from datamodules.console import say
from ganaug.evaluation.advice.final_test import roles_of, test_jobs, tested
from ganaug.evaluation.advice.images.training_images import VALIDATION
from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.jobs.work import carry_out
from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job, Results, unfinished
from ganaug.evaluation.advice.search.plan import PLANS, Plan, Reading, plan_of
from ganaug.evaluation.advice.search.progress import Progress
from ganaug.evaluation.advice.sentences import notes_of, words_of_untested
from ganaug.evaluation.advice.spaces import Spaces
from ganaug.evaluation.advice.trainings.pace import Pace
from ganaug.evaluation.advice.trainings.planning import (
    kept,
    less_than_usual,
    planned,
    replanned,
)
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.leaks import refuse_leaks, untested
from ganaug.evaluation.utility.material import order_of

JOURNAL = "search.journal"
PLAN, LARGER, STEPS = (json.dumps({"kind": kind}) for kind in ("plan", "larger", "steps"))
# Raise it whenever the same facts would be searched differently.
RECIPE = 6


class Searching:
    """A search on the images of a workbench.

    Args:
        bench: Carries out the trainings.
        augmentations: Names or files, in the order in which to try them.
        named: The number of these, from the first, that even a short search tries.
        out: Folder of the results.
        storage: URL of an Optuna storage; by default a file in `out`.
        trials: The most trainings of the search; by default what fits into the budget.
        asked: The number of classifiers, from the first, that always take part; the others only if
            they fit.
        compared: Sets whose best candidate takes part in the test, as do the sets of fitted models,
            which cross-validation flatters.
    """

    def __init__(
        self,
        bench: Workbench,
        augmentations: Sequence[str],
        *,
        named: int,
        out: Path,
        storage: str | None = None,
        trials: int | None = None,
        asked: int | None = None,
        compared: Sequence[str] = (),
    ) -> None:
        self.compared = compared
        self.asked, self.less = asked, list[str]()
        self.bench, self.augmentations, self.named = bench, augmentations, named
        self.trials, self.data = trials, bench.data
        self.space = Spaces(bench, augmentations, named)
        self.test = self._test_labels()
        self.storage = storage or out / JOURNAL

    def refuse_too_short(self, seconds: float, budget: str, further: Sequence[str]) -> None:
        """Refuse too short a budget, or too few trials, before further images are made.

        The budget is checked without these images, since the time that they take isn't known yet.

        Args:
            seconds: Time for the search and its test.
            budget: The budget as the user gave it.
            further: Names of all further images, including those still to be made.

        Raises:
            UsageError: The budget is too short, or the trials are too few.
        """
        if self.trials is None:
            self._plan(time.monotonic() + seconds, budget)
        else:
            self._counted(self.trials, further)

    @cached_property
    def jobs(self) -> Jobs:
        """The trainings, shared by all processes of the search; all sets must exist by then."""
        return Jobs(self.storage, self.facts)

    def advice(self, until: float, budget: str) -> Advice:
        """Search and test, and return the advice.

        Args:
            until: When to be done, by `time.monotonic`.
            budget: The budget as the user gave it.
        """
        search, progress = self._begun(until, budget)
        results = self._done(search.left, progress.show)
        recommended = search.recommended(results)
        compared = [*self.compared, *self.bench.drawn]
        roles = roles_of(recommended, search, results, compared)
        if not len(self.test):
            steps = self._last_steps(search, [recommended], until)
            return self._advice(search, results, recommended, {}, {}, steps)
        each = [recommended, *roles.values(), *(step for _, step in recommended.ladder)]
        steps = self._last_steps(search, each, until)
        jobs = test_jobs(search, each, steps)
        results = self._done(partial(unfinished, jobs), progress.show_test(jobs, recommended))
        found = tested(recommended, jobs, results, self.bench.test(self.data.image_size).labels)
        return self._advice(search, results, recommended, roles, found, steps)

    def _done(
        self, left: Callable[[Results], list[Job]], seen: Callable[[Results], None]
    ) -> Results:
        """Carry out jobs until none is left, and return all results."""
        return carry_out(
            self.jobs,
            lambda known: [job.key for job in left(known)],
            lambda key: self.bench.do(Job.of(key)),
            seen,
        )

    def _begun(self, until: float, budget: str) -> tuple[Search, Progress]:
        """Return the search that fits into the budget, and its progress.

        It is a larger one than planned if the first round was faster.
        """
        space, plan = self.settled(until, budget)
        search, tested = Search(space, plan, self._scored()), bool(len(self.test))
        progress = Progress(search, tested=tested)
        if self.trials is not None or {*space.frozen} & {*space.classifiers}:
            return search, progress
        first = search.first()
        results = self._done(partial(unfinished, first), progress.show)
        took = sum(results[job.key]["seconds"] for job in first)

        def settle(_: str) -> dict[str, Any]:
            pace = Pace(self.bench, len(self.test))
            return replanned(self.space, pace, space, plan, took, until)

        results = carry_out(self.jobs, lambda known: [] if LARGER in known else [LARGER], settle)
        if (larger := Plan(**results[LARGER]["plan"])) == plan:
            return search, progress
        progress.bar.close()
        say("advise: the first round took less time than planned, so a larger search begins")
        search = Search(self._told(larger, space.classifiers), larger, self._scored())
        return search, Progress(search, tested=tested, before=len(first))

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Everything that the results of the jobs depend on."""
        bench = self.bench
        policies = {
            name: str(getattr(bench.augmentation(name, self.data.image_size), "compose", name))
            for name in self.augmentations
        }
        return {
            "recipe": RECIPE,
            "images": {s: self.data.fingerprint_of(s) for s in ("train", "validation", "test")},
            "order": order_of(self.data),
            "classifiers": [dict(each.facts) for each in bench.classifiers.values()],
            "augmentations": policies,
            "unlabelled": bench.heap and bench.heap.identity,
            "sets": {name: each.identity for name, each in bench.sets.items()},
            "seed": bench.seed,
            "trials": self.trials,
            # Names given next to `all` decide which of the others a short search tries.
            **({"named": self.named} if 0 < self.named < len(self.augmentations) else {}),
            **({"drawn": bench.drawn} if bench.drawn and bench.heap else {}),
        }

    def settled(self, until: float, budget: str) -> tuple[Space, Plan]:
        """Return the space and the plan, which the first process of the search decides."""
        results = carry_out(
            self.jobs,
            lambda known: [] if PLAN in known else [PLAN],
            lambda _: self._plan(until, budget),
        )
        plan = Plan(**results[PLAN]["plan"])
        self._read(Reading(**results[PLAN].get("reading", {})), results[PLAN]["classifiers"])
        return self._told(plan, results[PLAN]["classifiers"]), plan

    def _told(self, plan: Plan, names: Sequence[str]) -> Space:
        """Return the space of a plan, and say which augmentations it leaves out."""
        space = self.space(plan, names)
        tried, every = space.augmentations[1:], len(self.augmentations)
        if len(tried) < every:
            say(f"advise: tries {len(tried)} of {every} augmentations: {', '.join(tried)}")
        return space

    def _read(self, reading: Reading, names: Sequence[str]) -> None:
        """Let classifiers on frozen features read as many views and pixels as the plan says."""
        asked = [*self.bench.classifiers][: self.asked]
        own = {n: each for n, each in self.bench.classifiers.items() if each.frozen}
        self.less = less_than_usual(reading, own)
        if not {*asked} & {*names}:
            self.less = [
                f"the classifier {' and '.join(names)} takes the place of {' and '.join(asked)}, "
                "for which the budget is too short"
            ]
        for sentence in self.less:
            say(f"advise: {sentence}")
        if reading != Reading():
            self.bench.use(
                {n: k.reading(reading.views, reading.side(k.size)) for n, k in own.items()}
            )

    def _plan(self, until: float, budget: str) -> dict[str, Any]:
        if self.trials is not None:
            return self._counted(self.trials, self.bench.further)
        pace, names = Pace(self.bench, len(self.test)), [*self.bench.classifiers]
        return planned(self.space, pace, names, self.asked, until, budget)

    def _counted(self, trials: int, further: Sequence[str]) -> dict[str, Any]:
        spaces = [self.space(plan, [*self.bench.classifiers], further) for plan in PLANS]
        plan = plan_of(trials, [space.size for space in spaces], sets=bool(spaces[0].sets))
        return kept(plan, spaces[PLANS.index(plan)])

    def _last_steps(self, search: Search, candidates: Sequence[Candidate], until: float) -> int:
        """Return the steps of the last trainings, which the first process at the test decides.

        As many as the budget leaves time for, and no fewer than in the last rung.
        """

        def settle(_: str) -> dict[str, Any]:
            if self.trials is not None:
                return {"steps": search.plan.steps}
            pace, left = Pace(self.bench, len(self.test)), until - time.monotonic()
            least = search.plan.rungs[-1].steps
            return {"steps": pace.most_steps([*dict.fromkeys(candidates)], least, left)}

        known = carry_out(self.jobs, lambda known: [] if STEPS in known else [STEPS], settle)
        return int(known[STEPS]["steps"])

    def _scored(self) -> np.ndarray:
        folds = self.bench.folds
        return folds.labels[folds.scored].numpy()

    def _test_labels(self) -> Any:
        """Return the classes of the test images; none if a class has no test image."""
        test = self.bench.test(self.data.image_size)
        others = {"training": (self.bench.real(self.data.image_size).images, self._files())}
        refuse_leaks(test.images, self.data.paths("test"), others)
        missing = untested(test.labels.tolist(), self.data.class_names)
        self.untested = missing if len(test.labels) else []
        if self.untested:
            say(f"advise: {words_of_untested(missing)}")
        return test.labels[:0] if missing else test.labels

    def _files(self) -> list[str]:
        return [*self.data.paths("train"), *self.data.paths("validation")]

    def _advice(
        self,
        search: Search,
        results: Results,
        recommended: Candidate,
        roles: Mapping[str, Candidate],
        found: Mapping[Candidate, Any],
        steps: int,
    ) -> Advice:
        plan = {**results[PLAN], **results.get(LARGER, {})}
        facts = {
            **plan,
            "steps": steps,
            "seed": self.bench.seed,
            "test_images": len(self.test),
            "untested": self.untested,
            "data": {**self.data.card(), VALIDATION: self.data.fingerprint_of("validation")},
            "sets": search.said_of_sets(results),
            "notes": notes_of(self.bench, self.data.class_names, self.less),
        }
        tried = [
            Tried(candidate, rung + 1, own.mean, own.interval)
            for candidate, rung, own in search.tried(results)
        ]
        names = tuple(self.data.class_names)
        return Advice(recommended, tried, found, roles, names, facts)
