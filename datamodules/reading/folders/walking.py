"""Walks folders for images, without hidden files, masks and ganaug's own outputs."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from datamodules.arguments import did_you_mean
from datamodules.errors import DataError
from datamodules.reading.folders.folder_names import (
    image_of_mask,
    is_derived,
    is_images,
    is_masks,
    is_thumbnails,
    split_of,
)
from datamodules.reading.folders.layout import IGNORED, MASKS, OUTPUTS, SMALL, Layout
from datamodules.reading.folders.mask_pairs import paired_masks
from datamodules.reading.folders.outputs import is_output, is_own_picture
from datamodules.reading.folders.unread_files import is_hidden, kind_of
from datamodules.reading.images.header import ICLOUD, PLACEHOLDER
from datamodules.reading.images.image import IMAGE_EXTENSIONS
from datamodules.reading.images.saved_rows import is_saved_set, rows_of

TABLES = (".csv", ".tsv", ".parquet", ".json", ".jsonl", ".txt", ".lst", ".names")


def find_all(
    root: str | Path, *, masks_apart: bool = True, ignore: Sequence[str] = ()
) -> tuple[list[Path], Layout]:
    """Find all images below a folder.

    Args:
        root: The folder.
        masks_apart: Whether to skip masks.
        ignore: Names and patterns of files and folders to skip.

    Returns:
        The images, and a layout of unusable and other files.

    Raises:
        DataError: The folder does not exist.
    """
    root = existing(root)
    layout = Layout(masks_apart=masks_apart, ignore=ignore)
    if is_saved_set(root):
        return rows_of(root), layout
    return [*walk(root, root.resolve().parent, {root.resolve()}, layout)], layout


def existing(folder: str | Path, *, labeled: bool = False) -> Path:
    """Return an existing folder.

    Args:
        folder: Its name.
        labeled: Whether the folder is root, so that the message can mention labels.

    Raises:
        DataError: It does not exist, or is a file.
    """
    if not str(folder):
        raise DataError("the folder's name is empty; name the folder of the images")
    root = Path(folder)
    if is_folder(root):
        return root
    try:
        exists = root.exists()
        parent = root.absolute().parent
        names = [e.name for e in parent.iterdir() if is_folder(e)] if is_folder(parent) else []
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}") from error
    if exists:
        advice = " (unpacked)"
        if labeled and root.suffix.lower() in TABLES:
            labels = "" if is_saved_set(root.parent) else f" and labels to '{root}'"
            advice = f": set root to '{root.parent}'{labels}"
        raise DataError(f"'{root}' is a file; give the folder that holds the images{advice}")
    hint = did_you_mean(root.name, names)
    raise DataError(
        f"no folder '{root}'{'; ' if hint else '. '}{hint}Give the folder of the images"
    )


def walk(folder: Path, root: Path, visited: set[Path], layout: Layout) -> Iterator[Path]:
    """Yield every image below a folder.

    Args:
        folder: The folder.
        root: The data set's resolved folder; a link to it or to a parent is not followed.
        visited: Resolved folders to skip; folders that are read are added.
        layout: Unusable, other and skipped files are added.
    """
    # A stack, because folders can be nested deeper than Python's recursion limit.
    stack = [(folder, folder.resolve())]
    while stack:
        entry, target = stack.pop()
        if not is_folder(entry):
            if is_image(entry, layout):
                yield entry
            continue
        if entry.is_symlink():
            target = entry.resolve()
        # Links may be cyclic, so each folder is read once, and none that holds the whole set.
        if entry is not folder and (target in visited or root.is_relative_to(target)):
            continue
        visited.add(target)
        try:
            entries = _without_small_copies(entries_of(entry, layout), layout)
            entries = _without_mask_folders(entries, layout)
        except OSError as error:
            layout.left_out[str(entry)] = error.strerror or str(error)
            continue
        stack += [(child, target / child.name) for child in reversed(entries)]


def is_folder(path: Path) -> bool:
    """Return whether this is a readable folder; a dangling link is not."""
    try:
        return path.is_dir()
    except OSError:  # the name is too long, or a link leads to a folder that this user can't read
        return False


def is_file(path: Path) -> bool:
    """Return whether this is a file; False for an invalid name, such as a long pattern."""
    try:
        return path.is_file()
    except OSError:
        return False


def entries_of(folder: Path, layout: Layout) -> list[Path]:
    """List a folder by name, without hidden and system files, masks, and our own outputs."""
    entries = sorted(folder.iterdir())
    layout.left_out.update((str(e), ICLOUD) for e in entries if _is_only_in_cloud(e, layout))
    visible = [entry for entry in entries if not is_hidden(entry.name)]
    images = _stems_of_images(visible)
    kept_entries = []
    for entry in visible:
        if kind := _kind_passed_over(entry, images, layout):
            layout.passed_over[kind].append(entry)
        else:
            kept_entries.append(entry)
    masks = {*paired_masks(kept_entries)} if layout.masks_apart else set()
    if masks:
        layout.passed_over[MASKS] += sorted(masks)
    return [entry for entry in kept_entries if entry not in masks]


def _is_only_in_cloud(entry: Path, layout: Layout) -> bool:
    if not (match := PLACEHOLDER.fullmatch(entry.name)):
        return False
    image = entry.with_name(match[1])
    return image.suffix.lower() in IMAGE_EXTENSIONS and not any(map(layout.ignores, (entry, image)))


def _kind_passed_over(entry: Path, images: set[str], layout: Layout) -> str | None:
    if layout.ignores(entry):
        return IGNORED
    if entry.suffix.lower() in IMAGE_EXTENSIONS:
        if is_own_picture(entry):
            return OUTPUTS
        return MASKS if layout.masks_apart and image_of_mask(entry.stem, images) else None
    return OUTPUTS if is_folder(entry) and is_output(entry) else None


def _without_small_copies(entries: list[Path], layout: Layout) -> list[Path]:
    """Leave out folders of thumbnails next to images."""
    thumbnails = [entry for entry in entries if is_thumbnails(entry.name) and is_folder(entry)]
    if not thumbnails or not any(entry.suffix.lower() in IMAGE_EXTENSIONS for entry in entries):
        return entries
    layout.passed_over[SMALL] += thumbnails
    return [entry for entry in entries if entry not in thumbnails]


def _without_mask_folders(entries: list[Path], layout: Layout) -> list[Path]:
    """Leave out folders of masks next to images or to a folder of images."""
    masks = [entry for entry in entries if is_masks(entry.name) and is_folder(entry)]
    images = any(
        is_images(e.name) or split_of(e.name) or e.suffix.lower() in IMAGE_EXTENSIONS
        for e in entries
    )
    masks += [e for e in entries if is_derived(e.name) and is_folder(e) and _repeats(e, entries)]
    if not masks or not images or not layout.masks_apart:
        return entries
    layout.passed_over[MASKS] += masks
    return [entry for entry in entries if entry not in masks]


def _repeats(folder: Path, entries: Sequence[Path]) -> bool:
    """Return whether each image in a folder has the name of one next to the folder."""
    try:
        inside = _stems_of_images(folder.iterdir())
    except OSError:  # reported when the folder is read
        return False
    return bool(inside) and inside <= _stems_of_images(entries)


def _stems_of_images(paths: Iterable[Path]) -> set[str]:
    return {path.stem for path in paths if path.suffix.lower() in IMAGE_EXTENSIONS}


def is_image(path: Path, layout: Layout) -> bool:
    """Return whether a file has an image extension; count it otherwise."""
    if path.suffix.lower() in IMAGE_EXTENSIONS:
        return True
    layout.other_counts[kind_of(path)] += 1
    if path.suffix.lower() in TABLES:
        layout.tables.append(path)
    return False
