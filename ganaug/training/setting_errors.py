"""One-line errors for invalid settings: the setting, the closest valid name, the choices."""

import re
from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ganaug.training.budget import BELOW
from ganaug.training.given import files_of, layers_of
from ganaug.training.setting_files import read_settings
from ganaug.training.settings import parameters_of, takes_any
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.registry import attribute
from ganaug.utils.safe_yaml import load_yaml, yaml_text

OPTION = re.compile(r"--[\w.]+(?<!\.help)")
UNACCEPTED = re.compile(r"Option '([^']+)' is not accepted")
IN_GROUP = re.compile(r"Group '([^']+)' does not accept option '([^']+)'")
UNRECOGNIZED = re.compile(r"[Uu]nrecognized arguments: (--[\w.]+)")
STRAY = re.compile(r"[Uu]nrecognized arguments: (.+)")
REQUIRED = re.compile(r"arguments are required: (\w+)")
WRONG_VALUE = re.compile(r'(?:Parser key|Argument|Problem with given class_path)[^"]*"([^"]+)"')
GIVEN = re.compile(r"(?:Got value|Given value|value): ?(.*)")
WITHIN = re.compile(r"Errors:\n\s+- (.+?)\n\s+- Expected a <class 'NoneType'>", re.DOTALL)
NO_SUBCLASS = re.compile(r"does not correspond to a subclass of (\w+)")
MOST_SHOWN, MOST_REASON = 80, 300
EXPECTED = re.compile(r"Expected an? ([^\n]+?)(?:\. Got|\n|$)|Subtypes: (.+)")


def error_message(message: str, parser: ArgumentParser, arguments: Sequence[str]) -> UsageError:
    """Return a short error in place of a message of the parser.

    Args:
        message: Error message of jsonargparse, often many lines.
        parser: Parser with the options outside of model and data.
        arguments: The expanded command line, which names the model and the data module.
    """
    if match := IN_GROUP.search(message):
        return _unknown(f"--{match[1]}.{match[2]}", parser, arguments)
    if match := UNACCEPTED.search(message):
        return _unknown(_option_ending_in(match[1], arguments), parser, arguments)
    if match := UNRECOGNIZED.search(message):
        return _unknown(match[1], parser, arguments)
    if match := STRAY.search(message):
        return UsageError(f"{match[1]!r} belongs to no option; quote values with spaces")
    if match := REQUIRED.search(message):
        known_options = options("data", arguments) + options("model", arguments)
        option = next((o for o in known_options if o.endswith(f".{match[1]}")), match[1])
        return UsageError(f"{plain(option)} is missing; there is no default for it")
    key, value, expected = (p.search(message) for p in (WRONG_VALUE, GIVEN, EXPECTED))
    if key and value and expected:
        option = _option_ending_in(key[1], arguments)
        if key[1] in ("model", "data") and (within := WITHIN.search(message)):
            kind = _named_class(key[1], arguments)
            return UsageError(f"{plain(option)}: {_reason(within[1], kind)[:MOST_REASON]}")
        allowed = _readable(expected[1] or expected[2])
        return UsageError(f"{plain(option)} is {_short(value[1].strip())}; it must be {allowed}")
    return UsageError(" ".join(message.split())[:MOST_REASON])


def _reason(message: str, kind: Any) -> str:
    """Return why a class of a model or data module can't be built."""
    name = getattr(kind, "__name__", "the class")
    if abstract := sorted(getattr(kind, "__abstractmethods__", ())):
        return f"{name} has no {', '.join(abstract)}; define it"
    if base := NO_SUBCLASS.search(message):
        return f"{name} is no subclass of {base[1]}; derive it from one"
    return " ".join(message.split())


def plain(option: str) -> str:
    """Return an option's name without dashes: `model.width` for `--model.width`."""
    return option.lstrip("-")


def options(group: str, arguments: Sequence[str]) -> list[str]:
    """Return the options of the model or data module named on the command line."""
    kind = _named_class(group, arguments)
    if kind is None:
        return []
    return sorted(f"--{group}.{name}" for name in parameters_of(kind).keys() - {"game"})


def check_sizes(
    sizes: Sequence[Mapping[str, Any]] | None, parser: ArgumentParser, arguments: Sequence[str]
) -> None:
    """Refuse unknown settings in `sizes`, which only slow machines would apply.

    Raises:
        UsageError: There is one; the message suggests the closest valid name.
    """
    known_options = {o for action in parser._actions for o in action.option_strings}
    known_options |= {*options("model", arguments), *options("data", arguments), f"--{BELOW}"}
    for name in [name for size in sizes or [] for name in size]:
        if f"--{name}" not in known_options:
            if hint := did_you_mean(name, [BELOW]):
                raise UsageError(f"sizes has {name}{hint}")
            error = _unknown(f"--{name}", parser, arguments)
            raise UsageError(f"sizes: {error}")


def check_extra(
    config: Mapping[str, Any], parser: ArgumentParser, arguments: Sequence[str]
) -> None:
    """Refuse unknown settings in `dict_kwargs`, which the parser passes on without a check.

    Raises:
        UsageError: There is one; the message names the file and suggests the closest valid name.
    """
    for part in ("model", "data"):
        # The parser has moved known settings to `init_args`.
        extra = config[part].get("dict_kwargs")
        if extra and not takes_any(_class_at(config[part]["class_path"])):
            name = next(iter(extra))
            error = _unknown(f"--{part}.{name}", parser, arguments)
            raise UsageError(f"{_origin(part, name, arguments)}{part}.dict_kwargs: {error}")


def _origin(part: str, name: str, arguments: Sequence[str]) -> str:
    """Return a message prefix naming the last file with this setting in `dict_kwargs`."""
    for path, _ in reversed(files_of(arguments)):
        settings = read_settings(path).get(part)
        if isinstance(settings, Mapping) and name in (settings.get("dict_kwargs") or {}):
            return f"{path}: "
    return ""


def _unknown(option: str, parser: ArgumentParser, arguments: Sequence[str]) -> UsageError:
    from lightning.pytorch import Trainer

    group = option.lstrip("-").partition(".")[0]
    known_options = [
        o for action in parser._actions for o in action.option_strings if OPTION.fullmatch(o)
    ]
    choices = options(group, arguments) or [o for o in known_options if o.startswith(f"--{group}.")]
    # This may be the parser of the model or data alone, without the trainer's settings.
    known_options += [*options("model", arguments), *options("data", arguments)]
    known_options += [f"--trainer.{name}" for name in parameters_of(Trainer)]
    choices, known_options = ([plain(o) for o in names] for names in (choices, known_options))
    if plain(option) in choices and (kind := _named_class(group, arguments)):
        return UsageError(
            f"{kind.__name__} has the setting {plain(option)} of its base class, and does not pass "
            "it on: add super().__init__(**settings) to its __init__"
        )
    choice_line = f"\nchoices: {', '.join(choices)}" if choices else ""
    # The same name in another group is the likeliest: model.batch_size means data.batch_size.
    key = option.lstrip("-").rpartition(".")[2]
    namesakes = [name for name in known_options if name.rpartition(".")[2] == key]
    closest = did_you_mean(plain(option), choices or known_options) or did_you_mean(
        key, known_options
    )
    hint = f"; did you mean {namesakes[0]!r}?" if namesakes else closest
    hint = hint if hint or choice_line else "; the help shows all"
    return UsageError(f"there is no setting {plain(option)}{hint}{choice_line}")


def _option_ending_in(name: str, arguments: Sequence[str]) -> str:
    key = name.rpartition(".")[2]
    option_names = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    # Settings in files come last, since flags override them.
    option_names += [f"--{setting}" for layer in layers_of(arguments)[:-1] for setting in layer]
    return next((word for word in option_names if word.rpartition(".")[2].lstrip("-") == key), name)


def _named_class(group: str, arguments: Sequence[str]) -> Any:
    class_path = None
    for word, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == "--config":
            settings = load_yaml(yaml_text(Path(value), word), f"{word} {value}")
            part = settings.get(group) if isinstance(settings, dict) else None
            if isinstance(part, dict):
                class_path = part.get("class_path", class_path)
        elif word == f"--{group}":
            class_path = value
    return _class_at(class_path)


def _class_at(class_path: object) -> Any:
    try:
        return attribute(str(class_path))
    except (AttributeError, ImportError, ValueError):
        return None  # a value that can't be a name, such as one with a NUL


def _short(text: str) -> str:
    return repr(text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}...")


def _readable(expected: str) -> str:
    text = re.sub(r"<class '([^']+)'>", r"\1", expected).replace("typing.", "")
    text = text.replace("collections.abc.Sequence", "a list, such as [one, two]")
    text = re.sub(r"Literal\[(.*?)\]", r"one of \1", text).replace("NoneType", "null")
    union = re.fullmatch(r"\[(.*)\]", text)
    return union[1].replace(", null", " or null") if union else text
