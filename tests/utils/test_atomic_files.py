"""A file is there whole or not at all."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from ganaug.utils import atomic_files
from ganaug.utils.atomic_files import atomic_open, partial_file, write_json
from ganaug.utils.errors import UsageError

# Above what systems give.
GONE = 2**31 - 1


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with atomic_open(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"


def write_half(path, error):
    with atomic_open(path) as file:
        file.write(b"half of")
        raise error


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_what_was_there_stays_when_writing_fails(tmp_path, error):
    path = tmp_path / "file"
    path.write_bytes(b"good")
    with pytest.raises(type(error)):
        write_half(path, error)
    assert path.read_bytes() == b"good"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path, monkeypatch):
    path, alive = tmp_path / "file", os.getppid()
    with monkeypatch.context() as patch:
        for process in (GONE, alive):
            patch.setattr(atomic_files.os, "getpid", lambda process=process: process)
            partial_file(path).write_bytes(b"left")
            os.utime(partial_file(path), (0, 0))
    kept = ["file", "film.partial", partial_file(path).name.replace(str(os.getpid()), str(alive))]
    (tmp_path / "film.partial").write_bytes(b"of a browser")
    with atomic_open(path) as file:
        file.write(b"new")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(kept)


def left_by_a_process_that_is_gone(path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(atomic_files.os, "getpid", lambda: GONE)
        left = partial_file(path)
    left.write_bytes(b"left")
    return left


def test_a_fresh_file_of_a_process_that_is_not_seen_stays(tmp_path, monkeypatch):
    """Another container's process may be writing it."""
    left = left_by_a_process_that_is_gone(tmp_path / "film", monkeypatch)
    with atomic_open(tmp_path / "file") as file:
        file.write(b"new")
    assert left.exists()


def test_a_leftover_that_cannot_be_removed_keeps_nothing_from_being_written(tmp_path, monkeypatch):
    left = left_by_a_process_that_is_gone(tmp_path / "film", monkeypatch)
    os.utime(left, (0, 0))

    def refused(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "unlink", refused)
    with atomic_open(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert left.exists()


def test_two_processes_that_write_a_file_at_once_leave_a_whole_one(tmp_path, monkeypatch):
    path = tmp_path / "file"
    with atomic_open(path) as first:
        first.write(b"the first")
        with monkeypatch.context() as patch:
            patch.setattr(atomic_files.os, "getpid", os.getppid)
            with atomic_open(path) as second:
                second.write(b"2nd")
        assert path.read_bytes() == b"2nd"
    assert path.read_bytes() == b"the first"
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_a_mount_that_can_not_sync_folders_keeps_no_file_from_being_written(tmp_path, monkeypatch):
    sync = os.fsync

    def files_alone(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(descriptor)

    monkeypatch.setattr(atomic_files.os, "fsync", files_alone)
    with atomic_open(tmp_path / "file") as file:
        file.write(b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_json_holds_null_for_what_is_no_number_and_escapes_for_what_is_no_text(tmp_path):
    path = tmp_path / "figures.json"
    write_json(path, {"a": [1.5, float("nan"), (float("inf"), 2)], "b": {"name": "caf\udce9"}})
    assert json.loads(path.read_text()) == {"a": [1.5, None, [None, 2]], "b": {"name": "caf\udce9"}}


def test_a_place_that_takes_no_file_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match=r"cannot write .*file/figures\.json: "):
        write_json(tmp_path / "file" / "figures.json", {})
