"""The first section: whether to use the set, the most important metrics, and warnings."""

import statistics
from collections.abc import Iterator, Sequence

from ganaug.evaluation.result import Evaluation
from ganaug.evaluation.utility.significance import Verdict, remark
from ganaug.reporting.blocks import (
    BAD,
    CAUTION,
    GOOD,
    PLAIN,
    TONES,
    Block,
    Headline,
    Missing,
    Section,
    Tile,
    Tiles,
    Warnings,
)
from ganaug.reporting.estimates import Estimate, dig, estimate
from ganaug.reporting.formatting import (
    arm_in_words,
    number,
    percent,
    point_range,
    points,
    with_capital,
)
from ganaug.reporting.inputs import Facts, ReportInputs
from ganaug.reporting.sections import register_section
from ganaug.reporting.warnings import (
    expected,
    is_low,
    labels_fail,
    many_copies,
    trusted,
    warnings,
)
from ganaug.synthesis.verification import Check

HARDLY_TRAINED = Headline(
    CAUTION,
    "The model saw less than an epoch",
    "It has not seen every training image once, so the images of this set say little about what "
    "it can learn. Continue its fit, synthesize the set again, and then judge it.",
)


@register_section(order=0)
def verdict(inputs: ReportInputs) -> Section:
    """Return the section with the verdict, the tiles and the warnings."""
    study, metrics = inputs.study, inputs.metrics
    known_study = None if isinstance(study, Missing) else study
    blocks: list[Block] = [not_known(study) if isinstance(study, Missing) else headline(study)]
    if failed := [check for check in inputs.checks if check.passed is False]:
        blocks.insert(0, not_sound(failed))
    if inputs.under_an_epoch:
        blocks.insert(0, HARDLY_TRAINED)
    if warned := warnings(inputs):
        blocks.append(Warnings(warned))
    tiles = [*(_gain(known_study) if known_study else ())]
    if not isinstance(metrics, Missing):
        tiles += [*_labels(metrics), *_copies(metrics), *_overlap(metrics), *_distance(metrics)]
    if tiles:
        blocks.append(Tiles(tiles))
    return Section("verdict", "Verdict", blocks)


def headline(study: Facts) -> Headline:
    """Return the verdict of a study in plain words."""
    word, best, baseline = (str(study[key]) for key in ("verdict", "best", "baseline"))
    change = gain(study)
    size = f"{100 * abs(change.value):.1f}"
    best_arm, baseline_arm = arm_in_words(best), arm_in_words(baseline)
    if study.get("quick"):
        return Headline(
            CAUTION,
            f"{word.capitalize()}, by a quick study",
            f"A classifier trained on {best_arm} differs by {points(change.value)} points of "
            f"balanced accuracy from {baseline_arm}. {with_capital(str(study['quick']))}",
        )
    interval = f" (95% interval {point_range(change)})" if change.interval else ""
    if word == "helps":
        return Headline(
            GOOD,
            "It helps",
            f"Use this set. Train on {best_arm}: a classifier then gains {size} points of balanced "
            f"accuracy{interval} over {baseline_arm}, the best arm without the set. "
            f"{_remark(study)}".strip(),
        )
    if word == "hurts":
        return Headline(
            BAD,
            "It hurts",
            f"Do not train on this set. Even in the best arm, {best_arm}, a classifier loses "
            f"{size} points of balanced accuracy{interval} compared with {baseline_arm}, the best "
            "arm without the set.",
        )
    power = _remark(study)
    return Headline(
        PLAIN,
        "No difference found",
        f"There is no reason to use this set. Between the best arm with it, {best_arm}, and the "
        f"best without, {baseline_arm}, a classifier's balanced accuracy differs by "
        f"{points(change.value)} points{interval}, which may be chance."
        + (power and f" {power} More seeds and more test images detect smaller ones."),
    )


def not_sound(failed: Sequence[Check]) -> Headline:
    """Return the failed checks, which are shown before the verdict."""
    failures = "; ".join(f"{check.name}: {check.words}" for check in failed)
    return Headline(
        BAD,
        "The set fails a check" if len(failed) == 1 else f"The set fails {len(failed)} checks",
        f"It is not {failures}. Fix the set, or synthesize it again, before you rely on the rest "
        "of this page.",
    )


def _remark(study: Facts) -> str:
    """Return what to keep in mind about a verdict; empty for studies of earlier versions."""
    verdicts = study["verdicts"]
    try:
        best = Verdict.from_dict(verdicts[study["best"]])
    except (KeyError, TypeError, ValueError):
        return ""
    return remark(best, len(verdicts))


def not_known(study: Missing) -> Headline:
    """Return a headline for a missing study, with the command to run it, if possible."""
    if not study.command:
        return Headline(CAUTION, "Whether it helps can't be measured", study.words)
    return Headline(
        CAUTION,
        "Not known yet whether it helps",
        "Do not rely on this set yet. Synthetic images that look right often make a classifier "
        "worse. Only a study can tell: it trains a classifier with and without them, several "
        "times, and compares the scores on real test images. To find out:",
        study.command,
    )


def gain(study: Facts) -> Estimate:
    """Return the difference between the best arms with and without synthetic images."""
    best_verdict = dig(study, "verdicts", str(study["best"]))
    change = estimate(dig(best_verdict, "difference"), dig(best_verdict, "interval"))
    return change or Estimate(0.0)


def _gain(study: Facts) -> Iterator[Tile]:
    change = gain(study)
    accuracy_without, accuracy_with = (
        statistics.fmean(run["balanced_accuracy"] for run in study["results"][study[key]])
        for key in ("baseline", "best")
    )
    yield Tile(
        "Change in balanced accuracy",
        f"{points(change.value)} points",
        f"{percent(accuracy_without)} without the set, {percent(accuracy_with)} with it: the share "
        "of real test images classified correctly, averaged over classes; higher is better",
        TONES.get(str(study["verdict"]), PLAIN),
    )


def _labels(metrics: Evaluation) -> Iterator[Tile]:
    if agreement := trusted(metrics, "agreement"):
        baseline = (
            ""
            if agreement.real is None
            else f"; of real test images in the same proportions {percent(agreement.real)}"
        )
        yield Tile(
            "Correct labels",
            percent(agreement.value),
            f"of the images get the same class from an independent classifier{baseline}; "
            "higher is better",
            CAUTION if labels_fail(metrics) else PLAIN,
        )


def _copies(metrics: Evaluation) -> Iterator[Tile]:
    # Copies found by a weak network are real, but finding none means nothing.
    many = many_copies(metrics)
    copies = Estimate.of(metrics.get("memorized")) if many else trusted(metrics, "memorized")
    result = metrics.memorization
    if result is None:
        words = metrics.memorization_missing or "too few real images were held out"
    elif copies is None:
        words = "the feature network learned too little to find them"
    else:
        words = (
            "closer to a training image than the 1% quantile of the distances of "
            f"{result.n_held_out:,} held-out real images; without memorization "
            f"{expected(result)}; lower is better"
        )
    yield Tile(
        "Copies",
        percent(copies.value) if copies else "not known",
        words,
        CAUTION if copies is None or many else PLAIN,
    )


def _overlap(metrics: Evaluation) -> Iterator[Tile]:
    for name, label, words in (
        ("precision", "Realism", "of the synthetic images lie among real ones"),
        ("recall", "Variety", "of the real images lie among synthetic ones"),
    ):
        if result := trusted(metrics, name):
            baseline = f"; real baseline {percent(result.real)}" if result.real else ""
            tone = CAUTION if is_low(metrics, name) else PLAIN
            yield Tile(
                label,
                percent(result.value),
                f"{words} ({name}){baseline}; higher is better",
                tone,
            )


def _distance(metrics: Evaluation) -> Iterator[Tile]:
    if fid := trusted(metrics, "fid"):
        baseline = "" if fid.real is None else f"; real baseline {number(fid.real)}"
        yield Tile(
            "Distance to real images (FID)",
            number(fid.value),
            f"features {metrics['fid'].features}; lower is better{baseline}. Compare it only "
            "with values of the same features",
        )
