"""The files of an evaluation: metrics.json, and the picture of the closest pairs next to it."""

import platform
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.evaluation.evaluator import ENOUGH
from ganaug.evaluation.result import WRITER, Evaluation
from ganaug.utils.errors import UsageError
from ganaug.utils.own_files import read_own, refuse_other_set
from ganaug.utils.places import from_here

if TYPE_CHECKING:
    from torch import Tensor

    from ganaug.evaluation.features.networks import FeatureNetwork
    from ganaug.evaluation.memorization.detector import Pair
    from ganaug.synthesis.dataset import SyntheticDataset


def check_metrics_file(path: Path, set_path: str = ".") -> None:
    """Refuse to overwrite anything but earlier results of the same set.

    Args:
        path: The file of results.
        set_path: Path of the set, from `SyntheticDataset.place_from`.

    Raises:
        UsageError: The path holds something else, or its folder is missing.
    """
    if not path.parent.is_dir():
        raise UsageError(f"out {path}: there is no folder {path.parent}.")
    earlier_results = read_own(path)
    if path.exists() and earlier_results.get("writer") != WRITER:
        raise UsageError(f"{path} was not written by this tool; give `out` another name.")
    refuse_other_set(path, earlier_results, set_path)
    picture = picture_file(path)
    if picture.exists() and not earlier_results.get("pictures"):
        raise UsageError(
            f"{picture} exists, and the picture would overwrite it; move it, or give another `out`."
        )


def picture_file(path: Path) -> Path:
    """Return the path of the picture of the closest pairs, next to the metrics."""
    return path.with_name("closest.png" if path.stem == "metrics" else f"{path.stem}-closest.png")


def write_results(
    path: Path, evaluation: Evaluation, dataset: "SyntheticDataset", data: Any, limit: int = ENOUGH
) -> Evaluation:
    """Write the file and the picture; return the evaluation with their paths."""
    picture = picture_file(path)
    picture_facts = {"pictures": {"closest": picture.name}} if evaluation.closest else {}
    evaluation = replace(evaluation, facts={**evaluation.facts, **picture_facts})
    # The file is written first, since it allows later runs to overwrite the picture.
    evaluation.to_json(path)
    picture.unlink(missing_ok=True)
    if evaluation.closest:
        write_closest(picture, evaluation.closest, dataset.images, dataset.files, data, limit)
    return replace(evaluation, file=path)


def write_closest(
    path: Path,
    pairs: "Sequence[Pair]",
    images: "Tensor",
    files: Sequence[str],
    data: Any,
    limit: int = ENOUGH,
) -> None:
    """Draw synthetic images above their closest training images."""
    from ganaug.utils.pictures import Row, captioned, write_picture
    from ganaug.utils.pixels import to_float

    # Includes unlabeled images, since the model was trained on them too.
    train, _ = data.images("all_train", limit=limit)
    names = data.names("all_train", limit=limit)
    above = to_float(images[[files.index(pair.synthetic) for pair in pairs]])
    below = to_float(train[[names.index(pair.training) for pair in pairs]])
    distances = [f"{pair.distance:.2f}" for pair in pairs]
    rows = [
        Row("synthetic images closest to a training image", above),
        Row("that training image, above the distance", below, distances),
    ]
    copies = sum(pair.copy for pair in pairs)
    title = f"{copies} of these {len(pairs)} count as copies (1: as far as the next five)"
    write_picture(captioned(title, rows), path)


def facts_of(data: Any, network: "FeatureNetwork", seed: int) -> dict[str, Any]:
    """Return the provenance of results: command, real images, network, seed and versions."""
    import torch
    import torchmetrics

    report = network.report
    return {
        "command": shlex.join(["python", *map(_without_private_path, sys.argv)]),
        "real": data.describe(),
        "fingerprint": data.fingerprint,
        "seed": seed,
        "features": {"name": network.name, "training": vars(report) if report else None},
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchmetrics": torchmetrics.__version__,
        },
    }


def _without_private_path(word: str) -> str:
    """Return a word of the command with any path made relative, to keep private folders out.

    Example:
        >>> _without_private_path("--n=20"), _without_private_path("runs/lr=0.1")
        ('--n=20', 'runs/lr=0.1')
    """
    flag, equals, value = word.partition("=") if word.startswith("-") else ("", "", word)
    return flag + equals + from_here(value)
