"""A failed write is one line with the path, the reason, and what to do about this reason."""

import errno
from pathlib import Path

import pytest

from ganaug.synthesis.writer.failures import naming_failures
from ganaug.utils.errors import UsageError


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "free some space and run the same command again"),
        (errno.EDQUOT, "free some space and run the same command again"),
        (errno.EACCES, "give `out` a folder that you can write to"),
        (errno.ENAMETOOLONG, "give `out` a shorter path, or the class a shorter name"),
        (errno.EIO, "correct this and run the same command again"),
    ],
)
def test_the_advice_is_for_the_reason(number, advice):
    with (
        pytest.raises(UsageError, match=f"cannot write out: reason; {advice}"),
        naming_failures(Path("out")),
    ):
        raise OSError(number, "reason")
