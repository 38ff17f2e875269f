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
from ganaug.reporting.estimates import Estimate, mean_interval
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
    tried = f"{len(advice.tried)} candidates tried in {advice.facts.get('trials', '?')} trainings"
    folder = advice.facts["data"]["init_args"].get("root")
    title = f"Advice: {Path(folder).resolve().name}" if folder else "Advice"
    return lay_out(
        title,
        f"{len(names)} classes ({listed(names)}), {tried}",
        [_first(advice, words), *_ladder(advice), *_test(advice), _all_tried(advice)],
        GENERATOR,
    )


def _first(advice: "Advice", words: str) -> Section:
    own = advice.tested.get(advice.recommended)
    blocks: list[Block] = [Headline(GOOD if own else CAUTION, "What to train on", words)]
    found = advice.cross_validated
    tiles = [
        Tile(
            "balanced accuracy, cross-validated",
            percent(found.accuracy),
            f"interval {percent_range(Estimate(found.accuracy, found.interval))}; slightly too "
            "high, since it is the best of many",
        )
    ]
    if own:
        tiles = [
            Tile(
                "balanced accuracy on the test images",
                percent(own.accuracy),
                f"the mean of {len(own.accuracies)} seeds, on {advice.facts['test_images']:,} "
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
    found = Estimate(verdict.difference, verdict.interval)
    word = WORDS.get(verdict.word, verdict.word)
    size, tone = f"{points(found.value)} points", TONES.get(verdict.word, PLAIN)
    return [Tile(f"against {START}", size, f"{point_range(found)}: {word}", tone)]


def _ladder(advice: "Advice") -> list[Section]:
    """Return the gain of each ingredient, from real images alone to the recommended recipe."""
    recipe = advice.recommended
    if not recipe.ingredients or not all(each in advice.tested for _, each in recipe.ladder):
        return []
    steps = [(added, advice.tested[each]) for added, each in recipe.ladder]
    found = [mean_interval(own.accuracies) for _, own in steps]
    scale = _close_scale(found)
    rows = []
    for n, ((added, _), own) in enumerate(zip(steps, found, strict=True)):
        name = f"+ {_added(recipe, added)}" if added else START
        gain = points(own.value - found[n - 1].value, 2) if n else ""
        interval = percent_range(own)
        tone = GOOD if n == len(found) - 1 else PLAIN
        drawn = dot(own, scale, f"{percent(own.value)}, interval {interval}", tone)
        rows.append([name, drawn, percent(own.value), interval, gain])
    head = (
        "Trained on",
        with_axis("Balanced accuracy on the test images", scale, percent),
        "Balanced accuracy",
        "95% interval",
        "Gain (points)",
    )
    caption = (
        "Each row adds an ingredient to the row above it; the last row is the recommended recipe. "
        "Lines are 95% intervals over the seeds."
    )
    table = Table(head, rows, caption, wide=(1,))
    return [Section("ladder", "What each step gained", [table])]


def _close_scale(found: Sequence[Estimate]) -> Scale:
    """Return a scale that fits accuracies and intervals closely, to show small differences."""
    bounds = [bound for own in found for bound in own.interval or (own.value,)]
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
    found = {
        role: (advice.tested[each], Estimate(own.difference, own.interval), own)
        for role, each in advice.roles.items()
        if (own := advice.tested[each].verdict) is not None
    }
    if not found:
        return [Section("test", title, [Text("The recommended recipe is real images alone.")])]
    scale = Scale.of_differences([gain for _, gain, _ in found.values()])
    rows = []
    for role, (tested, gain, verdict) in found.items():
        size, interval = points(gain.value, 2), point_range(gain, 2)
        tone = TONES.get(verdict.word, PLAIN)
        drawn = difference(gain, scale, f"{size} points, interval {interval}", tone)
        word = WORDS.get(verdict.word, verdict.word)
        name = tested.candidate.name
        rows.append([role, name, drawn, size, word, interval, percent(tested.accuracy)])
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
    own, names = advice.tested[advice.recommended], advice.class_names
    if len(own.recalls) != len(names):
        return []
    alone = advice.tested[advice.roles[START]]
    rows = [
        [name, percent(before), percent(after), points(after - before)]
        for name, before, after in zip(names, alone.recalls, own.recalls, strict=True)
    ]
    caption = "Recall is the share of a class's test images classified correctly, over all seeds."
    return [
        Table(
            ("Class", f"Recall with {START}", "Recall as recommended", "Gain (points)"),
            rows,
            caption,
        )
    ]


def _all_tried(advice: "Advice") -> Section:
    """Return all candidates with their cross-validated accuracies."""
    found = [Estimate(each.accuracy, each.interval) for each in advice.tried]
    scale = _close_scale(found)
    rows = []
    for each, own in zip(advice.tried, found, strict=True):
        interval = percent_range(own)
        chosen = each.candidate == advice.recommended
        tone = GOOD if chosen else PLAIN
        drawn = dot(own, scale, f"{percent(own.value)}, interval {interval}", tone)
        name = f"{each.candidate.name}{' (recommended)' if chosen else ''}"
        rows.append([name, str(each.round), drawn, percent(own.value), interval])
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
