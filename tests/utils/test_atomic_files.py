"""A file is there whole or not at all."""

import errno
import json

import pytest

from ganaug.utils.atomic_files import atomic_open, write_json
from ganaug.utils.errors import UsageError


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


def test_what_a_killed_process_left_is_no_hindrance(tmp_path):
    (tmp_path / "file.partial").write_bytes(b"left")
    with atomic_open(tmp_path / "file") as file:
        file.write(b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_json_holds_null_for_what_is_no_number_and_escapes_for_what_is_no_text(tmp_path):
    path = tmp_path / "figures.json"
    write_json(path, {"a": [1.5, float("nan"), (float("inf"), 2)], "b": {"name": "caf\udce9"}})
    assert json.loads(path.read_text()) == {"a": [1.5, None, [None, 2]], "b": {"name": "caf\udce9"}}


def test_a_place_that_takes_no_file_is_named(tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError, match=r"cannot write .*file/figures\.json: "):
        write_json(tmp_path / "file" / "figures.json", {})
