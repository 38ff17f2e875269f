"""Whether the set helps: every arm of the study, and what each class gains."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ganaug.reporting.bars import Scale, difference
from ganaug.reporting.blocks import BAD, GOOD, PLAIN, Block, Cell, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, dig, mean_interval, measured
from ganaug.reporting.materials import Facts, Materials
from ganaug.reporting.wording import arm_in_words, percent, point_range, points

TONES = {"helps": GOOD, "hurts": BAD}
HEAD = (
    "trained on",
    "balanced accuracy",
    "macro F1",
    "calibration error",
    "difference to the best without",
    "points",
    "verdict",
)
CAPTION = (
    "Each dot is the mean difference in balanced accuracy, the line through it its 95% interval, "
    "widened for the number of arms; the dashed upright line is no difference. Dots to the right "
    "speak for the set. Only where the interval is clear of the upright line is there a verdict "
    "other than “no difference found”."
)


def section(materials: Materials) -> Section:
    """Lay out the arms and the classes."""
    title, study = "Does it help a classifier?", materials.study
    if isinstance(study, Missing):
        return Section("utility", title, [study])
    blocks: list[Block] = [Text(_what(study)), _arms(study), *_classes(study, materials)]
    return Section("utility", title, blocks)


def _what(study: Facts) -> str:
    seeds = max(len(own) for own in study["results"].values())
    return (
        f"A classifier ({study.get('classifier', 'unnamed')}) was trained {seeds} times in each "
        f"way, {study.get('steps', 'equally many')} steps each time, and scored on real test "
        "images on which neither it nor the generator was fitted. Every way with synthetic images "
        "is held against the best one without."
    )


def _arms(study: Facts) -> Table:
    found = {
        name: measured({"value": own.get("difference"), "interval": own.get("interval")})
        for name, own in study["verdicts"].items()
    }
    known = {name: own for name, own in found.items() if own}
    scale = Scale.around([b for own in known.values() for b in own.interval or (own.value,)])
    rows = [
        [arm_in_words(name), *_means(own), *_compared(name, known.get(name), study, scale)]
        for name, own in study["results"].items()
    ]
    return Table(
        HEAD,
        rows,
        CAPTION,
        wide=(4,),
        words=(6,),
    )


def _means(scores: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    accuracy, f1, error = (
        statistics.fmean(each[key] for each in scores)
        for key in ("balanced_accuracy", "macro_f1", "calibration_error")
    )
    return percent(accuracy), f"{f1:.3f}", f"{error:.3f}"


def _compared(
    name: str, found: Measured | None, study: Facts, scale: Scale
) -> tuple[Cell, str, str]:
    if found is None:
        best = name == study["baseline"]
        return "", "", "the others are held against this one" if best else ""
    word = str(dig(study, "verdicts", name, "word"))
    says = f"{points(found.value)} points, {point_range(found)}"
    drawn = difference(found, scale, says, TONES.get(word, PLAIN))
    return drawn, f"{points(found.value)} ({point_range(found)})", word


def _classes(study: Facts, materials: Materials) -> Iterator[Table]:
    """What each class gains, in recall."""
    before, after = (study["results"][study[key]] for key in ("baseline", "best"))
    names = materials.class_names
    if not all(len(each["recalls"]) == len(names) for each in (*before, *after)):
        return
    changes = {
        name: mean_interval(
            [b["recalls"][k] - a["recalls"][k] for a, b in zip(before, after, strict=True)]
        )
        for k, name in enumerate(names)
    }
    scale = Scale.around([b for own in changes.values() for b in own.interval or (own.value,)])
    rows = []
    for k, (name, change) in enumerate(changes.items()):
        means = [statistics.fmean(each["recalls"][k] for each in own) for own in (before, after)]
        tone = PLAIN
        if change.interval and change.interval[0] > 0:
            tone = GOOD
        elif change.interval and change.interval[1] < 0:
            tone = BAD
        says = f"{points(change.value)} points, {point_range(change)}"
        drawn = difference(change, scale, says, tone)
        cells = (f"{points(change.value)} ({point_range(change)})", *map(percent, means))
        rows.append([name, drawn, *cells])
    yield Table(
        ("class", "change in recall", "points", "without", "with"),
        rows,
        f"Recall is the share of a class's test images that is named right. Here: trained on "
        f"{arm_in_words(study['best'])}, against {arm_in_words(study['baseline'])}. Lines are "
        "95% intervals over the seeds alone; of many classes, one may be clear of none by chance.",
        wide=(1,),
    )
