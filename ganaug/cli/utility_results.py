"""What came out of a study of utility: its table, the verdict in words, the file."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganaug.utils.atomic_files import write_json

if TYPE_CHECKING:
    from ganaug.evaluation.utility.scores import Scores
    from ganaug.evaluation.utility.study import Outcome


def table(results: "Mapping[str, Sequence[Scores]]", found: "Outcome") -> str:
    """Lay out the arms: means over the seeds, and the verdict on those with synthetic images."""
    width = max(len(name) for name in results)
    lines = [
        f"{'arm':<{width}}{'balanced acc.':>15}{'macro F1':>10}{'calib.':>8}"
        f"{'difference':>12}{'interval':>20}  verdict"
    ]
    for name, own in results.items():
        cells = [statistics.fmean(getattr(each, key) for each in own)
                 for key in ("balanced_accuracy", "macro_f1", "calibration_error")]  # fmt: skip
        line = f"{name:<{width}}{cells[0]:>14.2%} {cells[1]:>9.3f}{cells[2]:>8.3f}"
        if name in found.verdicts:
            verdict = found.verdicts[name]
            low, high = (100 * bound for bound in verdict.interval)
            line += f"{100 * verdict.difference:>+12.2f}{f'{low:+.2f} to {high:+.2f}':>20}"
            line += f"  {verdict.word}"
        elif name == found.baseline:
            line += f"{'':>32}  the others are compared with this one"
        lines.append(line)
    return "\n".join(lines)


def sentence(
    results: "Mapping[str, Sequence[Scores]]", found: "Outcome", class_names: Sequence[str]
) -> str:
    """Say the verdict in words: how much, what share, which classes."""
    best = found.verdicts[found.best]
    points, low, high = (100 * x for x in (best.difference, *best.interval))
    said = (
        f"verdict: {best.word}. Best with synthetic images is {found.best!r}: {points:+.2f} points "
        f"of balanced accuracy ({low:+.2f} to {high:+.2f}) against {found.baseline!r}, "
        f"the best without."
    )
    if best.word == "no difference found":
        return f"{said} The smallest difference that this study could have seen: "\
            f"{100 * best.smallest:.2f} points."  # fmt: skip
    before, after = (
        [statistics.fmean(values) for values in zip(*(s.recalls for s in own), strict=True)]
        for own in (results[found.baseline], results[found.best])
    )
    changes = sorted(zip(class_names, before, after, strict=True), key=lambda row: row[1] - row[2])
    moved = [f"{name} {100 * (b - a):+.1f}" for name, a, b in changes[:3]]
    return f"{said} Classes that gain most, in points of recall: {', '.join(moved)}."


def write(
    path: Path,
    results: "Mapping[str, Sequence[Scores]]",
    found: "Outcome",
    facts: Mapping[str, Any],
) -> None:
    """Write everything as JSON, but which images were named wrong: `results.jsonl` has them."""
    from dataclasses import asdict

    def figures(each: "Scores") -> dict[str, Any]:
        return {key: value for key, value in asdict(each).items() if key != "wrong"}

    content = {
        **facts,
        "baseline": found.baseline,
        "best": found.best,
        "verdict": found.word,
        "verdicts": {name: asdict(verdict) for name, verdict in found.verdicts.items()},
        "results": {name: [figures(each) for each in own] for name, own in results.items()},
    }
    write_json(path, content)
    print(f"figures: {path}")
