"""Recognizes ganaug's own outputs (runs, synthetic sets, advice), which are never data."""

import json
from pathlib import Path
from typing import Any

from datamodules.errors import DataError

# Every manifest of a synthetic set has one of these keys, and no other program uses them.
MANIFEST_KEYS = frozenset(("metadata_sha256", "duplicates_apart"))


def is_output(folder: Path) -> bool:
    """Return whether a folder is a run, a synthetic set (finished or not) or advice."""
    return (
        _is_run(folder)
        or (folder / "advice.json").is_file()
        or ((folder / "images").is_dir() and is_manifest(folder / "manifest.json"))
        or (folder / ".unfinished" / "run.json").is_file()
        or any(folder.glob("events.out.tfevents.*"))
    )


def is_manifest(file: Path) -> bool:
    """Return whether a file is the manifest of a synthetic set, even if damaged.

    A file that can't be opened or parsed as JSON counts as damaged, so it is reported and never
    read as data.
    """
    try:
        return is_own_manifest(json.loads(file.read_bytes()))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return False
    except (OSError, ValueError, RecursionError):
        return True


def is_own_manifest(content: Any) -> bool:
    """Return whether parsed JSON is the manifest of a synthetic set.

    Example:
        >>> is_own_manifest({"name": "photos", "version": 1}), is_own_manifest([])
        (False, False)
    """
    return isinstance(content, dict) and not MANIFEST_KEYS.isdisjoint(content)


def _is_run(folder: Path) -> bool:
    settings = folder / "config.yaml"
    try:
        if not settings.is_file():
            return False
        text = settings.read_text(encoding="utf-8", errors="replace")
        return (folder / "checkpoints").is_dir() or "seed_everything:" in text
    except OSError:
        return False


def is_own_picture(file: Path) -> bool:
    """Return whether an image shows the closest pairs of an evaluation, next to its metrics."""
    stem, dash, kind = file.stem.rpartition("-")
    if kind != "closest" or file.suffix != ".png":
        return False
    try:
        with file.with_name(f"{stem if dash else 'metrics'}.json").open("rb") as metrics:
            return b"ganaug tools/evaluate.py" in metrics.read(200)
    except OSError:
        return False


def refuse_inside(output: str | Path, root: str | Path, argument: str) -> None:
    """Refuse an output inside the folder of the data, where it would be read as images.

    Args:
        output: The path to be written.
        root: The folder of the data.
        argument: The parameter that names the output.

    Raises:
        DataError: The output is the folder or is inside it.
    """
    if Path(output).resolve().is_relative_to(Path(root).resolve()):
        raise DataError(
            f"{argument} '{output}' lies in the images' folder '{root}', which would be read with "
            "it as data from then on; choose a place outside of it"
        )
