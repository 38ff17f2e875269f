"""The top level of the repository holds what a stranger should see first, and nothing else."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"configs", "datamodules", "docs", "ganaug", "tests", "tools"}
FILES = {"LICENSE", "README.md", "pyproject.toml"}


def test_the_top_level_holds_nothing_by_accident():
    if not (ROOT / ".git").exists():
        pytest.skip("only git knows which files belong to the repository")
    listing = ["git", "ls-files"]
    tracked = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    top = {name.split("/")[0] for name in tracked.splitlines()}
    assert {name for name in top if not name.startswith(".")} == FOLDERS | FILES
