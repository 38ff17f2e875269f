"""Expand a data set from a checkpoint: `python tools/synthesize.py --ckpt … --out …`."""

import sys

from ganaug.cli.synthesize import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
