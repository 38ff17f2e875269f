"""Refuses folders that look like classes, or like a single class, but may be something else."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import as_list, one_class
from datamodules.reading.folders.label_tools import ExportError, refuse_export
from datamodules.reading.folders.layout import Layout
from datamodules.reading.folders.view_words import LETTERS, SIDES

CAMERA = frozenset(
    ("img", "image", "dsc", "dscn", "dscf", "pict", "photo", "pic", "frame", "scan", "p", "file")
)
# Words for the part or version of a subject that an image shows, which are not classes.
VIEWS = frozenset(
    (
        *(*LETTERS, *SIDES),
        *("copy", "edited", "hdr", "crop", "cropped", "small", "large", "full", "thumb", "orig"),
        *("original", "px", "mm", "x"),
    )
)
# A number and a word: `0012_benign`, `A03_s1-DAPI`.
ENDING = re.compile(r".*\d[ _-]+([^\W\d_]+)", re.UNICODE)
NUMBERED = re.compile(r"([^\W\d_][^\d]*?)[ _.(-]*\d+\)?", re.UNICODE)

# A line in YOLO's format (a class and a box or outline), and its equivalent in Pascal VOC and
# LabelMe.
OBJECTS = {
    ".txt": re.compile(r"^\d+(?:[ \t]+-?\d*\.?\d+(?:[eE]-?\d+)?){4,}[ \t]*$", re.MULTILINE),
    ".xml": re.compile("<bndbox>|<polygon>"),
    ".json": re.compile(r'"shapes"\s*:\s*\[\s*\{'),
}
MOST_READ = 50


def refuse_doubtful(layout: Layout, root: str) -> None:
    """Refuse classes with one image each, and a single class if names or objects suggest several.

    Words at the end of file names only add a remark.

    Raises:
        DataError: Names the folders or words, and the arguments that clarify them.
    """
    classes = layout.training
    _refuse_backslashes([path for files in classes.values() for path in files], root)
    if len(classes) >= 10 and all(len(files) == 1 for files in classes.values()):
        raise DataError(
            f"'{root}' holds {len(classes):,} folders of one image each, such as "
            f"{', '.join(sorted(classes)[:3])}, which are no classes; give labels a file or a "
            "pattern that says the class of each image, name all classes in classes, or set it to "
            f"{one_class(root)} if all are of one class"
        )
    if len(classes) != 1:
        return
    ((name, files),) = classes.items()
    _refuse_exports(layout, root)
    if file := _objects(classes, layout, root):
        raise DataError(
            f"'{root}' has class folders for none of its images, and '{file}' and others give the "
            "objects in each; an image has one class: cut its objects out first, into a folder for "
            f"each class, or set classes to {one_class(root)} if all images are of one"
        )
    if words := _words_in_names(NUMBERED, files):
        raise DataError(
            f"'{root}' holds images without class folders, whose names begin with {words}; if "
            f"these are classes, set labels to a pattern such as '([^/]*?)[ _.(-]*[0-9]+[)]?[.]"
            f"[^.]+$', and if not, set classes to {as_list(name)}"
        )
    # A word at the end of a name is less often a class: it may be a side, version or channel.
    if words := _words_in_names(ENDING, files):
        layout.remarks.append(
            f"all images are of one class, and their names end with {words}; if these are classes, "
            "set labels to a pattern such as '[ _-]([^ _-]+)[.][^.]+$'"
        )


def _refuse_backslashes(files: Sequence[Path], root: str) -> None:
    """Refuse files from a Windows zip archive whose names include their folders."""
    odd = [path.name for path in files if "\\" in path.name]
    if 2 * len(odd) > len(files):
        raise DataError(
            f"'{root}' holds files such as '{odd[0]}', whose names contain backslashes instead of "
            "folders, as in an archive from Windows: unpack it again with unzip, which creates the "
            "folders"
        )


def _refuse_exports(layout: Layout, root: str) -> None:
    """Refuse XML and manifest exports of labeling tools.

    JSON exports are refused when read as tables.
    """
    top = Path(root)
    candidates = [path for kind in ("xml", "manifest") for path in top.glob(f"*.{kind}")]
    candidates += [path for kind in ("xml", "manifest") for path in top.glob(f"*/*.{kind}")]
    for path in sorted(candidates)[:MOST_READ]:
        if path.is_file() and not any(map(layout.ignores, (path, path.parent))):
            try:
                refuse_export(_text_of(path), path)
            except ExportError as error:
                raise DataError(
                    f"{error}. Without it, all images would be of one class; if they are, set "
                    f"classes to {one_class(top)}"
                ) from error


def _words_in_names(kind: re.Pattern[str], files: Sequence[Path]) -> str:
    """Count the words in file names such as cat.0.jpg; "" unless each name has one of several."""
    matches = [kind.fullmatch(path.stem) for path in files]
    words = Counter(match[1].lower() for match in matches if match)
    plausible = words.total() == len(files) and 2 <= len(words) <= 200 and min(words.values()) > 2
    if not plausible or CAMERA & set(words) or set(words) <= VIEWS:
        return ""
    return ", ".join(f"{word} ({n:,})" for word, n in words.most_common(5))


def _objects(classes: dict[str, list[Path]], layout: Layout, root: str) -> Path | None:
    """Return a file of object annotations, if at least half of the images have one."""
    stems = {path.stem for files in classes.values() for path in files}
    top = Path(root)
    candidates = [path for kind in OBJECTS for path in top.rglob(f"*{kind}") if path.stem in stems]
    ancestors = {
        path: [ancestor for ancestor in (path, *path.parents) if top in ancestor.parents]
        for path in candidates
    }
    annotations = [path for path in candidates if not any(map(layout.ignores, ancestors[path]))]
    if 2 * len({path.stem for path in annotations}) < len(stems):
        return None
    return next((path for path in sorted(annotations)[:MOST_READ] if _has_objects(path)), None)


def _has_objects(path: Path) -> bool:
    return bool(OBJECTS[path.suffix].search(_text_of(path)))


def _text_of(path: Path) -> str:
    """Return a file's text, "" if it can't be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
