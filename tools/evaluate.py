"""Measure synthetic images against real ones: `python tools/evaluate.py --synthetic … --real …`."""

import sys

from ganaug.cli.evaluate import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
