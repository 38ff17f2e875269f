"""Running the tools as a user does."""

import os
import subprocess
import sys

from ganaug.cli.catalogue import ROOT


def tool(name, *words, cwd):
    """Run a tool as a user does, with the processors of one process to itself."""
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
