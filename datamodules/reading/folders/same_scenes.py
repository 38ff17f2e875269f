"""Folders with several versions of the same scenes, such as channels, which are rarely classes."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from datamodules.reading.folders.class_names import as_list
from datamodules.reading.folders.view_words import SIDES, STAINS

# Words of channels, sides, versions and kinds of images.
_WAYS = """
fluorescence nir ir infrared thermal visible vis rgb color colour gray grey depth normals edges
hr lr highres lowres input inputs output outputs target targets source
noisy clean raw processed before after
original enhanced cropped t1 t2 t1ce flair pd adc dwi
"""
WAYS = frozenset((*STAINS, *SIDES, *_WAYS.split()))
WAY = re.compile(r"(?:channel|chan|ch|c|w|band|view|cam|camera)\d{1,2}|\d{1,4}x|band")
MOST_OF = 0.8
FEWEST = 3


def same_scenes(folders: Sequence[Path], files: Callable[[], list[Path]], top: Path) -> list[str]:
    """Return a remark on class folders named after channels or views, with equal file names.

    Args:
        folders: The class folders, of all splits.
        files: Returns all images.
        top: The folder of the data set, as the user named it.
    """
    names = sorted({folder.name for folder in folders})
    words = [{*re.findall(r"[^\W_]+", name.lower())} for name in names]
    if len(names) < 2:
        return []
    distinct_words = [name_words - set.intersection(*words) for name_words in words]
    if not all(
        name_words and all(w in WAYS or WAY.fullmatch(w) for w in name_words)
        for name_words in distinct_words
    ):
        return []
    images = files()
    files_by_class = [[f for f in images if name in f.relative_to(top).parts] for name in names]
    stems = [
        {_without_words(file.stem, name_words) for file in class_files}
        for class_files, name_words in zip(files_by_class, words, strict=True)
    ]
    if not _mostly_shared(stems):
        return []
    equal = _mostly_shared([{file.stem for file in class_files} for class_files in files_by_class])
    groups = "'([^/]+)[.][^.]+$'" if equal else "a CSV with the columns file and group"
    return [
        f"{', '.join(f'{name!r}' for name in names[:5])} are classes and hold images of the same "
        f"names, as channels or views of the same scenes do; if so, set groups to {groups} to keep "
        f"each scene in one split; to read one of them only, set classes to {as_list(names[0])}"
    ]


def _mostly_shared(names: Sequence[set[str]]) -> bool:
    return len(set.intersection(*names)) >= max(FEWEST, MOST_OF * max(map(len, names)))


def _without_words(stem: str, words: set[str]) -> str:
    """Return a file's name without the words of its folder."""
    return "_".join(w for w in re.findall(r"[^\W_]+", stem.lower()) if w not in words)
