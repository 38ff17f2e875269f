"""Does the jobs of a search, alone or together with other processes."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ganaug.evaluation.advice.jobs.jobs import Jobs
from ganaug.evaluation.advice.jobs.storage import WAIT
from ganaug.evaluation.advice.search.job import Results

Found = Mapping[str, Any]


def carry_out(
    jobs: Jobs,
    remaining: Callable[[Results], Sequence[str]],
    do: Callable[[str], Found],
    show: Callable[[Results], None] = lambda _: None,
) -> Results:
    """Do jobs until none is left, wait for other processes' jobs, and return all results.

    Args:
        jobs: The store of jobs.
        remaining: Returns the keys of the remaining jobs, given the results so far.
        do: Does a job.
        show: Called with all results before each job and at the end.
    """
    while True:
        results = jobs.results()
        show(results)
        if not (keys := remaining(results)):
            return results
        claim = jobs.claim(keys)
        if claim is None:
            time.sleep(WAIT)
            continue
        try:
            with jobs.staying_alive(claim):
                result = do(claim.key)
        except BaseException:
            jobs.give_up(claim)
            raise
        jobs.finish(claim, result, result.get("balanced_accuracy", 0.0))
