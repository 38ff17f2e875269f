"""A folder against its manifest: what is missing, altered or extra, each named."""

import shutil

import pytest

from ganaug.synthesis import verify
from ganaug.utils.errors import UsageError
from helpers.expanded import write


def test_verify_names_what_is_missing_altered_and_extra(painter, tmp_path):
    out = tmp_path / "out"
    write(painter, out)
    assert verify(out).sound
    (out / "images/cat/000001.png").unlink()
    (out / "images/cat/000002.png").write_bytes(b"other")
    shutil.copy(out / "images/cat/000000.png", out / "images/cat/copy.png")
    found = verify(out)
    assert found.missing == ("images/cat/000001.png",)
    assert found.altered == ("images/cat/000002.png",)
    assert found.extra == ("images/cat/copy.png",)
    with (out / "metadata.csv").open("a") as file:
        file.write("x\n")
    assert "metadata.csv" in verify(out).altered
    with pytest.raises(UsageError, match=r"holds no manifest\.json"):
        verify(tmp_path)
