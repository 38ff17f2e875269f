"""What the user set, as opposed to a model's own configuration: by flags, files or arguments."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ganaug.models.registry import config_of, models
from ganaug.training.setting_files import read_settings
from ganaug.utils.errors import UsageError

# What ends a fit. Lightning's max_epochs of -1 ends none.
ENDS = ("budget", "trainer.max_epochs", "trainer.max_time", "trainer.fast_dev_run")
NO_END = ("", "null", "none", "-1", "false")


def layers_of(words: Sequence[str]) -> list[dict[str, Any]]:
    """Return the settings in the words of a fit: of each file, then of all flags.

    Args:
        words: As `LightningCLI` reads them.

    Example:
        >>> layers_of(["--model.width", "8", "--budget=10m"])
        [{'model.width': '8', 'budget': '10m'}]
    """
    files: list[dict[str, Any]] = []
    flags: dict[str, Any] = {}
    for position, word in enumerate(words):
        if not word.startswith("--"):
            continue
        name, equals, value = word[2:].partition("=")
        following = words[position + 1] if position + 1 < len(words) else ""
        value = value if equals else following
        if name == "config":
            files.append(dict(_flat(read_settings(Path(value)))))
        else:
            flags[name.replace(".init_args.", ".")] = value
    return [*files, flags]


def given_by_user(words: Sequence[str]) -> set[str]:
    """Return the names of the settings that the user gave, such as `model.width`."""
    layers = layers_of(words)
    own = layers[1:] if _is_own(words) else layers
    return {name for layer in own for name in layer}


def end_chosen(words: Sequence[str]) -> list[str]:
    """Return words that keep only one limit on a fit, the one set last: a budget or another.

    Flags come after files, and the user's files after a model's own configuration.

    Raises:
        UsageError: A budget and another end were set together.
    """
    for layer in reversed(layers_of(words)):
        named = [name for name in ENDS if str(layer.get(name)).lower() not in NO_END]
        if "budget" in named and len(named) > 1:
            other = named[1]
            raise UsageError(
                f"budget is {layer['budget']} and {other} is {layer[other]}, and each would end "
                "the fit; give one of them"
            )
        if named == ["budget"]:
            return ["--trainer.max_epochs", "-1", "--trainer.max_time", "null"]
        if named:
            return ["--budget", "null"]
    return []


def _is_own(words: Sequence[str]) -> bool:
    """Whether the first words are a model's own configuration."""
    if list(words[:1]) != ["--config"]:
        return False
    return Path(words[1]) in {config_of(name) for name in models()}


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in settings.items():
        if isinstance(value, Mapping) and name in ("init_args", "dict_kwargs"):
            yield from _flat(value, before)
        elif isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value
