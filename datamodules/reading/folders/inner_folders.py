"""Labels in the names of folders within class folders: `patient07/study1_positive`."""

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.patterns import read_pattern

LAST_WORD = "_?([^/_0-9]+)/[^/]+$"
MOST_WORDS, MOST_NAMED = 10, 3
# Minimum number of folders for each word, and share of their parents that have one word only.
REPEATED, SINGLE = 3, 0.5


def inner_labels(folders: Sequence[Path], files: Sequence[Path], top: Path) -> list[str]:
    """Return a remark on words that repeat in the names of the images' own folders.

    Channels and versions repeat as well, but a patient has all of them, and usually one label.

    Args:
        folders: The class folders.
        files: All images.
        top: The folder of the data set, as the user named it.
    """
    inner = {file.parent for file in files}
    if inner & {*folders} or not inner:
        return []
    words: dict[str, set[Path]] = defaultdict(set)
    for folder in inner:
        words[_word(folder)].add(folder)
    by_parent: dict[Path, set[str]] = defaultdict(set)
    for word, members in words.items():
        for folder in members:
            by_parent[folder.parent].add(word)
    num_single = sum(len(parent_words) == 1 for parent_words in by_parent.values())
    repeated = all(
        word and len({f.parent for f in members}) >= REPEATED for word, members in words.items()
    )
    if not 2 <= len(words) <= MOST_WORDS or not repeated or num_single < SINGLE * len(by_parent):
        return []
    names = [f"'{min(members).name}'" for _, members in sorted(words.items())]
    if len(names) > MOST_NAMED:
        names[MOST_NAMED:] = [f"{len(names) - MOST_NAMED} more"]
    examples = " or ".join((", ".join(names[:-1]), names[-1]))
    return [
        f"the images lie in folders called {examples}, below {len(by_parent):,} folders such as "
        f"'{min(by_parent).name}'; if these words are the classes, set labels to "
        f"{_labels_advice([*words], files, top)}"
    ]


def _word(folder: Path) -> str:
    return re.sub(r"\d+", "", folder.name).strip(" _.-")


def _labels_advice(words: Sequence[str], files: Sequence[Path], top: Path) -> str:
    """Return a pattern, if its groups are the last parts of words that begin alike."""
    table = "a CSV with the columns file and label"
    if len({word.rpartition("_")[0] for word in words}) > 1:
        return table
    try:
        groups = read_pattern(LAST_WORD, "labels", files, top)
    except DataError:
        return table
    same = all(group == _word(f.parent).rpartition("_")[2] for f, group in groups.items())
    return f"'{LAST_WORD}'" if same else table
