"""Output to the terminal."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lightning.pytorch.utilities import rank_zero_only

NOTE = "data: "
_notes: ContextVar[set[str] | None] = ContextVar("notes", default=None)


@contextmanager
def notes_once() -> Iterator[None]:
    """Print each note on the data once, however often it is read within; also a decorator."""
    if _notes.get() is not None:
        yield
        return
    token = _notes.set(set())
    try:
        yield
    finally:
        _notes.reset(token)


def is_redrawn() -> bool:
    """Whether a line of the output can be drawn again: on a terminal or in a notebook."""
    return sys.stdout.isatty() or type(sys.stdout).__module__.startswith("ipykernel")


@rank_zero_only
def say(message: str) -> None:
    """Print on the first rank; characters that the terminal lacks are escaped."""
    notes = _notes.get()
    # What goes into a buffer, as when the pace is measured, nobody has read yet.
    unread = isinstance(sys.stdout, io.StringIO)
    if notes is not None and message.startswith(NOTE) and not unread:
        if message in notes:
            return
        notes.add(message)
    encoding = sys.stdout.encoding or "utf-8"
    print(message.encode(encoding, "backslashreplace").decode(encoding), flush=True)
