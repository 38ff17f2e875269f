"""One process at a time writes into a folder; one that was killed is in nobody's way."""

import errno
import fcntl

import pytest

from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import LOCK, besides_lock, in_turn, only_writer
from helpers.other_process import writes_into


def test_a_folder_that_another_process_writes_into_is_refused(tmp_path):
    with (
        writes_into(tmp_path / "set"),
        pytest.raises(UsageError, match=r"^out is .*set, and another process is writing there; w"),
        only_writer(tmp_path / "set"),
    ):
        pytest.fail("two processes write")
    with only_writer(tmp_path / "set"):  # after the other one was killed
        (tmp_path / "set" / "file").touch()
        assert [path.name for path in besides_lock(tmp_path / "set")] == ["file"]
    assert [path.name for path in (tmp_path / "set").iterdir()] == ["file"]


def test_the_message_says_what_was_given_and_what_to_do(tmp_path):
    with (
        writes_into(tmp_path / "run"),
        pytest.raises(UsageError, match=r"^resume is .* has ended, or stop it first$"),
        only_writer(tmp_path / "run", "resume", " first"),
    ):
        pass


def test_the_process_that_writes_may_say_so_again(tmp_path):
    with only_writer(tmp_path / "set"):
        with only_writer(tmp_path / "x" / ".." / "set"):
            pass
        assert (tmp_path / "set" / LOCK).exists()


def test_nothing_is_left_of_a_folder_into_which_nothing_was_written(tmp_path):
    with pytest.raises(UsageError, match="wrong"), only_writer(tmp_path / "set"):
        raise UsageError("wrong")
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_locks_is_written_to(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with only_writer(tmp_path / "set"), in_turn(tmp_path / "lock"):
        (tmp_path / "set" / "file").touch()


def test_who_has_to_wait_says_so_and_waits(tmp_path):
    with writes_into(tmp_path) as other, in_turn(tmp_path / LOCK, waits=other.kill):
        assert other.wait(30) < 0
    assert not list(tmp_path.iterdir())
