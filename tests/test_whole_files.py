"""A file is there whole or not at all."""

import errno

import pytest

from ganaug.whole_files import written_whole


def test_a_file_takes_its_name_when_it_is_whole(tmp_path):
    path = tmp_path / "new" / "file"
    with written_whole(path) as file:
        file.write(b"one")
        assert not path.exists()
    assert path.read_bytes() == b"one"


def write_half(path, error):
    with written_whole(path) as file:
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
    with written_whole(tmp_path / "file") as file:
        file.write(b"new")
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
