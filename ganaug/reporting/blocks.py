"""The blocks of a section: plain values that the page's template turns into HTML.

Text is plain: the template escapes it, including names of classes and folders. Only charts and
pictures are markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from markupsafe import Markup

# Tone of a value: in favor of the set, against it, to be read with caution, or neutral.
GOOD, BAD, CAUTION, PLAIN = "good", "bad", "caution", "plain"
# Tones of verdicts (`ganaug.evaluation.utility.significance`); others are neutral.
TONES = {"helps": GOOD, "hurts": BAD}

Cell: TypeAlias = str | Markup


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Missing:
    """A missing result, with the reason, and the command that produces it, if any."""

    words: str
    command: str = ""
    kind: ClassVar[str] = "missing"


@dataclass(frozen=True)
class Headline:
    """The verdict.

    Attributes:
        tone: good, bad, caution or plain.
        word: The verdict in a word or a few.
        sentence: What it means and what to do.
        command: The next command to run, if any.
    """

    tone: str
    word: str
    sentence: str
    command: str = ""
    kind: ClassVar[str] = "headline"


@dataclass(frozen=True)
class Tile:
    """A key value, with a label and an explanation."""

    label: str
    value: str
    words: str
    tone: str = PLAIN


@dataclass(frozen=True)
class Tiles:
    """Tiles side by side."""

    tiles: Sequence[Tile]
    kind: ClassVar[str] = "tiles"


@dataclass(frozen=True)
class Warnings:
    """Important warnings."""

    sentences: Sequence[str]
    kind: ClassVar[str] = "warnings"


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first cell of a row is its name.

    Attributes:
        head: A heading for each column.
        rows: The cells of each row.
        caption: What it shows and how to read it.
        wide: Columns with a chart, which take the remaining width.
        words: Columns of words rather than numbers.
        legend: Style sheet class and name of each drawn element.
    """

    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    caption: str
    wide: Sequence[int] = ()
    words: Sequence[int] = ()
    legend: Sequence[tuple[str, str]] = ()
    kind: ClassVar[str] = "table"

    @property
    def longest(self) -> int:
        """Length of the longest row name."""
        return max((len(str(row[0])) for row in self.rows), default=0)


@dataclass(frozen=True)
class Picture:
    """An image inside the page.

    Attributes:
        source: A data URI.
        alt: Alternative text.
        size: Width and height in pixels.
        label: Text below the image.
    """

    source: str
    alt: str
    size: tuple[int, int]
    label: str = ""


@dataclass(frozen=True)
class Gallery:
    """Rows of pictures under headings, each row with a name.

    Attributes:
        head: A heading for each column of pictures; may be empty.
        rows: Name, note and pictures of each row.
        caption: What it shows and how to read it.
    """

    head: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Picture]]]
    caption: str
    kind: ClassVar[str] = "gallery"


@dataclass(frozen=True)
class Cards:
    """Small pictures with labels."""

    pictures: Sequence[Picture]
    caption: str
    kind: ClassVar[str] = "cards"


@dataclass(frozen=True)
class Chart:
    """A drawing in SVG.

    Attributes:
        title: Title of the chart.
        drawing: The SVG.
        caption: What it shows and how to read it.
        legend: Style sheet class and name of each drawn element.
    """

    title: str
    drawing: Markup
    caption: str
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Charts:
    """Charts side by side."""

    charts: Sequence[Chart]
    kind: ClassVar[str] = "charts"


@dataclass(frozen=True)
class Details:
    """Blocks that are initially collapsed."""

    title: str
    blocks: Sequence["Block"]
    kind: ClassVar[str] = "details"


Block: TypeAlias = (
    Text | Missing | Headline | Tiles | Warnings | Table | Gallery | Cards | Charts | Details
)


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        key: Anchor of the section: lower-case letters and hyphens.
        title: Heading of the section.
        blocks: Content, from top to bottom.
    """

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
