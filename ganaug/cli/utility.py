"""Learn whether synthetic images help: `ganaug utility --synthetic … --out …`."""

import shlex
from typing import Any

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
    words = ["--synthetic", settings["dataset"], *_real(settings), *moved]
    words += ["--utility", settings["out"]]
    print(f"next: put all results on one page with\n  python tools/report.py {shlex.join(words)}")


def _real(settings: dict[str, Any]) -> list[str]:
    """Return the options that name the real images of a set that another program made."""
    from ganaug.synthesis.dataset import SyntheticDataset

    # Of its own sets, report knows the real images, and takes no others.
    given = {"--real": settings["data"], "--image-size": settings["image_size"]}
    if not settings["data"] or SyntheticDataset.open(settings["dataset"]).card is not None:
        return []
    return [word for flag, value in given.items() if value for word in (flag, str(value))]
