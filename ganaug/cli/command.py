"""Makes a command from a function: options, defaults and help come from its signature.

The file of a command sets the differences between the options and the parameters, and prints:

    COMMAND = Command(
        "ganaug.synthesis.synthesize:synthesize",
        examples="python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded",
        flags={"model": "ckpt", "filters": "filter"},
        positional=(),
    )

    def main(arguments: list[str]) -> None:
        settings = COMMAND.parse(arguments)  # by parameter, as the function takes them
        with COMMAND.naming_options():
            dataset = COMMAND.function(**settings)
        print(...)

The parameter `max_attempts` becomes the option `--max-attempts`; `flags` renames options. A
parameter that is true by default can be turned off: `mark=False` is `--no-mark`. A list takes
several words (`--arms real "real + synthetic"`) and may be repeated (`--filter a --filter b`). A
parameter of another type, such as a model or a data set, takes a path. Errors of the function name
parameters, which `naming_options` replaces with options: at the start of a message, in backticks,
if they contain an underscore, and for settings of data, model or trainer (`data.root`).
"""

import importlib
import inspect
import json
import re
from argparse import Action, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

from docstring_parser import parse as parse_docstring
from jsonargparse import ArgumentParser, DefaultHelpFormatter

from datamodules.reading.folders.class_names import expanded
from ganaug.cli.options import with_options
from ganaug.utils.errors import UsageError, did_you_mean

PLAIN = (str, int, float, bool, NoneType)


class _Formatter(DefaultHelpFormatter, RawDescriptionHelpFormatter):
    """Types and defaults, if there are any, after each option; examples line by line."""

    def _expand_help(self, action: Action) -> str:
        # `null` only says that the option may be left out.
        return re.sub(r"( \| null)?, default: null\)$", ")", super()._expand_help(action))


class LineParser(ArgumentParser):
    """jsonargparse's parser, which raises one-line UsageErrors."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise a UsageError with a one-line message."""
        raise UsageError(_one_line(message)) from ex


@dataclass(frozen=True)
class Command:
    """A function as a command.

    Args:
        target: `module:function`; the module must import quickly, since `--help` imports it.
        examples: Examples, shown below the options.
        flags: Names of options that differ from their parameter, without dashes.
        positional: Parameters given as a word without an option.
        required: Parameters that are required although the function has a default.
        optional: Parameters that can be omitted; the function then gets None.
        skip: Parameters without an option.
        name: Name of the command, if it differs from the function's.
    """

    target: str
    examples: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    positional: Sequence[str] = ()
    required: Sequence[str] = ()
    optional: Sequence[str] = ()
    skip: Sequence[str] = ()
    name: str = ""

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The function's parameters that are options."""
        parameters = inspect.signature(self.function).parameters
        return {name: parameter for name, parameter in parameters.items() if name not in self.skip}

    def flag(self, parameter: str) -> str:
        """Return the option of a parameter, as typed on the command line."""
        name = self.flags.get(parameter, parameter.replace("_", "-"))
        definition = self.parameters.get(parameter)
        if definition is not None and definition.default is True:
            name = f"no-{name}"
        return name if parameter in self.positional else f"--{name}"

    def parse(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Return the function's arguments by parameter.

        Raises:
            UsageError: An option is unknown, or its value is invalid.
        """
        joined = list(self._joined(arguments))
        try:
            parsed = self.parser().parse_args(joined)
        except UsageError as error:
            replacements = {f"--{name} ": f"{name.upper()} " for name in self.positional}
            raise UsageError(
                re.sub(r"^--\w+ ", lambda m: replacements.get(m[0], m[0]), str(error))
            ) from error
        values = {name: parsed[self._dest(name)] for name in self.parameters}
        return {k: expanded(v) if isinstance(v, str) else v for k, v in values.items()}

    def parser(self) -> ArgumentParser:
        """Return the parser, with an option per parameter and help from the docstring."""
        documented = parse_docstring(inspect.getdoc(self.function) or "")
        helps = {entry.arg_name: entry.description or "" for entry in documented.params}
        parser = LineParser(
            prog=f"ganaug {self.name or self.function.__name__}",
            description=documented.short_description,
            epilog=f"examples:\n{self.examples}" if self.examples else None,
            formatter_class=_Formatter,
            allow_abbrev=False,
        )
        for name, parameter in self.parameters.items():
            settings: dict[str, Any] = {"help": " ".join(helps.get(name, "").split())}
            kind = _kind_of(parameter, self.function)
            default = None if parameter.default is parameter.empty else parameter.default
            if bool in get_args(kind):  # a flag with an optional value
                settings |= {"type": kind, "default": default, "nargs": "?", "const": True}
            elif kind is bool:
                settings |= {"action": f"store_{not default}".lower(), "default": default}
                settings["help"] = f"do not {settings['help']}" if default else settings["help"]
            elif name in self.positional:
                settings |= {"type": kind}
            else:
                is_required = parameter.default is parameter.empty or name in self.required
                is_required = is_required and name not in self.optional
                settings |= {"type": kind, "default": default, "required": is_required}
            parser.add_argument(self.flag(name), **settings)
        return parser

    @contextmanager
    def naming_options(self) -> Iterator[None]:
        """Turn errors of the function into errors that name options.

        Raises:
            UsageError: Replaces a UsageError or DataError.
        """
        try:
            yield
        except UsageError as error:
            raise UsageError(self.message(error)) from error

    def message(self, error: Exception) -> str:
        """Return an error's message with parameters replaced by options."""
        text = str(error)
        for name in self.parameters:
            flag = self.flag(name)
            text = re.sub(rf"`{name}(=False)?`", flag, text)
            if "_" in name:
                text = re.sub(rf"(?<![\w./-]){name}(?![\w/])", flag, text)
            else:
                text = re.sub(rf"^{name}(?=[ :=])", flag, text)
        return with_options(text)

    def _dest(self, parameter: str) -> str:
        return self.flag(parameter).lstrip("-").replace("-", "_")

    def _joined(self, arguments: Sequence[str]) -> Iterator[str]:
        """Yield the words, with lists joined to one JSON value; refuse unknown options."""
        options = {self.flag(name): value for name, value in self.parameters.items()}
        lists: dict[str, list[str]] = {}
        open_list: list[str] | None = None
        for word in arguments:
            option, equals, value = word.partition("=")
            if not word.startswith("--"):
                if open_list is None:
                    yield word
                else:
                    open_list.append(word)
                continue
            if option not in options and option != "--help":
                hint = did_you_mean(option, options) or "; --help shows all"
                raise UsageError(f"{option} is not an option{hint}")
            open_list = None
            if option in options and _is_list(_kind_of(options[option], self.function)):
                open_list = lists.setdefault(option, [])
                open_list += [value] if equals else []
            else:
                yield word
        for option, values in lists.items():
            if not values:
                raise UsageError(f"{option} needs a value; --help shows which")
            yield f"{option}={json.dumps(values)}"


def _kind_of(parameter: inspect.Parameter, function: Callable[..., Any]) -> Any:
    """Return a parameter's type, with `str` for types that can't be given as a word."""
    kind = parameter.annotation
    if isinstance(kind, str):
        try:
            kind = eval(kind, vars(inspect.getmodule(function)))  # our own source, not a user's
        except NameError:  # a type that is only imported for type checkers
            kind = str | None if parameter.default is None else str
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    if lists := [part for part in parts if _is_list(part)]:
        items = list[int] if get_args(lists[0]) == (int,) else list[str]
        return items | None if NoneType in parts else items
    plain = [part for part in parts if part in PLAIN or get_origin(part) is Literal]
    if len(plain) == len(parts):
        return kind
    return str | None if NoneType in parts or parameter.default is None else str


def _is_list(kind: Any) -> bool:
    parts = get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)
    return any(get_origin(part) in (list, Sequence) for part in parts)


def _one_line(message: str) -> str:
    """Return the parser's message in one line: the option, its value, and the allowed values."""
    key = re.search(r"[Pp]arser key \"([^\"]+)\"", message)
    value = re.search(r"(?:Got|Given) value: ([^\n]*)", message)
    if key and value:
        # Lightning's names keep their underscores.
        option = f"--{key[1] if '.' in key[1] else key[1].replace('_', '-')}"
        expected = re.search(r"Expected a (?:<class '([^']+)'>|([^\n.]+))", message)
        kinds = {"int": "a whole number", "float": "a number", "str": "text"}
        kind = (expected[1] or expected[2]) if expected else ""
        choices = re.search(r"typing\.Literal\[([^\]]*)\]|Literal\[([^\]]*)\]", message)
        allowed = (choices[1] or choices[2]).replace("'", "") if choices else kinds.get(kind, kind)
        return f"{option} is {value[1].strip()!r}; use {allowed or 'another value'}"
    if match := re.match(r"the following arguments are required: ([\w.]+)", message):
        return f"--{match[1].replace('_', '-')} is needed; --help shows all"
    if match := re.match(r"unrecognized arguments: (.+)", message):
        return f"{match[1]!r} belongs to no option; quote values with spaces; --help shows all"
    return " ".join(message.split()).removeprefix("error: ").removeprefix("argument ")
