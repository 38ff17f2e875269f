"""Test whether synthetic images help a classifier: `ganaug utility --synthetic … --out …`."""

import shlex

from ganaug.cli.command import Command
from ganaug.cli.data_words import parse_with_data, same_words

COMMAND = Command(
    "ganaug.evaluation.utility.run:utility",
    examples="  python tools/synthesize.py --ckpt runs/r3gan/version_0 --out expanded "
    "--per-class 1000\n"
    "  python tools/utility.py --synthetic expanded --out utility",
    flags={"dataset": "synthetic", "data": "real"},
    required=("out",),
)


def main(arguments: list[str]) -> None:
    """Print whether a set helps, and the next command."""
    settings = parse_with_data(COMMAND, arguments)
    with COMMAND.naming_options():
        study = COMMAND.function(**settings)
    print(f"\n{study}\nresults: {study.file}")
    from ganaug.synthesis.dataset import SyntheticDataset

    # For sets of `synthesize`, report finds the real images itself, and refuses others.
    has_card = SyntheticDataset.open(settings["dataset"]).card is not None
    options = [*same_words(arguments, with_real=not has_card), "--utility", settings["out"]]
    print(f"next: put all results on one page with\n  python tools/report.py {shlex.join(options)}")
