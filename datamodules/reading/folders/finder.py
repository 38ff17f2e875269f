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
    are_with_and_without,
    doubtful_splits,
    is_images,
    is_masks,
    is_unlabeled,
    split_of,
    splits_among,
)
from datamodules.reading.folders.layout import MASKS, Layout
from datamodules.reading.folders.walking import entries_of, existing, is_folder, is_image, walk

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
    finder = _Finder(root, passed_over, {str(name) for name in classes or ()}, layout, labeled)
    try:
        finder.find()
    except OSError as error:
        raise DataError(f"can't read '{root}': {error.strerror}; allow this user to") from error
    return layout


class _Finder:
    """A single read of a data set's folders into a layout."""

    def __init__(
        self, root: Path, apart: Path | None, class_names: set[str], layout: Layout, labeled: bool
    ) -> None:
        self.top, self.apart, self.class_names, self.layout = root, apart, class_names, layout
        self.root, self.class_folders, self.masks = root, list[Path](), set[Path]()
        # If the only class has the set's name, it includes all images.
        self.single = len(class_names) == 1 and bool(find_name(root.absolute().name, class_names))
        self.labeled = labeled or self.single

    def find(self) -> None:
        """Find the images, and add remarks on folders that may be something else."""
        self._find()
        if not self.labeled and not self.class_names:
            folders = self.class_folders
            files = self._all_below([*folders, *([self.apart] if self.apart else ())])
            self.layout.remarks += doubts(folders, self._inside, files, self.top)
            self.layout.remarks += without_images(folders, self._folders, self.root)

    def _all_below(self, folders: Collection[Path]) -> Callable[[], list[Path]]:
        """Return a function that lists the images below folders on demand."""
        root, like, excluded = self.root.resolve(), self.layout.like(), self._not_below(())
        return lambda: [path for f in folders for path in walk(f, root, {*excluded}, like)]

    def _find(self) -> None:
        layout, root = self.layout, self._settled(self.root)
        self.root = root
        folders = self._folders(root)
        explicit = self._are_named(folders)
        self.single = self.single and not explicit
        loose = [e for e in entries_of(root, layout) if not is_folder(e) and is_image(e, layout)]
        if not explicit:
            folders = self._without_masks(root, folders, loose)
        if not explicit and (files_by_split := self._splits_within(folders)):
            layout.left_out.update((str(entry), NO_SPLIT) for entry in loose)
            layout.files.update(files_by_split)
            return
        splits = {} if explicit else self._splits(root, folders)
        if not splits:
            folders = folders if explicit else self._class_folders(root, folders)
            layout.files[""] = self._classes(root, root, folders, loose)
            return
        layout.left_out.update((str(entry), NO_SPLIT) for entry in loose)
        for split, split_folders in sorted(splits.items(), key=lambda item: item[0] != "train"):
            classes: dict[str, list[Path]] = {}
            for folder in split_folders:
                for name, files in self._classes_in_split(folder, split).items():
                    classes.setdefault(name, []).extend(files)
            if classes:
                layout.files[split] = classes

    def _classes_in_split(self, folder: Path, split: str) -> dict[str, list[Path]]:
        inner = self._settled(folder, within_split=True)
        entries = entries_of(inner, self.layout)
        loose = [e for e in entries if not is_folder(e) and is_image(e, self.layout)]
        folders = self._without_masks(inner, self._folders(inner), loose)
        if split == "train" and not self._are_named(folders):
            folders = self._class_folders(inner, folders)
        classes = self._classes(inner, self.root, folders, loose)
        train = self.layout.files.get("train", {})
        if split == "train" or self.labeled or len(classes) != 1 or set(classes) <= set(train):
            return classes
        (name,) = classes
        plain = not folders or name == folder.name or is_images(name) or is_unlabeled(name)
        plain = plain or bool(split_of(name))
        if plain and len(train) == 1:
            return {next(iter(train)): classes[name]}
        if plain:
            self.layout.passed_over[WITHOUT_CLASSES].append(folder)
            self.layout.without_class.setdefault(split, []).extend(classes[name])
            return {}
        return classes

    def _inside(self, folder: Path) -> dict[str, Path]:
        """Return the folders of images in a folder, without masks, with single folders opened."""
        inner = {f.name: f for f in self._folders(self._settled(folder, True))}
        return {name: f for name, f in inner.items() if not is_masks(name)} or inner

    def _folders(self, folder: Path, empty: bool = False) -> list[Path]:
        """Return the folders that hold images, or those that hold none."""
        folders = [e for e in entries_of(folder, self.layout.like()) if is_folder(e)]
        return [e for e in folders if e.resolve() != self.apart and self._holds_images(e) != empty]

    def _holds_images(self, folder: Path) -> bool:
        excluded = self._not_below({self.root, folder})
        return any(True for _ in walk(folder, self.root.resolve(), excluded, self.layout.like()))

    def _not_below(self, folders: Collection[Path]) -> set[Path]:
        """Return the resolved folders that a walk below these folders must not enter."""
        apart = {self.apart} if self.apart else set()
        return {f.resolve() for f in folders} | self.masks | apart

    def _are_named(self, folders: Sequence[Path]) -> bool:
        names = [f.name for f in folders]
        return bool(self.class_names) and all(find_name(name, names) for name in self.class_names)

    def _settled(self, folder: Path, within_split: bool = False) -> Path:
        """Descend through folders that hold a single folder."""
        current = folder
        while True:
            folders = self._folders(current)
            entries = entries_of(current, self.layout.like())
            loose = any(not is_folder(e) and is_image(e, self.layout.like()) for e in entries)
            if loose or self._are_named(folders):
                return current if self._are_named(folders) else folder
            folders = self._without_masks(current, folders, [])
            if len(folders) != 1:
                return current if folders else folder
            if split_of(folders[0].name) == "train" and not within_split:
                return current
            current = folders[0]

    def _without_masks(self, root: Path, folders: list[Path], loose: Sequence[Path]) -> list[Path]:
        """Leave out folders of masks; refuse those that may be a class."""
        masks = [f for f in folders if is_masks(f.name)]
        siblings = [f for f in folders if f not in masks]
        names = [[f.name for f in group] for group in (masks, siblings)]
        if not masks or not (siblings or loose) or are_with_and_without(*names):
            return folders
        certain = loose or any(is_images(f.name) or split_of(f.name) for f in siblings)
        mask_files, image_files = self._all_below(masks), self._all_below(siblings)
        if not certain and not self.labeled and not same_stems(mask_files(), image_files()):
            raise DataError(
                f"'{root}' holds {names_of(masks)} next to {names_of(siblings)}, which may be masks"
                " or a class; name it in ignore to leave it out, or name all classes in classes"
            )
        self.layout.passed_over[MASKS] += masks
        self.masks |= {f.resolve() for f in masks}
        return siblings

    def _splits(self, root: Path, folders: Sequence[Path]) -> dict[str, list[Path]]:
        """Return the folders by split, {} if they are classes; refuse unclear ones."""
        splits: dict[str, list[Path]] = {}
        siblings = []
        split_by_name = splits_among([folder.name for folder in folders])
        for folder in folders:
            if split := split_by_name.get(folder.name):
                splits.setdefault(split, []).append(folder)
            elif not self._skips(folder, folders, split_by_name):
                siblings.append(folder)
        self._refuse_sets(root, siblings)
        doubtful = [] if splits or self.labeled else doubtful_splits([f.name for f in folders])
        if not doubtful and (not splits or (not siblings and "train" in splits)):
            return splits
        candidates = [f for group in splits.values() for f in group]
        candidates += [f for f in siblings if f.name in doubtful]
        siblings = [f for f in siblings if f not in candidates]
        if siblings and set(splits) == {"train"} and not any(self._folders(f) for f in candidates):
            return {}  # `train` may be a class of vehicles
        if not siblings and len(candidates) == 1:
            return {}
        tail = f" next to {names_of(siblings)}" if siblings else "" if doubtful else " and no train"
        raise DataError(
            f"'{root}' holds {names_of(candidates)}{tail}, so that it can't be told whether these "
            "are splits or classes; rename splits to train, val and test, name folders to leave "
            "out in ignore, name all in classes if they are the classes, or give root the folder "
            "that holds only the splits or only the classes"
        )

    def _splits_within(self, folders: Sequence[Path]) -> dict[str, dict[str, list[Path]]]:
        """Return the images of class folders that each hold split folders; {} if they don't."""
        inside = {folder: self._folders(folder) for folder in folders}
        splits = splits_among({f.name for inner in inside.values() for f in inner})
        files_by_split: dict[str, dict[str, list[Path]]] = {}
        for folder, inner in inside.items():
            entries = entries_of(folder, self.layout.like())
            loose = any(not is_folder(e) and is_image(e, self.layout.like()) for e in entries)
            classes = any(not is_masks(f.name) for sub in inner for f in self._folders(sub))
            if loose or classes or "train" not in {splits.get(f.name, "") for f in inner}:
                return {}
            for subfolder in inner:
                if subfolder.name not in splits:
                    return {}
                excluded = self._not_below({folder, subfolder})
                files = [*walk(subfolder, self.root.resolve(), excluded, self.layout)]
                split_files = files_by_split.setdefault(splits[subfolder.name], {})
                split_files.setdefault(folder.name, []).extend(files)
        return files_by_split

    def _skips(self, folder: Path, siblings: Sequence[Path], splits: Mapping[str, str]) -> bool:
        """Return whether to skip a folder next to splits: unlabeled images or a copy of the set."""
        if "train" not in splits.values():
            return False
        if is_unlabeled(folder.name):
            self.layout.passed_over[WITHOUT_CLASSES].append(folder)
            return True
        inside = self._inside(folder)
        pairs = [(f, inside.get(f.name)) for f in siblings if f.name in splits]
        if all(copy and same_files(f, copy) for f, copy in pairs):
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
        excluded = self._not_below({folder, root, *folders})
        self.class_folders += folders
        if self.single:
            inner = [p for f in folders for p in walk(f, root.resolve(), excluded, self.layout)]
            return {next(iter(self.class_names)): [*loose, *inner]} if loose or inner else {}
        by_name = {f.name: [*walk(f, root.resolve(), excluded, self.layout)] for f in folders}
        classes = {name: files for name, files in by_name.items() if files}
        if classes:
            self.layout.left_out.update((str(entry), NO_CLASS) for entry in loose)
        elif loose:
            classes[root.absolute().name] = loose
        return classes
