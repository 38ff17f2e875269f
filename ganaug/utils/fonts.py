"""Fonts for pictures: Pillow's font if it has all letters, or else a system font."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from unicodedata import bidirectional, category, normalize

from PIL import ImageFont, features

from datamodules.console import say

TEXT_SIZE = 13
# No font has a glyph for this character, so it is drawn as the font's placeholder.
NOT_A_LETTER = "\uffff"
# Styles of a typeface whose plain style has the same letters.
STYLES = ("bold", "italic", "oblique", "mono", "condensed", "narrow", "light", "thin", "black")
Font = ImageFont.FreeTypeFont


@lru_cache(1000)
def font_for(text: str) -> Font | None:
    """Return a font that draws all of a text, None if there is none.

    Example:
        >>> font_for("rose") is own_font()
        True
    """
    if needs_layout(text) and not (features.check("raqm") and features.check("fribidi")):
        return None
    if not missing(text, own_font()):
        return own_font()
    return next((font for font in system_fonts() if not missing(text, font)), None)


def drawable(text: str) -> tuple[str, Font]:
    """Return a text and a font for it; if no font has all letters, missing ones become `?`.

    Example:
        >>> drawable("rose \uffff")[0]
        'rose ?'
    """
    text = normalize("NFC", text)
    if font := font_for(text):
        return text, font
    gaps = missing(text, own_font())
    return "".join("?" if letter in gaps else letter for letter in text), own_font()


def names_to_draw(names: Sequence[str]) -> list[str]:
    """Return class names for pictures: `class 3` for a name that no font can draw.

    A note with the replaced names is printed once.

    Args:
        names: Names of all classes, in the order of the labels.
    """
    return list(_names_to_draw(tuple(names)))


@cache
def _names_to_draw(names: tuple[str, ...]) -> list[str]:
    are_drawable = [font_for(normalize("NFC", name)) is not None for name in names]
    drawn_names = [
        name if keep else f"class {k}"
        for k, (name, keep) in enumerate(zip(names, are_drawable, strict=True))
    ]
    if not all(are_drawable):
        substitutions = ", ".join(
            f"{s} is {n}" for s, n in zip(drawn_names, names, strict=True) if s != n
        )
        say(
            f"pictures: no font here has the letters of some class names, so {substitutions}; "
            "install one that does, such as Noto Sans, to see the names"
        )
    return drawn_names


def missing(text: str, font: Font) -> set[str]:
    """Return the letters of a text that a font lacks."""
    box = bytes(font.getmask(NOT_A_LETTER))
    letters = {letter for letter in text if not letter.isspace()}
    return {letter for letter in letters if bytes(font.getmask(letter)) == box}


def needs_layout(text: str) -> bool:
    """Return whether a text needs complex layout, where letters depend on their neighbors."""
    return any(
        bidirectional(letter) in ("R", "AL") or category(letter)[0] == "M" for letter in text
    )


@cache
def own_font() -> Font:
    """Return Pillow's font, which has ASCII and few other letters."""
    font = ImageFont.load_default(TEXT_SIZE)
    assert isinstance(font, Font), "Pillow's wheels have FreeType"
    return font


@cache
def system_fonts() -> tuple[Font, ...]:
    """Return the system's fonts, one style of each typeface, sans serif first."""
    files = {
        file
        for folder in _font_folders()
        for file in folder.rglob("*")
        if file.suffix.lower() in (".ttf", ".ttc", ".otf")
        and not any(style in file.stem.lower() for style in STYLES)
    }
    fonts = []
    for file in sorted(files, key=lambda file: ("sans" not in file.stem.lower(), file.name, file)):
        with suppress(OSError, ValueError):  # damaged, or unknown to FreeType
            fonts.append(ImageFont.truetype(file, TEXT_SIZE))
    return tuple(fonts)


def _font_folders() -> Iterator[Path]:
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - no error without a home
    if sys.platform == "win32":
        yield Path(os.environ.get("WINDIR", "C:/Windows"), "Fonts")
        yield home / "AppData/Local/Microsoft/Windows/Fonts"
    elif sys.platform == "darwin":
        yield from (Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library/Fonts")
    else:
        shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
        yield from (home / ".fonts", home / ".local/share/fonts")
        yield from (Path(folder) / "fonts" for folder in shared.split(":"))
