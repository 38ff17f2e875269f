"""Optuna storages for the jobs of a search: a journal in a file, or a URL."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ganaug.evaluation.advice.jobs.owners import is_of_this_machine, runs
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

    import optuna
    import sqlalchemy
    from optuna.storages.journal import JournalFileOpenLock
    from optuna.trial import FrozenTrial

# The process that does a job.
OWNER = "owner"
# Seconds until a process looks again at what others have done.
WAIT = 0.5
ATTEMPTS = 4
# The longest wait, in seconds, for other processes to release a file of SQLite.
LOCKED = 60.0


def is_begun(journal: Path) -> bool:
    """Return whether a file, which may be missing, holds a search that has begun.

    Raises:
        UsageError: The file can't be read.
    """
    if not journal.is_file():
        return False
    with naming(journal):
        return bool(begun(open_storage(journal)))


@contextmanager
def naming(storage: str | Path) -> Iterator[None]:
    """Name the storage in errors of the file system, Optuna and database drivers."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"storage {_safe(str(storage))} can't be opened ({_safe(reason)}); give an Optuna "
            "URL, such as sqlite:///advice.db, or leave it out for a file in `out`"
        ) from error


def begun(storage: "optuna.storages.BaseStorage") -> set[str]:
    """Return the names of the searches with a job that is finished, or that another process does.

    A search that was refused has none.
    """
    return {
        study.study_name
        for study in storage.get_all_studies()
        if any(map(_counts, storage.get_all_trials(study._study_id, deepcopy=False)))
    }


def _counts(trial: "FrozenTrial") -> bool:
    owner = trial.user_attrs.get(OWNER)
    if trial.state.name != "RUNNING" or owner is None or not is_of_this_machine(owner):
        return bool(trial.state.name == "COMPLETE")
    return owner["process"] != os.getpid() and runs(owner)


def open_storage(storage: str | Path) -> "optuna.storages.BaseStorage":
    """Open a storage; retry if another process is just making its tables.

    Args:
        storage: A file for Optuna's journal, or the URL of an Optuna storage.

    Example:
        >>> begun(open_storage(Path("search.journal")))
        set()
    """
    for attempt in range(ATTEMPTS):
        try:
            return _opened(storage)
        except Exception:
            if attempt == ATTEMPTS - 1 or isinstance(storage, Path):
                raise
            time.sleep(WAIT)
    raise AssertionError("the last attempt returns or raises")


def _opened(storage: str | Path) -> "optuna.storages.BaseStorage":
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalRedisBackend

    if isinstance(storage, Path):
        storage.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(storage))
        _mend(storage, lock)
        return JournalStorage(JournalFileBackend(str(storage), lock))
    if storage.startswith("redis"):
        return JournalStorage(JournalRedisBackend(storage))
    if storage.startswith("sqlite"):
        opened = RDBStorage(storage, engine_kwargs={"connect_args": {"timeout": LOCKED}})
        _take_turns(opened)
        return opened
    return RDBStorage(storage)


def _take_turns(storage: "optuna.storages.RDBStorage") -> None:
    """Make processes use SQLite in turn.

    Optuna claims a job by reading that it is free and then writing that it is taken. SQLite locks
    the file only for the second step, so two processes could claim the same job.
    """
    from sqlalchemy import event

    def connected(connection: "sqlite3.Connection", _: object) -> None:
        connection.isolation_level = None  # the driver begins no transactions of its own

    def begun(connection: "sqlalchemy.Connection") -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(storage.engine, "connect", connected)
    event.listen(storage.engine, "begin", begun)
    storage.engine.dispose()  # open connections were made without these events


def _mend(journal: Path, lock: "JournalFileOpenLock") -> None:
    """Cut off a last line that is incomplete after a crash, since Optuna can't read such a file."""
    if not journal.is_file():
        return
    lock.acquire()
    try:
        content = journal.read_bytes()
        if content and not content.endswith(b"\n"):
            os.truncate(journal, content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _safe(text: str) -> str:
    """Return a text without the passwords of the URLs in it.

    Example:
        >>> _safe("postgresql://ann:secret@db/x")
        'postgresql://ann:***@db/x'
    """
    return re.sub(r"(://[^\s:/@]*):[^\s@]*@", r"\1:***@", text)
