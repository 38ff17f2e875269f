"""Look into a fitted model, in pictures: `python tools/explore.py walk --ckpt … --out …`."""

import sys

from ganaug.cli.explore import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
