"""Progress of a search: remaining candidates, the best so far, and the remaining time."""

from collections.abc import Callable, Sequence
from statistics import median

from tqdm import tqdm

from datamodules.console import say
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.advice.search.halving import Search
from ganaug.evaluation.advice.search.job import Job, Results
from ganaug.evaluation.advice.search.plan import TEST_SEEDS
from ganaug.utils.durations import in_words


class Progress:
    """Shows a progress bar of trainings, and a line for each rung, called a round.

    Args:
        search: The search.
        tested: Whether a test follows.
        previous_trainings: Number of trainings of a smaller search that this one replaces.
    """

    def __init__(self, search: Search, *, tested: bool, previous_trainings: int = 0) -> None:
        self.search, self.reached = search, -1
        self.test = TEST_SEEDS * search.space.tested if tested else 0
        trials = previous_trainings + search.plan.trials(
            search.space.size, sets=bool(search.space.sets)
        )
        self.bar = tqdm(total=trials + self.test, desc="advise", unit=" trainings", disable=None)

    def show(self, results: Results) -> None:
        """Show the progress, and a line if a new rung has begun."""
        rungs = list(self.search.rungs(results))
        self._count(results)
        if len(rungs) - 1 > self.reached:
            self.reached = len(rungs) - 1
            candidates = rungs[-1][0]
            best = self._best_so_far(rungs, results)
            round_ = f"round {len(rungs)} of {len(self.search.plan.rungs)}"
            say(f"advise: {round_}, {len(candidates)} candidates{best}{self._time_left(results)}")

    def show_test(self, jobs: Sequence[Job], recommended: Candidate) -> Callable[[Results], None]:
        """Announce the test, and return the function that shows its progress."""
        say(f"advise: recommends {recommended.name}; the test takes {len(jobs)} trainings")
        self.bar.total = self.bar.n + len(jobs)
        return self._count

    def _count(self, results: Results) -> None:
        self.bar.n = sum("wrong" in result for result in results.values())
        self.bar.refresh()

    def _time_left(self, results: Results) -> str:
        """Return the remaining time, estimated from the median time of a training so far.

        The mean would be too high, since the first trainings also read features for all others.
        """
        durations = [result["seconds"] for result in results.values() if "seconds" in result]
        if not durations or not self.bar.total:
            return ""
        # Later trainings have more steps than those so far.
        plan = self.search.plan.rungs
        longer = plan[-1].steps / plan[self.reached - 1].steps if self.reached else 1.0
        seconds_left = max(0, self.bar.total - len(durations)) * longer * median(durations)
        return f"; about {in_words(seconds_left)} left"

    def _best_so_far(
        self, rungs: Sequence[tuple[list[Candidate], list[Job]]], results: Results
    ) -> str:
        if len(rungs) < 2:
            return ""
        rung = len(rungs) - 2
        estimates = {
            candidate: self.search.estimate(candidate, results, rung)
            for candidate in rungs[rung][0]
        }
        best = max(estimates, key=lambda candidate: estimates[candidate].mean)
        low, high = (f"{bound:.1%}" for bound in estimates[best].interval)
        return f"; best so far {best.name}: {estimates[best].mean:.1%} ({low} to {high})"
