"""The blocks of a section: plain values that the page's template turns into HTML.

Text is plain: the template escapes it, including names of classes and folders. Only charts and
pictures, which are drawn here, are markup.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from markupsafe import Markup

# How to read a value: for the set, against it, with caution, or neutral.
GOOD, BAD, CAUTION, PLAIN = "good", "bad", "caution", "plain"

Cell: TypeAlias = str | Markup


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    words: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Missing:
    """Something unknown, with the reason, and the command that finds it out, if there is one."""

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
    """A value at a glance: what it is, how much, and how to read it."""

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
    """Warnings that a reader must not miss."""

    sentences: Sequence[str]
    kind: ClassVar[str] = "warnings"


@dataclass(frozen=True)
class Table:
    """Rows under headings; the first cell of a row is its name.

    Attributes:
        head: A heading for each column.
        rows: Cells, as many in each row.
        caption: What it shows and how to read it.
        wide: Columns with a chart, which take the remaining width.
        words: Columns of words rather than numbers.
        legend: Class in the style sheet and name of each thing drawn.
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
        """Letters in the longest row name."""
        return max((len(row[0]) for row in self.rows), default=0)


@dataclass(frozen=True)
class Picture:
    """An image inside the page.

    Attributes:
        source: A data URI.
        alt: What it shows, for those who can't see it.
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
        head: A heading for each column of pictures; none for none.
        rows: Name, note and pictures of each row.
        caption: What it shows and how to read it.
    """

    head: Sequence[str]
    rows: Sequence[tuple[str, str, Sequence[Picture]]]
    caption: str
    kind: ClassVar[str] = "gallery"


@dataclass(frozen=True)
class Cards:
    """Small pictures with a label each."""

    pictures: Sequence[Picture]
    caption: str
    kind: ClassVar[str] = "cards"


@dataclass(frozen=True)
class Chart:
    """A drawing in SVG.

    Attributes:
        title: What is drawn.
        drawing: The SVG.
        caption: What it shows and how to read it.
        legend: Class in the style sheet and name of each thing drawn.
    """

    title: str
    drawing: Markup
    caption: str
    legend: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Charts:
    """Charts next to each other."""

    charts: Sequence[Chart]
    kind: ClassVar[str] = "charts"


@dataclass(frozen=True)
class Details:
    """Blocks that are folded away at first."""

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
        key: Its name in addresses: lower-case letters and hyphens.
        title: Heading of the section.
        blocks: What it holds, from top to bottom.
    """

    key: str
    title: str
    blocks: Sequence[Block] = field(default_factory=tuple)
