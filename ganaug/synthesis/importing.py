"""import_dataset: turn images from another program into a set."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.synthesis.dataset import SyntheticDataset
from ganaug.utils.errors import UsageError
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from ganaug.training.checkpoints import Checkpoint
    from ganaug.training.run import Run


@takes_paths("folder", "out", "real")
def import_dataset(
    folder: str | Path,
    out: str | Path,
    real: "str | Path | Run | Checkpoint | None" = None,
    **settings: Any,
) -> SyntheticDataset | Any:  # as synthesize
    """Write images from another program as a set: resized, filtered, with a manifest.

    Each row of metadata.csv names the image's original file. All images are used unless `settings`
    has a number, such as `per_class`. Filters need the real images.

    Args:
        folder: The images: class folders, a folder with a table of file and label, or that table.
        out: The folder to write.
        real: The real images, which give the classes and size of the set: a folder, or a run or
            checkpoint for the images that it was fitted on.
        settings: Arguments of `synthesize`, such as `filters` and `per_class`.

    Returns:
        The set, or with `dry_run` the plan.

    Raises:
        UsageError: The images don't fit the real ones, or something can't be written.

    Example:
        >>> dataset = import_dataset("expanded/images", "brought", per_class=2)
        >>> len(dataset), dataset.metadata[0]["method"]
        (20, 'folder')
    """
    from ganaug.evaluation.real_data import is_fit
    from ganaug.synthesis.synthesize import synthesize
    from ganaug.training.checkpoints import Checkpoint
    from ganaug.training.run import Run

    if reserved := sorted({"method", "sources", "model"} & settings.keys()):
        raise UsageError(f"import_dataset sets `{reserved[0]}` itself; leave it out")
    real_settings: dict[str, Any] = {}
    if real is not None and not isinstance(real, str | Path | Run | Checkpoint):
        raise UsageError(f"real is a {type(real).__name__}; give a folder, a run or a checkpoint")
    if isinstance(real, Run | Checkpoint) or (real is not None and is_fit(Path(real))):
        real_settings["model"] = real
    elif real is not None:
        real_settings["data_root"] = str(real)
    return synthesize(out=out, method="folder", sources=str(folder), **real_settings, **settings)
