"""Docstrings describe the arguments that there are, and all of them."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [
    file
    for folder in ("ganaug", "datamodules", "tools")
    for file in sorted((ROOT / folder).rglob("*.py"))
]


def described(docstring):
    """Return the names in the section `Args`."""
    section = re.search(r"^Args:\n((?: .*\n|\n)*)", docstring + "\n", re.MULTILINE)
    return set(re.findall(r"^ {4}(\w+):", section[1], re.MULTILINE)) if section else set()


def parameters(node):
    """Return the parameters of a function, of a class's constructor, or of a dataclass."""
    if isinstance(node, ast.ClassDef):
        made = [each for each in node.body if getattr(each, "name", "") == "__init__"]
        if not made:
            return {each.target.id for each in node.body if isinstance(each, ast.AnnAssign)}
        node = made[0]
    found = node.args
    every = [*found.posonlyargs, *found.args, *found.kwonlyargs, found.vararg, found.kwarg]
    return {each.arg for each in every if each}


def differing(source):
    """Yield what is described and isn't there, and what is there and isn't described."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        names = described(ast.get_docstring(node) or "")
        # What a method is called on is not described.
        passed = parameters(node) - ({"self", "cls"} - names)
        for name in sorted(names ^ passed) if names else ():
            yield f"{node.lineno} {node.name}: {name}"


TEXT = '    """Add.\n\n    Args:\n        a: One.\n        b: Two.\n    """'


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (f"def f(a, b):\n{TEXT}", []),
        (f"def f(self, a, *, b):\n{TEXT}", []),
        (f"def f(a):\n{TEXT}", ["1 f: b"]),
        (f"def f(a, b, **c):\n{TEXT}", ["1 f: c"]),
        (f"class A:\n{TEXT}\n    a: int\n    d: int", ["1 A: b", "1 A: d"]),
        (f"class A:\n{TEXT}\n    def __init__(self, a): ...", ["1 A: b"]),
        ('def f(a):\n    """Add."""', []),
    ],
)
def test_arguments_that_differ_are_found(source, found):
    assert list(differing(source)) == found


def test_the_arguments_described_are_those_that_there_are():
    wrong = [
        f"{file.relative_to(ROOT)}:{each}"
        for file in FILES
        for each in differing(file.read_text(encoding="utf-8"))
    ]
    assert wrong == []
