"""The studies of advise: its recommendations for scarce images, and sets that it must reject."""

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from benchmarks.metrics import with_interval
from benchmarks.scarce import COUNTS
from benchmarks.study import TOOLS, UTILITY, Metrics, Study, Workspace, fitted, run_python
from datamodules.augmentation import load_augmentation
from datamodules.image_folder import ImageFolderDataModule
from datamodules.mnist import MNISTDataModule
from ganaug.evaluation.advice.advise import advise
from ganaug.evaluation.advice.images.heap import PSEUDO
from ganaug.evaluation.advice.images.training_images import data_of
from ganaug.evaluation.advice.result import ALONE, DEFAULT, WITHOUT_SETS, Advice
from ganaug.evaluation.advice.search.job import Job
from ganaug.evaluation.advice.trainings.workbench import Workbench
from ganaug.evaluation.utility.choosing import chosen_classifiers
from ganaug.evaluation.utility.spread import class_means

POLICIES = ("datamodules/augmentation.py", "datamodules/policies.py")
ADVISE = ("ganaug/evaluation/advice", *UTILITY, *POLICIES)
# No validation images: advise would search with them too, and the set would not be scarce.
DIGITS = f"--data mnist --data.root $full_mnist --data.validation 0 --data.per_class '{COUNTS}'"
FEW_FLOWERS = json.dumps(
    {"sunflower": 60, "daisy": 400, "dandelion": 400, "rose": 400, "tulip": 400}
)
FLOWERS = (
    "--data.root $photographs --data.image_size 64 --data.channels 3 --data.validation 0 "
    f"--data.per_class '{FEW_FLOWERS}'"
)
# A new user's case: 100 photographs of each class, and no settings.
NEWCOMER = "--data.root $photographs --data.per_class 100 --data.validation 0"
TEN_LABELS = (
    "--data mnist --data.root $full_mnist --data.validation 0 --data.labels_per_class 10 --fit sgan"
)
PLANTED, SCARCE, DRAWS = 200, 20, 4
REGRET_SEEDS = 2


def recommended(settings: str, workspace: Workspace) -> Metrics:
    """Run advise on a scarce subset drawn by the workspace's seed; return its test results."""
    started = time.perf_counter()
    advice = _advised(settings, workspace)
    seconds = time.perf_counter() - started
    result = advice.tested[advice.recommended]
    names = {
        f"recall of {n} %": 100 * r for n, r in zip(advice.class_names, result.recalls, strict=True)
    }
    return {
        "balanced accuracy %": 100 * result.accuracy,
        "real images alone %": 100 * advice.tested[advice.roles[ALONE]].accuracy,
        "default policy %": 100 * advice.tested[advice.roles[DEFAULT]].accuracy,
        "cross-validated %": 100 * advice.cross_validated.accuracy,
        "ingredients": len(advice.recommended.ingredients),
        "trials": advice.facts["trials"],
        "time [min]": seconds / 60,
        **names,
    }


def regret(settings: str, workspace: Workspace) -> Metrics:
    """Compare the recommended candidate with the best of all candidates on the test images.

    All candidates are retrained with the same number of seeds. The best one is partly so by chance,
    so it is also selected on one half of the test images and compared on the other half.
    """
    advice = _advised(settings, workspace)
    arguments = workspace.arguments(settings)
    bench = _bench(advice, arguments[arguments.index("--data.root") + 1])
    steps, candidates = advice.facts["steps"], [trial.candidate for trial in advice.tried]
    labels = bench.test(bench.data.image_size).labels.numpy()
    hits = np.ones((len(candidates), len(labels)))
    # Seed by seed, since trainings with the same seed share augmented views.
    for seed in range(REGRET_SEEDS):
        for row, candidate in zip(hits, candidates, strict=True):
            row[bench.do(Job("test", candidate, steps, seed))["wrong"]] -= 1 / REGRET_SEEDS
    accuracies = class_means(hits, labels).mean(axis=1)
    recommended = candidates.index(advice.recommended)
    return {
        "regret points": 100 * float(accuracies.max() - accuracies[recommended]),
        "regret, the best chosen on other images": 100 * halved_regret(hits, labels, recommended),
        "best %": 100 * float(accuracies.max()),
        "recommended %": 100 * float(accuracies[recommended]),
        "candidates": len(candidates),
    }


def halved_regret(hits: np.ndarray, labels: np.ndarray, recommended: int) -> float:
    """Return the lead, on one half of the images, of the candidate that is best on the other.

    Args:
        hits: `[candidates, images]`, fraction of seeds that classified each image correctly.
        labels: `[images]`; every second image of each class belongs to the same half.
        recommended: Index of the recommended candidate, which the lead is measured against.

    Returns:
        The mean over both halves, in balanced accuracy.

    Example:
        >>> hits = np.array([[1, 1, 0, 0], [1, 1, 1, 1]])
        >>> halved_regret(hits, np.array([0, 0, 1, 1]), recommended=0)
        0.5
    """
    half = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        half[np.flatnonzero(labels == label)[::2]] = True
    first, second = (class_means(hits[:, h], labels[h]).mean(axis=1) for h in (half, ~half))
    pairs = ((first, second), (second, first))
    return fmean(float(test[selection.argmax()] - test[recommended]) for selection, test in pairs)


def with_own_set(settings: str, model: str, workspace: Workspace) -> Metrics:
    """Let advise fit a model, and measure the gain from its synthetic set.

    The best candidate with the set is compared with the best one without: in cross-validation,
    which decides on the recommendation, and on the test images, which the model has not seen.
    """
    metrics = recommended(f"{settings} --fit {model}", workspace)
    advice = Advice.open(workspace.home / "advice")
    facts = advice.facts["sets"][model]
    return {
        **with_interval("gain of the set", facts["gain"], facts["interval"], 100),
        **with_interval("gain of the set in the test", *tested_gain(advice, model), 100),
        "set recommended": float(facts["recommended"]),
        **metrics,
    }


def tested_gain(advice: Advice, model: str) -> tuple[float, tuple[float, float]]:
    """Return the test gain of the best candidate with a model's set, and its interval."""
    with_set = advice.recommended.synthetic == model
    other = advice.roles[WITHOUT_SETS if with_set else f"the best with {model}"]
    verdict = advice.tested[other].verdict
    assert verdict is not None, "the other one is not recommended"
    if with_set:
        return verdict.difference, verdict.interval
    low, high = verdict.interval
    return -verdict.difference, (-high, -low)


def from_few_labels(workspace: Workspace) -> Metrics:
    """Run advise with ten labels per class and unlabeled images, with sgan for comparison."""
    metrics = recommended(TEN_LABELS, workspace)
    advice = Advice.open(workspace.home / "advice")
    pseudo_labeled = advice.tested[advice.roles[f"the best with {PSEUDO}"]]
    return {
        "sgan itself %": 100 * advice.facts["fitted"]["sgan"]["balanced_accuracy"],
        "supervised, on labels of teachers %": 100 * pseudo_labeled.accuracy,
        **metrics,
    }


def _advised(settings: str, workspace: Workspace) -> Advice:
    arguments = [*workspace.arguments(settings), "--data.subset_seed", workspace.seed, "--seed"]
    arguments += [workspace.seed, "--budget", workspace.budget, "--out", "advice"]
    run_python(workspace.home, TOOLS / "advise.py", *arguments, log="advise.log")
    return Advice.open(workspace.home / "advice")


def _bench(advice: Advice, root: str) -> Workbench:
    """Return the workbench that trains an advice's candidates on the data in a folder."""
    data = data_of(advice.facts["data"], root)
    choices = chosen_classifiers(advice.facts["classifiers"], data.images("train")[0])
    classifiers = {choice.name: choice for choice in choices}
    return Workbench(data, classifiers, load_augmentation, seed=advice.facts["seed"])


class Digits(NamedTuple):
    """Digits: few to learn from, and further ones."""

    few: Tensor
    few_labels: Tensor
    extra: Tensor
    extra_labels: Tensor


def _noise(digits: Digits) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    return torch.randint(256, digits.extra.shape, generator=random).byte(), digits.extra_labels


def _shuffled(digits: Digits) -> tuple[Tensor, Tensor]:
    order = torch.randperm(len(digits.extra_labels), generator=torch.Generator().manual_seed(0))
    return digits.extra, digits.extra_labels[order]


def _repeated(rows: Tensor, digits: Digits) -> tuple[Tensor, Tensor]:
    times = PLANTED * 10 // len(rows)
    return digits.few[rows].repeat(times, 1, 1, 1), digits.few_labels[rows].repeat(times)


def _copies(digits: Digits) -> tuple[Tensor, Tensor]:
    return _repeated(torch.arange(len(digits.few)), digits)


def _one_a_class(digits: Digits) -> tuple[Tensor, Tensor]:
    first = [int((digits.few_labels == label).nonzero()[0, 0]) for label in range(10)]
    return _repeated(torch.tensor(first), digits)


KINDS: dict[str, Callable[[Digits], tuple[Tensor, Tensor]]] = {
    "other real images": lambda digits: (digits.extra, digits.extra_labels),
    "shuffled labels": _shuffled,
    "noise": _noise,
    "copies": _copies,
    "one image a class": _one_a_class,
}


def planted(workspace: Workspace) -> Metrics:
    """Run advise with sets whose usefulness is known, in four draws of 20 images per class.

    There are no test images, since the recommendation doesn't depend on them.
    """
    budget = f"{60 * workspace.minutes / DRAWS / len(KINDS):.0f}s"
    correct: dict[str, list[bool]] = {kind: [] for kind in KINDS}
    for draw in range(DRAWS):
        digits = _draw(workspace, draw)
        real = workspace.home / f"{draw} real"
        _write(real, digits.few, digits.few_labels)
        data = ImageFolderDataModule(str(real), image_size=28, channels=1, validation=0, test=0)
        for kind, make in KINDS.items():
            folder = workspace.home / f"{draw} {kind}"
            _write(folder / "made", *make(digits))
            advice = advise(data, out=folder / "advice", budget=budget, synthetic=[folder / "made"])
            expected = "made" if kind == "other real images" else ""
            correct[kind].append(advice.recommended.synthetic == expected)
    flags = [flag for row in correct.values() for flag in row]
    return {
        "cases": len(flags),
        "right %": 100 * fmean(flags),
        **{f"right with {kind} %": 100 * fmean(row) for kind, row in correct.items()},
    }


def _draw(workspace: Workspace, draw: int) -> Digits:
    settings: dict[str, Any] = {
        "root": workspace.full_mnist,
        "validation": 0.0,
        "subset_seed": draw,
    }
    few, larger = (MNISTDataModule(per_class=n, **settings) for n in (SCARCE, SCARCE + PLANTED))
    images, labels = larger.images("train")
    few_paths = set(few.paths("train"))
    is_extra = torch.tensor([path not in few_paths for path in larger.paths("train")])
    return Digits(*few.images("train"), images[is_extra], labels[is_extra])


def _write(folder: Path, images: Tensor, labels: Tensor) -> None:
    for number, (image, label) in enumerate(zip(images, labels.tolist(), strict=True)):
        class_folder = folder / str(label)
        class_folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[0].numpy()).save(class_folder / f"{number:05}.png")


STUDIES = {
    "advice_digits": Study(partial(recommended, DIGITS), files=ADVISE),
    "advice_flowers": Study(partial(recommended, FLOWERS), files=ADVISE),
    "advice_newcomer": Study(partial(recommended, NEWCOMER), files=ADVISE),
    "advice_regret_digits": Study(partial(regret, DIGITS), files=ADVISE),
    "advice_regret_flowers": Study(partial(regret, FLOWERS), files=ADVISE),
    "advice_planted": Study(planted, files=ADVISE),
    "advice_ten_labels": Study(from_few_labels, files=(*ADVISE, *fitted("--model sgan"))),
    **{
        f"advice_{model}_{data}": Study(
            partial(with_own_set, settings, model), files=(*ADVISE, *fitted(f"--model {model}"))
        )
        for data, settings, models in (
            ("digits", DIGITS, ("dagan", "flow", "r3gan")),
            ("flowers", FLOWERS, ("projected", "r3gan")),
        )
        for model in models
    },
}
