"""Searches on the images of a workbench: plan, search, recommendation and test."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from torch import Tensor

from datamodules.console import say
from ganaug.evaluation.advice.final_test import roles_of, test_jobs, tested
from ganaug.evaluation.advice.images.training_images import VALIDATION
from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.jobs.work import carry_out
from ganaug.evaluation.advice.planner import Planner
from ganaug.evaluation.advice.result import Advice, Tried
from ganaug.evaluation.advice.search.candidates import Candidate, Space
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job, Results, unfinished
from ganaug.evaluation.advice.search.plan import Plan
from ganaug.evaluation.advice.search.progress import Progress
from ganaug.evaluation.advice.sentences import notes_of, words_of_untested
from ganaug.evaluation.advice.spaces import Spaces
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.leaks import refuse_leaks, untested
from ganaug.evaluation.utility.material import groups_note, order_of

JOURNAL = "search.journal"
# Raise it whenever a search with the same facts would be different.
RECIPE = 7


class Searching:
    """A search on the images of a workbench.

    Args:
        bench: Workbench that does the trainings.
        augmentations: Names or files of augmentations, in the order in which to try them.
        named: Number of augmentations, from the first, that even a short search tries.
        out: Folder of the results.
        storage: URL of an Optuna storage; by default a file in `out`.
        trials: Maximum number of trainings of the search; by default as many as fit the budget.
        asked: Number of classifiers, from the first, that are always tried; the others are only
            tried if they fit. By default all.
        compared: Sets whose best candidates are included in the test, like the sets of fitted
            models, which cross-validation overrates.

    Attributes:
        test: Classes of the test images; empty if a class has no test images.
        untested: Names of the classes without test images, if others have some.

    Raises:
        UsageError: Test images are among the training images.
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
        self.bench, self.augmentations, self.named = bench, augmentations, named
        self.data, self.trials, self.compared = bench.data, trials, compared
        test = bench.test(self.data.image_size)
        self._refuse_leaks(test.images)
        missing = untested(test.labels.tolist(), self.data.class_names)
        # Without test images of every class, there is no test.
        self.test = test.labels[:0] if missing else test.labels
        self.untested = missing if len(test.labels) else []
        if self.untested:
            say(f"advise: {words_of_untested(missing)}")
        spaces = Spaces(bench, augmentations, named)
        self.planner = Planner(bench, spaces, tested=len(self.test), trials=trials, asked=asked)
        self.storage = storage or out / JOURNAL

    @cached_property
    def jobs(self) -> Jobs:
        """The trainings, shared by all processes of the search; all sets must exist."""
        return Jobs(self.storage, self.facts)

    def advice(self, until: float, budget: str) -> Advice:
        """Search and test, and return the advice.

        Args:
            until: Deadline, by `time.monotonic`.
            budget: The budget as the user gave it.
        """
        search, progress = self._start(until, budget)
        results = self._carry_out(search.left, progress.show)
        recommended = search.recommended(results)
        compared = [*self.compared, *self.bench.drawn]
        roles = roles_of(recommended, search, results, compared)
        if not len(self.test):
            steps = self.planner.last_steps(self.jobs, search, [recommended], until)
            return self._advice(search, results, recommended, {}, {}, steps)
        candidates = [recommended, *roles.values(), *(step for _, step in recommended.ladder)]
        steps = self.planner.last_steps(self.jobs, search, candidates, until)
        jobs = test_jobs(search, candidates, steps)
        results = self._carry_out(partial(unfinished, jobs), progress.show_test(jobs, recommended))
        test_results = tested(recommended, jobs, results, self.test, self.data.groups("test"))
        return self._advice(search, results, recommended, roles, test_results, steps)

    def _start(self, until: float, budget: str) -> tuple[Search, Progress]:
        """Return the search that fits the budget, and its progress.

        If the first round takes less time than planned, the search is replaced by a larger one.
        """
        space, plan = self.planner.choose(self.jobs, until, budget)
        search, has_test = self._search(space, plan), bool(len(self.test))
        progress = Progress(search, tested=has_test)
        if self.trials is not None or {*space.frozen} & {*space.classifiers}:
            return search, progress
        first_jobs = search.first()
        results = self._carry_out(partial(unfinished, first_jobs), progress.show)
        seconds = sum(results[job.key]["seconds"] for job in first_jobs)
        larger = self.planner.enlarge(self.jobs, space, plan, seconds, until)
        if larger is None:
            return search, progress
        progress.bar.close()
        say("advise: the first round took less time than planned, so a larger search begins")
        search = self._search(*larger)
        return search, Progress(search, tested=has_test, previous_trainings=len(first_jobs))

    def _carry_out(
        self, remaining: Callable[[Results], list[Job]], show: Callable[[Results], None]
    ) -> Results:
        """Do jobs until none is left, and return all results."""
        return carry_out(
            self.jobs,
            lambda results: [job.key for job in remaining(results)],
            lambda key: self.bench.do(Job.of(key)),
            show,
        )

    @cached_property
    def facts(self) -> dict[str, Any]:
        """Facts that the results of the jobs depend on."""
        bench = self.bench
        policies = {
            name: str(getattr(bench.augmentation(name, self.data.image_size), "compose", name))
            for name in self.augmentations
        }
        return {
            "recipe": RECIPE,
            "images": {s: self.data.fingerprint_of(s) for s in ("train", "validation", "test")},
            "order": order_of(self.data),
            "classifiers": [dict(classifier.facts) for classifier in bench.classifiers.values()],
            "augmentations": policies,
            "unlabelled": bench.heap and bench.heap.identity,
            "sets": {name: further_set.identity for name, further_set in bench.sets.items()},
            "seed": bench.seed,
            "trials": self.trials,
            # Names given together with `all` determine which others a short search tries.
            **({"named": self.named} if 0 < self.named < len(self.augmentations) else {}),
            **({"drawn": bench.drawn} if bench.drawn and bench.heap else {}),
        }

    def _search(self, space: Space, plan: Plan) -> Search:
        folds = self.bench.folds
        groups = [folds.groups[row] for row in folds.scored.tolist()] if folds.grouped else []
        return Search(space, plan, folds.labels[folds.scored].numpy(), groups)

    def _refuse_leaks(self, test: Tensor) -> None:
        """Refuse test images that are also trained on."""
        files = [*self.data.paths("train"), *self.data.paths("validation")]
        images = self.bench.real(self.data.image_size).images
        refuse_leaks(test, self.data.paths("test"), {"training": (images, files)})

    def _advice(
        self,
        search: Search,
        results: Results,
        recommended: Candidate,
        roles: Mapping[str, Candidate],
        test_results: Mapping[Candidate, Any],
        steps: int,
    ) -> Advice:
        notes = notes_of(self.bench, self.data.class_names, self.planner.reduced)
        groups_sentence = groups_note(self.data.groups("test")) if len(self.test) else ""
        facts = {
            **Planner.record(results),
            "steps": steps,
            "seed": self.bench.seed,
            "test_images": len(self.test),
            "untested": self.untested,
            "data": {**self.data.card(), VALIDATION: self.data.fingerprint_of("validation")},
            "sets": search.set_comparisons(results),
            "notes": [*notes, groups_sentence] if groups_sentence else notes,
        }
        tried = [
            Tried(candidate, rung + 1, estimate.mean, estimate.interval)
            for candidate, rung, estimate in search.tried(results)
        ]
        names = tuple(self.data.class_names)
        return Advice(recommended, tried, test_results, roles, names, facts)
