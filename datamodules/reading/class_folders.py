"""Whether folders next to each other are the classes: copies, nested sets, repeated names."""

from collections.abc import Callable, Sequence
from filecmp import cmp
from pathlib import Path

from datamodules.errors import DataError

# The folder that an image lies in, as a pattern for `labels` and `groups`.
OWN_FOLDER = "([^/]+)/[^/]+$"
Inside = Callable[[Path], dict[str, Path]]


def without_copies(folders: Sequence[Path], inside: Inside) -> tuple[list[Path], list[Path]]:
    """Take out a folder that holds all the folders next to it once more, with the same files.

    Args:
        folders: The folders next to each other.
        inside: Gives the folders of images in a folder, by name.

    Returns:
        The other folders, and the copies.
    """
    copies = []
    for folder in folders:
        beside = [each for each in folders if each != folder]
        again = inside(folder) if len(beside) > 1 else {}
        pairs = [(each, again.get(each.name)) for each in beside]
        if again and all(copy and same_files(each, copy) for each, copy in pairs):
            copies.append(folder)
    return [each for each in folders if each not in copies], copies


def refuse_repeated_names(root: Path, folders: Sequence[Path], inside: Inside) -> None:
    """Refuse folders that all hold folders of the same names: either may be the classes.

    Raises:
        DataError: Names both, and how to choose.
    """
    within = [set(inside(each)) for each in folders]
    if len(folders) < 2 or len(within[0]) < 2 or any(each != within[0] for each in within):
        return
    upper, lower = listed([each.name for each in folders]), listed(sorted(within[0]))
    raise DataError(
        f"'{root}' holds {upper}, and each of them {lower}: either may be the classes. Name "
        f"{upper} in classes, or for {lower} set labels to '{OWN_FOLDER}'; or give root one "
        "of the folders"
    )


def nested(folders: Sequence[Path], inside: Inside) -> list[str]:
    """Return a remark where class folders hold folders, which are not told apart."""
    found = {folder.name: sorted(inside(folder)) for folder in folders}
    if len(found) < 2 or any(len(names) < 2 for names in found.values()):
        return []
    example = next(iter(found.values()))
    return [
        f"the folders in {listed(sorted(found))}, such as {listed(example, 2)}, are not told "
        f"apart; if they are the classes, set labels to '{OWN_FOLDER}'; if they are patients or "
        "parts, set groups to it"
    ]


def same_files(folder: Path, other: Path) -> bool:
    """Return whether two folders hold the same files, byte by byte; hidden ones do not count."""
    first, second = (
        {p.relative_to(each): p for p in each.rglob("*") if p.is_file() and p.name[0] != "."}
        for each in (folder, other)
    )
    return first.keys() == second.keys() and all(
        cmp(path, second[place], shallow=False) for place, path in first.items()
    )


def listed(names: Sequence[str], most: int = 5) -> str:
    """Return names in words: the first few, and how many more."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")
