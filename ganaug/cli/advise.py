"""Search for the best way to train a classifier: `ganaug advise --data.root … --out …`."""

from ganaug.cli.command import Command
from ganaug.cli.data_words import data_of, without_data
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.errors import UsageError

COMMAND = Command(
    "ganaug.reporting.advice:advise",
    examples="  python tools/advise.py --data.root photos --out advice --budget 30m\n"
    "  python tools/advise.py --data mnist --out advice",
    skip=("data",),
)


def main(arguments: list[str]) -> None:
    """Search, and print the advice."""
    remaining, data = without_data(arguments)
    if "--real" in remaining:  # the name of this option in evaluate and utility
        raise UsageError("--real is not an option of advise; give the folder as --data.root")
    settings = COMMAND.parse(remaining)
    try:
        with COMMAND.naming_options():
            advice = COMMAND.function(data_of(data), **settings)
    except RunStoppedError as stop:
        stop.resume = "the same command"
        raise
    print(f"\n{advice}\n{advice.next}")
