"""Write a report on whether to use a set: `python tools/report.py --synthetic … --out …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["report", *sys.argv[1:]])
