"""Which image files a folder holds, and the class and split of each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from datamodules.arguments import did_you_mean
from datamodules.errors import DataError
from datamodules.reading.image import IMAGE_EXTENSIONS

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
NO_SPLIT = "is next to the folders train and test, so it is in neither"
NO_CLASS = "is next to the class folders, so it has no class"


@dataclass
class Layout:
    """The content of a folder.

    Attributes:
        files: Image files by split, then by class name; the split is "" if the folder has no
            split folders.
        left_out: Reason by path of unusable files.
        others: Number of other files, by extension.
    """

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)


def find_images(root: str | Path, apart: str | Path | None = None) -> Layout:
    """Find the images of a data set: class folders, one flat folder, or either in split folders.

    Everything below a class folder belongs to the class. Hidden files, system files and empty
    folders are skipped.

    Args:
        root: The folder.
        apart: A folder that is not a class, even if it is inside root.

    Raises:
        DataError: The folder does not exist.
    """
    root = _existing(root)
    passed_over = None if apart is None else _existing(apart).resolve()
    layout = Layout()
    try:
        splits = _split_folders(root, passed_over)
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}; allow this user to") from error
    if not splits:
        layout.files[""] = _find_classes(root, root, layout, passed_over)
    else:
        loose = [e for e in _visible(root) if not _is_folder(e) and _is_image(e, layout)]
        layout.left_out.update((str(entry), NO_SPLIT) for entry in loose)
    for split, folders in splits.items():
        classes = layout.files.setdefault(split, {})
        for folder in folders:
            for name, files in _find_classes(folder, root, layout, passed_over).items():
                classes.setdefault(name, []).extend(files)
    return layout


def find_all(root: str | Path) -> tuple[list[Path], Layout]:
    """Find all images below a folder.

    Returns:
        The images, and a layout of unusable and other files.

    Raises:
        DataError: The folder does not exist.
    """
    root = _existing(root)
    layout = Layout()
    return [*_walk(root, root.resolve().parent, {root.resolve()}, layout)], layout


def _existing(folder: str | Path) -> Path:
    if not str(folder):
        raise DataError("the folder's name is empty; name the folder of the images")
    root = Path(folder)
    if _is_folder(root):
        return root
    try:
        there = root.exists()
        parent = root.absolute().parent
        names = [e.name for e in parent.iterdir() if _is_folder(e)] if _is_folder(parent) else []
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}") from error
    if there:
        raise DataError(f"'{root}' is a file; give the folder that holds the images (unpacked)")
    hint = did_you_mean(root.name, names)
    raise DataError(
        f"no folder '{root}'{'; ' if hint else '. '}{hint}Give the folder of the images"
    )


def _split_folders(root: Path, passed_over: Path | None) -> dict[str, list[Path]]:
    folders = [entry for entry in _visible(root) if _is_folder(entry)]
    folders = [folder for folder in folders if folder.resolve() != passed_over]
    splits: dict[str, list[Path]] = {}
    for folder in folders:
        # With a folder of another name, `train` may be a class of vehicles.
        if folder.name.lower() not in SPLIT_FOLDERS:
            return {}
        splits.setdefault(SPLIT_FOLDERS[folder.name.lower()], []).append(folder)
    return splits if "train" in splits else {}


def _find_classes(
    folder: Path, root: Path, layout: Layout, passed_over: Path | None
) -> dict[str, list[Path]]:
    """Find images by class; loose images are a class only if no class folder has images."""
    entries = _visible(folder)
    folders = [entry for entry in entries if _is_folder(entry) and entry.resolve() != passed_over]
    # A link to another class, or to the top, must not add its images to this class.
    seen = {entry.resolve() for entry in (folder, root, *folders)}
    loose = [entry for entry in entries if not _is_folder(entry) and _is_image(entry, layout)]
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
    # A stack, because folders can be nested deeper than calls.
    waiting = [(folder, folder.resolve())]
    while waiting:
        entry, target = waiting.pop()
        if not _is_folder(entry):
            if _is_image(entry, layout):
                yield entry
            continue
        if entry.is_symlink():
            target = entry.resolve()
        # Each folder once, and never one that holds the whole data set: links may be cyclic.
        if entry is not folder and (target in seen or root.is_relative_to(target)):
            continue
        seen.add(target)
        try:
            waiting += [(each, target / each.name) for each in reversed(_visible(entry))]
        except OSError as error:
            layout.left_out[str(entry)] = error.strerror or str(error)


def _is_folder(path: Path) -> bool:
    """Return whether this is a readable folder; a dangling link is not."""
    try:
        return path.is_dir()
    except OSError:  # a name too long, or a link to a place this user may not read
        return False


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
