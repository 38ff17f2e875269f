"""label: classify unlabeled images with a fitted model or by labeled examples."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from datamodules.notes import notes_once
from datamodules.printing import printable
from datamodules.reading.folders.outputs import refuse_inside
from ganaug.evaluation.label_readers import Reader, fitted, learned_from
from ganaug.evaluation.real_data import folder_and_settings
from ganaug.evaluation.utility.leaks import digest_of_pixels
from ganaug.utils.errors import UsageError
from ganaug.utils.notebook import Printed, frame
from ganaug.utils.output_folder import refuse_unwritable
from ganaug.utils.ranges import refuse_outside
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    import torch
    from torch import Tensor

# Files decoded at once: enough to keep all cores busy, few enough to fit in memory.
FILES_AT_ONCE, BATCH_SIZE = 2048, 256


class Reading(NamedTuple):
    """A file's row of the table; if the label is empty, `remark` says why."""

    file: str
    label: str
    probability: float | None
    remark: str = ""


@dataclass(frozen=True)
class Labels(Printed):
    """The labels of images.

    Attributes:
        readings: One for each file.
        class_names: Names of the classes.
        left_out: Files that were skipped, and why.
        out: The table.
        copies: The folder of copies, if any.
    """

    readings: Sequence[Reading]
    class_names: Sequence[str]
    left_out: Mapping[str, str]
    out: Path
    copies: Path | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Images of each class."""
        counts = Counter(reading.label for reading in self.readings)
        return {name: counts[name] for name in self.class_names}

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each file, as in the table."""
        return [reading._asdict() for reading in self.readings]

    def to_frame(self) -> Any:
        """Return a pandas table with a row for each file.

        Raises:
            UsageError: pandas is not installed.
        """
        return frame(self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return all results as plain values."""
        return {
            "class_names": list(self.class_names),
            "readings": self.rows(),
            "left_out": dict(self.left_out),
            "out": str(self.out),
            "copies": str(self.copies) if self.copies else None,
        }

    def __repr__(self) -> str:
        # A line for every file would fill the screen.
        return f"Labels({len(self.readings):,} files, {self.counts}, {str(self.out)!r})"

    def __str__(self) -> str:
        unlabeled = Counter(reading.remark for reading in self.readings if not reading.label)
        counts = {printable(name): count for name, count in self.counts.items()}
        width = max(len(name) for name in [*counts, "class"])
        lines = [f"{'class':<{width}}{'images':>9}"]
        lines += [f"{name:<{width}}{count:>9}" for name, count in counts.items()]
        lines += [f"no label: {count} ({remark})" for remark, count in unlabeled.most_common()]
        lines += ["", f"  table    {self.out}"]
        lines += [f"  copies   {self.copies}"] if self.copies else []
        return "\n".join(lines)


@takes_paths("model", "images", "out", "real", "copy_to", "data_root")
@notes_once()
def label(
    model: Any = None,
    images: str | Path | None = None,
    out: str | Path | None = None,
    *,
    real: Any = None,
    min_confidence: float = 0.0,
    copy_to: str | Path | None = None,
    image_size: int | None = None,
    channels: Literal[1, 3] | None = None,
    data_root: str | None = None,
    device: "str | torch.device" = "auto",
) -> Labels:
    """Classify each image in a folder, with a model that classifies or from labeled images.

    Exact copies of labeled images in `real` or in the model's fit, test images included, get no
    label: a model trained on them would be tested on images that it has seen.

    Args:
        model: A checkpoint, the folder of a run, or what `load` returned.
        images: Folder of the images, with any subfolders.
        out: New file for the table (CSV).
        real: Labeled images instead of a model: class folders, mnist, a data module, settings of
            ImageFolder as a dictionary, such as root, labels and label_column, or a run for the
            images it was fitted on. A small classifier is trained on them, and cached for the next
            call.
        min_confidence: Leave images unlabeled if the probability of their class is lower than
            this.
        copy_to: New folder for copies of the labeled images, in class folders. If a class name
            can't be a folder name, such as `test`, copies are numbered, and metadata.csv gives the
            classes.
        image_size: With a folder as real: side in pixels at which images are read, 16 to 256; 64
            by default.
        channels: With a folder as real: 1 reads images as grayscale, without mirroring them; 3 (the
            default) reads them in color, and also learns from mirrored images.
        data_root: With model: where the images of its fit are now, if they have moved.
        device: Where to compute: auto, cpu, cuda, or one of several GPUs, such as cuda:1. With
            auto, a model from `load` stays where it is.

    Returns:
        The label of each file; it prints as a table of counts.

    Raises:
        UsageError: An argument is wrong, there are no images, or an output exists already.

    Example:
        >>> labels = label(images="unsorted", out="labels.csv", real="expanded/images", channels=1)
        >>> len(labels.readings)
        3
    """
    options = {"image_size": image_size, "channels": channels, "data_root": data_root}
    target = Path(copy_to) if copy_to else None
    folder, table = check(model, images, out, real, min_confidence, target, options)
    from datamodules.reading.folders.walking import existing, find_all
    from ganaug.evaluation.label_copies import copy_labeled
    from ganaug.utils.device import choose_device

    existing(folder)  # before the classifier is trained
    device_name = choose_device(device)
    reader = (
        fitted(model, device, target, data_root)
        if real is None
        else learned_from(real, image_size, channels, device_name, target)
    )
    files, layout = find_all(folder, masks_apart=False)
    left_out = {str(path): reason for path, reason in sorted(layout.left_out.items())}
    if not files:
        left_out_text = "".join(f"; left out {path}: {reason}" for path, reason in left_out.items())
        raise UsageError(f"no images in {folder}{layout.only()}{left_out_text}")
    readings = [*read(reader, [str(file) for file in files], min_confidence)]
    with made_whole(target) as copies:
        if copies:
            copy_labeled({Path(r.file): r.label for r in readings if r.label}, folder, copies)
        write_table(table, readings)
    return Labels(readings, reader.class_names, left_out, table, target)


def check(
    model: Any,
    images: str | Path | None,
    out: str | Path | None,
    real: Any,
    min_confidence: float,
    copy_to: Path | None,
    options: Mapping[str, int | str | None],
) -> tuple[Path, Path]:
    """Check the arguments before anything is loaded; return the paths of images and table.

    Raises:
        UsageError: `min_confidence` is not a probability, an argument would be ignored, or an
            output exists already.
    """
    if (model is None) == (real is None):
        raise UsageError("give either `model` or `real`, which show what the classes look like")
    if images is None or out is None:
        raise UsageError(f"{'images' if images is None else 'out'} is needed: name a path")
    for name, value in options.items():
        if name == "data_root" and real is not None and value is not None:
            raise UsageError(f"`data_root` {value} is read with `model`; leave it out")
        if name != "data_root" and model is not None and value is not None:
            raise UsageError(
                f"`{name}` {value} is read with `real`; the model takes images as it was fitted "
                "on, so leave it out"
            )
    refuse_outside("", 0, 1, min_confidence=min_confidence)
    if copy_to is not None and copy_to.resolve() == Path(out).resolve():
        raise UsageError(f"`out` and copy_to are both {out}; name a file and a folder")
    # A table in the folder of the images would be read as their true labels.
    refuse_inside(out, images, "out")
    for folder in (images, folder_and_settings(real, "real")[0]):
        if copy_to is not None and isinstance(folder, str | Path):
            refuse_inside(copy_to, folder, "copy_to")
    refuse_unwritable(Path(out).parent, "out")
    if copy_to is not None:
        refuse_unwritable(copy_to.parent, "copy_to")
    for output in (Path(out), copy_to):
        if output is not None and output.exists():
            raise UsageError(f"{output} exists, and nothing is overwritten; name a new one")
    return Path(images), Path(out)


def read(reader: Reader, files: Sequence[str], min_confidence: float) -> Iterator[Reading]:
    """Classify files, in order; unreadable ones get a remark."""
    import torch

    from datamodules.reading.scan import scan_images
    from ganaug.utils.device import device_of
    from ganaug.utils.pixels import to_float

    device = device_of(reader.model)
    for start in range(0, len(files), FILES_AT_ONCE):
        chunk = files[start : start + FILES_AT_ONCE]
        scan = scan_images(chunk, reader.files)
        pixels = cast("Tensor", scan.pixels)  # None only with keep_pixels=False
        shares = torch.cat(
            [
                reader.model.classify(to_float(batch.to(device)))
                for batch in pixels.split(BATCH_SIZE)
            ]
        )
        for row, (share, index) in enumerate(zip(*shares.cpu().max(dim=1), strict=True)):
            known_remark = reader.remark if digest_of_pixels(pixels[row]) in reader.known else ""
            if remark := scan.unreadable.get(row) or known_remark:
                yield Reading(chunk[row], "", None, remark)
            elif share < min_confidence:
                yield Reading(chunk[row], "", float(share), "not sure")
            else:
                yield Reading(chunk[row], reader.class_names[index], float(share))


def write_table(out: Path, readings: Sequence[Reading]) -> None:
    """Write the table atomically."""
    from ganaug.synthesis.writer.failures import naming_failures
    from ganaug.utils.atomic_files import atomic_open

    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(Reading._fields)
    table.writerows(readings)
    with naming_failures(out), atomic_open(out) as file:
        # File names keep their bytes, whether they are UTF-8 or not.
        file.write(text.getvalue().encode(errors="surrogateescape"))


@contextmanager
def made_whole(target: Path | None) -> Iterator[Path | None]:
    """Yield a temporary folder that becomes the target on success and is removed on failure.

    After a failure, such as a full disk, the same call can be repeated.
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
