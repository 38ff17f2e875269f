"""The page of an advice: the recommendation, its test, and all candidates."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ganaug.reporting.bars import Scale, difference, dot, with_axis
from ganaug.reporting.blocks import (
    CAUTION,
    GOOD,
    PLAIN,
    TONES,
    Block,
    Headline,
    Section,
    Table,
    Text,
    Tile,
    Tiles,
    Warnings,
)
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import listed, percent, percent_range, point_range, points
from ganaug.reporting.page import lay_out

if TYPE_CHECKING:
    from ganaug.evaluation.advice.result import Advice
    from ganaug.evaluation.advice.search.candidates import Candidate

GENERATOR = "ganaug advise"
# Words for the verdict on the recommended recipe, compared with another.
WORDS = {"helps": "better", "hurts": "worse"}
START = "real images alone"
ADDED = {
    "augmentation": "augmentation {}",
    "balance": "balanced classes: {}",
    "blend": "{}",
    "decay": "head regularized {} times as strongly",
    "synthetic": "images of {}",
    "way": "used by {}",
}


def advice_page(advice: "Advice", words: str) -> str:
    """Return an advice as one HTML page that opens offline.

    Args:
        advice: The advice.
        words: The recommended recipe in words.
    """
    names = list(advice.class_names)
    subtitle = (
        f"{len(advice.tried)} candidates tried in {advice.facts.get('trials', '?')} trainings"
    )
    folder = advice.facts["data"]["init_args"].get("root")
    title = f"Advice: {Path(folder).resolve().name}" if folder else "Advice"
    return lay_out(
        title,
        f"{len(names)} classes ({listed(names)}), {subtitle}",
        [_first(advice, words), *_ladder(advice), *_test(advice), _all_tried(advice)],
        GENERATOR,
    )


def _first(advice: "Advice", words: str) -> Section:
    result = advice.tested.get(advice.recommended)
    blocks: list[Block] = [Headline(GOOD if result else CAUTION, "What to train on", words)]
    cv = advice.cross_validated
    tiles = [
        Tile(
            "balanced accuracy, cross-validated",
            percent(cv.accuracy),
            f"interval {percent_range(Estimate(cv.accuracy, cv.interval))}; slightly too high, "
            "since it is the best of many",
        )
    ]
    if result:
        tiles = [
            Tile(
                "balanced accuracy on the test images",
                percent(result.accuracy),
                f"the mean of {len(result.accuracies)} seeds, on {advice.facts['test_images']:,} "
                "images that no choice was based on",
            ),
            *_alone(advice),
            *tiles,
        ]
    blocks.append(Tiles(tiles))
    if notes := advice.facts.get("notes"):
        blocks.append(Warnings(notes))
    return Section("advice", "What to train on", blocks)


def _alone(advice: "Advice") -> list[Tile]:
    """Return a tile that compares the recommendation with real images alone."""
    verdict = advice.tested[advice.roles[START]].verdict
    if verdict is None:
        return []
    gain = Estimate(verdict.difference, verdict.interval)
    word = WORDS.get(verdict.word, verdict.word)
    size, tone = f"{points(gain.value)} points", TONES.get(verdict.word, PLAIN)
    return [Tile(f"against {START}", size, f"{point_range(gain)}: {word}", tone)]


def _ladder(advice: "Advice") -> list[Section]:
    """Return the gain of each ingredient, from real images alone to the recommended recipe."""
    recipe = advice.recommended
    if not recipe.ingredients or not all(
        candidate in advice.tested for _, candidate in recipe.ladder
    ):
        return []
    steps = [(added, advice.tested[candidate]) for added, candidate in recipe.ladder]
    accuracies = [Estimate(result.accuracy) for _, result in steps]
    scale = _close_scale(accuracies)
    rows = []
    for n, ((added, _), accuracy) in enumerate(zip(steps, accuracies, strict=True)):
        name = f"+ {_added(recipe, added)}" if added else START
        gain = points(accuracy.value - accuracies[n - 1].value, 2) if n else ""
        chart = dot(accuracy, scale, percent(accuracy.value), PLAIN)
        rows.append([name, chart, percent(accuracy.value), gain])
    head = (
        "Trained on",
        with_axis("Balanced accuracy on the test images", scale, percent),
        "Balanced accuracy",
        "Gain (points)",
    )
    caption = (
        "Each row adds an ingredient to the row above it; the last row is the recommended recipe. "
        "The gain of a single step may be chance; steps are not tested. The table below tests the "
        "whole recipe, and leaving out each ingredient."
    )
    table = Table(head, rows, caption, wide=(1,))
    return [Section("ladder", "What each step gained", [table])]


def _close_scale(estimates: Sequence[Estimate]) -> Scale:
    """Return a scale that fits accuracies and intervals closely, to show small differences."""
    bounds = [bound for estimate in estimates for bound in estimate.interval or (estimate.value,)]
    low, high = max(0.0, min(bounds)), min(1.0, max(bounds))
    margin = 0.25 * (high - low) or 0.05
    return Scale(max(0.0, low - margin), min(1.0, high + 0.2 * margin))


def _added(recipe: "Candidate", ingredient: str) -> str:
    words = {
        "augmentation": recipe.augmented_by,
        "synthetic": f"{recipe.synthetic} ({recipe.share:.0%} of the draws)",
    }
    value = words.get(ingredient) or str(getattr(recipe, ingredient)).replace("_", " ")
    return ADDED[ingredient].format(value)


def _test(advice: "Advice") -> list[Section]:
    """Return the comparison of the recommended recipe with others on the test images."""
    title = "Compared on the test images"
    if not advice.tested:
        return [
            Section("test", title, [Text(f"{advice.untested} All accuracies are cross-validated.")])
        ]
    by_role = {
        role: (advice.tested[candidate], Estimate(result.difference, result.interval), result)
        for role, candidate in advice.roles.items()
        if (result := advice.tested[candidate].verdict) is not None
    }
    if not by_role:
        return [Section("test", title, [Text("The recommended recipe is real images alone.")])]
    scale = Scale.of_differences([gain for _, gain, _ in by_role.values()])
    rows = []
    for role, (tested, gain, verdict) in by_role.items():
        size, interval = points(gain.value, 2), point_range(gain, 2)
        tone = TONES.get(verdict.word, PLAIN)
        chart = difference(gain, scale, f"{size} points, interval {interval}", tone)
        word = WORDS.get(verdict.word, verdict.word)
        name = tested.candidate.name
        rows.append([role, name, chart, size, word, interval, percent(tested.accuracy)])
    head = (
        "Compared with",
        "Recipe",
        with_axis("Gain of the recommended recipe (points)", scale, points),
        "Gain (points)",
        "Verdict",
        "95% interval (points)",
        "Balanced accuracy of the other",
    )
    caption = (
        "Each dot is how much better the recommended recipe is in balanced accuracy; the line "
        "through it is the 95% interval over other seeds and other test images, widened for the "
        "number of comparisons. The dashed vertical line is no difference."
    )
    table = Table(head, rows, caption, wide=(2,), words=(1, 4))
    return [Section("test", title, [table, *_classes(advice)])]


def _classes(advice: "Advice") -> list[Block]:
    recommended, names = advice.tested[advice.recommended], advice.class_names
    if len(recommended.recalls) != len(names):
        return []
    alone = advice.tested[advice.roles[START]]
    rows = [
        [name, percent(recall_alone), percent(recall), points(recall - recall_alone)]
        for name, recall_alone, recall in zip(
            names, alone.recalls, recommended.recalls, strict=True
        )
    ]
    caption = (
        "Recall is the share of a class's test images classified correctly, over all seeds. The "
        "gain of a single class may be chance, above all with few test images."
    )
    return [
        Table(
            ("Class", f"Recall with {START}", "Recall as recommended", "Gain (points)"),
            rows,
            caption,
        )
    ]


def _all_tried(advice: "Advice") -> Section:
    """Return all candidates with their cross-validated accuracies."""
    estimates = [Estimate(trial.accuracy, trial.interval) for trial in advice.tried]
    scale = _close_scale(estimates)
    rows = []
    for trial, accuracy in zip(advice.tried, estimates, strict=True):
        interval = percent_range(accuracy)
        is_recommended = trial.candidate == advice.recommended
        tone = GOOD if is_recommended else PLAIN
        chart = dot(accuracy, scale, f"{percent(accuracy.value)}, interval {interval}", tone)
        name = f"{trial.candidate.name}{' (recommended)' if is_recommended else ''}"
        rows.append([name, str(trial.round), chart, percent(accuracy.value), interval])
    head = (
        "Candidate",
        "Round",
        with_axis("Balanced accuracy, cross-validated", scale, percent),
        "Balanced accuracy",
        "95% interval",
    )
    caption = (
        "Later rounds train for longer and on more splits, so compare only values of the same "
        "round. The simplest candidate within one standard error of the best of the last round is "
        "recommended; one with further images, only if it is significantly better."
    )
    return Section("tried", "Everything that was tried", [Table(head, rows, caption, wide=(2,))])
