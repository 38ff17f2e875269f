"""Measure synthetic images against real ones: `ganaug evaluate --synthetic …`."""

import shlex

from ganaug.cli.command import Command
from ganaug.cli.data_words import parse_with_data, same_words

COMMAND = Command(
    "ganaug.evaluation.evaluate:evaluate",
    examples="  python tools/evaluate.py --synthetic expanded\n"
    "  python tools/evaluate.py --synthetic images --real photos\n"
    "  python tools/evaluate.py --synthetic images --data.root photos --data.labels classes.csv",
    flags={"dataset": "synthetic", "data": "real"},
)


def main(arguments: list[str]) -> None:
    """Measure a set, and print the table and the files of results."""
    settings = parse_with_data(COMMAND, arguments)
    with COMMAND.naming_options():
        result = COMMAND.function(**settings)
    print(f"\n{result}\n\nmetrics: {result.file}")
    if result.closest:
        print(f"closest pairs: {result.file.with_name(result.facts['pictures']['closest'])}")
    words = shlex.join(same_words(arguments))
    if result.weak_features:
        from ganaug.evaluation.features.judges import judge_by

        print(
            "next: measure in ImageNet's features with\n"
            f"  python tools/evaluate.py {words} --features {judge_by(result.facts)}"
        )
    elif len(result.by_class) > 1:
        print(
            "next: test whether the set helps a classifier with\n"
            f"  python tools/utility.py {words} --out utility"
        )
