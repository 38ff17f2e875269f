"""What an error, Ctrl-C or a power cut leaves of a set that is being written."""

import os
import shutil
import threading

import pytest

from ganaug.synthesis import GeneratorSource, expand
from ganaug.synthesis.writer.journal import UNFINISHED
from ganaug.utils.errors import UsageError
from helpers.expanded import NAMES, write


@pytest.mark.parametrize("error", [UsageError("no more"), KeyboardInterrupt()])
def test_after_an_error_no_thread_writes_on(painter, tmp_path, error):
    class Stopping(GeneratorSource):
        def make(self, label, block):
            if block:
                raise error
            return super().make(label, block)

    with pytest.raises(type(error)):
        expand([Stopping(painter(3), NAMES)], {"generator": {"cat": 70}}, tmp_path / "out")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("files")]


def test_a_set_is_on_disk_before_its_journal_is_deleted(painter, tmp_path, monkeypatch):
    """A power cut can lose whatever was not synced, and only the journal can tell."""
    out, steps = tmp_path / "out", []

    def note(step, call):
        def noted(*given, **named):
            journal, manifest = out / UNFINISHED / "journal-0000.jsonl", out / "manifest.json"
            steps.append((step, journal.exists(), manifest.exists()))
            return call(*given, **named)

        return noted

    for module, name in ((os, "sync"), (os, "fsync"), (shutil, "rmtree")):
        monkeypatch.setattr(module, name, note(name, getattr(module, name)))
    write(painter, out)
    (whole,) = [k for k, step in enumerate(steps) if step == ("sync", True, False)]
    # The manifest's file, and then the folder with its name.
    assert steps[whole + 1 :][:3] == [
        ("fsync", True, False),
        ("fsync", True, True),
        ("rmtree", True, True),
    ]
