"""Settings that hold class names, which YAML must not parse as numbers or booleans."""

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from ganaug.utils.errors import UsageError
from ganaug.utils.safe_yaml import load_yaml, yaml_text
from ganaug.utils.temporary import temporary_file

NAMED = ("classes", "per_class", "labels_per_class")


class _Quoted(str):
    """A string that YAML writes in quotes."""


class _Dumper(yaml.SafeDumper):
    """YAML dumper that writes `_Quoted` strings in quotes."""


_Dumper.add_representer(
    _Quoted,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", str(text), style='"'),
)


def names_as_text(text: str, option: str) -> str:
    """Return a command-line value with each class name in quotes.

    Example:
        >>> names_as_text("[yes, 00010, rose]", "--data.classes")
        '["yes", "00010", "rose"]'
        >>> names_as_text("{no: 40}", "--data.per_class")
        '{"no": 40}'
    """
    with suppress(UsageError):  # the parser's own error says more
        value = load_yaml(text, option)
        if isinstance(value, list | dict):
            return json.dumps(_with_numeric_counts(value), ensure_ascii=False)
    return text


def file_with_names_as_text(path: Path) -> Path:
    """Return a configuration file with quoted class names: the file itself if none needs quotes.

    Raises:
        UsageError: The file can't be read.
    """
    text = yaml_text(path, "config")
    as_text = load_yaml(text, str(path))
    data = as_text.get("data") if isinstance(as_text, dict) else None
    settings = data.get("init_args", data) if isinstance(data, dict) else None
    name_settings = settings if isinstance(settings, dict) else {}
    name_settings = {
        key: name_settings[key] for key in NAMED if isinstance(name_settings.get(key), list | dict)
    }
    if not name_settings:
        return path
    file = temporary_file(path.name)
    name_settings = {key: _with_numeric_counts(value) for key, value in name_settings.items()}
    file.write_text(with_quoted_names(text, name_settings), encoding="utf-8")
    return file


def with_quoted_names(text: str, data_settings: Mapping[str, Any]) -> str:
    """Return a configuration's text with the class names of its data in quotes.

    Args:
        text: YAML of a configuration that has data.
        data_settings: Settings of the data; only those that hold class names are written.
    """
    quoted = {
        k: _quoted(v) for k, v in data_settings.items() if k in NAMED and isinstance(v, list | dict)
    }
    if not quoted:
        return text
    settings = yaml.safe_load(text)
    settings["data"].get("init_args", settings["data"]).update(quoted)
    return yaml.dump(settings, Dumper=_Dumper, sort_keys=False, allow_unicode=True)


def _with_numeric_counts(value: Any) -> Any:
    """Return names unchanged, and the counts in a mapping as numbers."""
    if isinstance(value, list):
        return value
    return {
        name: int(count) if str(count).lstrip("-").isdecimal() else count
        for name, count in value.items()
    }


def _quoted(value: Any) -> Any:
    if isinstance(value, list):
        return [_Quoted(str(name)) for name in value]
    return {_Quoted(str(name)): count for name, count in value.items()}
