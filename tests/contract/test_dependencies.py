"""What the packages import, and the extras that their messages name, stand in pyproject.toml."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
FOR_USERS = {name: packages for name, packages in EXTRAS.items() if name not in ("test", "dev")}
FILES = [*(ROOT / "ganaug").rglob("*.py"), *(ROOT / "datamodules").rglob("*.py")]
OWN = {"ganaug", "datamodules"}


def _plain(name):
    return re.split(r"[\[<>=]", name)[0].replace("_", "-").lower()


def _imported(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def test_every_package_that_is_imported_is_declared():
    declared = {_plain(name) for name in chain(PROJECT["dependencies"], *FOR_USERS.values())}
    names = set(chain.from_iterable(map(_imported, FILES))) - sys.stdlib_module_names - OWN
    distributions = packages_distributions()
    assert {"torch", "PIL"} <= names
    assert {
        name
        for name in names
        if not declared & {_plain(each) for each in distributions.get(name, [name])}
    } == set()


def test_every_extra_that_a_message_names_exists():
    texts = [file.read_text(encoding="utf-8") for file in FILES]
    named = {name for text in texts for name in re.findall(r"ganaug\[(\w+)\]", text)}
    assert "imagenet" in named
    assert named <= FOR_USERS.keys()
