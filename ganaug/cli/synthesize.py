"""Expand a data set from a checkpoint: `python tools/synthesize.py --ckpt … --out …`."""

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.synthesize_options import TRAINER, parse
from ganaug.training.fitted import find_checkpoint
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.cli.synthesize_plan import Expansion


def main(arguments: list[str]) -> None:
    """Plan, make, write, and say what comes next; or check a folder."""
    options = parse(arguments)
    if options.verify:
        return check(options.verify)
    if options.ckpt is None or (options.out is None and not options.plan):
        raise UsageError("--ckpt and --out are needed; --help shows all")
    from ganaug.cli.synthesize_plan import prepare
    from ganaug.training import hardware

    hardware.filter_warnings()
    trainer = trainer_of(options)
    expansion = prepare(options, find_checkpoint(options.ckpt), trainer)
    if trainer.is_global_zero:
        print(table(expansion))
    if options.plan:
        return None
    folder = working_folder(options.out, options.work)
    manifest = expansion.carry_out(folder, trainer)
    if trainer.is_global_zero:
        hand_over(folder, options.out, options.layout)
        say_goodbye(options, manifest, expansion)
    hardware.destroy_process_group()
    return None


def trainer_of(options: argparse.Namespace) -> Any:
    """Return a trainer for the devices asked for."""
    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch.callbacks import TQDMProgressBar

    from ganaug.synthesis import plain_trainer
    from ganaug.training import hardware

    wanted = argparse.Namespace(**{name: getattr(options, f"trainer.{name}") for name in TRAINER})
    try:
        wanted.num_nodes = int(wanted.num_nodes)
    except ValueError:
        raise UsageError(f"--trainer.num_nodes is {wanted.num_nodes!r}; use a number") from None
    bar = TQDMProgressBar(refresh_rate=10 if sys.stderr.isatty() else 200)
    try:
        trainer = plain_trainer(
            accelerator=wanted.accelerator,
            devices=wanted.devices,
            num_nodes=wanted.num_nodes,
            strategy=hardware.strategy(wanted),
            enable_progress_bar=True,
            callbacks=[bar],
        )
    except (ValueError, MisconfigurationException) as error:
        raise UsageError(f"--trainer: {str(error).splitlines()[0]}") from error
    # A thread that waits for the one whose core encodes files makes a set of 50,000 take 1.3 times
    # as long on two cores.
    hardware.set_threads(trainer, spare=1)
    return trainer


def working_folder(out: str, work: Path | None) -> Path:
    """Return the folder to make the set in: the output itself, or one that is copied to it.

    Raises:
        UsageError: An address is given that can't be reached, or no folder to work in.
    """
    from ganaug.synthesis.writer.remote import is_address, reach

    if not is_address(out):
        if work is not None:
            raise UsageError("--work is read where --out is an address such as s3://bucket/set")
        return Path(out)
    if work is None:
        raise UsageError(f"--out {out} is an address: add --work DIR, a folder to make the set in")
    reach(out)
    return work


def hand_over(folder: Path, out: str, layout: str) -> None:
    """Bring a finished folder into the layout, and to the address, that were asked for.

    Raises:
        UsageError: It is in shards already, and a folder was asked for.
    """
    from ganaug.synthesis.writer.remote import is_address, upload
    from ganaug.synthesis.writer.webdataset import in_shards

    if layout == "webdataset":
        in_shards(folder)
    elif not (folder / "images").is_dir():
        raise UsageError(f"{folder} is in shards; give --layout webdataset, or another --out")
    if is_address(out):
        print(f"{upload(folder, out)} files copied to {out}")


def table(expansion: "Expansion") -> str:
    """Lay the plan out: real count, what is to be made and by whom, what there will be."""
    # Real images beside them are counted once, and not made.
    makers = [maker for maker in expansion.plan if maker != "real"]
    counts, width = expansion.counts, max(len(name) for name in [*expansion.counts, "class"])
    lines = [f"{'class':<{width}}{'real':>9}{'target':>9}" + "".join(f"{m:>16}" for m in makers)]
    for name, real in counts.items():
        made = [expansion.plan[maker].get(name, 0) for maker in makers]
        cells = "".join(f"{count:>16,}" for count in made)
        lines.append(f"{name:<{width}}{real:>9,}{real + sum(made):>9,}{cells}")
    total = sum(sum(expansion.plan[maker].values()) for maker in makers)
    return "\n".join([*lines, f"{total:,} images to be made by {', '.join(makers)}", ""])


def check(folder: Path) -> None:
    """Check a folder against its manifest, and name each file that is not right.

    Raises:
        UsageError: One is not.
    """
    from ganaug.synthesis import verify

    found = verify(folder)
    for kind in ("missing", "altered", "extra"):
        for file in getattr(found, kind):
            print(f"{kind}: {file}")
    if not found.sound:
        counts = ", ".join(f"{len(getattr(found, k))} {k}" for k in ("missing", "altered", "extra"))
        raise UsageError(f"{folder} is not as it was written: {counts}")
    print(f"{folder}: all {found.files:,} files are as they were written")


def say_goodbye(
    options: argparse.Namespace, manifest: Mapping[str, Any], expansion: "Expansion"
) -> None:
    """Print counts by class, what the gates did, where everything is, and the next command."""
    out = options.out
    counts, short, gates = manifest["counts"], manifest["short"], manifest["passed"]
    names = manifest["class_names"]
    width = max(len(name) for name in [*names, "class"])
    judged = sorted({gate for seen in gates.values() for gate in seen} - {"tried"})
    print(f"\n{'class':<{width}}{'synthetic':>11}{'real':>8}" + "".join(f"{g:>12}" for g in judged))
    for name in names:
        made, kept = (counts[origin].get(name, 0) for origin in ("synthetic", "real"))
        seen = gates.get(name, {})
        shares = "".join(f"{seen.get(g, 0) / max(1, seen.get('tried', 0)):>12.1%}" for g in judged)
        print(f"{name:<{width}}{made:>11}{kept:>8}{shares}")
    for name, missing in short.items():
        print(
            f"short: class {name!r} wants {missing} more; no more passed the gates in "
            f"{manifest['max_tries']} tries for each. Loosen them, or fit the model for longer",
            file=sys.stderr,
        )
    in_files = options.layout == "folder"
    print(f"\n  images      {out}/{'images' if in_files else 'shard-*.tar'}")
    print(f"  rows        {out}/metadata.csv")
    print(f"  provenance  {out}/manifest.json")
    if Path(out).is_dir():
        words = shlex.join(["--synthetic", str(out), *expansion.real_words(options.data_root)])
        print(
            f"next: measure them against the real images with\n  python tools/evaluate.py {words}"
        )
