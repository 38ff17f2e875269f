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
from ganaug.evaluation.utility.significance import ALPHA, Spread, class_means

# Half-width of a 95% interval in standard errors.
REACH = 1.96


class Search:
    """Decides what to train next, and what to recommend.

    Args:
        space: The search space.
        plan: The plan of the search.
        labels: `[images]` classes of the scored images, which `wrong` in results refers to.
    """

    def __init__(self, space: Space, plan: Plan, labels: np.ndarray) -> None:
        self.space, self.plan = space, plan
        self.labels = np.unique(labels, return_inverse=True)[1]

    def rungs(self, results: Results) -> Iterator[tuple[list[Candidate], list[Job]]]:
        """Yield the candidates and jobs of each rung, up to the first unfinished one."""
        first, second, last = self.plan.rungs
        tried = self.space.singles()
        yield tried, (jobs := self._jobs(tried, first))
        if unfinished(jobs, results):
            return
        tried = self._second(results)
        yield tried, (jobs := self._jobs(tried, second))
        if unfinished(jobs, results):
            return
        tried = self._last(results)
        yield tried, self._jobs(tried, last)

    def first(self) -> list[Job]:
        """Return the jobs of the first rung."""
        return next(self.rungs({}))[1]

    def left(self, results: Results) -> list[Job]:
        """Return the jobs to do next; empty once the search is finished."""
        return unfinished(list(self.rungs(results))[-1][1], results)

    def finalists(self, results: Results) -> list[Candidate]:
        """Return the candidates of the last rung, once it is finished."""
        return self._last(results)

    def estimate(self, candidate: Candidate, results: Results, rung: int = -1) -> Estimate:
        """Return the cross-validation estimate of a candidate in a finished rung."""
        own = self.plan.rungs[rung]
        right = np.ones((own.repeats, len(self.labels)))
        for job in self._jobs([candidate], own):
            right[job.repeat, list(results[job.key]["wrong"])] = 0
        mean = float(class_means(right, self.labels).mean())
        reach = REACH * standard_error(right, self.labels)
        return Estimate(mean, (max(0.0, mean - reach), min(1.0, mean + reach)), right)

    def recommended(self, results: Results) -> Candidate:
        """Return the recommended candidate, once the last rung is finished.

        By default it is the simplest candidate without further images within one standard error of
        the best one, where the standard error is that of the difference paired by image. A
        candidate with further images is recommended if it is significantly better than the best
        one without, corrected for the number of candidates with further images.
        """
        found = {each: self.estimate(each, results) for each in self.finalists(results)}
        best, plainest = self.best_without(results), simplest_of(found, self.labels)
        confidence, spreads = self._confidence(results), self._spreads(found, best)
        helping = [
            each
            for each in found
            if each.synthetic
            and found[each].mean - found[best].mean > spreads[each].reach(confidence)
        ]
        return max(helping, key=lambda each: rank(each, found[each].mean), default=plainest)

    def _confidence(self, results: Results) -> float:
        """Return the one-sided confidence level for further images, with Bonferroni correction."""
        return 1 - ALPHA / max(1, self._with_sets(results))

    def _with_sets(self, results: Results) -> int:
        """Return the number of candidates with further images before the last rung."""
        tried = {*self.space.singles(), *self._second(results)}
        return sum(bool(each.synthetic) for each in tried)

    def said_of_sets(self, results: Results) -> dict[str, dict[str, Any]]:
        """Return a comparison of each set's best candidate with the best one without a set.

        It is made in the last rung that has candidates with this set and without any. `needed` is
        the gain above which a set is recommended. It exceeds half of the interval, since it is
        corrected for the number of candidates, `with_sets`. `last` is whether the comparison was
        made in the last rung of the plan.
        """
        said: dict[str, dict[str, Any]] = {}
        for name in self.space.sets:
            rung, own = self._last_with(name, results)
            best, other = best_of(own, {name}), best_of(own, {NO_SET})
            spread = self._spreads(own, other)[best]
            error, gain = spread.reach(1 - ALPHA / 2), own[best].mean - own[other].mean
            said[name] = {
                "candidate": best.name,
                "gain": gain,
                "interval": [gain - error, gain + error],
                "recommended": self.recommended(results).synthetic == name,
                "needed": spread.reach(self._confidence(results)),
                "with_sets": self._with_sets(results),
                "last": rung == len(self.plan.rungs) - 1,
            }
        return said

    def best_with(self, name: str, results: Results) -> Candidate:
        """Return the best candidate with a set, in the rung that `said_of_sets` uses."""
        return best_of(self._last_with(name, results)[1], {name})

    def _last_with(self, name: str, results: Results) -> tuple[int, dict[Candidate, Estimate]]:
        """Return the last rung that has candidates with this set and without any; its estimates."""
        rungs = [each for each, _ in self.rungs(results)]
        wanted = {name, NO_SET}
        rung = max(n for n, tried in enumerate(rungs) if wanted <= {c.synthetic for c in tried})
        return rung, {each: self.estimate(each, results, rung) for each in rungs[rung]}

    def best_without(self, results: Results) -> Candidate:
        """Return the best finalist without further images."""
        found = {each: self.estimate(each, results) for each in self.finalists(results)}
        return best_of(found, {NO_SET})

    def tried(self, results: Results) -> list[tuple[Candidate, int, Estimate]]:
        """Return each candidate with its last rung and estimate there, best of the last first."""
        found: dict[Candidate, tuple[int, Estimate]] = {}
        for rung, (candidates, _) in enumerate(self.rungs(results)):
            found |= {each: (rung, self.estimate(each, results, rung)) for each in candidates}
        best_first = sorted(found, key=lambda each: (-found[each][0], -found[each][1].mean))
        return [(each, *found[each]) for each in best_first]

    def _spreads(
        self, found: Mapping[Candidate, Estimate], base: Candidate
    ) -> dict[Candidate, Spread]:
        """Return the spread of the paired difference between each candidate and the base."""
        others = [each for each in found if each != base]
        spreads = [spread(found[k].right - found[base].right, self.labels) for k in others]
        return dict(zip(others, pooled(spreads), strict=True))

    def _second(self, results: Results) -> list[Candidate]:
        singles = {each: self.estimate(each, results, 0) for each in self.space.singles()}
        means = {each: estimate.mean for each, estimate in singles.items()}
        found = self.space.combinations(means, self.plan.combinations)
        refined = self.space.refinements([*found, *ranked(means, len(means))])
        return [*found, *refined, *self._best_singles(singles)]

    def _best_singles(self, singles: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the single changes in the second rung, including at least one without a set."""
        if self.plan.singles(sets=bool(self.space.sets)) == self.plan.finalists:
            return self._advancing(singles)
        means = {each: estimate.mean for each, estimate in singles.items()}
        made = {each: mean for each, mean in means.items() if each.synthetic}
        return list(dict.fromkeys([*ranked_with_real(means, 1), *ranked(made, 1)]))

    def _last(self, results: Results) -> list[Candidate]:
        found = {each: self.estimate(each, results, 1) for each in self._second(results)}
        return list(dict.fromkeys([*self._advancing(found), self.space.plain]))

    def _advancing(self, found: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the candidates of a rung that advance to the next.

        These are the best ones, and the simplest within a standard error of the best, since both
        have to be compared in the last rung for the recommendation. To keep the number of trainings
        constant, the simplest replaces the last candidate that is neither the best with nor the
        best without further images.
        """
        means = {each: estimate.mean for each, estimate in found.items()}
        kept = ranked_with_real(means, self.plan.finalists)
        needed = [best_of(found, {NO_SET}), *[each for each in kept if each.synthetic][:1]]
        spare = [each for each in kept if each not in needed]
        plainest = simplest_of(found, self.labels)
        if spare and plainest not in kept:
            kept[kept.index(spare[-1])] = plainest
        return kept

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
            Job("search", each, self.steps(each, rung.steps), repeat, fold)
            for repeat in range(rung.repeats)
            for fold in range(FOLDS)
            for each in candidates
        ]
