"""Sets from elsewhere are data: reading one starts no program and exhausts no memory."""

import pytest
from PIL import EpsImagePlugin

from ganaug.synthesis import verify
from ganaug.synthesis.marks import read_mark
from ganaug.synthesis.sources.real_file import RealFile, loads_plainly
from helpers.expanded import write

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\nshowpage\n%%EOF\n"


def test_no_file_is_given_to_ghostscript(painter, tmp_path, monkeypatch):
    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_: pytest.fail("it was started"))
    write(painter, tmp_path)
    file = tmp_path / "images/cat/000001.png"
    file.write_bytes(EPS)
    assert verify(tmp_path).unreadable == ("images/cat/000001.png",)
    assert not loads_plainly(file)
    assert read_mark(EPS) is None
    with pytest.raises(OSError, match="cannot identify"):
        RealFile(str(file)).pixels()
