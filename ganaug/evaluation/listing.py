"""Which files of a synthetic folder to evaluate; see `SyntheticDataset`."""

from collections.abc import Sequence
from pathlib import Path

from ganaug.synthesis.dataset import EXTENSIONS, Listed, SyntheticDataset, evenly, images_folder

__all__ = ["EXTENSIONS", "Listed", "evenly", "images_folder", "list_synthetic"]


def list_synthetic(
    folder: Path, class_names: Sequence[str], limit: int | None = None, seed: int = 0
) -> list[Listed]:
    """List the images of a folder of class folders, without real ones."""
    return SyntheticDataset(folder, class_names=class_names, n=limit, seed=seed).listed
