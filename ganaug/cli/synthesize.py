"""Write a synthetic data set: `ganaug synthesize --ckpt … --out …`."""

import shlex
import sys
from pathlib import Path
from typing import Any

from ganaug.cli.command import Command
from ganaug.cli.words import pairs, take
from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.writer.pass_rates import table_of
from ganaug.utils.errors import UsageError
from ganaug.utils.places import public_address
from ganaug.utils.plugins import plugins_of

TRAINER = ("accelerator", "devices", "num_nodes", "strategy")
COMMAND = Command(
    "ganaug.synthesis.synthesize:synthesize",
    examples="""\
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded --per-class 500
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded \\
    --synthetic-fraction 0.3 --filter agreement=0.8 --filter memorized --with-real
  python tools/synthesize.py --method diffusers --pipeline DIR_OR_ID --sources photos \\
    --prompt "a photo of a {class}" --strength 0.5 --out expanded
  python tools/synthesize.py --method folder --sources made --ckpt runs/dcgan/version_0 \\
    --out expanded --filter agreement=0.5
  python tools/synthesize.py --verify expanded       only check a set against its manifest""",
    flags={
        "model": "ckpt",
        "filters": "filter",
        **{name: f"trainer.{name}" for name in TRAINER},
    },
    skip=("on_plan", "on_shortage"),
)


def main(arguments: list[str]) -> None:
    """Generate a set, and print the results and the next command; or verify a folder."""
    others, words = take(arguments, lambda option: option == "--verify")
    if words:
        return check(folder_to_verify(words, others))
    if not arguments:
        raise UsageError("--out is needed, and --ckpt or --sources; --help shows all")
    settings, short = COMMAND.parse(arguments), list[str]()
    callbacks = {"on_plan": lambda plan: print(f"{plan}\n"), "on_shortage": short.append}
    with COMMAND.naming_options():
        result = COMMAND.function(**settings, **callbacks)
    from lightning.pytorch.utilities import rank_zero_only

    if isinstance(result, SyntheticDataset) and getattr(rank_zero_only, "rank", 0) == 0:
        print(summary(result, settings), flush=True)
        for warning in short:  # last, so that they are seen
            print(COMMAND.message(UsageError(warning)), file=sys.stderr)
    return None


def folder_to_verify(words: list[str], others: list[str]) -> Path:
    """Return the folder given to `--verify`.

    Raises:
        UsageError: There is none, or there are other words, which would be ignored.
    """
    if others:
        raise UsageError(
            f"--verify checks a folder, and reads nothing else: leave out {shlex.join(others)}"
        )
    _, folder = pairs(words)[-1]
    if folder is None:
        raise UsageError("--verify needs a folder")
    return Path(folder)


def check(folder: Path) -> None:
    """Check a folder against its manifest, and print the checks and the bad files.

    Raises:
        UsageError: The folder has bad files.
    """
    from ganaug.synthesis.verification import PROBLEMS, verify

    verification = verify(folder)
    print(*verification.checks, sep="\n")
    print(f"{'free of real images':<28}{'not known':<11}evaluate looks for them\n")
    for kind in PROBLEMS:
        for file in getattr(verification, kind):
            print(f"{kind.replace('_', ' ')}: {file}")
    if not verification.sound:
        failures = ", ".join(check.words for check in verification.checks if check.passed is False)
        raise UsageError(f"{folder} is not as it was written: {failures}")
    print(f"{folder}: all {verification.files:,} files are as they were written")


def summary(dataset: SyntheticDataset, settings: dict[str, Any]) -> str:
    """Return counts and pass rates by class, the paths of the results, and the next command."""
    manifest, out = dataset.manifest or {}, public_address(str(settings["out"]))
    images = "images" if settings["layout"] == "folder" else "shard-*.tar"
    lines = [
        f"\n{table_of(manifest)}\n\n  images      {out}/{images}",
        f"  rows        {out}/metadata.csv",
        f"  provenance  {out}/manifest.json",
    ]
    if "://" in out:
        return "\n".join(lines)
    sources = None if settings["method"] == "folder" else settings["sources"]
    real = {"--real": sources, "--data-root": settings["data_root"]}
    if dataset.card is None:
        real["--real"] = "REAL"  # the set was made without real images
    else:
        real["--plugins"] = plugins_of([dataset.card.data["class_path"].rpartition(".")[0]])
    options = [part for name, value in real.items() if value for part in (name, str(value))]
    command = shlex.join(["python", "tools/evaluate.py", "--synthetic", out, *options])
    return "\n".join([*lines, "next: measure them against the real images with", f"  {command}"])
