"""Classify unlabeled images: `ganaug label --images … --out …`."""

import sys

from ganaug.cli.command import Command
from ganaug.cli.data_words import parse_with_data

COMMAND = Command(
    "ganaug.evaluation.labelling:label",
    examples="  python tools/label.py --ckpt runs/sgan/version_0 --images unsorted "
    "--out labels.csv\n"
    "  python tools/label.py --real photos --images unsorted --out labels.csv "
    "--min-confidence 0.95",
    flags={"model": "ckpt"},
    required=("images", "out"),
)


def main(arguments: list[str]) -> None:
    """Label images, and print the counts by class and the output files."""
    settings = parse_with_data(COMMAND, arguments)
    with COMMAND.naming_options():
        result = COMMAND.function(**settings)
    for path, reason in result.left_out.items():
        print(f"left out {path}: {reason}", file=sys.stderr)
    print(result)
