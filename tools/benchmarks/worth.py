"""The studies of how useful synthetic images of scarce classes are to classifiers, in all arms."""

import time
from collections.abc import Collection
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import ganaug
from benchmarks import scarce
from benchmarks.advice import FEW_FLOWERS
from benchmarks.metrics import with_interval
from benchmarks.photographs import KINDS, RECIPES, five_kinds, kinds_judged
from benchmarks.scarce_metrics import SAMPLES, SMALL_CLASSES, expanded_folder, trained_on
from benchmarks.study import EVALUATE, SYNTHESIZE, UTILITY, Metrics, Study, Workspace

FEW = 60
# With the default number of steps, `small` takes two hours for all arms on digits, and four on
# photographs.
STEPS, PHOTOGRAPHS_STEPS = 300, 400


def worth(rare: Collection[str], per_class: int, workspace: Workspace, **options: Any) -> Metrics:
    """Train a classifier in all arms, on real images and on the model's.

    Args:
        rare: The scarce classes; their mean recall is reported along with the balanced accuracy.
        per_class: Synthetic images of each class.
        workspace: Workspace in which the model was fitted.
        options: Arguments of `ganaug.utility`.
    """
    out = expanded_folder(workspace.run)
    ganaug.synthesize(workspace.run, out, per_class=per_class)
    started = time.perf_counter()
    study = ganaug.utility(out, out=workspace.home / options["classifier"], arms="all", **options)
    seconds = time.perf_counter() - started
    rare_indices = [study.class_names.index(name) for name in rare]
    metrics = {"time of all arms [min]": seconds / 60, "seeds": len(study.scores[study.baseline])}
    for arm, scores in study.scores.items():
        metrics[f"{arm} %"] = 100 * fmean(score.balanced_accuracy for score in scores)
        recalls = [score.recalls[index] for score in scores for index in rare_indices]
        metrics[f"{arm}, scarce classes %"] = 100 * fmean(recalls)
    for arm, verdict in study.verdicts.items():
        metrics |= with_interval(f"gain of {arm}", verdict.difference, verdict.interval, 100)
    return metrics


def of_photographs(classifier: str, workspace: Workspace) -> Metrics:
    """Measure usefulness on five kinds of flower, with sunflowers as the scarce class."""
    return worth(["sunflower"], SAMPLES // KINDS, workspace, classifier=classifier)


def of_few_photographs(classifier: str, workspace: Workspace) -> Metrics:
    """Measure usefulness on 60 sunflowers and 400 of each other kind; test on all others.

    Also measure whether a classifier of all real flowers recognizes the requested kinds.
    """
    fitted_data = trained_on(workspace.run)
    folder = split_up(fitted_data, Path(workspace.photographs), workspace.home / "photographs")
    data = ganaug.ImageFolder(root=str(folder), image_size=fitted_data.image_size)
    kind_metrics = kinds_judged(workspace)
    metrics = worth(
        *(["sunflower"], SAMPLES // KINDS, workspace),
        data=data,
        classifier=classifier,
        augmentation="strong",
        steps=PHOTOGRAPHS_STEPS,
    )
    tested = len(data.paths("test"))
    return {"test photographs": tested, **kind_metrics, **metrics}


def split_up(fitted_data: Any, photographs: Path, folder: Path) -> Path:
    """Link photographs into a folder of splits; all that the model has not seen are for testing.

    Args:
        fitted_data: The data module that the model was fitted on.
        photographs: Folder of its data, with train and test folders of classes.
        folder: Folder of the links.
    """
    splits = {path: name for name in ("train", "validation") for path in fitted_data.paths(name)}
    for file in sorted(photographs.glob("*/*/*")):
        kind = file.parent
        link = (
            folder / splits.get(str(file), "test") / kind.name / f"{kind.parent.name}_{file.name}"
        )
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(file)
    return folder


def of_digits(workspace: Workspace) -> Metrics:
    """Measure usefulness on ten digits, five of them scarce, with their best augmentation."""
    options = {"classifier": "small", "augmentation": "elastic", "steps": STEPS}
    return worth([*map(str, SMALL_CLASSES)], SAMPLES, workspace, **options)


STUDIES = {
    **{
        f"worth_{model}_{classifier}": Study(
            partial(of_photographs, classifier),
            five_kinds(model, FEW).settings,
            files=(*SYNTHESIZE, *UTILITY),
        )
        for model in ("projected", "r3gan")
        for classifier in ("imagenet", "small")
    },
    **{
        f"worth60_projected_{classifier}": Study(
            partial(of_few_photographs, classifier),
            f"{RECIPES['projected']} --data.root $photographs --data.per_class '{FEW_FLOWERS}' "
            "--data.balance 1 --budget $budget",
            files=(*EVALUATE, *SYNTHESIZE, *UTILITY),
        )
        for classifier in ("imagenet", "small")
    },
    "worth_dagan_digits": Study(
        of_digits, scarce.STUDIES["dagan"].settings, files=(*SYNTHESIZE, *UTILITY)
    ),
}
