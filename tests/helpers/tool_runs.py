"""Runs the tools in processes, as a user does."""

import csv
import os
import subprocess
import sys

from ganaug.models.registry import ROOT

TINY = [
    *("--model.width", "4", "--data.batch_size", "6", "--data.image_size", "16"),
    *("--data.epoch_images", "1"),
    *(
        "--trainer.enable_progress_bar",
        "false",
        "--fidelity.images",
        "20",
        "--stability.images",
        "10",
    ),
]


def tool(name, *words, cwd):
    """Run a tool in a process, as a user does."""
    return subprocess.run(
        [sys.executable, str(ROOT / "tools" / f"{name}.py"), *map(str, words)],
        cwd=cwd,
        env={**os.environ, "GANAUG_CACHE": str(cwd / "cache")},
        capture_output=True,
        text=True,
        check=False,
    )


def passed(result):
    assert result.returncode == 0, result.stderr
    return result.stdout


def rows_of(file):
    with file.open(newline="") as table:
        return list(csv.DictReader(table))
