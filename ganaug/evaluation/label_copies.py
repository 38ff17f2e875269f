"""Copies labeled images into class folders, or into one folder with a table of classes."""

import csv
import io
import shutil
from collections.abc import Mapping
from pathlib import Path

TABLE = "metadata.csv"


def copy_labeled(labels: Mapping[Path, str], images: Path, target: Path) -> None:
    """Copy files into class folders and keep their paths relative to `images`.

    If a data module could not read the classes from the folders, because of names such as `test`,
    `masks` or `light/pale`, the copies are numbered and a table lists their classes.

    Args:
        labels: The class of each file.
        images: The folder of the files.
        target: An empty folder.

    Raises:
        UsageError: A file can't be written.
    """
    from ganaug.synthesis.writer.failures import naming_failures
    from ganaug.synthesis.writer.naming import folder_name

    copies: dict[Path, str] = {}
    for file, name in labels.items():
        copy = target / folder_name(name) / file.relative_to(images)
        with naming_failures(copy):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        copies[copy] = name
    if _labels_read(target) != copies:
        _write_table(target, _rename_to_numbers(target, copies))


def _labels_read(folder: Path) -> dict[Path, str]:
    """Return the class that a data module reads for each file; {} if it can't read the folder."""
    from datamodules.errors import DataError
    from datamodules.reading.folders.doubtful import refuse_doubtful
    from datamodules.reading.folders.finder import find_images

    try:
        layout = find_images(folder)
        refuse_doubtful(layout, str(folder))
    except DataError:
        return {}
    # Only images outside split folders, since the fit chooses validation and test images.
    classes = layout.files.get("", {})
    return {file: name for name, files in classes.items() for file in files}


def _write_table(target: Path, labels: Mapping[Path, str]) -> None:
    from ganaug.utils.atomic_files import atomic_open_or_refuse

    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(("file_name", "label"))
    table.writerows((file.name, name) for file, name in labels.items())
    with atomic_open_or_refuse(target / TABLE) as stream:
        stream.write(text.getvalue().encode(errors="surrogateescape"))


def _rename_to_numbers(target: Path, labels: Mapping[Path, str]) -> dict[Path, str]:
    """Rename files to numbers, out of their folders; return the class of each new file."""
    from ganaug.synthesis.writer.failures import naming_failures

    folders = [path for path in target.iterdir() if path.is_dir()]
    with naming_failures(target):
        moved = {
            file.rename(target / f"{number:06}{file.suffix}"): name
            for number, (file, name) in enumerate(labels.items())
        }
        for folder in folders:
            shutil.rmtree(folder)
    return moved
