"""Notes on the data, each printed once in a command, however often the data is read."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

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


def is_new(message: str) -> bool:
    """Return whether to print a message: any, but for a note that was printed within."""
    notes = _notes.get()
    # What goes into a buffer, as when the pace is measured, nobody has read yet.
    if notes is None or not message.startswith(NOTE) or isinstance(sys.stdout, io.StringIO):
        return True
    known = message in notes
    notes.add(message)
    return not known
