"""Text files with any name whose lines begin with an image, perhaps followed by its label."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import one_class
from datamodules.reading.folders.layout import Layout
from datamodules.reading.tables.columns import FileIndex
from datamodules.reading.tables.table_files import VOC_SPLIT, display, texts_near, voc_lists
from datamodules.reading.tables.tables import MOST_BYTES, is_label, lines_in, text_of

# More labels than this, or than half of the images, are captions instead of classes.
MOST_CLASSES = 100


def remarks_on_texts(layout: Layout, root: str, images: Sequence[Path]) -> Iterator[str]:
    """Yield a remark on each text whose lines name most of the images and something else.

    Args:
        layout: Files by split and folder.
        root: The folder of the data set.
        images: The training images, all in one folder.

    Raises:
        DataError: The text after the images may be their labels.
    """
    index = FileIndex(images)
    _refuse_lists_of_classes(layout, root, index)
    _refuse_voc_classes(layout, root)
    for path in texts_near(layout, root):
        texts = [text for file, text in _lines(path) if text and len(index.find(file)) == 1]
        if 2 * len(texts) < len(images):
            continue
        labels = [*filter(is_label, texts)]
        if 2 <= len({*labels}) <= min(MOST_CLASSES, len(labels) // 2):
            raise DataError(
                f"'{root}' holds images without class folders, and '{path}' may give their labels; "
                f"set labels to '{path}', or ignore to '{path.name}'"
            )
        layout.use(path)
        yield (
            f"'{display(path, root)}' says something of {len(texts):,} images, and is not used; if "
            "it gives their classes, write a CSV with the columns file and label"
        )


def _refuse_lists_of_classes(layout: Layout, root: str, index: FileIndex) -> None:
    """Refuse texts that each list some of the images, and together list every image once."""
    lists: dict[Path, set[Path]] = {}
    for path in texts_near(layout, root):
        lines = [*_lines(path)]
        hits = [index.find(file) for file, text in lines if not text]
        if len(lines) > 1 and len(hits) == len(lines) and all(len(files) == 1 for files in hits):
            lists[path] = {file for files in hits for file in files}
    count = sum(map(len, lists.values()))
    if len(lists) > 1 and len({file for files in lists.values() for file in files}) == count == len(
        index
    ):
        examples = ", ".join(f"'{display(path, root)}'" for path in [*lists][:3])
        raise DataError(
            f"'{root}' holds images without class folders, and each of {examples} lists some of "
            "them: if these are the classes, or folds, write a CSV with the columns file and "
            "label, or file and split; if not, name them in ignore"
        )


def _refuse_voc_classes(layout: Layout, root: str) -> None:
    """Refuse Pascal VOC's lists of whether each image shows a class (1) or not (-1)."""
    for path in voc_lists(layout, root):
        signs = {text.strip() for _, text in _lines(path)}
        if not VOC_SPLIT.fullmatch(path.stem) and {"1"} <= signs <= {"1", "0", "-1"}:
            raise DataError(
                f"'{root}' holds images without class folders, and lists such as "
                f"'{display(path, root)}' say which of them show a class: if each shows one, write "
                "a CSV with the columns file and label; if some show several, cut the objects out "
                "first, into a folder for each class; or set classes to "
                f"{one_class(root)} if all images are of one class"
            )


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield the lines of a text; none if it can't be read."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError:
        content = b""
    return lines_in(text_of(content))
