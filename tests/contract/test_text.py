"""Text survives any locale: files are read and written as UTF-8, whatever the machine's default."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SOURCES = [
    file
    for folder in ("ganaug", "datamodules", "tools")
    for file in sorted((ROOT / folder).rglob("*.py"))
]
# Where each call takes its mode.
MODE_AT = {"read_text": None, "write_text": None, "open": 0, "fdopen": 1, "NamedTemporaryFile": 0}
NO_TEXT = re.compile(r"(?!Path\()(?:[A-Z]|tarfile\.|os\.)")


def without_encoding(tree):
    """Yield the lines of calls that open a file as text in the machine's own encoding."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        owner = call.func
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        if name not in MODE_AT or {"encoding", None} & {each.arg for each in call.keywords}:
            continue
        if MODE_AT[name] is None:
            yield call.lineno
            continue
        at = MODE_AT[name] + isinstance(owner, ast.Name)
        given = [each.value for each in call.keywords if each.arg == "mode"] or call.args[at:]
        # `Image.open(path)` and `tarfile.open(path)` open no text.
        if (
            name == "open"
            and isinstance(owner, ast.Attribute)
            and NO_TEXT.match(ast.unparse(owner))
        ):
            continue
        mode = given[0].value if given and isinstance(given[0], ast.Constant) else None
        default = "w+b" if name == "NamedTemporaryFile" else "r"
        if "b" not in str(mode or default):
            yield call.lineno


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("path.read_text()", [1]),
        ("path.read_text(encoding='utf-8')", []),
        ("path.write_text(text, newline='')", [1]),
        ("path.open()", [1]),
        ("path.open('a')", [1]),
        ("path.open(mode='rb')", []),
        ("Path(name).open('w')", [1]),
        ("open(name)", [1]),
        ("open(name, 'rb')", []),
        ("os.fdopen(number, 'w')", [1]),
        ("tempfile.NamedTemporaryFile()", []),
        ("tempfile.NamedTemporaryFile('w')", [1]),
        ("Image.open(path)", []),
        ("tarfile.open(path)", []),
    ],
)
def test_calls_without_an_encoding_are_found(source, found):
    assert list(without_encoding(ast.parse(source))) == found


def test_every_text_file_is_opened_as_utf_8():
    wrong = [
        f"{file.relative_to(ROOT)}:{line}"
        for file in SOURCES
        for line in without_encoding(ast.parse(file.read_text(encoding="utf-8")))
    ]
    assert wrong == []
