"""Search for the best way to train a classifier: `ganaug advise --data.root … --out …`."""

from ganaug.cli.command import Command
from ganaug.cli.data_words import data_of, without_data

COMMAND = Command(
    "ganaug.evaluation.advice.advise:advise",
    examples="  python tools/advise.py --data.root photos --out advice --budget 30m\n"
    "  python tools/advise.py --data mnist --out advice",
    skip=("data",),
)


def main(arguments: list[str]) -> None:
    """Search, and say what to train on."""
    words, data = without_data(arguments)
    settings = COMMAND.parse(words)
    with COMMAND.naming_options():
        advice = COMMAND.function(data_of(data), **settings)
    print(f"\n{advice}\nresults: {settings['out']}/advice.json")
