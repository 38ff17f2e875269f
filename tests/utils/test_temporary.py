"""Temporary files stay until the process exits, and no longer."""

import pickle
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import pytest

from ganaug.utils.errors import UsageError
from ganaug.utils.temporary import TemporaryFolder, temporary_file

SCRIPT = """
import os
from ganaug.training.class_settings import file_with_names_as_text
from ganaug.training.given import without_plans
from ganaug.training.setting_files import current
from pathlib import Path
named, old, planned = (Path(f"{name}.yaml") for name in ("named", "old", "planned"))
named.write_text("data: {classes: [yes]}")
old.write_text("film: {format: gif}")
planned.write_text("width: 3\\nplan: {settings: {}}")
made = [file_with_names_as_text(named), current(old)]
made += [Path(path) for path in without_plans(["--config", str(planned)])[1::2]]
assert len(made) == 4 and all(path.is_file() for path in made)
if os.fork() == 0:
    raise SystemExit
os.wait()
assert all(path.is_file() for path in made)
"""


def test_files_of_one_name_are_several():
    first, second = temporary_file("a.yaml"), temporary_file("a.yaml")
    first.write_text("1")
    assert not second.exists()
    assert first.parent.parent == second.parent.parent


def test_nothing_is_left_when_the_process_exits(tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, check=True)
    assert not list((tmp_path / "temporary").iterdir())


def test_copies_keep_a_folder_until_the_last_one_is_gone():
    first = TemporaryFolder()
    folder, content = first.folder, pickle.dumps(first)
    copies = [deepcopy(first), pickle.loads(content)]
    del first
    assert folder.is_dir()
    copies.clear()
    assert not folder.exists()
    with pytest.raises(UsageError, match="the temporary copy of a set, is gone; open the set ag"):
        pickle.loads(content)
