"""Name the class of unlabelled images: `python tools/label.py --images … --out …`."""

import argparse
import csv
import io
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple, cast

from ganaug.cli.parsing import device_of, parse_strictly
from ganaug.training.fitted import find_checkpoint
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ganaug.protocols import Classifier

EXAMPLE = """\
example:
  python tools/label.py --ckpt runs/sgan/version_0 --images unsorted --out labels.csv
  python tools/label.py --real photos --images unsorted --out labels.csv --min-confidence 0.95
"""
# Decoded at once: enough to keep all cores busy, few enough for any memory.
FILES_AT_ONCE, BATCH_SIZE = 2048, 256
# Of the images that a classifier is trained on, where nothing else is asked for.
IMAGE_SIZE = 64


class Reading(NamedTuple):
    """One file's line of the table; without a label where it can't be given."""

    file: str
    label: str
    probability: float | None
    remark: str = ""


class Reader(NamedTuple):
    """What names classes, the names, and how it takes images."""

    model: "Classifier"
    class_names: Sequence[str]
    image_size: int
    channels: int


def parse(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Names the class of each image in a folder, with a model that classifies or by "
        "a classifier of images that have labels.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    by = parser.add_mutually_exclusive_group(required=True)
    by.add_argument("--ckpt", type=Path, help="a checkpoint, or the folder of a run")
    by.add_argument("--real", metavar="DIR", help="class folders; a small classifier is trained "
                    "on them, and kept for the next time")  # fmt: skip
    add("--image-size", type=int, metavar="N", help="with --real: at which images are read, 16 to "
        f"256 (default: {IMAGE_SIZE})")  # fmt: skip
    add("--channels", type=int, choices=(1, 3), help="with --real: 1 reads images in grey, where "
        "left and right may matter; 3 (default) in colour, and learns from mirrored photographs "
        "too")  # fmt: skip
    add("--images", type=Path, required=True, metavar="DIR", help="the images, in any folders")
    add("--out", type=Path, required=True, metavar="FILE", help="the table to write (CSV); new")
    add(
        "--min-confidence",
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
    from datamodules.reading.layouts import find_all

    reader = learned_from(options) if options.real else fitted(options)
    files, layout = find_all(options.images)
    for path, reason in sorted(layout.left_out.items()):
        print(f"left out {path}: {reason}", file=sys.stderr)
    if not files:
        raise UsageError(f"no images in {options.images}")
    readings = [*read(reader, [str(file) for file in files], options.min_confidence)]
    with made_whole(options.copy_to) as copies:
        if copies:
            copy(readings, options.images, copies)
        write_table(options.out, readings)
    report(readings, reader.class_names, options)


def fitted(options: argparse.Namespace) -> Reader:
    """Return the model that `--ckpt` names.

    Raises:
        UsageError: It is none, or names no classes.
    """
    from ganaug.protocols import Classifier
    from ganaug.training.checkpoints import load

    checkpoint = load(find_checkpoint(options.ckpt), device_of(options.device))
    card, model = checkpoint.card, checkpoint.model
    if not isinstance(model, Classifier):
        raise UsageError(
            f"{card.model} does not name classes; fit a model that does, such as tools/fit.py "
            "--model sgan, or give --real the folder of labelled images instead of --ckpt"
        )
    return Reader(model, card.class_names, card.image_size, card.channels)


def learned_from(options: argparse.Namespace) -> Reader:
    """Return a classifier of the domain, trained on the class folders that `--real` names.

    Raises:
        UsageError: There is a single class, or the images' size is out of range.
    """
    from datamodules.image_folder import ImageFolderDataModule
    from ganaug.cli.evaluate_inputs import domain_network

    size = IMAGE_SIZE if options.image_size is None else options.image_size
    data = ImageFolderDataModule(root=options.real, image_size=size, channels=options.channels or 3)
    if data.num_classes < 2:
        raise UsageError(f"--real {options.real} holds a single class; there is nothing to tell")
    network = domain_network(data, "judge", device_of(options.device))
    return Reader(network, data.class_names, data.image_size, data.channels)


def check(options: argparse.Namespace) -> None:
    """Refuse what can't be done before anything is loaded.

    Raises:
        UsageError: The probability is none, an option would not be read, or an output exists
            already.
    """
    for option in ("image_size", "channels"):
        value = getattr(options, option)
        if options.ckpt is not None and value is not None:
            raise UsageError(
                f"--{option.replace('_', '-')} {value} is read with --real; the model of --ckpt "
                "takes images as it was fitted on, so leave it out"
            )
    if not 0 <= options.min_confidence <= 1:
        raise UsageError(
            f"--min-confidence is {options.min_confidence}; it must be a probability, 0 to 1"
        )
    if options.copy_to is not None and options.copy_to.resolve() == options.out.resolve():
        raise UsageError(f"--out and --copy-to are both {options.out}; name a file and a folder")
    for output in (options.out, options.copy_to):
        if output is not None and output.exists():
            raise UsageError(f"{output} exists, and nothing is overwritten; name a new one")


def read(reader: Reader, files: Sequence[str], min_confidence: float) -> Iterator[Reading]:
    """Read files and name their classes, in order; unreadable ones get a remark."""
    import torch

    from datamodules.reading.scan import scan_images
    from ganaug.utils.pixels import to_float

    device = next(cast("nn.Module", reader.model).parameters()).device
    for start in range(0, len(files), FILES_AT_ONCE):
        chunk = files[start : start + FILES_AT_ONCE]
        scan = scan_images(chunk, reader.image_size, reader.channels)
        pixels = cast("Tensor", scan.pixels)  # kept, since nothing else was asked for
        shares = torch.cat(
            [reader.model.classify(to_float(each.to(device))) for each in pixels.split(BATCH_SIZE)]
        )
        for place, (share, label) in enumerate(zip(*shares.cpu().max(dim=1), strict=True)):
            if place in scan.unreadable:
                yield Reading(chunk[place], "", None, scan.unreadable[place])
            elif share < min_confidence:
                yield Reading(chunk[place], "", float(share), "not sure")
            else:
                yield Reading(chunk[place], reader.class_names[label], float(share))


def write_table(out: Path, readings: Sequence[Reading]) -> None:
    """Write the table whole or not at all."""
    from ganaug.synthesis.writer.failures import naming_failures

    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(Reading._fields)
    table.writerows(readings)
    with naming_failures(out), atomic_open(out) as file:
        # Names of files as the system has them, whether they are UTF-8 or not.
        file.write(text.getvalue().encode(errors="surrogateescape"))


@contextmanager
def made_whole(target: Path | None) -> Iterator[Path | None]:
    """Give a folder to fill that takes the target's name once all has gone well, and is gone else.

    A labelling that is stopped or finds no room can then be given again as it was.
    """
    if target is None:
        yield None
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as scratch:
        filled = Path(scratch) / "copies"
        filled.mkdir()
        yield filled
        filled.replace(target)


def copy(readings: Sequence[Reading], images: Path, target: Path) -> None:
    """Copy labelled files into class folders, under the paths that they have below `images`."""
    from ganaug.synthesis.writer.failures import naming_failures
    from ganaug.synthesis.writer.naming import folder_name

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
