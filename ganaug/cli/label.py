"""Name the class of unlabelled images: `python tools/label.py --ckpt … --images … --out …`."""

import argparse
import csv
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

from ganaug.cli.fitted import find_checkpoint
from ganaug.cli.parsing import device_of, parse_strictly
from ganaug.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ganaug.checkpoints import Card
    from ganaug.protocols import Classifier

EXAMPLE = """\
example:
  python tools/label.py --ckpt runs/sgan/version_0 --images unsorted --out labels.csv
"""
# Decoded at once: enough to keep all cores busy, few enough for any memory.
FILES_AT_ONCE, BATCH_SIZE = 2048, 256


class Reading(NamedTuple):
    """One file's line of the table; without a label where it can't be given."""

    file: str
    label: str
    probability: float | None
    remark: str = ""


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Names the class of each image in a folder, with a model that classifies.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--ckpt", type=Path, required=True, help="a checkpoint, or the folder of a run")
    add("--images", type=Path, required=True, metavar="DIR", help="the images, in any folders")
    add("--out", type=Path, required=True, metavar="FILE", help="the table to write (CSV); new")
    add(
        "--at-least",
        type=float,
        default=0.0,
        metavar="P",
        help="give no label to an image whose class is less probable than this (default: 0)",
    )
    add("--copy-to", type=Path, metavar="DIR", help="copy labelled images to class folders; new")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto", help="default: auto")
    return parse_strictly(parser, arguments)


def main(arguments: list[str]) -> None:
    """Read every image, write the table, copy if asked to, and say how many of each class."""
    options = parse(arguments)
    check(options)
    from datamodules.layouts import find_all
    from ganaug.checkpoints import load
    from ganaug.protocols import Classifier

    checkpoint = load(find_checkpoint(options.ckpt), device_of(options.device))
    model = checkpoint.model
    if not isinstance(model, Classifier):
        raise UsageError(
            f"{checkpoint.card.model} does not name classes; fit a model that does, such as "
            "tools/fit.py --model sgan"
        )
    files, layout = find_all(options.images)
    for path, reason in sorted(layout.left_out.items()):
        print(f"left out {path}: {reason}", file=sys.stderr)
    if not files:
        raise UsageError(f"no images in {options.images}")
    readings = [*read(model, checkpoint.card, [str(file) for file in files], options.at_least)]
    write_table(options.out, readings)
    if options.copy_to:
        copy(readings, options.images, options.copy_to)
    report(readings, checkpoint.card.class_names, options)


def check(options: argparse.Namespace) -> None:
    """Refuse what can't be done before anything is loaded.

    Raises:
        UsageError: The probability is none, or an output exists already.
    """
    if not 0 <= options.at_least <= 1:
        raise UsageError(f"--at-least is {options.at_least}; it must be a probability, 0 to 1")
    if options.copy_to is not None and options.copy_to.resolve() == options.out.resolve():
        raise UsageError(f"--out and --copy-to are both {options.out}; name a file and a folder")
    for output in (options.out, options.copy_to):
        if output is not None and output.exists():
            raise UsageError(f"{output} exists, and nothing is overwritten; name a new one")


def read(
    model: "Classifier", card: "Card", files: Sequence[str], at_least: float
) -> Iterator[Reading]:
    """Read files and name their classes, in order; unreadable ones get a remark."""
    import torch

    from datamodules.scan import scan_images
    from ganaug.pixels import to_float

    device = next(cast("nn.Module", model).parameters()).device
    for start in range(0, len(files), FILES_AT_ONCE):
        chunk = files[start : start + FILES_AT_ONCE]
        scan = scan_images(chunk, card.image_size, card.channels)
        pixels = cast("Tensor", scan.pixels)  # kept, since nothing else was asked for
        shares = torch.cat(
            [model.classify(to_float(each.to(device))) for each in pixels.split(BATCH_SIZE)]
        )
        for place, (share, label) in enumerate(zip(*shares.cpu().max(dim=1), strict=True)):
            if place in scan.unreadable:
                yield Reading(chunk[place], "", None, scan.unreadable[place])
            elif share < at_least:
                yield Reading(chunk[place], "", float(share), "not sure")
            else:
                yield Reading(chunk[place], card.class_names[label], float(share))


def write_table(out: Path, readings: Sequence[Reading]) -> None:
    """Write the table whole or not at all."""
    from ganaug.synthesis.failures import naming_failures

    partial = out.with_name(f".{out.name}.partial")
    with naming_failures(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
            table = csv.writer(file)
            table.writerow(Reading._fields)
            table.writerows(readings)
        partial.replace(out)


def copy(readings: Sequence[Reading], images: Path, target: Path) -> None:
    """Copy labelled files into class folders, under the paths that they have below `images`."""
    from ganaug.synthesis.failures import naming_failures
    from ganaug.synthesis.naming import folder_name

    for reading in readings:
        if reading.label:
            copied = target / folder_name(reading.label) / Path(reading.file).relative_to(images)
            with naming_failures(copied):
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(reading.file, copied)


def report(
    readings: Sequence[Reading], class_names: Sequence[str], options: argparse.Namespace
) -> None:
    """Print how many images each class was given, and where everything is."""
    counts = Counter(reading.label for reading in readings)
    without = Counter(reading.remark for reading in readings if not reading.label)
    width = max(len(name) for name in [*class_names, "class"])
    print(f"{'class':<{width}}{'images':>9}")
    for name in class_names:
        print(f"{name:<{width}}{counts[name]:>9}")
    for remark, count in without.most_common():
        print(f"no label: {count} ({remark})")
    print(f"\n  table    {options.out}")
    if options.copy_to:
        print(f"  copies   {options.copy_to}")
