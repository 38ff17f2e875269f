"""Which image files a folder holds, and what class and split each belongs to."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from datamodules.arguments import did_you_mean
from datamodules.errors import DataError
from datamodules.reading import IMAGE_EXTENSIONS

SPLIT_FOLDERS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
    "testing": "test",
}
SYSTEM_NAMES = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
NO_CLASS = "lies beside the class folders, so it has no class"


@dataclass
class Layout:
    """What a folder holds.

    Attributes:
        files: Image files by split, then by class name. The split is "" where the folder has none
            of its own.
        left_out: Reason by path of what can't be used.
        others: How many files that are no images, by extension.
    """

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)


def find_images(root: str | Path, apart: str | Path | None = None) -> Layout:
    """Find the images of a data set: class folders, one flat folder, or either in split folders.

    Anything deeper within a class folder belongs to the class. Hidden and system files and empty
    folders are passed over.

    Args:
        root: The folder.
        apart: A folder that is no class, even where it lies within the first.

    Raises:
        DataError: There is no such folder.
    """
    root = Path(root)
    passed_over = None if apart is None else Path(apart).resolve()
    _check_folder(root)
    layout = Layout()
    try:
        splits = _split_folders(root, passed_over)
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}; allow this user to") from error
    if not splits:
        layout.files[""] = _find_classes(root, root, layout, passed_over)
    for split, folders in splits.items():
        classes = layout.files.setdefault(split, {})
        for folder in folders:
            for name, files in _find_classes(folder, root, layout, passed_over).items():
                classes.setdefault(name, []).extend(files)
    return layout


def find_all(root: str | Path) -> tuple[list[Path], Layout]:
    """Find all images of a folder, whatever folders within it they lie in.

    Returns:
        The images, and what can't be used.

    Raises:
        DataError: There is no such folder.
    """
    root = Path(root)
    _check_folder(root)
    layout = Layout()
    return [*_walk(root, root.resolve().parent, {root.resolve()}, layout)], layout


def _check_folder(root: Path) -> None:
    if root.is_dir():
        return
    if root.exists():
        raise DataError(f"'{root}' is a file; give the folder that holds the images (unpacked)")
    parent = root.absolute().parent
    names = [entry.name for entry in parent.iterdir() if entry.is_dir()] if parent.is_dir() else []
    hint = did_you_mean(root.name, names)
    raise DataError(f"no folder '{root}'; {hint}Give the folder that holds the images")


def _split_folders(root: Path, passed_over: Path | None) -> dict[str, list[Path]]:
    folders = [entry for entry in _visible(root) if entry.is_dir()]
    folders = [folder for folder in folders if folder.resolve() != passed_over]
    splits: dict[str, list[Path]] = {}
    for folder in folders:
        # One folder of another name, and `train` may be a class of vehicles.
        if folder.name.lower() not in SPLIT_FOLDERS:
            return {}
        splits.setdefault(SPLIT_FOLDERS[folder.name.lower()], []).append(folder)
    return splits if "train" in splits else {}


def _find_classes(
    folder: Path, root: Path, layout: Layout, passed_over: Path | None
) -> dict[str, list[Path]]:
    """Find images by class; loose images are one class only where no class folder has any."""
    entries = _visible(folder)
    folders = [entry for entry in entries if entry.is_dir() and entry.resolve() != passed_over]
    # A link to another class, or back to the top, must not lend its images to this class.
    seen = {entry.resolve() for entry in (folder, root, *folders)}
    loose = [entry for entry in entries if not entry.is_dir() and _is_image(entry, layout)]
    classes: dict[str, list[Path]] = {}
    for entry in folders:
        if found := [*_walk(entry, root.resolve(), seen, layout)]:
            classes[entry.name] = found
    if classes:
        layout.left_out.update((str(entry), NO_CLASS) for entry in loose)
    elif loose:
        classes[root.absolute().name] = loose
    return classes


def _walk(folder: Path, root: Path, seen: set[Path], layout: Layout) -> Iterator[Path]:
    try:
        entries = _visible(folder)
    except OSError as error:
        layout.left_out[str(folder)] = error.strerror or str(error)
        return
    for entry in entries:
        if not entry.is_dir():
            if _is_image(entry, layout):
                yield entry
            continue
        target = entry.resolve()
        # Each folder once, and never one that holds the whole data set: links may form a loop.
        if target not in seen and not root.is_relative_to(target):
            seen.add(target)
            yield from _walk(entry, root, seen, layout)


def _visible(folder: Path) -> list[Path]:
    return sorted(
        entry
        for entry in folder.iterdir()
        if not entry.name.startswith(".") and entry.name.lower() not in SYSTEM_NAMES
    )


def _is_image(path: Path, layout: Layout) -> bool:
    if path.suffix.lower() in IMAGE_EXTENSIONS:
        return True
    layout.others[path.suffix.lower() or "(no extension)"] += 1
    return False
