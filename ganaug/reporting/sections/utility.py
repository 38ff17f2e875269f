"""Whether the set helps: every arm of the study, and what each class gains."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ganaug.reporting.bars import Scale, difference
from ganaug.reporting.blocks import BAD, GOOD, PLAIN, Block, Cell, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, dig, mean_interval, measured
from ganaug.reporting.formatting import arm_in_words, percent, point_range, points
from ganaug.reporting.inputs import Facts, Materials

TONES = {"helps": GOOD, "hurts": BAD}
HEAD = (
    "trained on",
    "difference to the best without",
    "points",
    "verdict",
    "95% interval",
    "balanced accuracy",
    "macro F1",
    "calibration error",
)
CAPTION = (
    "Each dot is the mean difference in balanced accuracy, the line through it its 95% interval "
    "for other seeds and other test images, widened for the number of arms; the dashed upright "
    "line is no difference. Dots to the right "
    "speak for the set. Only where the interval is clear of the upright line is there a verdict "
    "other than “no difference found”. A number after x is how many synthetic images there are for "
    "each real one; each class is drawn equally often, but in “real”; augmentation is classical."
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
        "way, with the same number of steps, and scored on real test images on which neither it "
        "nor the generator was fitted. Every way with synthetic images is held against the best "
        "one without."
    )


def _arms(study: Facts) -> Table:
    found = {
        name: measured({"value": own.get("difference"), "interval": own.get("interval")})
        for name, own in study["verdicts"].items()
    }
    known = {name: own for name, own in found.items() if own}
    scale = Scale.of_differences(list(known.values()))
    rows = [
        [name, *_compared(name, known.get(name), study, scale), *_means(own)]
        for name, own in study["results"].items()
    ]
    return Table(HEAD, rows, CAPTION, wide=(1,), words=(3,))


def _means(scores: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    accuracy, f1, error = (
        statistics.fmean(each[key] for each in scores)
        for key in ("balanced_accuracy", "macro_f1", "calibration_error")
    )
    return percent(accuracy), f"{f1:.3f}", f"{error:.3f}"


def _compared(
    name: str, found: Measured | None, study: Facts, scale: Scale
) -> tuple[Cell, str, str, str]:
    if found is None:
        return "", "", "the best without" if name == study["baseline"] else "", ""
    word = str(dig(study, "verdicts", name, "word"))
    drawn, size, interval = _drawn(found, scale, TONES.get(word, PLAIN))
    return drawn, size, word, interval


def _classes(study: Facts, materials: Materials) -> Iterator[Table]:
    """What each class gains, in recall."""
    before, after = (study["results"][study[key]] for key in ("baseline", "best"))
    names = materials.class_names
    if not all(len(each["recalls"]) == len(names) for each in (*before, *after)):
        return
    recalls = {
        name: [[each["recalls"][k] for each in own] for own in (before, after)]
        for k, name in enumerate(names)
    }
    changes = {
        name: mean_interval([b - a for a, b in zip(*pair, strict=True)])
        for name, pair in recalls.items()
    }
    scale = Scale.of_differences(list(changes.values()))
    yield Table(
        ("class", "change in recall", "points", "95% interval", "without", "with"),
        [
            [name, *_change(changes[name], scale), *(percent(statistics.fmean(a)) for a in pair)]
            for name, pair in recalls.items()
        ],
        f"Recall is the share of a class's test images that is named right. Here: trained on "
        f"{arm_in_words(study['best'])}, against {arm_in_words(study['baseline'])}. Lines are "
        "95% intervals over the seeds alone; of many classes, one may be clear of none by chance.",
        wide=(1,),
    )


def _change(change: Measured, scale: Scale) -> tuple[Cell, str, str]:
    low, high = change.interval or (0.0, 0.0)
    return _drawn(change, scale, GOOD if low > 0 else BAD if high < 0 else PLAIN)


def _drawn(found: Measured, scale: Scale, tone: str) -> tuple[Cell, str, str]:
    """Draw a difference, and write it and its interval in points."""
    size, interval = points(found.value, 2), point_range(found, 2)
    return difference(found, scale, f"{size} points, interval {interval}", tone), size, interval
