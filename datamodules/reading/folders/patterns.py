"""Reads labels or groups from file paths with a pattern (regular expression)."""

import re
from collections.abc import Iterable
from pathlib import Path

from datamodules.errors import DataError


def read_pattern(
    pattern: str, argument: str, files: Iterable[Path], root: str | Path
) -> dict[Path, str]:
    """Return what the pattern's first group matches in each file's path below root.

    Args:
        pattern: A regular expression with a group.
        argument: The parameter's name in messages.
        files: All files.
        root: The folder of the data set.

    Raises:
        DataError: The pattern is invalid, or a file does not match it.

    Example:
        >>> read_pattern("(p[0-9]+)_", "groups", [Path("a/x/p07_3.png")], "a")
        {PosixPath('a/x/p07_3.png'): 'p07'}
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise DataError(f"{argument} '{pattern}' is no regular expression: {error}") from error
    if not compiled.groups:
        raise DataError(f"{argument} '{pattern}' has no group; put what is wanted in ( )")
    # A named group takes precedence over the first.
    group = min(compiled.groupindex.values(), default=1)
    values: dict[Path, str] = {}
    for file in files:
        relative = (
            file.relative_to(root).as_posix() if file.is_relative_to(root) else file.as_posix()
        )
        match = compiled.search(relative)
        if not match or match[group] is None:
            raise DataError(
                f"{argument} '{pattern}' does not fit '{relative}'; it must fit the path of every "
                "image, below the root, as in 'train/cat/p07_3.png'"
            )
        values[file] = match[group]
    return values
