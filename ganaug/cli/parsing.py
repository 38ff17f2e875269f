"""Parsing that the plain tools share: wrong options by name, the device."""

import argparse
from typing import NoReturn

from ganaug.utils.errors import UsageError, did_you_mean


def parse_strictly(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Parse, and name the nearest option when one is unknown.

    Raises:
        UsageError: There is no such option, or a value is not what it takes.
    """
    # In a line, where argparse would print its usage first and leave the process.
    parser.error = _refuse  # type: ignore[method-assign]  # shorter than a class for one method
    options = parser._option_string_actions
    for word in (word.partition("=")[0] for word in arguments if word.startswith("--")):
        if word not in options:
            raise UsageError(
                f"{word} is not an option{did_you_mean(word, options)}; --help shows all"
            )
    return parser.parse_args(arguments)


def _refuse(message: str) -> NoReturn:
    raise UsageError(message.removeprefix("argument "))


def device_of(wanted: str) -> str:
    """Return the device to compute on, as torch names it.

    Args:
        wanted: auto, cpu or cuda.

    Raises:
        UsageError: CUDA is asked for and there is none.
    """
    import torch

    there = torch.cuda.is_available()
    if wanted == "cuda" and not there:
        raise UsageError("--device cuda: torch sees no CUDA device; use --device cpu")
    return "cuda" if there and wanted != "cpu" else "cpu"
