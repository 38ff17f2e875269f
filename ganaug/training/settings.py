"""Checks of settings that jsonargparse accepts although they are invalid."""

import inspect
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from jsonargparse import Namespace

from ganaug.utils.errors import UsageError
from ganaug.utils.registry import attribute

FOREIGN = ("lightning", "torch", "builtins")
MOST_SEED = 2**32 - 1  # limit of numpy's global generator


def check_settings(config: Namespace, groups: Mapping[str, Any]) -> None:
    """Refuse groups that hold no settings, null for required values, and seeds out of range.

    Args:
        config: The parsed settings; model and data have class paths.
        groups: Class of each other group.

    Raises:
        UsageError: A setting is invalid; the message names it.
    """
    seed = config.seed_everything
    if not isinstance(seed, bool) and not 0 <= seed <= MOST_SEED:
        raise UsageError(f"seed_everything is {seed}; use a whole number from 0 to {MOST_SEED}")
    for part in ("model", "data"):
        if not isinstance(config.get(part), Namespace):
            raise UsageError(f"there is no {part}; give its name")
        _check_group(part, config[part].get("init_args"), attribute(config[part].class_path))
    for group, kind in groups.items():
        _check_group(group, config[group], kind)


def refuse_to_leave_nothing(trainer: Namespace) -> None:
    """Refuse trainer settings with which a fit would write no checkpoint.

    Raises:
        UsageError: There is one; the message names it.
    """
    for name, value in {"enable_checkpointing": False, "barebones": True}.items():
        if trainer.get(name) is value:
            raise UsageError(
                f"trainer.{name} is {str(value).lower()}, and a fit without a checkpoint leaves no "
                "model: leave it out"
            )


def _check_group(group: str, settings: Any, kind: Any) -> None:
    if not isinstance(settings, Namespace):
        raise UsageError(f"{group} is {settings!r}; it must hold settings, as NAME: VALUE")
    for name in _never_null(kind):
        if settings.get(name, "left out") is None:
            raise UsageError(f"{group}.{name} is null; give it a value, or leave it out")


def _never_null(kind: Any) -> Iterator[str]:
    """Yield the names of arguments whose type excludes None."""
    hints: dict[str, Any] = {}
    for ancestor in _constructors(kind):
        hints |= _hints(vars(ancestor)["__init__"])
    for name, parameter in parameters_of(kind).items():
        has_type = parameter.annotation is not parameter.empty and parameter.default is not None
        if has_type and not _takes_none(hints.get(name, parameter.annotation)):
            yield name


def _hints(constructor: Any) -> dict[str, Any]:
    """Return the types of a constructor's arguments; as text if one of them can't be resolved."""
    try:
        return get_type_hints(constructor)
    # An annotation may name what is imported for type checkers alone.
    except (AttributeError, NameError, SyntaxError, TypeError):
        return dict(getattr(constructor, "__annotations__", {}))


def _takes_none(hint: Any) -> bool:
    """Return whether a type may include None; text is left to the parser."""
    hint = getattr(hint, "__value__", hint)  # of an alias
    if isinstance(hint, str | TypeVar) or hint in (Any, object, NoneType):
        return True
    return NoneType in get_args(hint) or None in get_args(hint)


def takes_any(kind: Any) -> bool:
    """Whether a class accepts settings of any name, beyond those of its base classes."""
    signatures = [inspect.signature(vars(ancestor)["__init__"]) for ancestor in _constructors(kind)]
    return bool(signatures) and any(
        p.kind is p.VAR_KEYWORD for p in signatures[0].parameters.values()
    )


def parameters_of(kind: Any) -> dict[str, inspect.Parameter]:
    """Return the constructor parameters of a class and of the base classes that it passes on to."""
    return {
        name: parameter
        for ancestor in _constructors(kind)
        for name, parameter in inspect.signature(vars(ancestor)["__init__"]).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    }


def _constructors(kind: Any) -> list[type]:
    """Return a class and its base classes that define a constructor, base classes first."""
    if not isinstance(kind, type):  # a class path may name any object
        return []
    return [
        ancestor
        for ancestor in reversed(kind.__mro__)
        if "__init__" in vars(ancestor)
        and (ancestor is kind or ancestor.__module__.partition(".")[0] not in FOREIGN)
    ]
