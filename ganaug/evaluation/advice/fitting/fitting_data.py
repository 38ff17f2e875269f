"""The unlabeled images that the models of `advise` learn from and label."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from ganaug.evaluation.advice.images.heap import LEAST_SURE, PSEUDO, ROUNDS, TEACHERS_A_ROUND
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.utility.classifiers import BATCH
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.sampling import Images
from ganaug.evaluation.utility.spread import class_means
from ganaug.utils.device import device_of
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench
    from ganaug.protocols import Classifier

TABLE = "labels.csv"
# Teachers with fewer steps would label at random.
FEWEST_STEPS = 50
SPLITS = ("train", "validation")
AT_ONCE = 256


def teach(bench: "Workbench", teacher: Candidate, folder: Path, seconds: float) -> int:
    """Write a data set of the labeled images and the images that teachers label.

    Fitting a generator on both gives it far more images (DPT, You et al. 2023).

    Args:
        bench: Workbench with the images.
        teacher: Recipe of the teachers.
        folder: Folder for the data set.
        seconds: Approximate time limit of the teachers, which train for fewer steps if necessary.

    Returns:
        The number of images that teachers labeled.
    """
    recipe = Candidate(teacher.classifier, teacher.augmentation, "equal", synthetic=PSEUDO)
    steps = _steps(bench, teacher, seconds)
    labeled = bench.trainer(recipe, steps).synthetic
    assert labeled.rows is not None, "a labeled heap has rows"
    images = bench.unlabeled(teacher.classifier, steps, bench.data.image_size)
    splits = [(split, Images(*bench.data.images(split))) for split in SPLITS]
    write_labeled(folder, [*splits, ("train", labeled._replace(images=images))], bench.data)
    return len(labeled.rows)


def _steps(bench: "Workbench", teacher: Candidate, seconds: float) -> int:
    """Return the number of steps with which all teachers' trainings fit into the time."""
    from ganaug.evaluation.advice.trainings.pace import Pace

    pace, name = Pace(bench, 0), teacher.classifier
    if bench.classifiers[name].frozen or pace.learn(name):
        return STEPS
    size = bench.classifiers[name].size
    step = pace.step(name) + BATCH * pace.change(teacher.augmentation, size)
    # A training classifies as many images as it draws, but at most the whole heap.
    heap_size, answer_seconds = len(bench.unlabeled(name, STEPS)), pace.answer(name)
    training_seconds = seconds / (ROUNDS * TEACHERS_A_ROUND)
    steps = max(
        training_seconds / (step + BATCH * answer_seconds),
        (training_seconds - heap_size * answer_seconds) / step,
    )
    return max(FEWEST_STEPS, min(STEPS, int(steps)))


def taught(folder: Path, data: Any) -> Any:
    """Return the data module of the folder from `teach`, with the settings of the real images."""
    from datamodules.image_folder import ImageFolderDataModule

    init_args = data.card()["init_args"]
    setting_names = ("augmentation", "balance", "epoch_images", "num_workers")
    return ImageFolderDataModule(
        str(folder),
        classes=list(data.class_names),
        labels=TABLE,
        image_size=data.image_size,
        channels=data.channels,
        validation=0.0,
        test=0.0,
        **{name: init_args[name] for name in setting_names if name in init_args},
    )


def with_heap(data: Any, folder: str | Path | None) -> dict[str, Any]:
    """Return the data module setting for a folder of unlabeled images.

    Raises:
        UsageError: The data module has no such setting, or already has such a folder.
    """
    if folder is None:
        return {}
    init_args = data.card()["init_args"]
    if init_args.get("unlabelled", "") is not None:
        raise UsageError(
            "it can only learn from the data module's unlabeled images; give one folder with all "
            "unlabeled images as data.unlabelled instead of `unlabelled`"
        )
    return {"unlabelled": str(folder)}


def usable_folder(files: Sequence[str], folder: Path) -> Path:
    """Return a folder with links to only these files, or copies; an existing folder is reused.

    Args:
        files: Files of images.
        folder: The folder.

    Raises:
        UsageError: It can't be written.
    """
    from ganaug.evaluation.advice.images.image_folder import link
    from ganaug.synthesis.writer.failures import naming_failures

    if folder.is_dir():
        return folder
    with naming_failures(folder), TemporaryDirectory(dir=folder.parent) as scratch:
        new_folder = Path(scratch, folder.name)
        new_folder.mkdir()
        for number, file in enumerate(files):
            link(Path(file), new_folder / f"{number:06}{Path(file).suffix}")
        new_folder.rename(folder)
    return folder


def label(model: "Classifier", bench: "Workbench", folder: Path) -> int:
    """Write a set of the heap's images that a fitted model labels, and return its size.

    Args:
        model: A model that classifies; only its confident predictions are used.
        bench: Workbench with the heap.
        folder: Folder for the set.
    """
    assert bench.heap is not None, "only models with a heap label images"
    images = bench.heap.images(bench.data.image_size, None)
    confidence, labels = _probabilities(model, images).max(dim=1)
    rows = (confidence >= LEAST_SURE).nonzero()[:, 0]
    write_labeled(folder, [("train", Images(images, labels, rows=rows))], bench.data)
    return len(rows)


def balanced_accuracy(model: "Classifier", bench: "Workbench") -> float | None:
    """Return the balanced accuracy of a fitted model on the test images.

    Returns:
        The balanced accuracy, or None if a class has no test images, since a mean over fewer
        classes could not be compared.
    """
    test = bench.test(bench.data.image_size)
    if not all(test.labels.bincount(minlength=bench.data.num_classes)):
        return None
    correct = _probabilities(model, test.images).argmax(dim=1) == test.labels
    return float(class_means(correct.numpy(), test.labels.numpy()).mean())


def write_labeled(folder: Path, splits: Iterable[tuple[str, Images]], data: Any) -> None:
    """Write images and a table of their classes and splits; an earlier folder is replaced.

    Raises:
        UsageError: The folder can't be written.
    """
    from ganaug.synthesis.writer.failures import naming_failures

    with naming_failures(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as scratch:
            new_folder = Path(scratch, "new")
            new_folder.mkdir()
            _fill(new_folder, splits, data)
            if not folder.exists():
                new_folder.rename(folder)
                return
            old_folder = folder.rename(Path(scratch, "old"))
            try:
                new_folder.rename(folder)
            except OSError:
                old_folder.rename(folder)
                raise


def _fill(folder: Path, splits: Iterable[tuple[str, Images]], data: Any) -> None:
    """Fill a folder with images and their table."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "class", "split"])
    number = 0
    for split, images in splits:
        for row in range(len(images.labels)) if images.rows is None else images.rows.tolist():
            file = f"{number:06}.png"
            pixels = images.images[row].permute(1, 2, 0).squeeze(-1).numpy()
            Image.fromarray(pixels).save(folder / file)
            table.writerow([file, data.class_names[int(images.labels[row])], split])
            number += 1
    (folder / TABLE).write_text(text.getvalue(), encoding="utf-8", newline="")


def _probabilities(model: "Classifier", images: Tensor) -> Tensor:
    device = device_of(model)
    blocks: Sequence[Tensor] = images.split(AT_ONCE)
    return torch.cat([model.classify(to_float(block.to(device))).cpu() for block in blocks])
