"""Writes the images to train on as class folders, which any image loader can read."""

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import Tensor
from torchvision.transforms.functional import to_pil_image

from ganaug.evaluation.advice.images.training_images import Store
from ganaug.evaluation.advice.images.training_table import TRAIN, Row, write_rows
from ganaug.synthesis.sources.real_file import files_of
from ganaug.synthesis.writer.naming import folder_name
from ganaug.utils.errors import UsageError


def refuse_taken(folder: Path) -> None:
    """Refuse a path that is a file or a folder that is not empty.

    Raises:
        UsageError: The path is taken.
    """
    with suppress(FileNotFoundError):
        if not folder.is_dir() or any(folder.iterdir()):
            folder.lstat()
            raise UsageError(f"folder {folder} exists, and is not overwritten; give a new one")


def write_image_folder(
    folder: Path,
    rows: Sequence[Row],
    stores: Mapping[str, Store],
    size: int,
    class_names: Sequence[str],
) -> None:
    """Write images as `folder/images/CLASS/…`, with their table, atomically.

    Args:
        folder: A new or empty folder.
        rows: Rows of the images.
        stores: Sources of the images.
        size: Size in pixels of images that are not single files.
        class_names: Names of the classes.

    Raises:
        UsageError: It can't be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            new_folder = Path(scratch, folder.name)
            new_folder.mkdir()
            write_rows(
                new_folder / TRAIN, _write_images(new_folder, rows, stores, size), class_names
            )
            with suppress(FileNotFoundError):
                folder.rmdir()
            new_folder.rename(folder)
    except OSError as error:
        raise UsageError(
            f"cannot write {folder}: {error.strerror or error}; choose another folder"
        ) from error


def _write_images(
    folder: Path, rows: Sequence[Row], stores: Mapping[str, Store], size: int
) -> list[Row]:
    pixels: dict[str, Tensor] = {}
    written_rows = []
    for number, row in enumerate(rows):
        store = stores[row.source]
        index = store.index_by_file[row.file]
        path = Path(store.paths[index])
        [file] = files_of([str(path)], store.reader)
        name = f"images/{folder_name(row.label)}/{number:05}_{path.name}"
        if file and not file.reader:
            link(path, folder / name)
        else:
            if not file and row.source not in pixels:
                pixels[row.source] = store.read(size)
            image = file.pixels() if file else pixels[row.source][index]
            name = f"{name}.png"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            to_pil_image(image).save(folder / name)
        written_rows.append(row._replace(file=name))
    return written_rows


def link(path: Path, target: Path) -> None:
    """Create a hard link to a file, or copy it if that fails."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(path.resolve(), target)
    except OSError:
        shutil.copy2(path, target)
