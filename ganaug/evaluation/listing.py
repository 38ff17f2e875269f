"""Which files of a synthetic folder to evaluate; see `SyntheticDataset`."""

from collections.abc import Sequence
from pathlib import Path

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.synthesis.listing import EXTENSIONS, Listed, evenly

__all__ = ["EXTENSIONS", "Listed", "evenly", "images_folder", "list_synthetic"]


def list_synthetic(
    folder: Path, class_names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[Listed]:
    """List the images of a folder of class folders, without real ones."""
    return SyntheticDataset.open(folder, class_names=class_names, n=limit, seed=seed).listed


def images_folder(folder: Path) -> Path:
    """Return the folder of class folders."""
    return SyntheticDataset.open(folder).images_folder
