"""Expand a data set from a checkpoint: `python tools/synthesize.py --ckpt … --out …`."""

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.cli.fitted import find_checkpoint
from ganaug.cli.parsing import parse_strictly
from ganaug.errors import UsageError

if TYPE_CHECKING:
    from ganaug.cli.expansion import Expansion

GATES_HELP = (
    "what an image must pass: agreement=0.5, realism=0.5, rejection=0.5, copies, duplicates, "
    "strays; may be repeated"
)
EXAMPLE = """\
examples:
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded --per-class 500
  python tools/synthesize.py --ckpt runs/dcgan/version_0 --out expanded --share 0.3 \\
    --gate agreement=0.8 --gate copies --with-real
  python tools/synthesize.py --verify expanded
"""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line; what takes seconds to import waits until it is right."""
    parser = argparse.ArgumentParser(
        description="Writes a folder of synthetic images, a folder for each class. Stopped "
        "anywhere, the same command goes on.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--ckpt", type=Path, help="a checkpoint, or the folder of a run")
    add("--out", help="the folder to write: new, empty, or begun by this command; or an address")
    add("--work", type=Path, metavar="DIR", help="where a set for an address is made before")
    add("--verify", type=Path, metavar="DIR", help="check a folder against its manifest, no more")
    add_plan(parser)
    add("--gate", action="append", default=[], metavar="NAME[=X]", help=GATES_HELP)
    add("--max-tries", type=int, metavar="N", help="images made for each wanted (10)")
    add("--truncation", type=float, metavar="X", help="keep latents within X of 0: more typical")
    add("--seed", type=int, default=0, help="same seed, same images (default: 0)")
    add("--with-real", action="store_true", help="lay the real training images beside them")
    add("--data-root", metavar="DIR", help="where the real images are now, if they have moved")
    add("--sources", metavar="DIR", help="dagan: make images of these instead, of any classes")
    add("--format", choices=("png", "jpeg", "webp"), default="png", help="default: png")
    add("--layout", choices=("folder", "webdataset"), default="folder", help="default: folder")
    for name, default in TRAINER.items():
        add(f"--trainer.{name}", default=default, metavar="X", help=f"Lightning's ({default})")
    options = parse_strictly(parser, arguments)
    if options.verify:
        refuse_beside_verify(options, parser)
    return options


def refuse_beside_verify(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Refuse what a check does not read.

    Raises:
        UsageError: Names the options.
    """
    values = vars(options).items()
    given = [name for name, value in values if value != parser.get_default(name)]
    # Lightning's own names are written with an underscore.
    words = [name if "." in name else name.replace("_", "-") for name in given]
    if others := [word for word in words if word != "verify"]:
        raise UsageError(
            f"--verify checks a folder, and reads nothing else: leave out --{', --'.join(others)}"
        )


TRAINER = {"accelerator": "auto", "devices": "1", "num_nodes": "1", "strategy": "auto"}


def add_plan(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how many of each class, and by whom."""
    how_many = parser.add_mutually_exclusive_group()
    add = how_many.add_argument
    add("--per-class", type=int, metavar="N", help="N images of every class")
    add("--multiply", type=float, metavar="X", help="every class X times as large as it is")
    add("--share", type=float, metavar="X", help="the same share of synthetic images in each class")
    add("--plan-file", type=Path, metavar="FILE", help="YAML: images to make by class (and maker)")
    add(
        "--sampling-strategy",
        default="auto",
        metavar="S",
        help="auto, minority, 'not minority', 'not majority' or all; a ratio for two classes; or "
        "'{\"class\": final count}'; with imbalanced-learn's meanings (default: auto)",
    )
    parser.add_argument("--plan", action="store_true", help="print what would be made, no more")
    parser.add_argument("--maker", choices=("model", "albumentations", "smote"), default="model",
                        help="who makes the images (default: model)")  # fmt: skip
    parser.add_argument("--policy", default="light", help="of the maker albumentations (light)")


def main(arguments: list[str]) -> None:
    """Plan, make, write, and say what comes next; or check a folder."""
    options = parse(arguments)
    if options.verify:
        return check(options.verify)
    if options.ckpt is None or (options.out is None and not options.plan):
        raise UsageError("--ckpt and --out are needed; --help shows all")
    from ganaug.cli import machine
    from ganaug.cli.expansion import prepare

    machine.quieten()
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
    machine.leave_together()
    return None


def trainer_of(options: argparse.Namespace) -> Any:
    """Return a trainer for the devices asked for."""
    from lightning.fabric.utilities.exceptions import MisconfigurationException
    from lightning.pytorch.callbacks import TQDMProgressBar

    from ganaug.cli import machine
    from ganaug.synthesis import plain_trainer

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
            strategy=machine.strategy(wanted),
            enable_progress_bar=True,
            callbacks=[bar],
        )
    except (ValueError, MisconfigurationException) as error:
        raise UsageError(f"--trainer: {str(error).splitlines()[0]}") from error
    # A thread that waits for the one whose core encodes files makes a set of 50,000 take 1.3 times
    # as long on two cores.
    machine.set_threads(trainer, spare=1)
    return trainer


def working_folder(out: str, work: Path | None) -> Path:
    """Return the folder to make the set in: the output itself, or one that is copied to it.

    Raises:
        UsageError: An address is given that can't be reached, or no folder to work in.
    """
    from ganaug.synthesis.addresses import is_address, reach

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
    from ganaug.synthesis.addresses import is_address, upload
    from ganaug.synthesis.layouts import in_shards

    if layout == "webdataset":
        in_shards(folder)
    elif not (folder / "images").is_dir():
        raise UsageError(f"{folder} is in shards; give --layout webdataset, or another --out")
    if is_address(out):
        print(f"{upload(folder, out)} files copied to {out}")


def table(expansion: "Expansion") -> str:
    """Lay the plan out: real count, what is to be made and by whom, what there will be."""
    makers = list(expansion.plan)
    counts, width = expansion.counts, max(len(name) for name in [*expansion.counts, "class"])
    lines = [f"{'class':<{width}}{'real':>9}{'target':>9}" + "".join(f"{m:>16}" for m in makers)]
    for name, real in counts.items():
        made = [expansion.plan[maker].get(name, 0) for maker in makers]
        cells = "".join(f"{count:>16,}" for count in made)
        lines.append(f"{name:<{width}}{real:>9,}{real + sum(made):>9,}{cells}")
    total = sum(sum(quotas.values()) for quotas in expansion.plan.values())
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
