"""Figures on paper: the table that a person reads and the file that a program reads."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ganaug.errors import UsageError
from ganaug.evaluation.agreement import Agreement
from ganaug.evaluation.fidelity import Figure
from ganaug.evaluation.manifold import Manifold
from ganaug.evaluation.memorization import Memorization

WRITER = "ganaug tools/evaluate.py"


@dataclass(frozen=True)
class Findings:
    """All that an evaluation found.

    Attributes:
        figures: FID, KID and IS.
        agreed: Whether labels hold.
        overlap: Precision, recall, density and coverage; None where there are too few images.
        real_overlap: The same of real training images, as many.
        memorized: Copies of training images; None where it can't be told.
    """

    figures: Sequence[Figure]
    agreed: Agreement
    overlap: Manifold | None = None
    real_overlap: Manifold | None = None
    memorized: Memorization | None = None


def table(found: Findings) -> str:
    """Lay out what was found in columns of fixed width."""
    parts = [_figures(found.figures), _overlap(found), _copies(found.memorized)]
    return "\n\n".join(part for part in [*parts, _agreement(found.agreed)] if part)


def _overlap(found: Findings) -> str:
    if found.overlap is None or found.real_overlap is None:
        return ""
    lines = [f"{'overlap':<24}{'value':>13}{'real for synthetic':>53}"]
    for each in fields(Manifold):
        value, floor = (getattr(one, each.name) for one in (found.overlap, found.real_overlap))
        lines.append(f"{each.name:<24}{value:>13.3f}{floor:>53.3f}")
    return "\n".join(lines)


def _copies(found: Memorization | None) -> str:
    if found is None:
        return ""
    return (
        f"copies      {found.copies:.1%} of {found.n} are nearer to a training image than 99% of "
        f"{found.n_held_out} held-out real images;\n{'':<12}{found.nearer:.1%} are nearer than a "
        f"held-out one is (50%: as held-out ones; p {found.p_value:.2g})"
    )


def _figures(figures: Sequence[Figure]) -> str:
    lines = [
        f"{'figure':<7}{'features':<17}{'value':>20}{'synthetic':>11}{'real':>8}"
        f"{'real for synthetic':>34}"
    ]
    for figure in figures:
        floor = figure.floor
        beside = "-" if floor is None else f"{_number(floor.value, floor.spread)} (n {floor.n})"
        lines.append(
            f"{figure.name:<7}{figure.features:<17}{_number(figure.value, figure.spread):>20}"
            f"{figure.n_synthetic:>11}{figure.n_real:>8}{beside:>34}"
        )
    lines += [f"{figure.name}: {figure.reason}" for figure in figures if figure.reason]
    lines.append("The last column is the floor: the figure with real training images instead.")
    return "\n".join(lines)


def _agreement(agreed: Agreement) -> str:
    if agreed.overall is None:
        return f"agreement: {agreed.reason}"
    width = max(10, *(len(name) + 2 for name in agreed.per_class))
    lines = [f"{'agreement':<{width}}{'synthetic':>11}{'n':>8}{'real test':>12}"]
    total = sum(agreed.n_per_class.values())
    lines.append(
        f"{'overall':<{width}}{agreed.overall:>11.1%}{total:>8}{_share(agreed.real_overall):>12}"
    )
    for name, share in agreed.per_class.items():
        real = _share(agreed.real_per_class.get(name))
        lines.append(f"{name:<{width}}{share:>11.1%}{agreed.n_per_class[name]:>8}{real:>12}")
    return "\n".join(lines)


def check_metrics_file(path: Path) -> None:
    """See to it that `write_metrics` would overwrite nothing but its own.

    Raises:
        UsageError: The path is taken by something else, or its folder is missing.
    """
    if not path.parent.is_dir():
        raise UsageError(f"--out {path}: there is no folder {path.parent}.")
    if not path.exists():
        return
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        ours = isinstance(written, dict) and written.get("writer") == WRITER
    except (OSError, ValueError):
        ours = False
    if not ours:
        raise UsageError(f"{path} is not a file of this tool's; give --out another name.")


def write_metrics(path: Path, found: Findings, facts: Mapping[str, Any]) -> None:
    """Write everything as JSON, whole or not at all.

    Raises:
        UsageError: The file would overwrite another's, or can't be written.
    """
    check_metrics_file(path)
    content = {
        "writer": WRITER,
        **facts,
        "figures": [asdict(figure) for figure in found.figures],
        "agreement": asdict(found.agreed),
        "overlap": found.overlap and asdict(found.overlap),
        "real_overlap": found.real_overlap and asdict(found.real_overlap),
        "memorization": found.memorized and asdict(found.memorized),
    }
    partial = path.with_name(f".{path.name}.partial")
    try:
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        partial.write_text(text + "\n", encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise UsageError(
            f"cannot write {path}: {error.strerror or error}; give --out another file."
        ) from error


def _number(value: float | None, spread: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if spread is None else f"{value:.4g} ± {spread:.2g}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
