"""The studies behind the documented results, in `tools/benchmarks` of a checkout."""

import importlib
import sys
from pathlib import Path

from ganaug.utils.errors import UsageError

TOOLS = Path(__file__).resolve().parents[2] / "tools"


def main(arguments: list[str]) -> None:
    """Run the studies named by the arguments.

    Raises:
        UsageError: The installed package doesn't contain the studies.
    """
    if not (TOOLS / "benchmarks").is_dir():
        raise UsageError(
            "the studies are not part of the installed package; run `python tools/benchmark.py` in "
            "a checkout of the project"
        )
    if str(TOOLS) not in sys.path:
        sys.path.insert(0, str(TOOLS))
    importlib.import_module("benchmarks.runner").main(arguments)
