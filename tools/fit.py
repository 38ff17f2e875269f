"""Fit a generative model on images: `python tools/fit.py --model dcgan`."""

import sys

from ganaug.cli.fit_arguments import expand, help_text
from ganaug.cli.tool import run_tool


def main(arguments: list[str]) -> None:
    """Show the help, or check the words first and only then load what takes seconds."""
    if {"-h", "--help"} & set(arguments):
        print(help_text(), end="")
        return
    words = expand(arguments)
    from ganaug.cli import fit

    fit.main(words)


if __name__ == "__main__":
    run_tool(lambda: main(sys.argv[1:]))
