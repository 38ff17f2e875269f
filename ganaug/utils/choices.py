"""Checking arguments that take one of a few values."""

import inspect
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, Literal, TypeVar, cast, get_args, get_origin

from ganaug.utils.errors import UsageError, did_you_mean

Function = TypeVar("Function", bound=Callable[..., Any])


def takes_choices(function: Function) -> Function:
    """Make a function refuse values that aren't in the `Literal` of an argument's annotation.

    Raises:
        UsageError: Raised by the function; the message names the argument and the choices.

    Example:
        >>> @takes_choices
        ... def written(layout: Literal["folder", "webdataset"] = "folder"):
        ...     return layout
        >>> written("shards")
        Traceback (most recent call last):
        datamodules.errors.UsageError: layout is 'shards'; use folder or webdataset
    """
    parameters = inspect.signature(function).parameters
    choices = {name: _choices(parameter.annotation) for name, parameter in parameters.items()}

    @wraps(function)
    def choosing(*args: Any, **kwargs: Any) -> Any:
        for name, value in {**dict(zip(parameters, args, strict=False)), **kwargs}.items():
            if choices.get(name) and value not in choices[name]:
                *some, last = [choice for choice in choices[name] if isinstance(choice, str)]
                alternatives = f"{', '.join(some)} or {last}" if some else last
                raise UsageError(
                    f"{name} is {value!r}; use "
                    f"{alternatives}{did_you_mean(str(value), [*some, last])}"
                )
        return function(*args, **kwargs)

    return cast("Function", choosing)


def refuse_other(name: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value of a setting that is none of its choices.

    Raises:
        UsageError: It isn't; the message lists the choices.

    Example:
        >>> refuse_other("size", "tiny", ["full", "light"])
        Traceback (most recent call last):
        datamodules.errors.UsageError: size 'tiny' is not one of full, light
    """
    if value not in (names := list(choices)):
        hint = did_you_mean(str(value), names)
        raise UsageError(f"{name} {value!r} is not one of {', '.join(names)}{hint}")


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Return the values of an annotation with a `Literal` of strings; empty for any other."""
    parts = (annotation,) if get_origin(annotation) is Literal else get_args(annotation)
    literals = [value for part in parts if get_origin(part) is Literal for value in get_args(part)]
    if not any(isinstance(literal, str) for literal in literals):
        return ()
    extra_values = {bool: (False, True), type(None): (None,)}
    return (*literals, *(value for part in parts for value in extra_values.get(part, ())))
