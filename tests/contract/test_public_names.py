"""The public names of ganaug: completion, star imports, and other packages of the same name."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import ganaug

FILE = Path(ganaug.__file__)


def test_type_checkers_see_all_public_names():
    tree = ast.parse(FILE.read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    names = {alias.asname or alias.name for node in imports for alias in node.names}
    for node in block.body:
        if isinstance(node, ast.Assign):
            names.remove(node.value.id)
            names.add(node.targets[0].id)
    assert names == {*ganaug._PUBLIC}


def test_a_name_of_a_package_that_is_not_installed_is_not_listed(monkeypatch):
    monkeypatch.setitem(sys.modules, "imblearn", None)
    spec = importlib.util.spec_from_file_location("ganaug_without", FILE)
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert {*without._PUBLIC} - {*without.__all__} == {"GANOverSampler"}
    assert "GANOverSampler" not in dir(without)


def test_another_package_of_the_name_datamodules_is_named(tmp_path):
    (tmp_path / "datamodules").mkdir()
    (tmp_path / "datamodules" / "__init__.py").touch()
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(FILE.parents[1])!r}]; import ganaug"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert f"ImportError: {tmp_path / 'datamodules'} hides the package `datamodules`" in done.stderr


def test_one_error_catches_what_a_user_can_correct():
    assert issubclass(ganaug.DataError, ganaug.UsageError)
    assert not issubclass(ganaug.RunStoppedError, ganaug.UsageError)
