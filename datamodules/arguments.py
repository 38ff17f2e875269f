"""Checks of arguments that all data modules share."""

import difflib
from collections.abc import Mapping, Sequence
from numbers import Integral
from os import PathLike, fspath
from typing import Any

import numpy as np

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import find_name

OF_A_PLUGIN = ". If a plugin defines it, import its module first (`plugins`)"


def nearest(name: str, allowed: Sequence[str], kind: str) -> str:
    """Return a message about an unknown name, with a suggestion and the choices.

    Returns:
        For example "unknown class 'rosse'; did you mean 'rose'? Choices: rose, tulip".
    """
    choices = [*allowed[:20], "..."] if len(allowed) > 20 else allowed
    return f"unknown {kind} '{name}'; {did_you_mean(name, allowed)}Choices: {', '.join(choices)}"


def did_you_mean(name: str, allowed: Sequence[str]) -> str:
    """Return "did you mean '...'? " with the closest allowed name, or ""."""
    # A lower cutoff suggests unrelated names, such as 'runs' for 'rust'.
    close = difflib.get_close_matches(name, allowed, n=1, cutoff=0.8)
    return f"did you mean '{close[0]}'? " if close else ""


def as_plain(value: Any) -> Any:
    """Return a value with paths as text, and NumPy numbers and arrays as numbers and lists.

    Example:
        >>> as_plain({"rose": np.int64(5), "tulip": [np.float64(0.5)]})
        {'rose': 5, 'tulip': [0.5]}
    """
    if isinstance(value, PathLike):
        return fspath(value)
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return {as_plain(key): as_plain(entry) for key, entry in value.items()}
    return [as_plain(entry) for entry in value] if isinstance(value, list | tuple) else value


def check_arguments(arguments: Mapping[str, Any]) -> None:
    """Refuse values that no data module can use.

    Args:
        arguments: A data module's arguments by name; `test` and `balance` are optional.

    Raises:
        DataError: Names the argument, its value and what is allowed.
    """
    minimums = {"image_size": 8, "batch_size": 1, "epoch_images": 1, "seed": 0, "subset_seed": 0}
    for name, minimum in minimums.items():
        value = arguments[name]
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise DataError(f"{name} is {value!r}; it must be a whole number, {minimum} or more")
        if value < minimum:
            raise DataError(f"{name} is {value}; it must be {minimum} or more")
    if arguments["channels"] not in (1, 3, *["auto"] * ("window" in arguments)):
        auto = ", or auto" if "window" in arguments else ""
        raise DataError(
            f"channels is {arguments['channels']}; it must be 1 (gray) or 3 (RGB){auto}"
        )
    if not 0 <= arguments.get("balance", 0.0) <= 1:
        raise DataError(f"balance is {arguments['balance']}; it must be from 0 to 1")
    shares = {name: arguments.get(name, 0.0) for name in ("validation", "test")}
    for name, share in shares.items():
        if not 0 <= share < 1:
            raise DataError(f"{name} is {share}; it must be a fraction from 0 to below 1")
    if sum(shares.values()) >= 1:
        raise DataError(
            f"validation {shares['validation']} and test {shares['test']} leave nothing to train "
            "on; their sum must be below 1"
        )
    workers = arguments["num_workers"]
    if workers != "auto" and (isinstance(workers, str) or workers < 0):
        raise DataError(f"num_workers is {workers!r}; it must be 'auto', 0 or more")


def choose_classes(
    available: Sequence[str], requested: Sequence[str | int] | None
) -> tuple[str, ...]:
    """Return the wanted classes in the given order, or all of them.

    Args:
        available: Names of the classes in the data.
        requested: Names to keep; numbers are matched as text, so `[3, 8]` works for digits.

    Raises:
        DataError: A name is unknown or repeated, or the list is empty.
    """
    if requested is None:
        return tuple(available)
    names = tuple(find_name(name, available) or str(name) for name in requested)
    if not names:
        raise DataError("classes is empty; name at least one class or leave it out for all")
    for name in names:
        if name not in available:
            raise DataError(f"classes names {nearest(name, available, 'class')}")
        if names.count(name) > 1:
            raise DataError(f"classes names '{name}' more than once")
    return names
