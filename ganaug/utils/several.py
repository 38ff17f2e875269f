"""Arguments that may be one value or several."""

from collections.abc import Iterable
from os import PathLike
from typing import Any

from ganaug.utils.errors import UsageError


def several(given: Any) -> list[Any]:
    """Return one or several values as a list.

    Text, a path, or an object such as a synthetic set is one value.

    Example:
        >>> several("imagenet"), several(("small", "imagenet")), several(())
        (['imagenet'], ['small', 'imagenet'], [])
    """
    alone = isinstance(given, str | PathLike) or not isinstance(given, Iterable)
    return [given] if alone else list(given)


def several_names(
    given: Any, parameter: str, remedy: str = "give a name or a list of names"
) -> list[str]:
    """Return one or several names as a list.

    Args:
        given: Names or paths.
        parameter: Parameter that they were given for.
        remedy: Advice at the end of the message.

    Raises:
        UsageError: A name is another object, such as a function or a class.
    """
    names = several(given)
    for name in names:
        if not isinstance(name, str | PathLike):
            called = getattr(name, "__name__", None) or repr(name)
            raise UsageError(f"{parameter} is {called}, of type {type(name).__name__}; {remedy}")
    return names
