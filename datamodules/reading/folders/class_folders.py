"""Checks whether sibling folders are the classes: copies, nested sets, repeated names."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from filecmp import cmp
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_names import one_class
from datamodules.reading.folders.folder_names import image_of_mask
from datamodules.reading.folders.folder_patterns import pattern_of
from datamodules.reading.folders.inner_folders import inner_labels
from datamodules.reading.folders.same_scenes import same_scenes
from datamodules.reading.folders.unlikely_classes import refuse_sets_within, unlikely
from datamodules.reading.folders.unread_files import description_of_files

# Names of subjects, which are not classes: `patient01`, `sub-003_left`.
WORDS = (
    *("patients?", "patiente?n?", "pacientes?", "pat", "pt", "subjects?", "subj", "sub", "sujet"),
    *("participants?", "probands?", "volunteers?", "donors?", "persons?", "individuals?", "cases?"),
    *("animals?", "mouse", "mice", "specimens?", "slides?", "study", "studies", "series", "exams?"),
    *("sessions?", "visits?", "records?", "ids?", "mrn"),
)
ID = re.compile(
    rf"(?:{'|'.join(WORDS)}|lidc-idri)[ _.#-]*\d+(?:\W.*|_.*|[a-z])?"
    r"|tcga[-_][a-z0-9]{2}[-_][a-z0-9]{4}(?:[-_].*)?",
    re.IGNORECASE,
)
DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d([-_. ]?)(?:0[1-9]|1[0-2])\1[0-3]\d"
    r"|[0-3]\d([-_.])[01]\d\2(?:19|20)\d\d)(?!\d)"
)
MONTH = re.compile(r"(?:19|20)\d\d[-_.](?:0[1-9]|1[0-2])(?!\d)")
# Of a plate of up to 384.
WELL = re.compile(r"([A-P])(?:0?[1-9]|1\d|2[0-4])")
# A few letters and a number, except WordNet's ids (n02084071), which are classes.
CODE = re.compile(r"(?!n\d{8}$)([a-z]{0,3})[ _.-]?\d{2,}", re.IGNORECASE)
MANY, FEW = 10, 20
FEWEST_ALIKE = 3
MOST_OF = 0.8
Inside = Callable[[Path], dict[str, Path]]
Files = Callable[[], list[Path]]
Empty = Callable[[Path, bool], list[Path]]


def without_copies(folders: Sequence[Path], inside: Inside) -> tuple[list[Path], list[Path]]:
    """Remove folders that repeat all of their sibling folders, with the same files.

    Args:
        folders: The sibling folders.
        inside: Returns the folders of images in a folder, by name.

    Returns:
        The other folders, and the copies.
    """
    copies = []
    for folder in folders:
        siblings = [sibling for sibling in folders if sibling != folder]
        inner_folders = inside(folder) if len(siblings) > 1 else {}
        pairs = [(sibling, inner_folders.get(sibling.name)) for sibling in siblings]
        if inner_folders and all(copy and same_files(sibling, copy) for sibling, copy in pairs):
            copies.append(folder)
    return [folder for folder in folders if folder not in copies], copies


def refuse_repeated_names(
    root: Path, folders: Sequence[Path], inside: Inside, files: Files, top: Path
) -> None:
    """Refuse folders that all hold subfolders of the same names, since either may be the classes.

    Args:
        root: The folder that holds them.
        folders: The sibling folders.
        inside: Returns the folders of images in a folder, by name.
        files: Returns all images.
        top: The folder of the data set, as the user named it.

    Raises:
        DataError: Names both levels and how to choose.
    """
    refuse_sets_within(root, folders, inside)
    inner = [inside(folder) for folder in folders]
    names = set(inner[0]) if inner else set()
    if len(folders) < 2 or len(names) < 2 or any(set(by_name) != names for by_name in inner):
        return
    below = [folder for by_name in inner for folder in by_name.values()]
    if are_ids(below) and not are_ids(folders):
        return  # each class holds days or patients
    upper, lower = names_of(folders), listed(sorted(names))
    labels = given_by("labels", pattern_of(below, files(), top))
    also = single = ""
    if are_ids(folders):
        groups = given_by("groups", pattern_of(folders, files(), top))
        also, single = f", and {groups}", f", or {one_class(top)} if all are of one class"
    raise DataError(
        f"'{root}' holds {upper}, and each of them {lower}: either may be the classes. Name "
        f"{upper} in classes{single}, or for {lower} {labels}{also}; or give root one of the "
        "folders"
    )


def doubts(folders: Sequence[Path], inside: Inside, files: Files, top: Path) -> list[str]:
    """Return remarks on class folders that hold subfolders, or are named like patients.

    Args:
        folders: The class folders, of all splits.
        inside: Returns the folders of images in a folder, by name.
        files: Returns all images.
        top: The folder of the data set, as the user named it.
    """
    nested = _nested(folders, inside, files, top)
    scenes = same_scenes(folders, files, top)
    inner = inner_labels(folders, files(), top)
    return nested + _numbered(folders, files, top) + unlikely(folders, top) + inner + scenes


def _nested(folders: Sequence[Path], inside: Inside, files: Files, top: Path) -> list[str]:
    inner = {folder: inside(folder) for folder in folders}
    several = {folder: subfolders for folder, subfolders in inner.items() if len(subfolders) > 1}
    below = [subfolder for subfolders in several.values() for subfolder in subfolders.values()]
    if len(inner) < 2 or (2 * len(several) <= len(inner) and not _hold_most(below, files())):
        return []
    classes = pattern_of(below, files(), top)
    groups = classes or pattern_of(below, files(), top, strict=False)
    names = sorted({folder.name for folder in several})
    example = listed(sorted(next(iter(several.values()))), 2)
    if len(several) == 1:
        (folder,) = several
        return [
            f"most images are in folders of '{folder}', such as {example}, which are not told "
            f"apart; if these are the classes, give root '{folder}'"
        ]
    return [
        f"the folders in {listed(names)}, such as {example}, are not told apart; "
        f"if they are the classes, {given_by('labels', classes)}; if they are "
        f"patients or parts, {'set groups to it' if classes else given_by('groups', groups)}"
    ]


def _hold_most(folders: Sequence[Path], files: Sequence[Path]) -> bool:
    """Return whether most images are in these folders."""
    parents = {*folders}
    inside = sum(not parents.isdisjoint(path.parents) for path in files)
    return bool(folders) and inside >= MOST_OF * len(files)


def _numbered(folders: Sequence[Path], files: Files, top: Path) -> list[str]:
    if not are_ids(folders, len(files())):
        return []
    groups = given_by("groups", group_pattern(folders, files(), top))
    return [
        f"the folders {names_of(folders, 3)} look like patients, dates or "
        f"numbers, and each is a class; if all are of one class, set classes to "
        f"{one_class(top)}, and {groups} to keep the images of each in one split"
    ]


def are_ids(folders: Sequence[Path], files: int = 0) -> bool:
    """Return whether folders are named like patients, dates or records.

    Args:
        folders: The folders.
        files: Number of their images; many folders with few images each may have any numbers.

    Example:
        >>> are_ids([Path(f"patient{n:02}") for n in range(5)])
        True
        >>> are_ids([Path(f"grade{n}") for n in range(5)])
        False
    """
    names = {folder.name for folder in folders}
    shapes = Counter(map(_without_numbers, names))
    certain = sum(
        bool(ID.fullmatch(name) or DATE.match(name) or MONTH.match(name))
        or bool(DATE.search(name) and shapes[_without_numbers(name)] >= FEWEST_ALIKE)
        for name in names
    )
    if len(names) > 2 and 2 * certain > len(names):
        return True
    rows = [match[1] for name in names if (match := WELL.fullmatch(name))]
    if len(rows) == len(names) >= MANY and len({*rows}) > 1:
        return True
    codes = [match[1].lower() for name in names if (match := CODE.fullmatch(name))]
    same_prefix = len(codes) == len(names) >= MANY and len({*codes}) == 1
    return same_prefix and files < FEW * len(names)


def _without_numbers(name: str) -> str:
    return re.sub(r"\d+", "0", name)


def group_pattern(folders: Collection[Path], files: Sequence[Path], top: str | Path) -> str | None:
    """Return a pattern for `groups` that makes each image's folder its group, or None."""
    return pattern_of(folders, files, Path(top), strict=False)


def given_by(argument: str, pattern: str | None) -> str:
    """Return advice on how to set an argument."""
    if pattern:
        return f"set {argument} to '{pattern}'"
    column = "label" if argument == "labels" else "group"
    return f"set {argument} to a CSV with the columns file and {column}"


def same_stems(masks: Sequence[Path], images: Sequence[Path]) -> bool:
    """Return whether most masks have an image's name, except for a word such as `_mask`."""
    mask_stems, stems = {path.stem for path in masks}, {path.stem for path in images}
    matching = [stem for stem in mask_stems if stem in stems or image_of_mask(stem, stems)]
    return 2 * len(matching) >= len(mask_stems)


def same_files(folder: Path, other: Path) -> bool:
    """Return whether two folders hold the same files, byte by byte; hidden ones are ignored."""
    first, second = (
        {p.relative_to(root): p for p in root.rglob("*") if p.is_file() and p.name[0] != "."}
        for root in (folder, other)
    )
    return first.keys() == second.keys() and all(
        cmp(path, second[relative_path], shallow=False) for relative_path, path in first.items()
    )


def names_of(folders: Sequence[Path], limit: int = 5) -> str:
    """Return the names of folders as text."""
    return listed([folder.name for folder in folders], limit)


def listed(names: Sequence[str], limit: int = 5) -> str:
    """Return the first few names and the number of others as text."""
    text = ", ".join(f"'{name}'" for name in names[:limit])
    return text + (f" and {len(names) - limit} more" if len(names) > limit else "")


def without_images(folders: Sequence[Path], inside: Empty, root: Path) -> list[str]:
    """Return a remark on folders next to the class folders, or the images, that hold no images.

    Args:
        folders: The class folders of all splits; none if the images lie in root itself.
        inside: Returns the folders in a folder that hold images, or, given True, those that do not.
        root: The folder of the set.
    """
    parents = sorted({folder.parent for folder in folders}) or [root]
    if not (empty := [folder for parent in parents for folder in inside(parent, True)]):
        return []
    files = description_of_files(empty)
    if not folders:
        left_out = f"left out {names_of(empty)} next to the images, without images{files}"
        return [left_out] if files else []
    return [f"{names_of(empty)} next to the class folders, without images, are no classes{files}"]
