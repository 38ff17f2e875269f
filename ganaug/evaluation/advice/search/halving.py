"""The search: successive halving by cross-validation, as a function of results.

The next jobs and the recommendation depend only on the results of finished jobs, not on their order
or on the process that did them. So a search that was stopped or shared by several processes ends
like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ganaug.evaluation.advice.search.candidates import NO_SET, Candidate, Space
from ganaug.evaluation.advice.search.chance import pooled, spread, standard_error
from ganaug.evaluation.advice.search.job import Job, Results, unfinished
from ganaug.evaluation.advice.search.plan import Plan, Rung
from ganaug.evaluation.advice.search.ranking import (
    Estimate,
    best_of,
    rank,
    ranked,
    ranked_with_real,
    simplest_of,
)
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.selection import FOLDS
from ganaug.evaluation.utility.significance import ALPHA
from ganaug.evaluation.utility.spread import Spread, class_means

# Half-width of a 95% interval in standard errors.
REACH = 1.96


class Search:
    """Decides what to train next, and what to recommend.

    Args:
        space: The search space.
        plan: The plan of the search.
        labels: `[images]` classes of the scored images, which `wrong` in results refers to.
        groups: `[images]` their groups, such as patients; empty if the images are independent.
    """

    def __init__(
        self, space: Space, plan: Plan, labels: np.ndarray, groups: Sequence[str] = ()
    ) -> None:
        self.space, self.plan = space, plan
        self.groups = np.unique(groups, return_inverse=True)[1]
        self.labels = np.unique(labels, return_inverse=True)[1]

    def rungs(self, results: Results) -> Iterator[tuple[list[Candidate], list[Job]]]:
        """Yield the candidates and jobs of each rung, up to the first unfinished one."""
        first, second, last = self.plan.rungs
        candidates = self.space.singles()
        yield candidates, (jobs := self._jobs(candidates, first))
        if unfinished(jobs, results):
            return
        candidates = self._second_rung(results)
        yield candidates, (jobs := self._jobs(candidates, second))
        if unfinished(jobs, results):
            return
        candidates = self._last_rung(results)
        yield candidates, self._jobs(candidates, last)

    def first(self) -> list[Job]:
        """Return the jobs of the first rung."""
        return next(self.rungs({}))[1]

    def left(self, results: Results) -> list[Job]:
        """Return the jobs to do next; empty once the search is finished."""
        return unfinished(list(self.rungs(results))[-1][1], results)

    def finalists(self, results: Results) -> list[Candidate]:
        """Return the candidates of the last rung, once it is finished."""
        return self._last_rung(results)

    def estimate(self, candidate: Candidate, results: Results, rung: int = -1) -> Estimate:
        """Return the cross-validation estimate of a candidate in a finished rung."""
        rung_settings = self.plan.rungs[rung]
        correct = np.ones((rung_settings.repeats, len(self.labels)))
        for job in self._jobs([candidate], rung_settings):
            correct[job.repeat, list(results[job.key]["wrong"])] = 0
        mean = float(class_means(correct, self.labels).mean())
        reach = REACH * standard_error(correct, self.labels, self.groups)
        return Estimate(mean, (max(0.0, mean - reach), min(1.0, mean + reach)), correct)

    def recommended(self, results: Results) -> Candidate:
        """Return the recommended candidate, once the last rung is finished.

        By default it is the simplest candidate without further images within one standard error of
        the best one, where the standard error is that of the difference paired by image. A
        candidate with further images is recommended if it is significantly better than the best
        one without, corrected for the number of candidates with further images.
        """
        estimates = {
            candidate: self.estimate(candidate, results) for candidate in self.finalists(results)
        }
        best, plainest = self.best_without(results), self._simplest(estimates)
        confidence, spreads = self._confidence(results), self._spreads(estimates, best)
        helping = [
            candidate
            for candidate in estimates
            if candidate.synthetic
            and estimates[candidate].mean - estimates[best].mean
            > spreads[candidate].reach(confidence)
        ]
        return max(
            helping,
            key=lambda candidate: rank(candidate, estimates[candidate].mean),
            default=plainest,
        )

    def _confidence(self, results: Results) -> float:
        """Return the one-sided confidence level for further images, with Bonferroni correction."""
        return 1 - ALPHA / max(1, self._with_sets(results))

    def _with_sets(self, results: Results) -> int:
        """Return the number of candidates with further images before the last rung."""
        candidates = {*self.space.singles(), *self._second_rung(results)}
        return sum(bool(candidate.synthetic) for candidate in candidates)

    def set_comparisons(self, results: Results) -> dict[str, dict[str, Any]]:
        """Return a comparison of each set's best candidate with the best one without a set.

        It is made in the last rung that has candidates with this set and without any. `needed` is
        the gain above which a set is recommended. It exceeds half of the interval, since it is
        corrected for the number of candidates, `with_sets`. `last` is whether the comparison was
        made in the last rung of the plan.
        """
        comparisons: dict[str, dict[str, Any]] = {}
        for name in self.space.sets:
            rung, estimates = self._last_with(name, results)
            best, without_set = best_of(estimates, {name}), best_of(estimates, {NO_SET})
            spread = self._spreads(estimates, without_set)[best]
            error, gain = (
                spread.reach(1 - ALPHA / 2),
                estimates[best].mean - estimates[without_set].mean,
            )
            comparisons[name] = {
                "candidate": best.name,
                "gain": gain,
                "interval": [gain - error, gain + error],
                "recommended": self.recommended(results).synthetic == name,
                "needed": spread.reach(self._confidence(results)),
                "with_sets": self._with_sets(results),
                "last": rung == len(self.plan.rungs) - 1,
            }
        return comparisons

    def best_with(self, name: str, results: Results) -> Candidate:
        """Return the best candidate with a set, in the rung that `set_comparisons` uses."""
        return best_of(self._last_with(name, results)[1], {name})

    def _last_with(self, name: str, results: Results) -> tuple[int, dict[Candidate, Estimate]]:
        """Return the last rung that has candidates with this set and without any; its estimates."""
        rungs = [candidates for candidates, _ in self.rungs(results)]
        set_names = {name, NO_SET}
        rung = max(
            n
            for n, candidates in enumerate(rungs)
            if set_names <= {c.synthetic for c in candidates}
        )
        return rung, {
            candidate: self.estimate(candidate, results, rung) for candidate in rungs[rung]
        }

    def best_without(self, results: Results) -> Candidate:
        """Return the best finalist without further images."""
        estimates = {
            candidate: self.estimate(candidate, results) for candidate in self.finalists(results)
        }
        return best_of(estimates, {NO_SET})

    def tried(self, results: Results) -> list[tuple[Candidate, int, Estimate]]:
        """Return each candidate with its last rung and estimate there, best of the last first."""
        last_estimates: dict[Candidate, tuple[int, Estimate]] = {}
        for rung, (candidates, _) in enumerate(self.rungs(results)):
            last_estimates |= {
                candidate: (rung, self.estimate(candidate, results, rung))
                for candidate in candidates
            }
        best_first = sorted(
            last_estimates,
            key=lambda candidate: (
                -last_estimates[candidate][0],
                -last_estimates[candidate][1].mean,
            ),
        )
        return [(candidate, *last_estimates[candidate]) for candidate in best_first]

    def _spreads(
        self, estimates: Mapping[Candidate, Estimate], base: Candidate
    ) -> dict[Candidate, Spread]:
        """Return the spread of the paired difference between each candidate and the base."""
        other_candidates = [candidate for candidate in estimates if candidate != base]
        spreads = [
            spread(estimates[candidate].right - estimates[base].right, self.labels, self.groups)
            for candidate in other_candidates
        ]
        return dict(zip(other_candidates, pooled(spreads), strict=True))

    def _simplest(self, estimates: Mapping[Candidate, Estimate]) -> Candidate:
        return simplest_of(estimates, self.labels, self.groups)

    def _second_rung(self, results: Results) -> list[Candidate]:
        singles = {
            candidate: self.estimate(candidate, results, 0) for candidate in self.space.singles()
        }
        means = {candidate: estimate.mean for candidate, estimate in singles.items()}
        combinations = self.space.combinations(means, self.plan.combinations)
        refined = self.space.refinements([*combinations, *ranked(means, len(means))])
        return [*combinations, *refined, *self._best_singles(singles)]

    def _best_singles(self, singles: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the single changes in the second rung, including at least one without a set."""
        if self.plan.singles(sets=bool(self.space.sets)) == self.plan.finalists:
            return self._advancing(singles)
        means = {candidate: estimate.mean for candidate, estimate in singles.items()}
        with_sets = {candidate: mean for candidate, mean in means.items() if candidate.synthetic}
        return list(dict.fromkeys([*ranked_with_real(means, 1), *ranked(with_sets, 1)]))

    def _last_rung(self, results: Results) -> list[Candidate]:
        estimates = {
            candidate: self.estimate(candidate, results, 1)
            for candidate in self._second_rung(results)
        }
        return list(dict.fromkeys([*self._advancing(estimates), self.space.plain]))

    def _advancing(self, estimates: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the candidates of a rung that advance to the next.

        These are the best ones, and the simplest within a standard error of the best, since both
        have to be compared in the last rung for the recommendation. To keep the number of trainings
        constant, the simplest replaces the last candidate that is neither the best with nor the
        best without further images.
        """
        means = {candidate: estimate.mean for candidate, estimate in estimates.items()}
        advancing = ranked_with_real(means, self.plan.finalists)
        required = [
            best_of(estimates, {NO_SET}),
            *[candidate for candidate in advancing if candidate.synthetic][:1],
        ]
        spare = [candidate for candidate in advancing if candidate not in required]
        plainest = self._simplest(estimates)
        if spare and plainest not in advancing:
            advancing[advancing.index(spare[-1])] = plainest
        return advancing

    def steps(self, candidate: Candidate, steps: int) -> int:
        """Return the steps of a training, a constant for frozen features, whose draws are cheap.

        Args:
            candidate: The candidate to train.
            steps: Number of steps for other classifiers.
        """
        return STEPS if candidate.classifier in self.space.frozen else steps

    def _jobs(self, candidates: Sequence[Candidate], rung: Rung) -> list[Job]:
        # Ordered by repeat and fold, so that candidates of the same fold can share its data.
        return [
            Job("search", candidate, self.steps(candidate, rung.steps), repeat, fold)
            for repeat in range(rung.repeats)
            for fold in range(FOLDS)
            for candidate in candidates
        ]
