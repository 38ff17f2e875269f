"""Real images on the command line, as fit takes them: `--data image_folder --data.root photos`."""

from collections.abc import Mapping, Sequence
from typing import Any

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import expanded
from ganaug.cli.command import LineParser
from ganaug.cli.fit_arguments import pairs
from ganaug.cli.options import with_options
from ganaug.models.registry import choose, class_of, data_modules
from ganaug.training.class_settings import NAMED, names_as_text
from ganaug.utils.errors import UsageError

FOLDER = "image_folder"


def without_data(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Take the options of the data out of a command's words.

    Raises:
        UsageError: One has no value.

    Example:
        >>> without_data(["--data.root", "photos", "--out", "advice"])
        (['--out', 'advice'], {'data.root': 'photos'})
    """
    rest: list[str] = []
    found: dict[str, str] = {}
    for word, value in pairs(arguments):
        name = word.removeprefix("--")
        if name != word and name.partition(".")[0] == "data":
            if value is None:
                raise UsageError(f"{word} needs a value")
            found[name] = value
        else:
            rest += [word] if value is None else [word, value]
    return rest, found


def data_of(settings: Mapping[str, str]) -> Any:
    """Return the data module of these options.

    Args:
        settings: As `without_data` returns them.

    Raises:
        UsageError: No images are named, or an option is wrong.
    """
    if not {"data", "data.root"} & settings.keys():
        raise UsageError("which images? --data.root DIR, or --data mnist for the sample of MNIST")
    name = settings.get("data", FOLDER).lower().replace("-", "_")
    kind = class_of(data_modules()[choose("--data", name, data_modules())])
    parser = LineParser()
    parser.add_class_arguments(kind, "data")
    words = [f"--{key}={_value(key, value)}" for key, value in settings.items() if key != "data"]
    try:
        return kind(**parser.parse_args(words).data.as_dict())
    except DataError as error:
        raise UsageError(with_options(str(error))) from error


def _value(name: str, value: str) -> str:
    named = name.partition(".")[2] in NAMED
    return names_as_text(value, f"--{name}") if named else expanded(value)
