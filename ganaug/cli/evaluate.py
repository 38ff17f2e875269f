"""Measure synthetic images against real ones: `ganaug evaluate --synthetic …`."""

import shlex

from ganaug.cli.command import Command

COMMAND = Command(
    "ganaug.evaluation.evaluator:evaluate",
    examples="  python tools/evaluate.py --synthetic expanded\n"
    "  python tools/evaluate.py --synthetic images --real photos",
    flags={"dataset": "synthetic", "data": "real"},
)


def main(arguments: list[str]) -> None:
    """Measure a set, print the table and where the results are."""
    settings = COMMAND.parse(arguments)
    with COMMAND.naming_options():
        found = COMMAND.function(**settings)
    print(f"\n{found}\n\nmetrics: {found.file}")
    if found.closest:
        print(f"closest pairs: {found.file.with_name(found.facts['pictures']['closest'])}")
    if found.weak_features:
        from ganaug.evaluation.features.judges import judge_by

        given = {"--synthetic": "dataset", "--real": "data", "--data-root": "data_root"}
        words = [
            x for flag, name in given.items() if settings[name] for x in (flag, settings[name])
        ]
        print(
            "next: measure in ImageNet's features with\n"
            f"  python tools/evaluate.py {shlex.join(words)} --features {judge_by(found.facts)}"
        )
