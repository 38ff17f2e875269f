"""What a folder holds: its images by split and class, and what was skipped and why."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path

from datamodules.arguments import did_you_mean
from datamodules.reading.folders.unread_files import NO_EXTENSION, advice_on, is_hidden

MASKS, SMALL, OUTPUTS, IGNORED = (
    "masks",
    "small copies",
    "outputs of ganaug",
    "paths that ignore names",
)


@dataclass
class Layout:
    """The content of a folder.

    Attributes:
        files: Image files by split, then by class name; the split is "" if the folder has no
            split folders.
        left_out: Reason by path of unusable files.
        other_counts: Number of other files, by extension.
        passed_over: Skipped files and folders, by kind.
        remarks: Remarks for the user on how the folders are read.
        ignore: Names and patterns of files and folders to skip.
        masks_apart: Whether masks are skipped.
        matched: Entries of ignore that matched a file or folder.
        tables: Other files that may be tables.
        unused: A remark by path on tables that do not give the labels.
        without_class: Images by held-out split whose folder has no class folders.
    """

    files: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    other_counts: Counter[str] = field(default_factory=Counter)
    passed_over: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))
    remarks: list[str] = field(default_factory=list)
    ignore: Sequence[str] = ()
    masks_apart: bool = True
    matched: set[str] = field(default_factory=set)
    tables: list[Path] = field(default_factory=list)
    unused: dict[Path, str] = field(default_factory=dict)
    without_class: dict[str, list[Path]] = field(default_factory=dict)

    def use(self, table: Path) -> None:
        """Stop counting a file that is read as a table among the other files."""
        for path in [path for path in self.tables if path.name == table.name]:
            if path.resolve() == table.resolve():
                self.tables.remove(path)
                self.other_counts -= Counter([path.suffix.lower()])
        self.unused.pop(table, None)

    @property
    def training(self) -> dict[str, list[Path]]:
        """The training files by class name; all files if the folder has no splits."""
        return self.files.get("train", self.files.get("", {}))

    @property
    def all_files(self) -> list[Path]:
        """The files of all splits and classes."""
        return [p for classes in self.files.values() for files in classes.values() for p in files]

    @property
    def all_remarks(self) -> list[str]:
        """All remarks for the user on how the folder is read."""
        return [*self.remarks, *self.unused.values()]

    def skipped(self) -> str:
        """Return the number of other files as text; "" if there are none."""
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.other_counts.most_common(5))
        count = self.other_counts.total()
        noun = "file that is no image" if count == 1 else "files that are not images"
        # Files such as LICENSE have no extension, and are no images.
        advice = advice_on(self.other_counts.keys() - {NO_EXTENSION})
        return f"skipped {count:,} {noun} ({kinds}{advice and f': {advice}'})" if count else ""

    def only(self) -> str:
        """Return the content of a folder without images as text; "" if it is empty."""
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self.other_counts.most_common(5))
        advice = advice_on(self.other_counts, self.tables)
        return f" (only {kinds}{advice and f': {advice}'})" if kinds else ""

    def like(self) -> "Layout":
        """Return an empty layout with the same rules, for looking ahead."""
        return Layout(ignore=self.ignore, masks_apart=self.masks_apart, matched=self.matched)

    def ignores(self, path: Path) -> bool:
        """Return whether ignore matches a file or folder."""
        matching = {p for p in self.ignore if p and _matches(path, p)}
        self.matched |= matching
        return bool(matching)

    def add_findings(self, other: "Layout") -> None:
        """Add another layout's unusable, other and skipped files."""
        self.matched |= other.matched
        self.left_out.update(other.left_out)
        self.other_counts.update(other.other_counts)
        for kind, paths in other.passed_over.items():
            self.passed_over[kind] += paths


def _matches(path: Path, pattern: str) -> bool:
    # A name such as `[old] cat` would be a set of characters as a pattern.
    return path.name == pattern or fnmatch(path.name, pattern) or path.match(pattern)


def unmatched(layout: Layout, root: str | Path) -> list[str]:
    """Return a remark on each name or pattern of ignore that matched nothing.

    Args:
        layout: The layout that was read.
        root: The folder of the data set.
    """
    unused_patterns = [p for p in layout.ignore if p not in layout.matched and not is_hidden(p)]
    if not unused_patterns:
        return []
    files = [paths[:1000] for classes in layout.files.values() for paths in classes.values()]
    names = {part for paths in files for p in paths for part in p.parts[len(Path(root).parts) :]}
    names |= {entry.name for entry in Path(root).iterdir()}
    hints = [did_you_mean(pattern, sorted(names)).strip() for pattern in unused_patterns]
    return [
        f"ignore names '{pattern}', which matches nothing{f'; {hint}' if hint else ''}"
        for pattern, hint in zip(unused_patterns, hints, strict=True)
    ]
