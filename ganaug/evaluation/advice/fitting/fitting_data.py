"""Unlabelled images for the models that advise fits: what they learn from, and what they label."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import torch
from PIL import Image
from torch import Tensor

from ganaug.evaluation.advice.images.heap import LEAST_SURE, PSEUDO, ROUNDS, TEACHERS
from ganaug.evaluation.advice.search.candidates import Candidate
from ganaug.evaluation.utility.classifiers import BATCH
from ganaug.evaluation.utility.forecast import STEPS
from ganaug.evaluation.utility.sampling import Images
from ganaug.evaluation.utility.significance import class_means
from ganaug.utils.atomic_files import atomic_open_or_refuse
from ganaug.utils.errors import UsageError
from ganaug.utils.pixels import to_float

if TYPE_CHECKING:
    from ganaug.evaluation.advice.trainings.workbench import Workbench
    from ganaug.protocols import Classifier

TABLE = "labels.csv"
# Teachers of fewer steps label at random.
FEWEST_STEPS = 50
SPLITS = ("train", "validation")
AT_ONCE = 256


def teach(bench: "Workbench", teacher: Candidate, folder: Path, seconds: float) -> int:
    """Write the labelled images and those that teachers of all of them label, as a data set.

    A generator that is fitted on both has seen far more images (DPT, You et al. 2023).

    Args:
        bench: Holds the images.
        teacher: Recipe of the teachers.
        folder: For the data set.
        seconds: About the most that teachers may take; their steps are cut to fit.

    Returns:
        The number of images that teachers labelled.
    """
    recipe = Candidate(teacher.classifier, teacher.augmentation, "equal", synthetic=PSEUDO)
    steps = _steps(bench, teacher, seconds)
    said = bench.trainer(recipe, steps).synthetic
    assert said.rows is not None, "teachers are not sure of every image"
    images = bench.unlabelled(teacher.classifier, steps, bench.data.image_size)
    parts = [(split, Images(*bench.data.images(split))) for split in SPLITS]
    write_labelled(folder, [*parts, ("train", said._replace(images=images))], bench.data)
    return len(said.rows)


def _steps(bench: "Workbench", teacher: Candidate, seconds: float) -> int:
    """Return the steps of a teacher's training so that all teachers take about so long at most."""
    from ganaug.evaluation.advice.trainings.pace import Pace

    pace, name = Pace(bench, 0), teacher.classifier
    if bench.classifiers[name].frozen or pace.learn(name):
        return STEPS
    size = bench.classifiers[name].size
    step = pace.step(name) + BATCH * pace.change(teacher.augmentation, size)
    # As many images are answered as a training draws, and all of the heap at most.
    heap, answer = len(bench.unlabelled(name, STEPS)), pace.answer(name)
    each = seconds / (ROUNDS * TEACHERS)
    steps = max(each / (step + BATCH * answer), (each - heap * answer) / step)
    return max(FEWEST_STEPS, min(STEPS, int(steps)))


def taught(folder: Path, data: Any) -> Any:
    """Return the data module of what `teach` wrote, with the settings of the real images'."""
    from datamodules.image_folder import ImageFolderDataModule

    known = data.card()["init_args"]
    kept = ("augmentation", "balance", "epoch_images", "num_workers")
    return ImageFolderDataModule(
        str(folder),
        classes=list(data.class_names),
        labels=TABLE,
        image_size=data.image_size,
        channels=data.channels,
        validation=0.0,
        test=0.0,
        **{name: known[name] for name in kept if name in known},
    )


def with_heap(data: Any, folder: str | Path | None) -> dict[str, Any]:
    """Return the setting that adds a folder of unlabelled images to those of a data module.

    Raises:
        UsageError: The data module takes no such folder, or has another.
    """
    if folder is None:
        return {}
    known = data.card()["init_args"]
    if known.get("unlabelled", "") is not None:
        raise UsageError(
            "it learns from the data's own unlabelled images alone; give data.unlabelled one "
            "folder with all of them instead of `unlabelled`"
        )
    return {"unlabelled": str(folder)}


def usable_folder(files: Sequence[str], folder: Path) -> Path:
    """Return a folder of these files alone, as links where possible; it may be there already.

    Args:
        files: Of images.
        folder: For them.

    Raises:
        UsageError: It can't be written.
    """
    from ganaug.evaluation.advice.images.image_folder import link
    from ganaug.synthesis.writer.failures import naming_failures

    if folder.is_dir():
        return folder
    with naming_failures(folder), TemporaryDirectory(dir=folder.parent) as place:
        made = Path(place, folder.name)
        made.mkdir()
        for number, file in enumerate(files):
            link(Path(file), made / f"{number:06}{Path(file).suffix}")
        made.rename(folder)
    return folder


def label(model: "Classifier", bench: "Workbench", folder: Path) -> int:
    """Write the images of the heap that a fitted model is sure about as a set, and return how many.

    Args:
        model: It classifies images.
        bench: Holds the heap.
        folder: For the set.
    """
    assert bench.heap is not None, "nothing else is labelled"
    images = bench.heap.images(bench.data.image_size, None)
    sureness, labels = _said(model, images).max(dim=1)
    rows = (sureness >= LEAST_SURE).nonzero()[:, 0]
    write_labelled(folder, [("train", Images(images, labels, rows=rows))], bench.data)
    return len(rows)


def balanced_accuracy(model: "Classifier", bench: "Workbench") -> float | None:
    """Return a fitted model's own balanced accuracy on the test images.

    Returns:
        None where a class has no test image: over fewer classes it can't be compared with others.
    """
    test = bench.test(bench.data.image_size)
    if not all(test.labels.bincount(minlength=bench.data.num_classes)):
        return None
    right = _said(model, test.images).argmax(dim=1) == test.labels
    return float(class_means(right.numpy(), test.labels.numpy()).mean())


def write_labelled(folder: Path, parts: Iterable[tuple[str, Images]], data: Any) -> None:
    """Write images, and a table of the class and the split of each."""
    from ganaug.synthesis.writer.failures import naming_failures

    with naming_failures(folder):
        folder.mkdir(parents=True, exist_ok=True)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["file", "class", "split"])
    number = 0
    for split, each in parts:
        for row in range(len(each.labels)) if each.rows is None else each.rows.tolist():
            file = f"{number:06}.png"
            pixels = each.images[row].permute(1, 2, 0).squeeze(-1).numpy()
            with naming_failures(folder / file):
                Image.fromarray(pixels).save(folder / file)
            table.writerow([file, data.class_names[int(each.labels[row])], split])
            number += 1
    with atomic_open_or_refuse(folder / TABLE) as stream:
        stream.write(text.getvalue().encode())


def _said(model: "Classifier", images: Tensor) -> Tensor:
    where = next(model.parameters()).device  # type: ignore[attr-defined]  # a network, too
    blocks: Sequence[Tensor] = images.split(AT_ONCE)
    return torch.cat([model.classify(to_float(each.to(where))).cpu() for each in blocks])
