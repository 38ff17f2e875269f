"""Settings that can't be read, in a line: the setting, the nearest right one, the choices."""

import re
from argparse import ArgumentParser
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from ganaug.training.settings import parameters_of
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.safe_yaml import load_yaml, read_yaml

OPTION = re.compile(r"--[\w.]+(?<!\.help)")
UNACCEPTED = re.compile(r"Option '([^']+)' is not accepted")
UNRECOGNIZED = re.compile(r"[Uu]nrecognized arguments: (--[\w.]+)")
REQUIRED = re.compile(r"arguments are required: (\w+)")
WRONG_VALUE = re.compile(r'(?:Parser key|Argument|Problem with given class_path)[^"]*"([^"]+)"')
GIVEN = re.compile(r"(?:Got value|Given value|value): ?(.*)")
WITHIN = re.compile(r"Errors:\n\s+- (.+?)\n\s+- Expected a <class 'NoneType'>", re.DOTALL)
MOST_SHOWN, MOST_REASON = 80, 300
EXPECTED = re.compile(r"Expected an? ([^\n]+?)(?:\. Got|\n|$)|Subtypes: (.+)")


def error_message(message: str, parser: ArgumentParser, arguments: Sequence[str]) -> UsageError:
    """Return the error to raise for a message of the parser.

    Args:
        message: What jsonargparse says, often many lines.
        parser: Knows the options outside of model and data.
        arguments: The expanded command line, from which model and data are known.
    """
    if found := UNACCEPTED.search(message):
        return _unknown(_option_ending_in(found[1], arguments), parser, arguments)
    if found := UNRECOGNIZED.search(message):
        return _unknown(found[1], parser, arguments)
    if found := REQUIRED.search(message):
        known = options("data", arguments) + options("model", arguments)
        option = next((o for o in known if o.endswith(f".{found[1]}")), found[1])
        return UsageError(f"{plain(option)} is missing; there is no default for it")
    key, given, expected = (p.search(message) for p in (WRONG_VALUE, GIVEN, EXPECTED))
    if key and given and expected:
        option = _option_ending_in(key[1], arguments)
        if key[1] in ("model", "data") and (within := WITHIN.search(message)):
            return UsageError(f"{plain(option)}: {' '.join(within[1].split())[:MOST_REASON]}")
        allowed = _readable(expected[1] or expected[2])
        return UsageError(f"{plain(option)} is {_short(given[1].strip())}; it must be {allowed}")
    return UsageError(" ".join(message.split())[:MOST_REASON])


def plain(option: str) -> str:
    """Return a setting's name, as YAML and Python have it: `model.width` of `--model.width`."""
    return option.lstrip("-")


def options(group: str, arguments: Sequence[str]) -> list[str]:
    """Return the options of the model or the data module that the command line names."""
    kind = _named_class(group, arguments)
    if kind is None:
        return []
    return sorted(f"--{group}.{name}" for name in parameters_of(kind).keys() - {"game"})


def _unknown(option: str, parser: ArgumentParser, arguments: Sequence[str]) -> UsageError:
    group = option.lstrip("-").partition(".")[0]
    known = [o for action in parser._actions for o in action.option_strings if OPTION.fullmatch(o)]
    choices = options(group, arguments) or [o for o in known if o.startswith(f"--{group}.")]
    choices, known = ([plain(each) for each in some] for some in (choices, known))
    listed = ", ".join(choices) if choices else "those that the help shows"
    hint = did_you_mean(plain(option), choices or known)
    return UsageError(f"there is no setting {plain(option)}{hint}\nchoices: {listed}")


def _option_ending_in(name: str, arguments: Sequence[str]) -> str:
    last = name.rpartition(".")[2]
    words = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    return next((word for word in words if word.rpartition(".")[2].lstrip("-") == last), name)


def _named_class(group: str, arguments: Sequence[str]) -> Any:
    class_path = None
    for word, value in zip(arguments, [*arguments[1:], ""], strict=True):
        if word == "--config":
            settings = load_yaml(read_yaml(Path(value), word), f"{word} {value}")
            part = settings.get(group) if isinstance(settings, dict) else None
            if isinstance(part, dict):
                class_path = part.get("class_path", class_path)
        elif word == f"--{group}":
            class_path = value
    module, _, name = str(class_path or "").rpartition(".")
    try:
        return getattr(import_module(module), name, None) if module else None
    except (ImportError, ValueError):  # a value that can't be a name, such as one with a NUL
        return None


def _short(given: str) -> str:
    return repr(given if len(given) <= MOST_SHOWN else f"{given[:MOST_SHOWN]}...")


def _readable(expected: str) -> str:
    text = re.sub(r"<class '([^']+)'>", r"\1", expected).replace("typing.", "")
    text = text.replace("collections.abc.Sequence", "a list, such as [one, two]")
    text = re.sub(r"Literal\[(.*?)\]", r"one of \1", text).replace("NoneType", "null")
    union = re.fullmatch(r"\[(.*)\]", text)
    return union[1].replace(", null", " or null") if union else text
