"""Options for real images, as in fit: `--data.root photos --data.labels a.csv`."""

from collections.abc import Mapping, Sequence
from typing import Any

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import expanded
from ganaug.cli.command import Command, LineParser
from ganaug.cli.options import with_options
from ganaug.cli.words import pairs, take
from ganaug.models.registry import choose, class_of, data_modules
from ganaug.training.class_settings import NAMED, names_as_text
from ganaug.utils.errors import UsageError

FOLDER = "image_folder"
SET, REAL = ("--synthetic", "--data-root"), ("--real", "--image-size")


def without_data(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Split a command's words into the rest and the options of the data.

    Raises:
        UsageError: An option has no value.
    """
    remaining, words = take(arguments, _is_of_data)
    options: dict[str, str] = {}
    for option, value in pairs(words):
        if value is None:
            raise UsageError(f"{option} needs a value")
        options[option.removeprefix("--")] = value
    return remaining, options


def parse_with_data(command: Command, arguments: Sequence[str]) -> dict[str, Any]:
    """Parse the words of a command that takes `--data.*` options in place of `--real`.

    Raises:
        UsageError: Both are given, or an option is invalid.
    """
    remaining, options = without_data(arguments)
    settings = command.parse(remaining)
    if not options:
        return settings
    name = "real" if "real" in settings else "data"
    if settings[name] is not None:
        raise UsageError(f"--real and --{min(options)} both say which images are real; give one")
    if options.get("data", FOLDER) != FOLDER:
        return settings | {name: data_of(options)}
    _, parsed = _parsed(options)
    return settings | {name: {k: v for k, v in parsed.items() if f"data.{k}" in options}}


def same_words(arguments: Sequence[str], with_real: bool = True) -> list[str]:
    """Return the words for a set and, on request, its real images, to print the next command."""
    options = SET + REAL * with_real
    return take(arguments, lambda o: o in options or (with_real and _is_of_data(o)))[1]


def data_of(settings: Mapping[str, str]) -> Any:
    """Build the data module from the options that `without_data` returned.

    Raises:
        UsageError: No images are given, or an option is invalid.
    """
    kind, parsed = _parsed(settings)
    try:
        return kind(**parsed)
    except DataError as error:
        raise UsageError(with_options(str(error))) from error


def _parsed(settings: Mapping[str, str]) -> tuple[Any, dict[str, Any]]:
    """Return the class of a data module, and its arguments."""
    if not {"data", "data.root"} & settings.keys():
        raise UsageError("which images? --data.root DIR, or --data mnist for the sample of MNIST")
    name = settings.get("data", FOLDER).lower().replace("-", "_")
    kind = class_of(data_modules()[choose("--data", name, data_modules())])
    parser = LineParser()
    parser.add_class_arguments(kind, "data")
    flags = [f"--{key}={_value(key, value)}" for key, value in settings.items() if key != "data"]
    return kind, parser.parse_args(flags).data.as_dict()


def _is_of_data(option: str) -> bool:
    return option.partition(".")[0] == "--data"


def _value(name: str, value: str) -> str:
    has_names = name.partition(".")[2] in NAMED
    return names_as_text(value, f"--{name}") if has_names else expanded(value)
