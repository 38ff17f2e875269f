"""Arguments that may be one value or several."""

from collections.abc import Iterable
from os import PathLike
from typing import TypeVar

Value = TypeVar("Value")


def several(given: str | PathLike[str] | Iterable[Value]) -> list[Value]:
    """Return what was given, one value or several, as a list.

    Example:
        >>> several("imagenet"), several(("small", "imagenet")), several(())
        (['imagenet'], ['small', 'imagenet'], [])
    """
    return [given] if isinstance(given, str | PathLike) else list(given)  # type: ignore[list-item]
