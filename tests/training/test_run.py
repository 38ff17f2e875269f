"""The checkpoints of a run are found in one way, to load them and to resume from them."""

import os
import sys

import pytest

from ganaug.training.checkpoints import find_checkpoint
from ganaug.training.run import Run, find_run
from ganaug.utils.errors import UsageError


@pytest.fixture
def run(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "config.yaml").touch()
    return tmp_path


def write(run, *names):
    for age, name in enumerate(reversed(names)):
        path = run / "checkpoints" / name
        path.touch()
        os.utime(path, (1000 - age, 1000 - age))


def test_the_newest_of_several_best_ones_counts(run):
    write(run, "best.ckpt", "best-v1.ckpt", "last.ckpt")
    best = run / "checkpoints" / "best-v1.ckpt"
    assert Run(run).best == Run(run).checkpoint == find_checkpoint(run) == best
    assert Run(run).last == find_run(run)[1] == run / "checkpoints" / "last.ckpt"


def test_checkpoints_of_the_users_own_callback_do_not_count(run):
    write(run, "best-epoch=0.ckpt", "best_mine.ckpt", "last-v1.ckpt", "best.ckpt", "last.ckpt")
    assert Run(run).best == find_checkpoint(run) == run / "checkpoints" / "best.ckpt"
    assert Run(run).last == run / "checkpoints" / "last.ckpt"


def test_the_folder_of_the_checkpoints_stands_for_the_run(run):
    write(run, "last.ckpt")
    last = run / "checkpoints" / "last.ckpt"
    assert find_checkpoint(last.parent) == Run(run).checkpoint == last
    assert find_run(last.parent) == find_run(run) == find_run(last) == (run, last)
    assert Run(run).best is None


def test_a_run_without_a_checkpoint_is_refused(run):
    for place in (run, run / "checkpoints"):
        with pytest.raises(UsageError, match=r"holds no checkpoints/best"):
            find_checkpoint(place)
        with pytest.raises(UsageError, match=rf"no checkpoint {run}/checkpoints/last\.ckpt to"):
            find_run(place)
    with pytest.raises(UsageError, match="holds no checkpoint yet"):
        _ = Run(run).checkpoint


def test_a_table_of_curves_needs_pandas(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match=r"to_frame needs pandas: pip install 'ganaug\[pandas\]'"):
        Run(run).to_frame()
