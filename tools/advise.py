"""Search for the best way to train a classifier: `python tools/advise.py --data.root … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["advise", *sys.argv[1:]])
