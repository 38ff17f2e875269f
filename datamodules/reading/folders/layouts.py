"""Finds the image files of a data set, and the class and split of each by its folders."""

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from datamodules.errors import DataError
from datamodules.reading.folders.class_folders import (
    doubts,
    names_of,
    refuse_repeated_names,
    same_files,
    same_stems,
    without_copies,
    without_images,
)
from datamodules.reading.folders.class_names import find_name
from datamodules.reading.folders.folder_names import (
    doubtful_splits,
    is_images,
    is_masks,
    is_unlabeled,
    split_of,
    splits_among,
)
from datamodules.reading.folders.walking import (
    MASKS,
    Layout,
    entries_of,
    existing,
    is_folder,
    is_image,
    walk,
)

NO_SPLIT = "is next to the folders train and test, so it is in neither"
NO_CLASS = "is next to the class folders, so it has no class"
WITHOUT_CLASSES, COPIES = "folders of images without a class", "second copies"


def find_images(
    root: str | Path,
    apart: str | Path | None = None,
    classes: Sequence[str] | None = None,
    ignore: Sequence[str] = (),
    labeled: bool = False,
) -> Layout:
    """Find the images of a data set: class folders, one flat folder, or either in split folders.

    Everything below a class folder belongs to the class. Folders that hold a single folder are
    opened. Hidden files, system files, masks, our own outputs and empty folders are skipped.

    Args:
        root: The folder.
        apart: A folder whose images have no class; it is skipped if inside root.
        classes: Names of classes; if each is a folder, these are the class folders.
        ignore: Names and patterns of files and folders to skip.
        labeled: Whether something other than folders gives the classes.

    Raises:
        DataError: The folder does not exist, or its subfolders are unclear.
    """
    root = existing(root)
    passed_over = None if apart is None else existing(apart).resolve()
    layout = Layout(ignore=ignore)
    finder = _Finder(root, passed_over, {str(each) for each in classes or ()}, layout, labeled)
    try:
        finder.find()
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}; allow this user to") from error
    return layout


class _Finder:
    """A single read of a data set's folders into a layout."""

    def __init__(
        self, root: Path, apart: Path | None, named: set[str], layout: Layout, labeled: bool
    ) -> None:
        self.top, self.apart, self.named, self.layout = root, apart, named, layout
        self.root, self.class_folders = root, list[Path]()
        # If the only class has the set's name, it includes all images.
        self.single = len(named) == 1 and bool(find_name(root.absolute().name, named))
        self.labeled = labeled or self.single

    def find(self) -> None:
        """Find the images, and add remarks on folders that may be something else."""
        self._find()
        if not self.labeled and not self.named:
            folders = self.class_folders
            files = self._all_below([*folders, *([self.apart] if self.apart else ())])
            self.layout.remarks += doubts(folders, self._inside, files, self.top)
            self.layout.remarks += without_images(folders, self._folders)

    def _all_below(self, folders: Collection[Path]) -> Callable[[], list[Path]]:
        """Return a function that lists the images below folders on demand."""
        root, like, seen = self.root.resolve(), self.layout.like(), self._not_below(())
        return lambda: [path for each in folders for path in walk(each, root, {*seen}, like)]

    def _find(self) -> None:
        layout, root = self.layout, self._settled(self.root)
        self.root = root
        folders = self._folders(root)
        chosen = self._are_named(folders)
        self.single = self.single and not chosen
        loose = [e for e in entries_of(root, layout) if not is_folder(e) and is_image(e, layout)]
        if not chosen:
            folders = self._without_masks(root, folders, loose)
        if not chosen and (within := self._splits_within(folders)):
            layout.left_out.update((str(entry), NO_SPLIT) for entry in loose)
            layout.files.update(within)
            return
        splits = {} if chosen else self._splits(root, folders)
        if not splits:
            folders = folders if chosen else self._class_folders(root, folders)
            layout.files[""] = self._classes(root, root, folders, loose)
            return
        layout.left_out.update((str(entry), NO_SPLIT) for entry in loose)
        for split, each in sorted(splits.items(), key=lambda item: item[0] != "train"):
            found: dict[str, list[Path]] = {}
            for folder in each:
                for name, files in self._of_split(folder, split).items():
                    found.setdefault(name, []).extend(files)
            if found:
                layout.files[split] = found

    def _of_split(self, folder: Path, split: str) -> dict[str, list[Path]]:
        inner = self._settled(folder, within_split=True)
        entries = entries_of(inner, self.layout)
        loose = [e for e in entries if not is_folder(e) and is_image(e, self.layout)]
        folders = self._without_masks(inner, self._folders(inner), loose)
        if split == "train" and not self._are_named(folders):
            folders = self._class_folders(inner, folders)
        found = self._classes(inner, self.root, folders, loose)
        train = self.layout.files.get("train", {})
        if split == "train" or self.labeled or len(found) != 1 or set(found) <= set(train):
            return found
        (name,) = found
        plain = not folders or is_images(name) or is_unlabeled(name) or bool(split_of(name))
        if plain and len(train) == 1:
            return {next(iter(train)): found[name]}
        if plain:
            self.layout.passed_over[WITHOUT_CLASSES].append(folder)
            self.layout.without_class.setdefault(split, []).extend(found[name])
            return {}
        return found

    def _inside(self, folder: Path) -> dict[str, Path]:
        """Return the folders of images in a folder, without masks, with single folders opened."""
        found = {each.name: each for each in self._folders(self._settled(folder, True))}
        return {name: each for name, each in found.items() if not is_masks(name)} or found

    def _folders(self, folder: Path, empty: bool = False) -> list[Path]:
        """Return the folders that hold images, or those that hold none."""
        found = [each for each in entries_of(folder, self.layout.like()) if is_folder(each)]
        return [e for e in found if e.resolve() != self.apart and self._holds(e) != empty]

    def _holds(self, folder: Path) -> bool:
        seen = self._not_below({self.root, folder})
        return any(True for _ in walk(folder, self.root.resolve(), seen, self.layout.like()))

    def _not_below(self, folders: Collection[Path]) -> set[Path]:
        """Return the resolved folders that a walk below these folders must not enter."""
        return {each.resolve() for each in folders} | ({self.apart} if self.apart else set())

    def _are_named(self, folders: Sequence[Path]) -> bool:
        names = [each.name for each in folders]
        return bool(self.named) and all(find_name(each, names) for each in self.named)

    def _settled(self, folder: Path, within_split: bool = False) -> Path:
        """Descend through folders that hold a single folder."""
        here = folder
        while True:
            folders = self._folders(here)
            inside = entries_of(here, self.layout.like())
            loose = any(not is_folder(e) and is_image(e, self.layout.like()) for e in inside)
            if loose or self._are_named(folders):
                return here if self._are_named(folders) else folder
            folders = self._without_masks(here, folders, [])
            if len(folders) != 1:
                return here if folders else folder
            if split_of(folders[0].name) == "train" and not within_split:
                return here
            here = folders[0]

    def _without_masks(self, root: Path, folders: list[Path], loose: Sequence[Path]) -> list[Path]:
        """Leave out folders of masks; refuse those that may be a class."""
        masks = [f for f in folders if is_masks(f.name)]
        others = [f for f in folders if f not in masks]
        if not masks or not (others or loose) or any("mask" in f.name.lower() for f in others):
            return folders
        certain = loose or any(is_images(f.name) or split_of(f.name) for f in others)
        found, images = self._all_below(masks), self._all_below(others)
        if not certain and not self.labeled and not same_stems(found(), images()):
            raise DataError(
                f"'{root}' holds {names_of(masks)} next to {names_of(others)}, which may be masks "
                "or a class; name it in ignore to leave it out, or name all classes in classes"
            )
        self.layout.passed_over[MASKS] += masks
        return others

    def _splits(self, root: Path, folders: Sequence[Path]) -> dict[str, list[Path]]:
        """Return the folders by split, {} if they are classes; refuse unclear ones."""
        splits: dict[str, list[Path]] = {}
        others = []
        known = splits_among([folder.name for folder in folders])
        for folder in folders:
            if split := known.get(folder.name):
                splits.setdefault(split, []).append(folder)
            elif not self._passed_by(folder, folders, known):
                others.append(folder)
        self._refuse_sets(root, others)
        doubtful = [] if splits or self.labeled else doubtful_splits([f.name for f in folders])
        if not doubtful and (not splits or (not others and "train" in splits)):
            return splits
        named = [each for every in splits.values() for each in every]
        named += [each for each in others if each.name in doubtful]
        others = [each for each in others if each not in named]
        if others and set(splits) == {"train"} and not any(self._folders(f) for f in named):
            return {}  # `train` may be a class of vehicles
        if not others and len(named) == 1:
            return {}
        what = f" next to {names_of(others)}" if others else "" if doubtful else " and no train"
        raise DataError(
            f"'{root}' holds {names_of(named)}{what}, so that it can't be told whether these are "
            "splits or classes; rename splits to train, val and test, name folders to leave out in "
            "ignore, name all in classes if they are the classes, or give root the folder that "
            "holds only the splits or only the classes"
        )

    def _splits_within(self, folders: Sequence[Path]) -> dict[str, dict[str, list[Path]]]:
        """Return the images of class folders that each hold split folders; {} if they don't."""
        inside = {folder: self._folders(folder) for folder in folders}
        known = splits_among({each.name for found in inside.values() for each in found})
        found: dict[str, dict[str, list[Path]]] = {}
        for folder, own in inside.items():
            entries = entries_of(folder, self.layout.like())
            loose = any(not is_folder(e) and is_image(e, self.layout.like()) for e in entries)
            classes = any(not is_masks(f.name) for each in own for f in self._folders(each))
            if loose or classes or "train" not in {known.get(each.name, "") for each in own}:
                return {}
            for each in own:
                if each.name not in known:
                    return {}
                seen = self._not_below({folder, each})
                files = [*walk(each, self.root.resolve(), seen, self.layout)]
                of_split = found.setdefault(known[each.name], {})
                of_split.setdefault(folder.name, []).extend(files)
        return found

    def _passed_by(self, folder: Path, siblings: Sequence[Path], splits: Mapping[str, str]) -> bool:
        """Skip a folder next to splits that holds unlabeled images or a copy of the set."""
        if "train" not in splits.values():
            return False
        if is_unlabeled(folder.name):
            self.layout.passed_over[WITHOUT_CLASSES].append(folder)
            return True
        inside = self._inside(folder)
        pairs = [(each, inside.get(each.name)) for each in siblings if each.name in splits]
        if all(copy and same_files(each, copy) for each, copy in pairs):
            self.layout.passed_over[COPIES].append(folder)
            return True
        return False

    def _refuse_sets(self, root: Path, folders: Sequence[Path]) -> None:
        sets = [f for f in folders if "train" in splits_among(self._inside(f)).values()]
        if sets and not self.labeled:
            example = self._settled(sets[0], within_split=True)
            raise DataError(
                f"'{root}' holds {names_of(folders)}, and train and test folders in "
                f"{names_of(sets)}; give root the one to read, such as '{example}', or name all "
                "classes in classes"
            )

    def _class_folders(self, root: Path, folders: list[Path]) -> list[Path]:
        """Return the class folders; refuse unclear ones, or add remarks on them."""
        if self.labeled:
            return folders
        folders, copies = without_copies(folders, self._inside)
        if copies:
            self.layout.passed_over[COPIES] += copies
        refuse_repeated_names(root, folders, self._inside, self._all_below(folders), self.top)
        return folders

    def _classes(
        self, folder: Path, root: Path, folders: Sequence[Path], loose: list[Path]
    ) -> dict[str, list[Path]]:
        """Find images by class; loose images are a class only if no class folder has images."""
        # A link to another class, or to the top, must not add its images to this class.
        seen = self._not_below({folder, root, *folders})
        self.class_folders += folders
        if self.single:
            found = [p for each in folders for p in walk(each, root.resolve(), seen, self.layout)]
            return {next(iter(self.named)): [*loose, *found]} if loose or found else {}
        below = {each.name: [*walk(each, root.resolve(), seen, self.layout)] for each in folders}
        classes = {name: files for name, files in below.items() if files}
        if classes:
            self.layout.left_out.update((str(entry), NO_CLASS) for entry in loose)
        elif loose:
            classes[root.absolute().name] = loose
        return classes
