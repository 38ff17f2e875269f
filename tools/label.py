"""Name the class of unlabelled images: `python tools/label.py --ckpt … --images … --out …`."""

import sys

from ganaug.cli.label import main
from ganaug.cli.tool import run_tool

if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
