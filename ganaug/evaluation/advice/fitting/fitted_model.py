"""A model that `advise` fits: its images, its fit, and the set that it generates or labels."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from datamodules.console import say
from ganaug.evaluation.advice.fitting import fitting_data
from ganaug.training.stop_signals import RunStoppedError
from ganaug.utils.durations import in_words
from ganaug.utils.errors import UsageError

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench
    from ganaug.protocols import Classifier
    from ganaug.training.run import Run

# A set fills up each class to the size of the largest, and adds at least this many images.
LEAST = 300
# Folder with the usable images of the heap, if the user's folder also holds unusable ones.
UNLABELLED = "unlabelled"


class FittedModel:
    """A model to fit on the training images.

    Args:
        name: Name of a registered model.
        bench: Workbench with the images.

    Attributes:
        draws: Whether it generates images; otherwise it labels the images of the heap.
        set_name: Name of its set.

    Raises:
        UsageError: It can't be fitted on these images, or has nothing to label.
        DataError: There are too few images.
    """

    def __init__(self, name: str, bench: "Workbench") -> None:
        from ganaug.training.model_and_data import (
            check_model,
            data_for,
            labeled_alone,
            names_classes,
        )

        self.name, self.bench, self.draws = name, bench, not names_classes(name)
        self.set_name = name if self.draws else f"labelled by {name}"
        if self.set_name in bench.sets:
            raise UsageError("`synthetic` has a set of that name; rename its folder")
        if self.draws:
            extra_settings = labeled_alone(bench.data)
        elif bench.heap:
            extra_settings = fitting_data.with_heap(bench.data, bench.heap.folder)
        else:
            raise UsageError(
                "it labels unlabeled images, and there are none; give `unlabelled` a folder of "
                "them, or fit dagan or r3gan"
            )
        self.data = data_for(name, bench.data, **extra_settings)
        check_model(name, self.data)

    def learn_from(self, folder: Path) -> None:
        """Add the images that teachers labeled to the training images.

        Args:
            folder: Folder written by `fitting_data.teach`.
        """
        from ganaug.training.model_and_data import data_for

        self.data = data_for(self.name, fitting_data.taught(folder, self.bench.data))

    def leave_out_labeled(self, folder: Path) -> None:
        """Restrict a model that labels the heap to the heap's usable images.

        The folder of the heap may also hold labeled images, including test images.

        Args:
            folder: Folder of all fits, to create a folder of links in.

        Raises:
            UsageError: The images can't be linked, or there are too few.
        """
        from ganaug.training.model_and_data import check_model, data_for

        heap = self.bench.heap
        if self.draws or heap is None or heap.complete:
            return
        extra_settings: dict[str, Any] = {"unlabelled": None}
        if heap.files:
            usable = folder / f"{UNLABELLED}-{heap.identity[:16]}"
            extra_settings = fitting_data.with_heap(
                self.bench.data, fitting_data.usable_folder(heap.files, usable)
            )
        self.data = data_for(self.name, self.bench.data, **extra_settings)
        check_model(self.name, self.data)

    def fitted(self, runs: Path, seconds: float) -> "Run":
        """Fit the model, or resume its last run.

        Args:
            runs: Folder of its runs.
            seconds: Time for the fit.

        Raises:
            TooShortError: The time is too short to fit anything.
        """
        from ganaug.training.engine import fit

        checkpoints = sorted(
            runs.glob("*/*/checkpoints/last.ckpt"), key=lambda p: p.stat().st_mtime
        )
        # Runs of earlier versions may have trained on labeled images in the heap's folder.
        checkpoints = [
            path for path in checkpoints[-1:] if _fingerprint_of(path) == self.data.fingerprint
        ]
        fit_options = {
            "model": self.name,
            "budget": f"{seconds:.0f}s",
            "default_root_dir": str(runs),
        }
        say(f"advise: fits {self.name} for {in_words(seconds)}")
        try:
            return fit(
                data=self.data,
                seed=self.bench.seed,
                **_trainer_settings(self.bench.device),
                **({"resume": checkpoints[-1]} if checkpoints else fit_options),
            )
        except RunStoppedError as stop:
            stop.resume = "the same call of ganaug.advise"
            raise

    def write_set(self, run: Path, folder: Path) -> dict[str, Any]:
        """Write the set, and return its number of images and a classifying model's accuracy.

        Args:
            run: Folder of the fit's run.
            folder: Folder for the set.
        """
        return self._draw(run, folder) if self.draws else self._label(run, folder)

    def _draw(self, run: Path, folder: Path) -> dict[str, Any]:
        from ganaug.synthesis.synthesize import synthesize

        dataset = synthesize(
            run,
            folder,
            sampling_strategy=_filled_up(self.data.class_counts),
            seed=self.bench.seed,
            **_trainer_settings(self.bench.device),
        )
        return {"images": len(dataset)}

    def _label(self, run: Path, folder: Path) -> dict[str, Any]:
        from ganaug.training.checkpoints import load

        model = cast("Classifier", load(run, self.bench.device).model)
        count = fitting_data.label(model, self.bench, folder)
        accuracy = fitting_data.balanced_accuracy(model, self.bench)
        return {"images": count, "balanced_accuracy": accuracy}


def _fingerprint_of(checkpoint: Path) -> str:
    from ganaug.training.checkpoints import CARD_KEY, read_plain

    return str(read_plain(checkpoint).get(CARD_KEY, {}).get("fingerprint"))


def _filled_up(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the number of images that each class should end up with, real ones included.

    Example:
        >>> _filled_up({"rose": 20, "tulip": 1000})
        {'rose': 1000, 'tulip': 1300}
    """
    largest = max(counts.values())
    return {name: max(largest, count + LEAST) for name, count in counts.items()}


def _trainer_settings(device: str) -> dict[str, Any]:
    """Return the settings of Lightning's trainer for a device, such as cuda:1."""
    kind, _, number = device.partition(":")
    devices = [int(number)] if number else 1
    return {"accelerator": "gpu" if kind == "cuda" else kind, "devices": devices}
