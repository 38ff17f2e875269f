"""The first screen: whether to use the set, the figures that matter most, and what to beware of."""

import statistics
from collections.abc import Iterator

from ganaug.reporting.blocks import (
    BAD,
    CAUTION,
    GOOD,
    PLAIN,
    Block,
    Headline,
    Missing,
    Section,
    Tile,
    Tiles,
    Warnings,
)
from ganaug.reporting.figures import Measured, dig, measured, overall
from ganaug.reporting.formatting import arm_in_words, number, percent, point_range, points
from ganaug.reporting.inputs import Facts, Materials
from ganaug.reporting.warnings import doubts, labels_fail, lacking, many_copies

TONES = {"helps": GOOD, "hurts": BAD, "no difference found": PLAIN}


def section(materials: Materials) -> Section:
    """Lay out the verdict, the tiles and the warnings."""
    study, metrics = materials.study, materials.metrics
    known = None if isinstance(study, Missing) else study
    blocks: list[Block] = [not_known(study) if isinstance(study, Missing) else headline(study)]
    if warned := doubts(materials):
        blocks.append(Warnings(warned))
    tiles = [*(_gain(known) if known else ())]
    if not isinstance(metrics, Missing):
        tiles += [*_labels(metrics), *_copies(metrics), *_overlap(metrics), *_figures(metrics)]
    if tiles:
        blocks.append(Tiles(tiles))
    return Section("verdict", "Verdict", blocks)


def headline(study: Facts) -> Headline:
    """Say a study's verdict in plain words."""
    word, best, baseline = (str(study[key]) for key in ("verdict", "best", "baseline"))
    found = gain(study)
    size = f"{100 * abs(found.value):.1f}"
    tried, without = arm_in_words(best), arm_in_words(baseline)
    interval = f" (95% interval {point_range(found)})" if found.interval else ""
    if word == "helps":
        return Headline(
            GOOD,
            "It helps",
            f"Use this set. Train on {tried}: a classifier then gains {size} points of balanced "
            f"accuracy{interval} over {without}, the best way without the set.",
        )
    if word == "hurts":
        return Headline(
            BAD,
            "It hurts",
            f"Do not train on this set. Even in the best way found, {tried}, a classifier loses "
            f"{size} points of balanced accuracy{interval} against {without}, the best way "
            "without the set.",
        )
    return Headline(
        PLAIN,
        "No difference found",
        f"There is no reason to use this set. Between the best way with it, {tried}, "
        f"and the best way without, {without}, a classifier's balanced accuracy differs by "
        f"{points(found.value)} points{interval}, which may be chance.{_unseen(study)}",
    )


def _unseen(study: Facts) -> str:
    smallest = measured(dig(study, "verdicts", str(study["best"]), "smallest"))
    if smallest is None:
        return ""
    return (
        f" A difference below {points(smallest.value)[1:]} points could not have been seen: more "
        "seeds and more test images see smaller ones."
    )


def not_known(study: Missing) -> Headline:
    """Say that nobody knows, and how to find out, if that can be."""
    if not study.command:
        return Headline(CAUTION, "Whether it helps can't be measured", study.words)
    return Headline(
        CAUTION,
        "Not known yet whether it helps",
        "Do not rely on this set yet. Synthetic images that look right often make a classifier "
        "worse, and only a study with a classifier can tell: it trains one with and without them, "
        "several times, and compares on real images that nothing was fitted on. Find out with",
        study.command,
    )


def gain(study: Facts) -> Measured:
    """Return the difference of the best arm with synthetic images to the best one without."""
    own = dig(study, "verdicts", str(study["best"]))
    found = measured({"value": dig(own, "difference"), "interval": dig(own, "interval")})
    return found or Measured(0.0)


def _gain(study: Facts) -> Iterator[Tile]:
    found = gain(study)
    before, after = (
        statistics.fmean(each["balanced_accuracy"] for each in study["results"][study[key]])
        for key in ("baseline", "best")
    )
    yield Tile(
        "Change in balanced accuracy",
        f"{points(found.value)} points",
        f"{percent(before)} without the set, {percent(after)} with it, of real test images: the "
        "mean over classes of the share named right",
        TONES.get(str(study["verdict"]), PLAIN),
    )


def _labels(metrics: Facts) -> Iterator[Tile]:
    made, real = (measured(dig(metrics, "agreement", key)) for key in ("overall", "real_overall"))
    if made:
        beside = f"; it names {percent(real.value)} of real test images right" if real else ""
        yield Tile(
            "Labels that hold",
            percent(made.value),
            f"of the images show the class asked for, says an independent classifier{beside}",
            CAUTION if labels_fail(metrics) else PLAIN,
        )


def _copies(metrics: Facts) -> Iterator[Tile]:
    copies = measured(dig(metrics, "memorization", "copies"))
    words = "nearer to a training image than 99% of held-out real images; real ones would give 1%"
    if copies is None:
        words = metrics.get("memorization_missing") or "too few real images were held out"
    yield Tile(
        "Copies",
        percent(copies.value) if copies else "not known",
        words,
        CAUTION if copies is None or many_copies(metrics) else PLAIN,
    )


def _overlap(metrics: Facts) -> Iterator[Tile]:
    for figure, label, words in (
        ("precision", "Look real", "of the images lie among real ones"),
        ("recall", "Variety", "of the real images lie among these"),
    ):
        if found := overall(metrics, figure):
            beside = f"; as many real ones: {percent(found.real)}" if found.real else ""
            tone = CAUTION if lacking(metrics, figure) else PLAIN
            yield Tile(label, percent(found.value), f"{words} ({figure}){beside}", tone)


def _figures(metrics: Facts) -> Iterator[Tile]:
    for figure in metrics.get("figures") or []:
        if dig(figure, "name") == "FID" and (found := measured(figure)):
            beside = f"; real images in their place: {number(found.real)}" if found.real else ""
            yield Tile(
                "Distance to real images",
                number(found.value),
                f"FID by {figure.get('features', 'unnamed features')}; 0 is best{beside}. Compare "
                "it only with figures of the same features",
            )
            return
