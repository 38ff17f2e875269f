"""Whether the set helps a classifier: the arms of the study, and the gain of each class."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ganaug.evaluation.metrics.result import as_interval
from ganaug.evaluation.utility.plan import PlanEffect
from ganaug.evaluation.utility.result import NOTES
from ganaug.reporting.bars import Scale, difference, with_axis
from ganaug.reporting.blocks import (
    PLAIN,
    TONES,
    Block,
    Cell,
    Missing,
    Section,
    Table,
    Text,
)
from ganaug.reporting.estimates import Estimate, dig, estimate
from ganaug.reporting.formatting import (
    NOTHING,
    arm_in_words,
    percent,
    point_range,
    points,
    with_capital,
)
from ganaug.reporting.inputs import Facts, ReportInputs
from ganaug.reporting.sections import register_section

BEST = ("difference", "interval")
DIFFERENCE = "Change against the best arm without synthetic images (points)"
HEAD = (
    "Trained on",
    DIFFERENCE,
    "Change (points)",
    "Verdict",
    "95% interval (points)",
    "Balanced accuracy",
    "Macro F1",
    "Calibration error",
)
CAPTION = (
    "Each dot is the mean difference in balanced accuracy; the line through it is the 95% interval "
    "over other seeds and other test images, widened for the number of arms. The dashed vertical "
    "line is no difference, and dots to the right of it favor the set. The verdict is “no "
    "difference found” if the interval includes the dashed line. The number after x is the "
    "number of synthetic images drawn for each real one; with fewer images than that, each "
    "synthetic image is drawn more often than each real one. Classes are drawn equally often, "
    "except in “real”. Augmentation is classical."
)

BY_CLASS = (
    "Lines are 95% intervals over other seeds and other test images, widened for the number of "
    "arms and classes. Changes in gray may be chance."
)
UNKNOWN = "An earlier version wrote this study, without intervals: any of these may be chance."


@register_section(order=20)
def utility(inputs: ReportInputs) -> Section:
    """Return the section with the arms and the classes."""
    title, study = "Does it help a classifier?", inputs.study
    if isinstance(study, Missing):
        return Section("utility", title, [study])
    other_studies = list(study.get("others", {}).values())
    blocks: list[Block] = [_side_by_side([study, *other_studies])] if other_studies else []
    for classifier_study in (study, *other_studies):
        blocks += _of_a_classifier(classifier_study, inputs)
    return Section("utility", title, blocks)


def _of_a_classifier(study: Facts, inputs: ReportInputs) -> Iterator[Block]:
    yield Text(_design(study))
    yield _arms(study)
    if study.get("plan"):
        yield Text(PlanEffect.from_dict(study["plan"]).sentence(inputs.class_names))
    yield from _classes(study, inputs)


def _side_by_side(studies: Sequence[Facts]) -> Table:
    """Return a table of the verdicts of several classifiers."""
    estimates = [
        estimate(*(dig(study, "verdicts", study["best"], key) for key in BEST)) for study in studies
    ]
    scale = Scale.of_differences([gain for gain in estimates if gain])
    rows = [
        [
            str(study.get("classifier", "unnamed")),
            *_comparison(study["best"], gain, study, scale),
            *(_means(study["results"][study[arm]])[0] for arm in ("baseline", "best")),
        ]
        for study, gain in zip(studies, estimates, strict=True)
    ]
    head = ("Classifier", with_axis(DIFFERENCE, scale, points), *HEAD[2:5])
    caption = (
        "The best arm with synthetic images of each classifier, compared with its best arm "
        "without. The report's verdict is that of the first classifier."
    )
    scores = ("Balanced accuracy without", "Balanced accuracy with")
    return Table((*head, *scores), rows, caption, wide=(1,), words=(3,))


def _design(study: Facts) -> str:
    seeds = max(len(runs) for runs in study["results"].values())
    notes = " ".join(with_capital(study[key]) for key in NOTES[1:] if study.get(key))
    return (
        f"A classifier ({study.get('classifier', 'unnamed')}) was trained {seeds} times in each "
        "arm, with the same number of steps, and scored on real test images that neither it nor "
        "the generator was fitted on. Each arm with synthetic images is compared with the best arm "
        f"without. {notes}"
    ).strip()


def _arms(study: Facts) -> Table:
    estimates = {
        name: estimate(verdict.get("difference"), verdict.get("interval"))
        for name, verdict in study["verdicts"].items()
    }
    known_estimates = {name: value for name, value in estimates.items() if value}
    scale = Scale.of_differences(list(known_estimates.values()))
    rows = [
        [name, *_comparison(name, known_estimates.get(name), study, scale), *_means(runs)]
        for name, runs in study["results"].items()
    ]
    head = (HEAD[0], with_axis(DIFFERENCE, scale, points), *HEAD[2:])
    return Table(head, rows, CAPTION, wide=(1,), words=(3,))


def _means(scores: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    accuracy, f1, error = (
        statistics.fmean(run[key] for run in scores)
        for key in ("balanced_accuracy", "macro_f1", "calibration_error")
    )
    return percent(accuracy), f"{f1:.3f}", f"{error:.3f}"


def _comparison(
    name: str, gain: Estimate | None, study: Facts, scale: Scale
) -> tuple[Cell, str, str, str]:
    if gain is None:
        return "", "", "baseline" if name == study["baseline"] else "", ""
    word = str(dig(study, "verdicts", name, "word"))
    chart, size, interval = _draw_difference(gain, scale, TONES.get(word, PLAIN))
    return chart, size, word, interval


def _classes(study: Facts, inputs: ReportInputs) -> Iterator[Table]:
    """Yield a table of the change in recall of each class."""
    runs_without, runs_with = (study["results"][study[key]] for key in ("baseline", "best"))
    names, known_changes = inputs.class_names, study.get("classes", ())
    if not all(len(run["recalls"]) == len(names) for run in (*runs_without, *runs_with)):
        return
    recalls = [
        [statistics.fmean(run["recalls"][k] for run in runs) for runs in (runs_without, runs_with)]
        for k in range(len(names))
    ]
    verdicts = [change["verdict"] for change in known_changes] or [{}] * len(names)
    changes = [
        Estimate(after - before, (verdict and as_interval(verdict["interval"])) or None)
        for (before, after), verdict in zip(recalls, verdicts, strict=True)
    ]
    counts = [f"{change['n']:,}" for change in known_changes] or [NOTHING] * len(names)
    scale = Scale.of_differences(changes)
    tones = [TONES.get(verdict.get("word", ""), PLAIN) for verdict in verdicts]
    rows = [
        [name, *_draw_difference(change, scale, tone), *map(percent, pair), count]
        for name, change, tone, pair, count in zip(
            names, changes, tones, recalls, counts, strict=True
        )
    ]
    head = (
        "Class",
        with_axis("Change in recall (points)", scale, points),
        "Change (points)",
        "95% interval (points)",
        "Recall without",
        "Recall with",
        "Test images",
    )
    compared = (
        "Recall is the share of a class's test images that are classified correctly. Compared "
        f"here: training on {arm_in_words(study['best'])}, and on "
        f"{arm_in_words(study['baseline'])}. "
    )
    yield Table(head, rows, compared + (BY_CLASS if known_changes else UNKNOWN), wide=(1,))


def _draw_difference(gain: Estimate, scale: Scale, tone: str) -> tuple[Cell, str, str]:
    """Return a difference as a drawing and in points, and its interval."""
    size, interval = points(gain.value, 2), point_range(gain, 2)
    return difference(gain, scale, f"{size} points, interval {interval}", tone), size, interval
