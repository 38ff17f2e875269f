"""Fit models and print their figures: `python tools/benchmark.py --models dcgan --seeds 0 1`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["benchmark", *sys.argv[1:]])
