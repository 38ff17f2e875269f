"""Errors that users can fix: wrong settings, missing memory, invalid paths, their own code."""

import errno
import re
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from datamodules.errors import failure, own_traceback
from datamodules.plugins import OWN_PACKAGES
from datamodules.printing import printable
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import is_built_in

# torch's messages, on CPUs and on GPUs.
NO_MEMORY = re.compile(r"can't allocate memory|not enough memory|out of memory")
REFUSED_PATHS = (errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP)


def error_of_user(error: BaseException | None) -> UsageError | None:
    """Return the error that a user can fix in an error's chain of causes, if there is one.

    jsonargparse wraps errors of constructors, so the whole chain is searched.
    """
    first = error
    while error is not None and not isinstance(error, UsageError):
        # After `raise … from None`, the context is not a cause.
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return error or _out_of_memory(first) or _no_such_path(first)


def own_report(error: Exception) -> str | None:
    """Return a plugin's part of a traceback and a one-line error; None for errors of our code."""
    if (plugin_traceback := own_traceback(error, OWN_PACKAGES)) is None:
        return None
    lines = traceback.format_exception(type(error), error, plugin_traceback, chain=False)[:-1]
    return (
        f"{''.join(lines)}error: a plugin raised {failure(error, OWN_PACKAGES)}; correct it, and "
        "run this again: what is finished is kept"
    )


def show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning in one line, without the code that raised it, as `warnings.showwarning`."""
    print(f"warning: {printable(' '.join(str(message).split()))}", file=sys.stderr)


def _no_such_path(error: BaseException | None) -> UsageError | None:
    """Return an error for a path that the operating system refuses, if that is the cause."""
    if isinstance(error, OSError) and error.filename and error.errno in REFUSED_PATHS:
        return UsageError(f"{error.filename}: {error.strerror}; give another path")
    return None


def _out_of_memory(error: BaseException | None) -> UsageError | None:
    """Return an error for a lack of memory or too deep nesting, if that is the cause."""
    if isinstance(error, RecursionError):
        return UsageError("a value or file that was given is nested too deeply to be read")
    if isinstance(error, MemoryError) or NO_MEMORY.search(str(error)):
        return UsageError(
            "there is not enough memory for these settings; use smaller batches, images or networks"
        )
    return None


@contextmanager
def attribute_errors(
    label: str, part: Any, advice: str = "correct it, and run this again"
) -> Iterator[None]:
    """Turn an error of the user's code into one line that names the part; pass on our own errors.

    Args:
        label: Description of the part, for the message.
        part: Function, class or object of the part.
        advice: Advice at the end of the message.

    Raises:
        UsageError: The part raised an error that isn't a UsageError.
    """
    try:
        yield
    except Exception as error:
        if is_built_in(part) or error_of_user(error):
            raise
        raise UsageError(f"{label} raised {failure(error)}; {advice}") from error
