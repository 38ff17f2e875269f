"""Studies of how useful synthetic photographs of a scarce class are to classifiers."""

import time
from functools import partial
from statistics import fmean

import ganaug
from benchmarks.metrics import with_interval
from benchmarks.photographs import KINDS, five_kinds
from benchmarks.scarce_metrics import SAMPLES, expanded_folder
from benchmarks.study import SYNTHESIZE, UTILITY, Metrics, Study, Workspace

FEW = 60


def worth(classifier: str, workspace: Workspace) -> Metrics:
    """Train a classifier in all arms, on the real photographs and on the model's own images."""
    out = expanded_folder(workspace.run)
    ganaug.synthesize(workspace.run, out, per_class=SAMPLES // KINDS)
    started = time.perf_counter()
    study = ganaug.utility(
        out, out=workspace.home / classifier, classifier=classifier, arms=["all"]
    )
    seconds = time.perf_counter() - started
    sunflower = list(study.class_names).index("sunflower")
    metrics = {"time of all arms [min]": seconds / 60, "seeds": len(study.scores[study.baseline])}
    for arm, scores in study.scores.items():
        metrics[f"{arm} %"] = 100 * fmean(each.balanced_accuracy for each in scores)
        metrics[f"{arm}, sunflowers %"] = 100 * fmean(each.recalls[sunflower] for each in scores)
    for arm, verdict in study.verdicts.items():
        metrics |= with_interval(f"gain of {arm}", verdict.difference, verdict.interval, 100)
    return metrics


STUDIES = {
    f"worth_{model}_{classifier}": Study(
        partial(worth, classifier),
        five_kinds(model, FEW).settings,
        files=(*SYNTHESIZE, *UTILITY),
    )
    for model in ("projected", "r3gan")
    for classifier in ("imagenet", "small")
}
