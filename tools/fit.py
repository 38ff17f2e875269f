"""Fit a generative model on images: `python tools/fit.py --model dcgan`."""

import sys

from ganaug.cli.fit import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
