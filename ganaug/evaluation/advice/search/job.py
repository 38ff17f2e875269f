"""Jobs: the trainings of a search, identified by all of their settings."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ganaug.evaluation.advice.search.candidates import Candidate

Results = Mapping[str, Mapping[str, Any]]


class Job(NamedTuple):
    """The training of a candidate, on a cross-validation fold or for the test.

    Attributes:
        kind: search or test.
        candidate: The candidate to train.
        steps: Number of batches of 64.
        repeat: Repeat of the cross-validation, or the seed in the test.
        fold: The held-out fold.
    """

    kind: str
    candidate: Candidate
    steps: int
    repeat: int
    fold: int = 0

    @property
    def key(self) -> str:
        """All settings as text."""
        settings = {**self._asdict(), "candidate": self.candidate.to_dict()}
        return json.dumps(settings, sort_keys=True)

    @classmethod
    def of(cls, key: str) -> "Job":
        """Return the job with this key."""
        settings = json.loads(key)
        return cls(**{**settings, "candidate": Candidate(**settings["candidate"])})


def unfinished(jobs: Sequence[Job], results: Results) -> list[Job]:
    """Return the jobs without a result."""
    return [job for job in jobs if job.key not in results]
