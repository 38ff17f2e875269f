"""Pictures of what a fitted model has learned: `python tools/explore.py walk --ckpt … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["explore", *sys.argv[1:]])
