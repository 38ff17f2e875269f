"""Jobs of a search, stored by Optuna; each is done once, by the first process to claim it.

A trial of Optuna's is one job: its key says what to do. Processes and machines that share a storage
share the search. A job that a process was killed in is found and done again.
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

from ganaug.evaluation.advice.jobs.owners import is_of_this_machine, runs, this_process
from ganaug.evaluation.advice.jobs.storage import OWNER, begun, naming, open_storage
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

# Seconds. Whether a process on this machine still runs is checked; one on another machine counts as
# dead after so long without a heartbeat.
HEARTBEAT_TIMEOUT, HEARTBEAT_INTERVAL = 300.0, 30.0
# A process that is killed between taking a job and naming itself leaves it without an owner.
OWNER_TIMEOUT = 30.0
HEARTBEAT = "heartbeat"


class Claim(NamedTuple):
    """A job that this process does.

    Attributes:
        trial: Of Optuna's.
        key: Of the job.
    """

    trial: "optuna.Trial"
    key: str


class Jobs:
    """The jobs of one search: their results, and who does which.

    Args:
        storage: A file for Optuna's journal, or the URL of a storage of Optuna's, such as
            sqlite:///advice.db.
        facts: What all results depend on; another search has other jobs.

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
            opened = open_storage(storage)
            if isinstance(storage, Path) and begun(opened) - {name}:
                raise UsageError(
                    f"{storage.parent} holds a search on other images or with other options; give "
                    "`out` a new folder"
                )
            self.study = optuna.create_study(
                storage=opened,
                study_name=name,
                direction="maximize",
                sampler=optuna.samplers.RandomSampler(seed=0),
                load_if_exists=True,
            )

    def results(self) -> dict[str, dict[str, Any]]:
        """Return what each finished job found, by its key."""
        found: dict[str, dict[str, Any]] = {}
        for trial in self._trials():
            if trial.state.name == "COMPLETE":
                found.setdefault(trial.user_attrs["job"], trial.user_attrs["found"])
        return found

    def claim(self, keys: Sequence[str]) -> Claim | None:
        """Take a job that nobody else does; None where all are done or taken.

        Args:
            keys: Jobs to do, the first ones first.
        """
        self._give_up_the_dead()
        states = ("COMPLETE", "RUNNING", "WAITING")
        trials = [trial for trial in self._trials() if trial.state.name in states]
        taken = {trial.user_attrs.get("job") for trial in trials}
        free = [key for key in keys if key not in taken]
        if free:
            self.study.enqueue_trial({}, user_attrs={"job": free[0]})
        elif not any(trial.state.name == "WAITING" for trial in trials):
            return None
        # Optuna gives each waiting trial to one process, and one without a job if none waits.
        trial = self.study.ask()
        key = trial.user_attrs.get("job")
        trial.set_user_attr(OWNER, this_process())
        if key is None or self._is_anothers(trial.number, key):
            self._fail(trial)
            return self.claim(keys)
        return Claim(trial, key)

    @contextmanager
    def staying_alive(self, claim: Claim) -> Iterator[None]:
        """Send heartbeats while this process does a job."""
        done = Event()
        thread = Thread(target=_send_heartbeats, args=(claim.trial, done), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def finish(self, claim: Claim, found: Mapping[str, Any], value: float = 0.0) -> None:
        """Keep what a job found.

        Args:
            claim: The job.
            found: Plain values.
            value: What Optuna's own tools show of it.
        """
        from optuna.exceptions import UpdateFinishedTrialError

        # Another process may have taken this one for dead, and does its job again.
        with suppress(UpdateFinishedTrialError):
            claim.trial.set_user_attr("found", dict(found))
            self.study.tell(claim.trial, value, skip_if_finished=True)

    def give_up(self, claim: Claim) -> None:
        """Leave a job to others, or to the next attempt."""
        self._fail(claim.trial)

    def _fail(self, trial: "optuna.Trial | int") -> None:
        from optuna.trial import TrialState

        self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _is_anothers(self, number: int, key: str) -> bool:
        """Whether a job is done, or taken in a trial that came before."""
        return any(
            trial.user_attrs.get("job") == key
            and (
                trial.state.name == "COMPLETE"
                or (trial.number < number and trial.state.name in ("RUNNING", "WAITING"))
            )
            for trial in self._trials()
        )

    def _give_up_the_dead(self) -> None:
        for trial in self._trials():
            if trial.state.name == "RUNNING" and _is_dead(trial, self._silent_for(trial)):
                self._fail(trial.number)

    def _silent_for(self, trial: "FrozenTrial") -> float:
        """Return the seconds since this process last saw a new heartbeat of a job.

        By its own clock: another machine's may be wrong, and Optuna's times have no time zone.
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
        # The storage may be out of reach for a while, or the job be taken by another process.
        with suppress(Exception):
            trial.set_user_attr(HEARTBEAT, number)


def _is_dead(trial: "FrozenTrial", silent: float) -> bool:
    """Whether the process that does a job is gone, or has sent no heartbeat for so many seconds."""
    owner = trial.user_attrs.get(OWNER)
    if owner is None:
        return silent > OWNER_TIMEOUT
    return not runs(owner) if is_of_this_machine(owner) else silent > HEARTBEAT_TIMEOUT
