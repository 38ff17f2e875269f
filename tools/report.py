"""One page that says whether to use a set: `python tools/report.py --synthetic … --out …`."""

import sys

from ganaug.cli.report import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
