"""Fit a generative model on images: `python tools/fit.py --model dcgan`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["fit", *sys.argv[1:]])
