"""Settings that jsonargparse lets through, and that nothing can work with: refused by name."""

import inspect
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import NoneType
from typing import Any, get_args

from jsonargparse import Namespace

from ganaug.utils.errors import UsageError

FOREIGN = ("lightning", "torch", "builtins")
MOST_SEED = 2**32 - 1  # what numpy's global generator takes


def check_settings(config: Namespace, groups: Mapping[str, Any]) -> None:
    """Refuse groups that are no groups, null where there must be a value, and seeds out of range.

    Args:
        config: As the parser gives it, the model and the data with their class paths.
        groups: The class behind each other group.

    Raises:
        UsageError: Names the setting.
    """
    seed = config.seed_everything
    if not isinstance(seed, bool) and not 0 <= seed <= MOST_SEED:
        raise UsageError(f"seed_everything is {seed}; use a whole number from 0 to {MOST_SEED}")
    for part in ("model", "data"):
        if not isinstance(config.get(part), Namespace):
            raise UsageError(f"there is no {part}; give its name")
        module, _, name = config[part].class_path.rpartition(".")
        _check(part, config[part].get("init_args"), getattr(import_module(module), name))
    for group, kind in groups.items():
        _check(group, config[group], kind)


def refuse_to_leave_nothing(trainer: Namespace) -> None:
    """Refuse settings of Lightning's trainer under which a fit would leave no checkpoint.

    Raises:
        UsageError: Names the setting.
    """
    for name, value in {"enable_checkpointing": False, "barebones": True}.items():
        if trainer.get(name) is value:
            raise UsageError(
                f"trainer.{name} is {str(value).lower()}, and a fit without a checkpoint leaves no "
                "model: leave it out"
            )


def _check(group: str, settings: Any, kind: Any) -> None:
    if not isinstance(settings, Namespace):
        raise UsageError(f"{group} is {settings!r}; it must hold settings, as NAME: VALUE")
    for name in _never_null(kind):
        if settings.get(name, "left out") is None:
            raise UsageError(f"{group}.{name} is null; give it a value, or leave it out")


def _never_null(kind: Any) -> Iterator[str]:
    """Name the arguments whose type does not take None."""
    for name, parameter in parameters_of(kind).items():
        known = parameter.annotation is not parameter.empty and parameter.default is not None
        if known and NoneType not in get_args(parameter.annotation):
            yield name


def takes_any(kind: Any) -> bool:
    """Whether a class takes settings of any name, beyond those of the classes that it extends."""
    own = [inspect.signature(vars(each)["__init__"]) for each in _constructors(kind)]
    return bool(own) and any(p.kind is p.VAR_KEYWORD for p in own[0].parameters.values())


def parameters_of(kind: Any) -> dict[str, inspect.Parameter]:
    """Return what a class of ours takes, and what it passes on to those that it extends."""
    return {
        name: parameter
        for ancestor in _constructors(kind)
        for name, parameter in inspect.signature(vars(ancestor)["__init__"]).parameters.items()
        if name != "self" and parameter.kind is not parameter.VAR_KEYWORD
    }


def _constructors(kind: Any) -> list[type]:
    """Return a class and those of ours that it extends, the most basic first, if they have one."""
    if not isinstance(kind, type):  # a class path may name anything
        return []
    return [
        ancestor
        for ancestor in reversed(kind.__mro__)
        if "__init__" in vars(ancestor)
        and (ancestor is kind or ancestor.__module__.partition(".")[0] not in FOREIGN)
    ]
