"""Synthetic sets of before the code moved are still checked, measured and reported."""

import json
import shutil
from pathlib import Path

import pytest

from helpers.tool_runs import passed, tool

OLD = Path(__file__).resolve().parents[1] / "fixtures" / "old"


@pytest.fixture
def home(tmp_path):
    """A folder with copies of the old sets, which the tools may write to."""
    for name in ("set", "shards"):
        shutil.copytree(OLD / name, tmp_path / name)
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize(("name", "files"), [("set", 50), ("shards", 10)])
def test_it_is_as_it_was_written(home, name, files):
    printed = passed(tool("synthesize", "--verify", name, cwd=home))
    assert f"all {files} files are as they were written" in printed


@pytest.mark.slow
def test_a_change_in_it_is_still_found(home):
    image = home / "set" / "images" / "0" / "000000.png"
    image.write_bytes(image.read_bytes()[:-1])
    result = tool("synthesize", "--verify", "set", cwd=home)
    assert result.returncode != 0
    assert "images/0/000000.png" in result.stdout + result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", ["set", "shards"])
def test_it_is_measured(home, name):
    (home / name / "metrics.json").unlink(missing_ok=True)
    printed = passed(tool("evaluate", "--synthetic", name, cwd=home))
    assert "closest pairs" in printed
    assert json.loads((home / name / "metrics.json").read_text())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["set", "shards"])
def test_it_is_reported(home, name):
    printed = passed(tool("report", "--synthetic", name, cwd=home))
    assert "data: MNIST" in printed
    page = (home / name / "report.html").read_text()
    assert "dcgan" in page.lower()
    assert json.loads((home / name / "report.json").read_text())
