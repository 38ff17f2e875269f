"""One process at a time fits a run; another is refused before it writes anything."""

import fcntl
from pathlib import Path

import pytest
from lightning.pytorch import Callback

from ganaug.cli.fit_arguments import expand
from ganaug.models import registry
from ganaug.training.engine import fit_by_words
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK
from helpers.other_process import writes_into
from helpers.stopped_runs import first_words


def is_locked(run):
    with (run / LOCK).open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Look(Callback):
    """Notes whether the run is locked while it trains."""

    def __init__(self):
        self.seen = []

    def on_train_batch_start(self, trainer, *_):
        self.seen.append(is_locked(Path(trainer.log_dir)))


def test_a_run_is_fitted_by_one_process_at_a_time():
    look = Look()
    run = fit_by_words(first_words(registry.config_of("gan")), objects={"callbacks": [look]}).folder
    assert look.seen == [True] * 8
    assert not (run / LOCK).exists()
    there = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    words = ["--resume", str(run), "--trainer.max_epochs", "3"]
    with (
        writes_into(run),
        pytest.raises(UsageError, match=r"^resume is .*version_0, and another process is writing"),
    ):
        fit_by_words(expand(words))
    (run / LOCK).unlink()
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == there
    look.seen.clear()
    fit_by_words(expand(words), objects={"callbacks": [look]})
    assert look.seen == [True] * 4
    assert not (run / LOCK).exists()
