"""Optuna storages for the jobs of a search: a journal in a file, or a URL."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ganaug.evaluation.advice.jobs.owners import runs
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    import sqlite3

    import optuna
    import sqlalchemy
    from optuna.storages.journal import JournalFileOpenLock
    from optuna.trial import FrozenTrial

# Attribute of a trial that identifies the process doing the job.
OWNER = "owner"
# Seconds until a process checks the results of others again.
WAIT = 0.5
ATTEMPTS = 4
# Maximum time, in seconds, to wait for other processes to release an SQLite file.
LOCKED = 60.0


def is_begun(journal: Path) -> bool:
    """Return whether a journal, which may not exist, holds a search that has begun.

    Raises:
        UsageError: The file can't be read.
    """
    if not journal.is_file():
        return False
    with naming(journal):
        return bool(begun(open_storage(journal)))


@contextmanager
def naming(storage: str | Path) -> Iterator[None]:
    """Add the storage's name to errors of the file system, Optuna and database drivers."""
    try:
        yield
    except UsageError:
        raise
    except Exception as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"storage {_masked(str(storage))} can't be opened ({_masked(reason)}); give an Optuna "
            "URL, such as sqlite:///advice.db, or leave it out for a file in `out`"
        ) from error


def begun(storage: "optuna.storages.BaseStorage") -> set[str]:
    """Return the names of the searches with jobs that are finished or in progress elsewhere.

    A search that stopped with an error before its first result is not included.
    """
    return {
        study.study_name
        for study in storage.get_all_studies()
        if any(map(_has_begun, storage.get_all_trials(study._study_id, deepcopy=False)))
    }


def _has_begun(trial: "FrozenTrial") -> bool:
    owner = trial.user_attrs.get(OWNER)
    if trial.state.name != "RUNNING" or owner is None:
        return bool(trial.state.name == "COMPLETE")
    return owner["process"] != os.getpid() and bool(runs(owner))


def open_storage(storage: str | Path) -> "optuna.storages.BaseStorage":
    """Open a storage; retry in case another process is creating its tables.

    Args:
        storage: A file for Optuna's journal, or the URL of an Optuna storage.

    Example:
        >>> begun(open_storage(Path("search.journal")))
        set()
    """
    for attempt in range(ATTEMPTS):
        try:
            return _open(storage)
        except Exception:
            if attempt == ATTEMPTS - 1 or isinstance(storage, Path):
                raise
            time.sleep(WAIT)
    raise AssertionError("the last attempt returns or raises")


def _open(storage: str | Path) -> "optuna.storages.BaseStorage":
    from optuna.storages import JournalStorage, RDBStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock, JournalRedisBackend

    if isinstance(storage, Path):
        storage.parent.mkdir(parents=True, exist_ok=True)
        lock = JournalFileOpenLock(str(storage))
        _remove_incomplete_line(storage, lock)
        return JournalStorage(JournalFileBackend(str(storage), lock))
    if storage.startswith("redis"):
        return JournalStorage(JournalRedisBackend(storage))
    if storage.startswith("sqlite"):
        rdb_storage = RDBStorage(storage, engine_kwargs={"connect_args": {"timeout": LOCKED}})
        _serialize_transactions(rdb_storage)
        return rdb_storage
    return RDBStorage(storage)


def _serialize_transactions(storage: "optuna.storages.RDBStorage") -> None:
    """Serialize the transactions of all processes on an SQLite storage.

    To claim a job, Optuna reads that it is free and then writes that it is taken. SQLite locks the
    file only for the write, so two processes could claim the same job.
    """
    from sqlalchemy import event

    def on_connect(connection: "sqlite3.Connection", _: object) -> None:
        connection.isolation_level = None  # keeps the driver from beginning transactions

    def on_begin(connection: "sqlalchemy.Connection") -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(storage.engine, "connect", on_connect)
    event.listen(storage.engine, "begin", on_begin)
    storage.engine.dispose()  # existing connections lack these events


def _remove_incomplete_line(journal: Path, lock: "JournalFileOpenLock") -> None:
    """Remove an incomplete last line after a crash, since Optuna could not read the file."""
    if not journal.is_file():
        return
    lock.acquire()
    try:
        content = journal.read_bytes()
        if content and not content.endswith(b"\n"):
            os.truncate(journal, content.rfind(b"\n") + 1)
    finally:
        lock.release()


def _masked(text: str) -> str:
    """Return a text with the passwords in its URLs masked.

    Example:
        >>> _masked("postgresql://ann:secret@db/x")
        'postgresql://ann:***@db/x'
    """
    return re.sub(r"(://[^\s:/@]*):[^\s@]*@", r"\1:***@", text)
