"""Test whether synthetic images help: `python tools/utility.py --synthetic … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["utility", *sys.argv[1:]])
