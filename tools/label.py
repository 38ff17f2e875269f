"""Classify unlabeled images: `python tools/label.py --ckpt … --images … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["label", *sys.argv[1:]])
