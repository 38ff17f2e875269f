"""Learn whether synthetic images help: `ganaug utility --synthetic … --out …`."""

import shlex

from ganaug.cli.command import Command

COMMAND = Command(
    "ganaug.evaluation.utility.run:utility",
    examples="  python tools/synthesize.py --ckpt runs/r3gan/version_0 --out expanded "
    "--per-class 1000\n"
    "  python tools/utility.py --synthetic expanded --out utility",
    flags={"dataset": "synthetic", "data": "real"},
    required=("out",),
)


def main(arguments: list[str]) -> None:
    """Say whether a set helps, and what to do next."""
    settings = COMMAND.parse(arguments)
    with COMMAND.naming_options():
        study = COMMAND.function(**settings)
    print(f"\n{study}\nresults: {study.file}")
    moved = ["--data-root", settings["data_root"]] if settings["data_root"] else []
    words = ["--synthetic", settings["dataset"], *moved, "--utility", settings["out"]]
    print(f"next: lay it all out on a page with\n  python tools/report.py {shlex.join(words)}")
