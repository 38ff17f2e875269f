"""The search: successive halving by cross-validation, a function of what was measured alone.

What is tried next, and what is recommended, follows from the results of finished jobs, whoever did
them and in whatever order: a search that was stopped, or that several processes share, ends as one
that was not.
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

# Of a normal distribution, for 95%.
REACH = 1.96


class Search:
    """What to train next, and what to recommend.

    Args:
        space: What to try.
        plan: How much of it.
        labels: `[images]` classes of the scored images; the jobs' `wrong` are positions in it.
    """

    def __init__(self, space: Space, plan: Plan, labels: np.ndarray) -> None:
        self.space, self.plan = space, plan
        self.labels = np.unique(labels, return_inverse=True)[1]

    def rungs(self, results: Results) -> Iterator[tuple[list[Candidate], list[Job]]]:
        """Yield the candidates of each rung and its jobs, up to the first that is not finished."""
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
        """Return the jobs to do next; none once the search is finished."""
        return unfinished(list(self.rungs(results))[-1][1], results)

    def finalists(self, results: Results) -> list[Candidate]:
        """Return the candidates of the last rung, once it is finished."""
        return self._last(results)

    def estimate(self, candidate: Candidate, results: Results, rung: int = -1) -> Estimate:
        """Return what cross-validation says of a candidate, in a rung that is finished."""
        own = self.plan.rungs[rung]
        right = np.ones((own.repeats, len(self.labels)))
        for job in self._jobs([candidate], own):
            right[job.repeat, list(results[job.key]["wrong"])] = 0
        mean = float(class_means(right, self.labels).mean())
        reach = REACH * standard_error(right, self.labels)
        return Estimate(mean, (max(0.0, mean - reach), min(1.0, mean + reach)), right)

    def recommended(self, results: Results) -> Candidate:
        """Return the recommended candidate, once the last rung is finished.

        Of the candidates on real images alone it is the simplest within one standard error of the
        best, by the difference that is paired image by image. One with further images has to help
        by more than chance, against the best of these; the interval is widened for all that were
        tried.
        """
        found = {each: self.estimate(each, results) for each in self.finalists(results)}
        best, plainest = self.best_without(results), simplest_of(found, self.labels)
        sure, spreads = self._sure(results), self._spreads(found, best)
        helping = [
            each
            for each in found
            if each.synthetic and found[each].mean - found[best].mean > spreads[each].reach(sure)
        ]
        return max(helping, key=lambda each: rank(each, found[each].mean), default=plainest)

    def _sure(self, results: Results) -> float:
        """Return how sure it has to be that a candidate with further images is better.

        One-sided, and by Bonferroni: the best of many is the best by chance, too.
        """
        return 1 - ALPHA / max(1, self._with_sets(results))

    def _with_sets(self, results: Results) -> int:
        """Return how many candidates with further images were tried before the last rung."""
        tried = {*self.space.singles(), *self._second(results)}
        return sum(bool(each.synthetic) for each in tried)

    def said_of_sets(self, results: Results) -> dict[str, dict[str, Any]]:
        """Return, of each set, its best candidate, and how that compares with the best without.

        Both in the last rung that a candidate with the set and one without any reached. `needed` is
        the gain above which a set is recommended: more than half of the interval, since the
        candidate is the best of all `with_sets`. `last` is whether that was the last rung.
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
                "needed": spread.reach(self._sure(results)),
                "with_sets": self._with_sets(results),
                "last": rung == len(self.plan.rungs) - 1,
            }
        return said

    def best_with(self, name: str, results: Results) -> Candidate:
        """Return the best candidate with a set, in the rung in which `said_of_sets` compares it."""
        return best_of(self._last_with(name, results)[1], {name})

    def _last_with(self, name: str, results: Results) -> tuple[int, dict[Candidate, Estimate]]:
        """Return the last rung with candidates both with a set and without, and its estimates."""
        rungs = [each for each, _ in self.rungs(results)]
        wanted = {name, NO_SET}
        rung = max(n for n, tried in enumerate(rungs) if wanted <= {c.synthetic for c in tried})
        return rung, {each: self.estimate(each, results, rung) for each in rungs[rung]}

    def best_without(self, results: Results) -> Candidate:
        """Return the best finalist without further images."""
        found = {each: self.estimate(each, results) for each in self.finalists(results)}
        return best_of(found, {NO_SET})

    def tried(self, results: Results) -> list[tuple[Candidate, int, Estimate]]:
        """Return each candidate with the last rung that it reached, the best of the last first."""
        found: dict[Candidate, tuple[int, Estimate]] = {}
        for rung, (candidates, _) in enumerate(self.rungs(results)):
            found |= {each: (rung, self.estimate(each, results, rung)) for each in candidates}
        best_first = sorted(found, key=lambda each: (-found[each][0], -found[each][1].mean))
        return [(each, *found[each]) for each in best_first]

    def _spreads(
        self, found: Mapping[Candidate, Estimate], base: Candidate
    ) -> dict[Candidate, Spread]:
        """Return what chance leaves of the difference of each candidate from one of them."""
        others = [each for each in found if each != base]
        apart = [spread(found[k].right - found[base].right, self.labels) for k in others]
        return dict(zip(others, pooled(apart), strict=True))

    def _second(self, results: Results) -> list[Candidate]:
        singles = {each: self.estimate(each, results, 0) for each in self.space.singles()}
        means = {each: estimate.mean for each, estimate in singles.items()}
        found = self.space.combinations(means, self.plan.combinations)
        refined = self.space.refinements([*found, *ranked(means, len(means))])
        return [*found, *refined, *self._best_singles(singles)]

    def _best_singles(self, singles: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the single choices of the second rung, of which at least one has no set."""
        if self.plan.singles(sets=bool(self.space.sets)) == self.plan.finalists:
            return self._kept(singles)
        means = {each: estimate.mean for each, estimate in singles.items()}
        made = {each: mean for each, mean in means.items() if each.synthetic}
        return list(dict.fromkeys([*ranked_with_real(means, 1), *ranked(made, 1)]))

    def _last(self, results: Results) -> list[Candidate]:
        found = {each: self.estimate(each, results, 1) for each in self._second(results)}
        return list(dict.fromkeys([*self._kept(found), self.space.plain]))

    def _kept(self, found: Mapping[Candidate, Estimate]) -> list[Candidate]:
        """Return the candidates of a rung that get into the next.

        The best, and the simplest that is as good but for chance: a recipe is preferred to a
        simpler one only if it is better by more than that, and they have to meet for it. The
        simplest takes the last place that neither the best with further images nor the best
        without needs, so that no search takes longer for it.
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
        """Return the steps of a training: those of a frozen classifier are draws that cost nothing.

        Args:
            candidate: What is trained.
            steps: Of a classifier that learns step by step.
        """
        return STEPS if candidate.classifier in self.space.frozen else steps

    def _jobs(self, candidates: Sequence[Candidate], rung: Rung) -> list[Job]:
        # By repeat and fold, so that the candidates of one fold share what was read for it.
        return [
            Job("search", each, self.steps(each, rung.steps), repeat, fold)
            for repeat in range(rung.repeats)
            for fold in range(FOLDS)
            for each in candidates
        ]
