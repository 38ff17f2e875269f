"""Publish a set on the Hugging Face hub: `python tools/publish.py --synthetic … --repo-id …`."""

import sys

from ganaug.cli.main import main

if __name__ == "__main__":
    main(["publish", *sys.argv[1:]])
