"""Class names in pictures: a font that has their letters, else `class 3`, and never boxes."""

import pytest
import torch
from PIL import ImageFont

from ganaug.callbacks.sheets import sheet_picture
from ganaug.utils import fonts
from ganaug.utils.fonts import drawable, font_for, missing, names_to_draw, own_font

# Chinese, Arabic, Devanagari, Cyrillic, Korean, Latin beyond ASCII.
FOREIGN = ["北京", "قطة", "बिल्ली", "кошка", "고양이", "éô"]


@pytest.fixture
def bundled(monkeypatch):
    """A machine without fonts."""
    for cached in (font_for, fonts._names_to_draw):
        cached.cache_clear()
    monkeypatch.setattr(fonts, "system_fonts", tuple)
    yield
    for cached in (font_for, fonts._names_to_draw):
        cached.cache_clear()


def test_what_the_bundled_font_lacks_is_known():
    assert missing("rose (2), lily_of-the.valley!", own_font()) == set()
    for name in FOREIGN:
        assert missing(name, own_font()) == set(name)


def test_names_without_a_font_are_numbered_and_said_once(bundled, capsys):
    names = ["rose", *FOREIGN, "tulip"]
    wanted = ["rose", *(f"class {k}" for k in range(1, 7)), "tulip"]
    assert names_to_draw(names) == wanted
    said = capsys.readouterr().out
    assert "class 1 is 北京, class 2 is قطة" in said
    assert "class 0" not in said
    assert names_to_draw(names) == wanted
    assert capsys.readouterr().out == ""


def test_a_sheet_shows_no_boxes(bundled):
    images = torch.zeros(2, 1, 28, 28)
    with_gap = sheet_picture(images, 1, drawable("北京")[:1], "batch 3")
    assert with_gap.tobytes() == sheet_picture(images, 1, ["??"], "batch 3").tobytes()
    assert font_for("rose") is own_font()


def test_a_font_of_the_system_is_taken(bundled, monkeypatch):
    """Whichever has the letters: here the bundled font, at a size that tells it apart."""
    system = ImageFont.load_default(20)
    own = fonts.missing
    monkeypatch.setattr(fonts, "system_fonts", lambda: (system,))
    monkeypatch.setattr(fonts, "missing", lambda text, font: font is not system and own(text, font))
    assert font_for("北京") is system
    assert drawable("北京") == ("北京", system)
    assert names_to_draw(["rose", "北京"]) == ["rose", "北京"]


def test_letters_that_join_are_not_drawn_one_by_one(bundled, monkeypatch):
    monkeypatch.setattr(fonts.features, "check", lambda _: False)
    monkeypatch.setattr(fonts, "missing", lambda *_: set())
    assert font_for("قطة") is None
    assert font_for("北京") is own_font()
