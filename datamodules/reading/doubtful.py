"""What looks like class folders or a single class, and may be none."""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.walking import Layout

CAMERA = frozenset(
    ("img", "image", "dsc", "dscn", "dscf", "pict", "photo", "pic", "frame", "scan", "p", "file")
)
NUMBERED = re.compile(r"([^\W\d_][^\d]*?)[ _.(-]*\d+\)?", re.UNICODE)


def refuse_doubtful(layout: Layout, root: str) -> None:
    """Refuse classes of one image each, and images of which the names say the class.

    Raises:
        DataError: Names the folders or words, and the arguments that say what they are.
    """
    classes = layout.files.get("train", layout.files.get("", {}))
    if len(classes) >= 10 and all(len(files) == 1 for files in classes.values()):
        raise DataError(
            f"'{root}' holds {len(classes):,} folders of one image each, such as "
            f"{', '.join(sorted(classes)[:3])}, which are no classes; give labels a file or a "
            "pattern that says the class of each image, name all classes in classes, or set it to "
            f"[{Path(root).absolute().name}] if all are of one class"
        )
    if len(classes) == 1 and len(words := _words_in_names(*classes.values())) > 1:
        shown = ", ".join(f"{word} ({n:,})" for word, n in words.most_common(5))
        pattern = "([^/]*?)[ _.(-]*[0-9]+[)]?[.][^.]+$"
        raise DataError(
            f"'{root}' holds images without class folders, whose names begin with {shown}; "
            f"if these are classes, set labels to a pattern such as '{pattern}', and if not, "
            f"set classes to [{next(iter(classes))}]"
        )


def _words_in_names(files: Sequence[Path]) -> Counter[str]:
    """Count what names begin with, such as cat.0.jpg, where every one has such a word."""
    matches = [NUMBERED.fullmatch(path.stem) for path in files]
    words = Counter(match[1].lower() for match in matches if match)
    usual = words.total() == len(files) and len(words) <= 200 and min(words.values()) > 2
    return words if usual and not CAMERA & set(words) else Counter()
