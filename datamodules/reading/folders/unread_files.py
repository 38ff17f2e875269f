"""Unsupported files that may hold images, by extension, and what to do with them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

NO_EXTENSION = "(no extension)"
ADVICE = {
    "unpack it": r"\.(?:zip|tar|tgz|gz|bz2|xz|7z|rar)",
    "write each image that it holds to a file, or write your own data module": (
        r"\.(?:npz|npy|h5|hdf5|mat|pkl|pickle|mdb|lmdb|pt|pth|rec|arrow|sqlite|db)"
        r"|\.tfrec(?:ords?)?(?:-\d+.*)?"
    ),
    "export them as JPEG or TIFF": (
        r"\.(?:cr2|cr3|nef|arw|dng|orf|rw2|raf|pef|srw|hif|psd|xcf|svg|ai|pdf|eps)"
    ),
    "export each image as PNG or TIFF": (
        r"\.(?:czi|nd2|lif|lsm|oib|oif|vsi|svs|ndpi|mrxs|scn|nii(?:\.gz)?|nrrd|mha|mhd|fits?|exr|hdr"
        r"|img|stk|btf|qptiff)"
    ),
    "convert DICOM to PNG": r"\.(?:dcm|dicom|ima)",
    "convert them to PNG": r"\.(?:tga|pcx|ico|jls)",
    "rename them to end in .jpg, .png or the like": (
        r"\.(?:jpe?g|png|webp|gif|bmp|tiff?)[^a-z0-9].*"
    ),
    "export frames as PNG": r"\.(?:mp4|mov|avi|mkv|webm|mts|m4v|wmv)",
    "add their extension to images, such as .png, convert DICOM to PNG, and write each image that "
    "another holds, such as MNIST's, to a file": (rf"{re.escape(NO_EXTENSION)}|\.idx\d-ubyte"),
}
# Of Windows, macOS and Linux, and of network drives by Synology and QNAP.
SYSTEM_NAMES = frozenset(
    (
        *("thumbs.db", "desktop.ini", "$recycle.bin", "system volume information", "__macosx"),
        *("lost+found", "@eadir", "#recycle", "@recycle", "#snapshot"),
    )
)
PREVIEWS = ".lrdata"  # of Lightroom
# The columns of a table that holds the pixels of an image in each row.
PIXELS, PIXEL = "pixels", re.compile(r"pixel_?\d+")
MOST_READ, FEWEST_PIXELS = 20_000, 100
MOST_FILES = 10_000


def kind_of(path: Path) -> str:
    """Return a file's extension, in lower case.

    Example:
        >>> kind_of(Path("a.PNG")), kind_of(Path("scan.nii.gz")), kind_of(Path("IM01"))
        ('.png', '.nii.gz', '(no extension)')
    """
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower() or NO_EXTENSION


def is_hidden(name: str) -> bool:
    """Return whether files or folders with this name are hidden or belong to the system."""
    name = name.lower()
    return name.startswith(".") or name in SYSTEM_NAMES or name.endswith(PREVIEWS)


def advice_on(kinds: Iterable[str], tables: Iterable[Path] = ()) -> str:
    """Return what to do with files of these extensions, and tables; "" if nothing is known.

    Example:
        >>> advice_on([".txt", ".nef"]), advice_on([".txt"])
        ('export them as JPEG or TIFF', '')
    """
    extensions = [*kinds]
    advice = [
        action
        for action, pattern in ADVICE.items()
        if any(re.fullmatch(pattern, k) for k in extensions)
    ][:1]
    if table := next(filter(holds_pixels, tables), None):
        advice.append(
            f"'{table.name}' holds the pixels of an image in each row: write each to a file"
        )
    return "; ".join(advice)


def holds_pixels(path: Path) -> bool:
    """Return whether the columns of a table are pixels of images."""
    if path.suffix.lower() not in (".csv", ".tsv"):
        return False
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            head = stream.readline(MOST_READ).lower()
    except OSError:
        return False
    columns = [column.strip(" \"'\n") for column in re.split(r"[,;\t|]", head)]
    return PIXELS in columns or sum(map(bool, map(PIXEL.fullmatch, columns))) >= FEWEST_PIXELS


def description_of_files(folders: Sequence[Path]) -> str:
    """Describe the files in folders without images, with what to do; "" if there are none."""
    kinds: Counter[str] = Counter()
    for folder in folders:
        for path in folder.rglob("*"):
            if kinds.total() >= MOST_FILES:
                break
            if path.is_file() and not is_hidden(path.name):
                kinds[kind_of(path)] += 1
    or_more = " or more" * (kinds.total() >= MOST_FILES)
    summary = ", ".join(f"{count:,}{or_more} {kind}" for kind, count in kinds.most_common(3))
    advice = advice_on(kinds)
    return summary and f" (only {summary}{advice and f': {advice}'})"
