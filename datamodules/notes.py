"""Notes on the data, printed once per command even if the data is read several times."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NOTE = "data: "
_notes: ContextVar[set[str] | None] = ContextVar("notes", default=None)


@contextmanager
def notes_once() -> Iterator[None]:
    """Print each note only once within this context; also a decorator."""
    if _notes.get() is not None:
        yield
        return
    token = _notes.set(set())
    try:
        yield
    finally:
        _notes.reset(token)


def is_new(message: str) -> bool:
    """Return whether to print a message; False for a note that was already printed."""
    notes = _notes.get()
    # Output to a buffer, as during a speed measurement, doesn't count as printed.
    if notes is None or not message.startswith(NOTE) or isinstance(sys.stdout, io.StringIO):
        return True
    printed = message in notes
    notes.add(message)
    return not printed
