"""Fit models and print their metrics: `python tools/benchmark.py --models dcgan --seeds 0 1`."""

import sys

from benchmarks.runner import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
