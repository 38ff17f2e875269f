"""Arguments that may be one value or several."""

from collections.abc import Iterable
from os import PathLike
from typing import Any

from ganaug.utils.errors import UsageError


def several(values: Any) -> list[Any]:
    """Return one or several values as a list.

    Text, a path, or an object such as a synthetic set is one value.

    Example:
        >>> several("imagenet"), several(("small", "imagenet")), several(())
        (['imagenet'], ['small', 'imagenet'], [])
    """
    alone = isinstance(values, str | PathLike) or not isinstance(values, Iterable)
    return [values] if alone else list(values)


def several_names(
    values: Any, parameter: str, remedy: str = "give a name or a list of names"
) -> list[str]:
    """Return one or several names as a list.

    Args:
        values: Names or paths.
        parameter: Parameter that they were given for.
        remedy: Advice at the end of the message.

    Raises:
        UsageError: A name is another object, such as a function or a class.
    """
    names = several(values)
    for name in names:
        if not isinstance(name, str | PathLike):
            label = getattr(name, "__name__", None) or repr(name)
            raise UsageError(f"{parameter} is {label}, of type {type(name).__name__}; {remedy}")
    return names
