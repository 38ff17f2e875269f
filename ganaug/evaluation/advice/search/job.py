"""Jobs: the trainings of a search, each known by all that it is made of."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ganaug.evaluation.advice.search.candidates import Candidate

Results = Mapping[str, Mapping[str, Any]]


class Job(NamedTuple):
    """One training: of a candidate, on a fold, or on all real images for the test.

    Attributes:
        kind: search or test.
        candidate: What is trained.
        steps: Batches of 64.
        repeat: Of the cross-validation; in the test, the seed.
        fold: Which is held out.
    """

    kind: str
    candidate: Candidate
    steps: int
    repeat: int
    fold: int = 0

    @property
    def key(self) -> str:
        """All of it as text."""
        own = {**self._asdict(), "candidate": self.candidate.to_dict()}
        return json.dumps(own, sort_keys=True)

    @classmethod
    def of(cls, key: str) -> "Job":
        """Return the job of a key."""
        found = json.loads(key)
        return cls(**{**found, "candidate": Candidate(**found["candidate"])})


def unfinished(jobs: Sequence[Job], results: Results) -> list[Job]:
    """Return the jobs without a result."""
    return [job for job in jobs if job.key not in results]
