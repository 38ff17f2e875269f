"""Expanding `~` and variables in path arguments of public functions."""

import inspect
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

from datamodules.reading.folders.class_names import expanded
from datamodules.reading.tables.tables import SUFFIXES

Function = TypeVar("Function", bound=Callable[..., Any])


def expand_user(value: Any) -> Any:
    """Return a path, or a list of paths, with `~` and variables such as `$HOME` expanded.

    Anything else is returned unchanged.

    Example:
        >>> expand_user("photos"), expand_user(None)
        ('photos', None)
    """
    if type(value) in (list, tuple):  # a named tuple is built from its fields
        return type(value)(map(expand_user, value))
    if isinstance(value, Path):
        return Path(expanded(value))
    return expanded(value) if isinstance(value, str) else value


def folder_and_table(path: str | Path) -> tuple[str, dict[str, str]]:
    """Return the folder of a table of labels, and the setting that names the table.

    The path of a folder is returned unchanged, without settings.

    Example:
        >>> folder_and_table("photos")
        ('photos', {})
    """
    file = Path(expanded(path))
    if file.suffix.lower() in SUFFIXES and file.is_file():
        return str(file.parent), {"labels": str(file)}
    return str(path), {}


def takes_paths(*names: str) -> Callable[[Function], Function]:
    """Return a decorator that applies `expand_user` to the arguments with these names."""

    def decorate(function: Function) -> Function:
        parameters = [*inspect.signature(function).parameters]

        @wraps(function)
        def expanding(*args: Any, **kwargs: Any) -> Any:
            positional = [
                expand_user(value) if name in names else value
                for name, value in zip(parameters, args, strict=False)
            ]
            by_name = {k: expand_user(v) if k in names else v for k, v in kwargs.items()}
            return function(*positional, *args[len(parameters) :], **by_name)

        return cast("Function", expanding)

    return decorate
