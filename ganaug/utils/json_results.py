"""Writing results as JSON files, and the error for files that hold something else."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from datamodules.reading.folders.class_names import expanded
from ganaug.utils.atomic_files import write_json
from ganaug.utils.errors import UsageError


class Result(Protocol):
    """Anything that can be converted to plain values."""

    def to_dict(self) -> dict[str, Any]:
        """Return the content as plain values."""


def write_result(result: Result, path: str | Path) -> None:
    """Write a result as JSON, atomically.

    Raises:
        UsageError: The file can't be written.
    """
    write_json(Path(expanded(path)), result.to_dict())


@contextmanager
def refusing_others(kind: str, again: str) -> Iterator[None]:
    """Turn errors about missing or wrong values into one for the user.

    Args:
        kind: Expected content of the file.
        again: Instruction for making the file again.

    Raises:
        UsageError: The file holds something else.

    Example:
        >>> @refusing_others("study", "run utility again")
        ... def seeds(content):
        ...     return content["seeds"]
        >>> seeds({})
        Traceback (most recent call last):
        datamodules.errors.UsageError: this holds no study (KeyError('seeds')); run utility again
    """
    try:
        yield
    except UsageError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"this holds no {kind} ({error!r}); {again}") from error
