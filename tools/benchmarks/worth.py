"""Studies of how useful synthetic images of scarce classes are to classifiers, in all arms."""

import time
from collections.abc import Collection
from functools import partial
from statistics import fmean
from typing import Any

import ganaug
from benchmarks import scarce
from benchmarks.metrics import with_interval
from benchmarks.photographs import KINDS, five_kinds
from benchmarks.scarce_metrics import SAMPLES, SMALL_CLASSES, expanded_folder
from benchmarks.study import SYNTHESIZE, UTILITY, Metrics, Study, Workspace

FEW = 60
# With as many steps as by default, `small` takes two hours for all arms on digits.
STEPS = 300


def worth(rare: Collection[str], per_class: int, workspace: Workspace, **options: Any) -> Metrics:
    """Train a classifier in all arms, on the real images and on the model's own.

    Args:
        rare: The scarce classes; their mean recall is reported along with the balanced accuracy.
        per_class: Synthetic images of each class.
        workspace: Where the model was fitted.
        **options: Of `ganaug.utility`.
    """
    out = expanded_folder(workspace.run)
    ganaug.synthesize(workspace.run, out, per_class=per_class)
    started = time.perf_counter()
    study = ganaug.utility(out, out=workspace.home / options["classifier"], arms="all", **options)
    seconds = time.perf_counter() - started
    places = [study.class_names.index(name) for name in rare]
    metrics = {"time of all arms [min]": seconds / 60, "seeds": len(study.scores[study.baseline])}
    for arm, scores in study.scores.items():
        metrics[f"{arm} %"] = 100 * fmean(each.balanced_accuracy for each in scores)
        recalls = [each.recalls[place] for each in scores for place in places]
        metrics[f"{arm}, scarce classes %"] = 100 * fmean(recalls)
    for arm, verdict in study.verdicts.items():
        metrics |= with_interval(f"gain of {arm}", verdict.difference, verdict.interval, 100)
    return metrics


def of_photographs(classifier: str, workspace: Workspace) -> Metrics:
    """Ask about five kinds of flower, sunflowers the scarce one."""
    return worth(["sunflower"], SAMPLES // KINDS, workspace, classifier=classifier)


def of_digits(workspace: Workspace) -> Metrics:
    """Ask about ten digits, five of them scarce, with the augmentation that suits them best."""
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
    "worth_dagan_digits": Study(
        of_digits, scarce.STUDIES["dagan"].settings, files=(*SYNTHESIZE, *UTILITY)
    ),
}
