"""Jobs of a search, stored by Optuna; each is done by the first process that claims it.

Each job is an Optuna trial with a key that describes it. Processes and machines that share a
storage share the search. If a process is killed, others detect this and redo its job.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, NamedTuple

from ganaug.evaluation.advice.jobs.owners import runs, this_process
from ganaug.evaluation.advice.jobs.storage import OWNER, begun, naming, open_storage
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

# In seconds. A process on another machine or in another container counts as dead after this time
# without a heartbeat; processes on this machine are looked up instead.
HEARTBEAT_TIMEOUT, HEARTBEAT_INTERVAL = 300.0, 30.0
# A process that is killed between claiming a job and recording itself leaves a job without owner.
OWNER_TIMEOUT = 30.0
HEARTBEAT = "heartbeat"


class Claim(NamedTuple):
    """A job that this process has claimed.

    Attributes:
        trial: The Optuna trial.
        key: The key of the job.
    """

    trial: "optuna.Trial"
    key: str


class Jobs:
    """The jobs of one search, with their results and owners.

    Args:
        storage: A file for Optuna's journal, or the URL of an Optuna storage, such as
            sqlite:///advice.db.
        facts: Facts that all results depend on; a search with other facts is another one.

    Raises:
        UsageError: The storage can't be opened, or the file holds another search that has begun.
    """

    def __init__(self, storage: str | Path, facts: Mapping[str, Any]) -> None:
        import optuna

        self._heartbeats: dict[int, tuple[Any, float]] = {}
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        text = json.dumps(facts, sort_keys=True)
        name = f"ganaug advise {hashlib.sha256(text.encode()).hexdigest()[:16]}"
        with naming(storage):
            optuna_storage = open_storage(storage)
            if isinstance(storage, Path) and begun(optuna_storage) - {name}:
                raise UsageError(
                    f"{storage.parent} holds a search on other images or with other options; give "
                    "`out` a new folder"
                )
            self.study = optuna.create_study(
                storage=optuna_storage,
                study_name=name,
                direction="maximize",
                sampler=optuna.samplers.RandomSampler(seed=0),
                load_if_exists=True,
            )

    def results(self) -> dict[str, dict[str, Any]]:
        """Return the results of finished jobs by key."""
        results: dict[str, dict[str, Any]] = {}
        for trial in self._trials():
            if trial.state.name == "COMPLETE":
                results.setdefault(trial.user_attrs["job"], trial.user_attrs["found"])
        return results

    def claim(self, keys: Sequence[str]) -> Claim | None:
        """Claim a free job; None if all are done or claimed.

        Args:
            keys: Keys of the jobs to do, in this order.
        """
        self._fail_dead_jobs()
        states = ("COMPLETE", "RUNNING", "WAITING")
        trials = [trial for trial in self._trials() if trial.state.name in states]
        claimed = {trial.user_attrs.get("job") for trial in trials}
        free = [key for key in keys if key not in claimed]
        if free:
            self.study.enqueue_trial({}, user_attrs={"job": free[0]})
        elif not any(
            trial.state.name == "WAITING" and trial.user_attrs.get("job") in keys
            for trial in trials
        ):
            return None
        # Optuna gives each waiting trial to one process, of any job; without one, it creates a
        # trial without a job.
        trial = self.study.ask()
        key = str(trial.user_attrs.get("job", ""))
        trial.set_user_attr(OWNER, this_process())
        if key not in keys or self._is_claimed(trial.number, key):
            self._fail(trial)  # the process that enqueued the job does so again
            return self.claim(keys)
        return Claim(trial, key)

    @contextmanager
    def staying_alive(self, claim: Claim) -> Iterator[None]:
        """Send heartbeats while this process works on a job."""
        done = Event()
        thread = Thread(target=_send_heartbeats, args=(claim.trial, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def finish(self, claim: Claim, result: Mapping[str, Any], value: float = 0.0) -> None:
        """Store the result of a job.

        Args:
            claim: The job.
            result: The result, as plain values.
            value: The value to show in Optuna's tools.
        """
        from optuna.exceptions import UpdateFinishedTrialError

        # Another process may have given up on this one and failed its trial.
        with suppress(UpdateFinishedTrialError):
            claim.trial.set_user_attr("found", dict(result))
            self.study.tell(claim.trial, value, skip_if_finished=True)

    def give_up(self, claim: Claim) -> None:
        """Release a job for other processes, or for the next attempt."""
        self._fail(claim.trial)

    def _fail(self, trial: "optuna.Trial | int") -> None:
        from optuna.trial import TrialState

        self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _is_claimed(self, number: int, key: str) -> bool:
        """Whether a job is done, or was claimed by an earlier trial."""
        return any(
            trial.user_attrs.get("job") == key
            and (
                trial.state.name == "COMPLETE"
                or (trial.number < number and trial.state.name in ("RUNNING", "WAITING"))
            )
            for trial in self._trials()
        )

    def _fail_dead_jobs(self) -> None:
        for trial in self._trials():
            if trial.state.name == "RUNNING" and _is_dead(trial, self._seconds_silent(trial)):
                self._fail(trial.number)

    def _seconds_silent(self, trial: "FrozenTrial") -> float:
        """Return the seconds since this process last saw a job's heartbeat change.

        They are measured by this process's clock, since another machine's clock may be wrong and
        Optuna's times have no time zone.
        """
        now = time.monotonic()
        beat = [trial.user_attrs.get(name) for name in (OWNER, HEARTBEAT)]
        if trial.number not in self._heartbeats or self._heartbeats[trial.number][0] != beat:
            self._heartbeats[trial.number] = beat, now
        return now - self._heartbeats[trial.number][1]

    def _trials(self) -> "Sequence[FrozenTrial]":
        return self.study.get_trials(deepcopy=False)


def _send_heartbeats(trial: "optuna.Trial", done: Event) -> None:
    for number in count(1):
        if done.wait(HEARTBEAT_INTERVAL):
            return
        # The storage may be temporarily unavailable, or another process may have taken the job.
        with suppress(Exception):
            trial.set_user_attr(HEARTBEAT, number)


def _is_dead(trial: "FrozenTrial", silent: float) -> bool:
    """Whether the process of a job has ended, or has been silent for too long."""
    owner = trial.user_attrs.get(OWNER)
    if owner is None:
        return silent > OWNER_TIMEOUT
    running = runs(owner)
    return silent > HEARTBEAT_TIMEOUT if running is None else not running
