"""Measure synthetic images against real ones: `python tools/evaluate.py --synthetic … --real …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["evaluate", *sys.argv[1:]])
