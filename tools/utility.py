"""Learn whether synthetic images help: `python tools/utility.py --synthetic … --out …`."""

import sys

from ganaug.cli.tool import run_tool
from ganaug.cli.utility import main

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
