"""YAML that someone else may have written: refused before it is read where it would do harm."""

from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ganaug.utils.errors import UsageError

# The same in C, ten times as fast, where PyYAML was built with it.
PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_BYTES = 1_000_000
# Far more than any settings have; an alias counts as all that it stands for.
MOST_VALUES, MOST_DEPTH = 10_000, 50


@dataclass
class _Open:
    """A mapping or sequence that has begun: its anchor, values so far, and keys of a mapping."""

    anchor: str | None
    keys: set[str] | None
    size: int = 1
    children: int = 0


@dataclass
class _Reckoning:
    """What is known of a text up to some event."""

    waiting: list[_Open] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)


def read_yaml(path: Path, option: str) -> str:
    """Read a YAML file's text, once it is known to be harmless.

    Args:
        path: The file.
        option: By which it was given, for errors.

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
    try:
        check_yaml(text, f"{option} {path}")
    except yaml.YAMLError as error:
        raise UsageError(f"{option} {path} can't be read: {place_of(error)}") from error
    return text


def check_yaml(text: str, name: str) -> None:
    """Refuse what no settings hold: tags, keys given twice, aliases that multiply, deep nesting.

    The text's events are looked at one by one and nothing is built of them, so that the check
    itself takes no more memory than the text.

    Args:
        text: The YAML.
        name: What errors call it.

    Raises:
        UsageError: Says what is wrong, and in which line.
        YAMLError: It is no YAML.
    """
    seen = _Reckoning()
    for event in yaml.parse(text, Loader=PARSER):
        if reason := _fault(event, seen):
            where = f"line {event.start_mark.line + 1}: " if event.start_mark else ""
            raise UsageError(f"{name} can't be read: {where}{reason}")


def _fault(event: yaml.Event, seen: _Reckoning) -> str | None:
    """Take an event in, and say what is wrong with it, if anything."""
    if isinstance(event, yaml.CollectionEndEvent):
        done = seen.waiting.pop()
        return _add(done.size, done.anchor, seen)
    if isinstance(event, yaml.AliasEvent):
        size = seen.sizes.get(str(event.anchor))
        return _unknown(str(event.anchor), seen) if size is None else _add(size, None, seen)
    if not isinstance(event, yaml.CollectionStartEvent | yaml.ScalarEvent):
        return None
    if event.tag not in (None, "!"):
        return f"the tag {event.tag} is not allowed; write plain values"
    if isinstance(event, yaml.CollectionStartEvent):
        keys = set[str]() if isinstance(event, yaml.MappingStartEvent) else None
        seen.waiting.append(_Open(event.anchor, keys))
        return f"nested deeper than {MOST_DEPTH}" if len(seen.waiting) > MOST_DEPTH else None
    if "\0" in event.value:
        return "a value holds a NUL, which no name or path can"
    return _twice(event.value, seen) or _add(1, event.anchor, seen)


def _unknown(anchor: str, seen: _Reckoning) -> str:
    if any(each.anchor == anchor for each in seen.waiting):
        return "an alias stands within itself"
    return f"the alias *{anchor} names nothing; put a value that begins with * in quotes"


def _twice(value: str, seen: _Reckoning) -> str | None:
    mapping = seen.waiting[-1] if seen.waiting else None
    if mapping is None or mapping.keys is None or mapping.children % 2:
        return None
    if value in mapping.keys:
        return f"the key {value!r} is given twice; keep one"
    mapping.keys.add(value)
    return None


def _add(size: int, anchor: str | None, seen: _Reckoning) -> str | None:
    """Add a value that has come to its end to what holds it."""
    if anchor is not None:
        seen.sizes[anchor] = size
    if seen.waiting:
        seen.waiting[-1].size += size
        seen.waiting[-1].children += 1
        size = seen.waiting[-1].size
    return f"more than {MOST_VALUES:,} values, aliases resolved" if size > MOST_VALUES else None


def place_of(error: yaml.YAMLError) -> str:
    """Say in a line what a text has that is no YAML, and where."""
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    return f"line {mark.line + 1}: {reason}" if mark else reason
