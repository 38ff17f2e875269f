"""Text files for one image each, with its label or boxes of a single class."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from glob import escape
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import one_class
from datamodules.reading.folders.folder_names import is_images, is_masks
from datamodules.reading.folders.layout import Layout
from datamodules.reading.images.image import IMAGE_EXTENSIONS
from datamodules.reading.tables.label_texts import MOST_CLASSES
from datamodules.reading.tables.table_files import TEXTS, display
from datamodules.reading.tables.tables import is_label, text_of

MOST_BYTES = 100_000
# In class folders, texts for a smaller share of the images are notes, not labels.
MOST_OF = 0.9
WORD = re.compile(r"\d+|(?![-+.\d]*$)\S+")  # a fraction is a measurement
# A class number or name, then a box or an outline.
BOX = re.compile(r"(\S+)(?:[ \t,]+-?\d*\.?\d+(?:[eE]-?\d+)?){4,}")
# Files that are not read, and may say something of one image each.
NOTES = ("*.xml", "*.cls")
LABEL, BOXES, OTHER = "label", "boxes", "other"
Note = tuple[str, list[str]]


def labels_of_texts(layout: Layout, root: str) -> tuple[dict[Path, str], list[Path]]:
    """Return the label in each image's own text, and the folders where classes may be named.

    A text holds one line with a label, or boxes of a single class.

    Args:
        layout: Files by split and folder; texts that are read no longer count as other files.
        root: The folder of the data set.

    Raises:
        DataError: There are no texts, or one has other content or boxes of several classes.
    """
    texts = _texts(layout.all_files, layout, root)
    values = {}
    for file, path in texts.items():
        kind, labels = _note(path)
        if kind == OTHER or len(labels) > 1:
            content = f"boxes of the classes {', '.join(labels[:5])}" if labels else "no label"
            raise DataError(
                f"labels is '{TEXTS}', and '{path}' holds {content}; an image has one class: write "
                "it in one line, or cut objects out first, into a folder for each class"
            )
        if labels:
            values[file] = labels[0]
    if not values:
        raise DataError(
            f"labels is '{TEXTS}', and no image of '{root}' has a text of its name with a label"
        )
    text_paths = {*texts.values()}
    layout.other_counts -= Counter(
        path.suffix.lower() for path in layout.tables if path in text_paths
    )
    layout.tables = [path for path in layout.tables if path not in text_paths]
    top = Path(root)
    folders = {
        parent for path in text_paths for parent in path.parents if parent.is_relative_to(top)
    }
    return values, sorted(folders, key=lambda folder: -len(folder.parts))


def found_texts(layout: Layout, root: str, images: Sequence[Path]) -> str | None:
    """Return the value of the argument labels if the texts give all labels, or else None.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        images: The training images, all in one folder.

    Raises:
        DataError: It is unclear whether the texts give the labels.
    """
    notes, example = _notes(images, layout, root)
    if 2 * len(notes) < len(images):
        return None
    labels = [values[0] for _, values in notes.values() if len(values) == 1]
    kinds = {kind for kind, _ in notes.values()}
    several = len({*labels}) >= 2 and len(labels) == len(notes)
    start = f"'{root}' holds images without class folders, and texts such as '{example}'"
    alternative = f"or ignore to '{_pattern_of_texts(example)}' if all images are of one class"
    if several and kinds == {BOXES}:
        raise DataError(
            f"{start} give the objects in each, of one class in an image; cut its objects out "
            f"first, into a folder for each class, or set labels to '{TEXTS}' to give each whole "
            f"image the class of its objects, or classes to {one_class(root)} if all "
            "are of one"
        )
    if several and kinds == {LABEL} and are_classes(labels):
        if len(labels) < len(images):
            raise DataError(
                f"{start} may give the labels of {len(labels):,} of its {len(images):,} images; "
                f"set labels to '{TEXTS}' to leave the others out, {alternative}"
            )
        if all(map(WORD.fullmatch, labels)):
            return TEXTS
        raise DataError(f"{start} may give their labels; set labels to '{TEXTS}', {alternative}")
    if len({*labels}) > 1 or OTHER in kinds:
        layout.remarks.append(
            f"'{display(example, root)}' and other texts say something of {len(notes):,} images, "
            "and are not used; if they give the classes, write a CSV with the columns file and "
            "label"
        )
    return None


def refuse_texts(layout: Layout, root: str, by_folder: Mapping[str, Sequence[Path]]) -> None:
    """Refuse class folders if the images' texts give other labels.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        by_folder: The training images, by folder.

    Raises:
        DataError: Either may be the classes.
    """
    images = [file for files in by_folder.values() for file in files]
    notes, example = _notes(images, layout, root)
    kinds = {kind for kind, _ in notes.values()}
    labels = {file: values[0] for file, (_, values) in notes.items() if values}
    are_words = kinds == {LABEL} and all(map(WORD.fullmatch, labels.values()))
    if not are_words or len(labels) < MOST_OF * len(images) or not are_classes([*labels.values()]):
        return
    pairs = {(name, labels[f]) for name, files in by_folder.items() for f in files if f in labels}
    if not len({name for name, _ in pairs}) == len(pairs) == len({label for _, label in pairs}):
        raise DataError(
            f"'{root}' holds the folders {', '.join(sorted(by_folder)[:5])}, and texts such as "
            f"'{example}' give their images other labels; set labels to '{TEXTS}' if these are the "
            f"classes, or ignore to '{_pattern_of_texts(example)}' if the folders are"
        )


def notes_of_images(
    tables: Iterable[Path], images: Sequence[Path], layout: Layout, root: str
) -> set[Path]:
    """Return the JSON files for one image each, and add a remark on them and on similar files.

    Args:
        tables: The tables near the images.
        images: The training images, all in one folder.
        layout: Files by split and folder.
        root: The folder of the data set.
    """
    top, names = Path(root), {_key(file, Path(root))[1] for file in images}
    json_files = {path for path in tables if path.suffix.lower() == ".json"}
    json_files = {path for path in json_files if _key(path, top)[1] in names}
    others = [path for kind in NOTES for path in sorted(top.rglob(kind))]
    notes = [*sorted(json_files), *(p for p in others if _key(p, top)[1] in names)]
    notes = [path for path in notes if not any(map(layout.ignores, (path, path.parent)))]
    if 2 * len(notes) < len(images) or len(notes) < 2:
        return set()
    layout.remarks.append(
        f"'{display(notes[0], root)}' and others are not read, one for each of {len(notes):,} "
        "images; if they give the classes, write a CSV with the columns file and label"
    )
    return json_files


def are_classes(labels: Sequence[str]) -> bool:
    """Return whether labels repeat often enough to be classes."""
    return 2 <= len({*labels}) <= min(MOST_CLASSES, len(labels) // 2)


def _notes(images: Sequence[Path], layout: Layout, root: str) -> tuple[dict[Path, Note], Path]:
    """Return the content of each image's own text, if it has one, and an example of these texts."""
    texts = _texts(images, layout, root)
    notes = {file: _note(path) for file, path in texts.items()}
    notes = {file: note for file, note in notes.items() if note != (LABEL, [])}
    return notes, min((texts[file] for file in notes), default=Path())


def _texts(images: Iterable[Path], layout: Layout, root: str) -> dict[Path, Path]:
    """Return the text file of each image: with its name, in its own or a corresponding folder.

    `images/train/1.png` and `labels/train/1.txt` belong together, as do an image and a text whose
    common name is unique.
    """
    top, files = Path(root), [*images]
    texts = [
        path
        for path in sorted(top.rglob(TEXTS))
        if not any(map(layout.ignores, [path, *path.relative_to(top).parents][:-1]))
    ]
    if not texts:
        return {}
    by_key = {_key(path, top): path for path in texts}
    by_name = {name: path for (_, name), path in by_key.items()}
    name_counts = Counter(name for _, name in by_key) + Counter({_key(f, top)[1] for f in files})
    image_counts = Counter(_key(file, top)[1] for file in files)
    text_by_image = {}
    for file in files:
        key = _key(file, top)
        is_unique = name_counts[key[1]] == 2 and image_counts[key[1]] == 1
        if path := by_key.get(key) or (by_name.get(key[1]) if is_unique else None):
            text_by_image[file] = path
    return text_by_image


def _key(path: Path, top: Path) -> tuple[tuple[str, ...], str]:
    """Return a file's folders, except those named after images or labels, and its name."""
    below = path.relative_to(top) if path.is_relative_to(top) else path
    folders = tuple(part for part in below.parts[:-1] if not (is_masks(part) or is_images(part)))
    inner = Path(path.stem)
    return folders, inner.stem if inner.suffix.lower() in IMAGE_EXTENSIONS else path.stem


def _pattern_of_texts(text: Path) -> str:
    """Return a pattern for the images' texts that doesn't match lists in other folders."""
    return f"{escape(text.parent.name)}/{TEXTS}"


def _note(path: Path) -> Note:
    """Return a text's kind, and its labels or the classes of its boxes."""
    try:
        if path.stat().st_size > MOST_BYTES:
            return OTHER, []
        text = text_of(path.read_bytes())
    except OSError:
        text = ""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    boxes = [match[1] for line in lines if (match := BOX.fullmatch(line))]
    if boxes and len(boxes) == len(lines):
        return BOXES, sorted({*boxes})
    if len(lines) > 1 or not all(map(is_label, lines)):
        return OTHER, []
    return LABEL, lines
