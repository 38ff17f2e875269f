"""Progress bars: each says where it may be drawn, since a file would be filled by one."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    file
    for folder in ("ganaug", "datamodules", "tools")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "tqdm(" in file.read_text(encoding="utf-8")
]


def test_there_are_bars():
    assert len(SOURCES) > 3


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.stem)
def test_a_bar_is_for_terminals_alone(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Name) and call.func.id == "tqdm":
            given = {each.arg: ast.unparse(each.value) for each in call.keywords}
            # tqdm's None: only where the output is a terminal.
            assert given.get("disable") in ("None", "hidden"), f"{file}:{call.lineno}"
