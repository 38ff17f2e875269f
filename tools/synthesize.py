"""Expand a data set from a checkpoint: `python tools/synthesize.py --ckpt … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["synthesize", *sys.argv[1:]])
