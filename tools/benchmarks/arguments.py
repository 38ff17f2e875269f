"""The benchmark's own options: a wrong one is named, with the nearest right one."""

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
