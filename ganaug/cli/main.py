"""The installed command: `ganaug fit --model dcgan`, the same as `python tools/fit.py`."""

import importlib
import sys
import time
from typing import NoReturn

from ganaug.cli.quiet_threads import quiet_threads
from ganaug.cli.tool import run_tool
from ganaug.cli.words import pairs, take
from ganaug.utils.errors import UsageError, did_you_mean
from ganaug.utils.plugins import load_plugins

# About the start of this process, since a time budget includes later imports.
STARTED = time.monotonic()

COMMANDS = {
    "fit": "fit a generative model on images",
    "synthesize": "write a synthetic data set",
    "evaluate": "measure synthetic images against real ones",
    "utility": "test whether synthetic images help a classifier",
    "advise": "search for the best way to train a classifier on your images",
    "report": "write one page that says whether to use a set, and why",
    "publish": "publish a synthetic set on the Hugging Face hub",
    "explore": "draw pictures of what a model has learned",
    "label": "classify unlabeled images",
    "benchmark": "run the studies behind the documented results (in a checkout)",
}


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run a command by its name.

    Args:
        arguments: The command and its options; by default the process's arguments.
    """
    command_line = sys.argv[1:] if arguments is None else arguments
    run_tool(lambda: dispatch(command_line))


def dispatch(command_line: list[str]) -> None:
    """Run a command, or list the commands.

    Raises:
        UsageError: There is no such command, or `--plugins` has no value.
    """
    words, plugins = take(command_line, lambda option: option == "--plugins")
    if not words or words[0] in ("-h", "--help"):
        rows = "\n".join(f"  {name:<12}{summary}" for name, summary in COMMANDS.items())
        print(
            f"usage: ganaug COMMAND [OPTIONS]\n\n{rows}\n\nganaug COMMAND --help shows its options"
        )
        return
    name, *options = words
    modules = [value or "" for _, value in pairs(plugins)]
    if any(not module or module.startswith("-") for module in modules):
        raise UsageError("--plugins needs the name of a module, such as my_package.models")
    if name not in COMMANDS:
        hint = did_you_mean(name, COMMANDS)
        raise UsageError(f"there is no command {name!r}{hint}; use {', '.join(COMMANDS)}")
    if not {"-h", "--help"} & set(options):
        quiet_threads()
    load_plugins(modules)
    importlib.import_module(f"ganaug.cli.{name}").main(options)


if __name__ == "__main__":
    main()
