"""YAML from users: checked before anything is built from it, and refused if harmful."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ganaug.utils.errors import UsageError

# The C parser, which is ten times as fast, if PyYAML was built with it.
PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
RESOLVER = yaml.resolver.Resolver()
MOST_BYTES, MOST_REASON, MOST_SHOWN = 1_000_000, 300, 40
# Far more than any settings contain; an alias counts as all values it stands for.
MOST_VALUES, MOST_DEPTH = 10_000, 50
TOO_DEEP = f"nested deeper than {MOST_DEPTH}"


class NotYamlError(UsageError):
    """A text is not YAML; an argument of a command line may still be plain text."""


@dataclass
class _Open:
    """An open mapping or sequence: its anchor, values so far, and keys of a mapping."""

    anchor: str | None
    keys: set[str] | None
    size: int = 1
    children: int = 0


@dataclass
class _Progress:
    """Open collections, and the sizes of finished anchors."""

    open: list[_Open] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)


def yaml_text(path: Path, option: str) -> str:
    """Read and check a YAML file, and return its text.

    Args:
        path: The file.
        option: Parameter that named the file, for error messages.

    Raises:
        UsageError: The file can't be read, or `check_yaml` refuses it.
    """
    try:
        if not path.is_file():
            raise UsageError(f"{option} {path}: there is no such file")
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{option} {path}: the file has more than {MOST_BYTES:,} bytes")
        text = path.read_text(encoding="utf-8")
    except UnicodeError as error:
        raise UsageError(f"{option} {path} can't be read: it is not text in UTF-8") from error
    except OSError as error:
        raise UsageError(f"{option} {path} can't be read: {error.strerror}") from error
    check_yaml(text, f"{option} {path}")
    return text


def load_yaml(text: str, name: str) -> Any:
    """Parse a YAML text, with every scalar as a string.

    Class names such as 007, no or 2001-02-03 are kept as typed.

    Args:
        text: The YAML.
        name: Name of the text in error messages.

    Raises:
        UsageError: See `check_yaml`.
    """
    check_yaml(text, name)
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)
    # For example a mapping as a key, which is only detected when values are built.
    except Exception as error:
        raise _refusal(error, name) from error


def check_yaml(text: str, name: str) -> None:
    """Refuse YAML that settings never need: tags, duplicate keys, alias bombs, deep nesting.

    The check reads events one by one and builds nothing, so that it needs no more memory than the
    text.

    Args:
        text: The YAML.
        name: Name of the text in error messages.

    Raises:
        NotYamlError: It is not YAML.
        UsageError: It is refused; the message gives the reason and the line.
    """
    progress = _Progress()
    for event in _events(text, name):
        if reason := _fault(event, progress):
            raise UsageError(f"{name} can't be read: {_line(event.start_mark)}{reason}")


def check_numbers(text: str, name: str) -> None:
    """Refuse whole numbers of YAML that Python can't parse: 0x_, 5,000 digits.

    Args:
        text: YAML that `check_yaml` accepts.
        name: Name of the text in error messages.

    Raises:
        NotYamlError: It is not YAML.
        UsageError: The message names the value and its line.
    """
    for event in _events(text, name):
        if isinstance(event, yaml.ScalarEvent) and event.implicit[0] and not _builds(event.value):
            value = event.value if len(event.value) <= MOST_SHOWN else f"{event.value[:20]}..."
            raise UsageError(
                f"{name} can't be read: {_line(event.start_mark)}{value} is no whole "
                "number that can be read; correct it, or put it in quotes if it is text"
            )


def _builds(value: str) -> bool:
    """Return whether a plain value is no whole number in YAML, or one that Python can parse."""
    tag = RESOLVER.resolve(yaml.ScalarNode, value, (True, False))
    if tag != "tag:yaml.org,2002:int":
        return True
    try:
        yaml.constructor.SafeConstructor().construct_yaml_int(yaml.ScalarNode(tag, value))
    except ValueError:
        return False
    return True


def _events(text: str, name: str) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=PARSER)
    # Not YAMLError alone: the C parser raises UnicodeError on a lone surrogate, and the Python one
    # OverflowError on "\UFFFFFFFF".
    except Exception as error:
        raise _refusal(error, name) from error


def _refusal(error: Exception, name: str) -> UsageError:
    """Return a one-line error with a parser's message and line."""
    prefix = f"{name} can't be read: {_line(getattr(error, 'problem_mark', None))}"
    # The C scanner reads ahead of its events, so its own limit may come before ours.
    if isinstance(error, RecursionError) or "nesting depth" in str(error):
        return UsageError(f"{prefix}{TOO_DEEP}")
    reason = getattr(error, "problem", None) or " ".join(str(error).split())[:MOST_REASON]
    return NotYamlError(f"{prefix}{reason or type(error).__name__}")


def _line(mark: Any) -> str:
    return f"line {mark.line + 1}: " if mark else ""


def _fault(event: yaml.Event, progress: _Progress) -> str | None:
    """Process an event, and return what is wrong with it, if anything."""
    if isinstance(event, yaml.CollectionEndEvent):
        closed = progress.open.pop()
        return _add(closed.size, closed.anchor, progress)
    if isinstance(event, yaml.AliasEvent):
        size = progress.sizes.get(str(event.anchor))
        return _unknown(str(event.anchor), progress) if size is None else _add(size, None, progress)
    if not isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent):
        return None
    if event.tag not in (None, "!"):
        return f"the tag {event.tag} is not allowed; write plain values"
    if isinstance(event, yaml.CollectionStartEvent):
        keys = set[str]() if isinstance(event, yaml.MappingStartEvent) else None
        progress.open.append(_Open(event.anchor, keys))
        return TOO_DEEP if len(progress.open) > MOST_DEPTH else None
    if "\0" in event.value:
        return "a value holds a NUL, which no name or path can"
    return _repeated_key(event.value, progress) or _add(1, event.anchor, progress)


def _unknown(anchor: str, progress: _Progress) -> str:
    if any(collection.anchor == anchor for collection in progress.open):
        return "an alias stands within itself"
    return f"the alias *{anchor} names nothing; put a value that begins with * in quotes"


def _repeated_key(value: str, progress: _Progress) -> str | None:
    mapping = progress.open[-1] if progress.open else None
    if mapping is None or mapping.keys is None or mapping.children % 2:
        return None
    if value in mapping.keys:
        return f"the key {value!r} is given twice; keep one"
    mapping.keys.add(value)
    return None


def _add(size: int, anchor: str | None, progress: _Progress) -> str | None:
    """Count a finished value in the collection that holds it."""
    if anchor is not None:
        progress.sizes[anchor] = size
    if progress.open:
        progress.open[-1].size += size
        progress.open[-1].children += 1
        size = progress.open[-1].size
    return f"more than {MOST_VALUES:,} values, aliases resolved" if size > MOST_VALUES else None
