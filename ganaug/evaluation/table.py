"""The table of figures that a person reads: first over all images, then class by class."""

from collections.abc import Sequence

from ganaug.evaluation.metrics.agreement import Agreement
from ganaug.evaluation.metrics.result import Figure, Interval
from ganaug.evaluation.metrics_file import Findings

MEANING = {
    "FID": "0 best",
    "KID": "0 best",
    "IS": "high best",
    "MIFID": "0 best; high also for copies",
    "precision": "share that look real",
    "recall": "share of real ones that they reach",
    "density": "how deep among real ones",
    "coverage": "share of real ones with one near",
    "modes covered": "share of kinds of image shown",
    "modes off": "kinds too rare or frequent; 5%: chance",
    "AUC": "told from real ones; 0.5: not at all",
}


def table(found: Findings) -> str:
    """Lay out what was found in columns of fixed width."""
    parts = [_figures(found.figures), _copies(found), _agreement(found.agreed)]
    return "\n\n".join(part for part in [*parts, _classes(found)] if part)


def _figures(figures: Sequence[Figure]) -> str:
    lines = [
        f"{'figure':<26} {'value':>9} {'95% interval':>19} {'n':>6} {'real':>6}"
        f" {'real for synthetic':>27}  what"
    ]
    for figure in figures:
        lines.append(
            f"{figure.label:<26} {_number(figure.value):>9} {_interval(figure):>19}"
            f" {figure.n_synthetic:>6} {figure.n_real:>6} {_floor(figure):>27}"
            f"  {MEANING.get(figure.name, '')}"
        )
    of_reason: dict[str, list[str]] = {}
    for figure in figures:
        if figure.reason:
            of_reason.setdefault(figure.reason, []).append(figure.label)
    lines += [f"{', '.join(labels)}: {reason}" for reason, labels in of_reason.items()]
    lines.append("'real for synthetic' is the floor: the figure with as many real images instead.")
    return "\n".join(lines)


def _copies(findings: Findings) -> str:
    found = findings.memorized
    if found is None:
        return findings.not_memorized and f"copies: {findings.not_memorized}"
    return (
        f"copies      {found.copies:.1%} of {found.n} are nearer to a training image than 99% of "
        f"{found.n_held_out} held-out real images (95% interval {_range(found.interval)}), by "
        f"{found.features};\n"
        f"{'':<12}{found.nearer:.1%} are nearer than a held-out one is (50%: as held-out ones; "
        f"p {found.p_value:.2g})"
    )


def _agreement(agreed: Agreement) -> str:
    if agreed.overall is None:
        return f"agreement: {agreed.reason}"
    number = sum(agreed.n_per_class.values())
    lines = [
        f"agreement   {agreed.overall:.1%} of {number} show the class asked for (95% interval "
        f"{_range(agreed.interval)}; real test images: {_share(agreed.real_overall)})"
    ]
    if agreed.classes_asked is not None and agreed.classes_read is not None:
        lines.append(
            f"{'':<12}as varied as {agreed.classes_read:.2f} classes of the same size; asked for "
            f"were {agreed.classes_asked:.2f}"
        )
    return "\n".join(lines)


def _classes(found: Findings) -> str:
    """Lay out a row a class: value, half the interval's width, and the floor."""
    names = list(found.by_class) or list(found.agreed.per_class)
    if not names or (len(names) == 1 and not found.agreed.per_class):
        return ""
    own = {name: {each.name: each for each in found.by_class.get(name, ())} for name in names}
    shown = [
        x
        for x in ("KID", "precision", "recall", "coverage", "AUC")
        if any(x in own[n] for n in names)
    ]
    width = max(10, *(len(name) + 2 for name in names))
    lines = [
        f"{'class':<{width}}{'n':>6}{'agree':>8}{'real':>7}{'copies':>8}"
        + "".join(f"{each:>26}" for each in shown)
    ]
    for name in names:
        figures = [own[name].get(each) for each in shown]
        counts = [each.n_synthetic for each in own[name].values()]
        number = found.agreed.n_per_class.get(name) or max(counts)
        memorized = found.memorized_by_class.get(name)
        lines.append(
            f"{name:<{width}}{number:>6}{_share(found.agreed.per_class.get(name)):>8}"
            f"{_share(found.agreed.real_per_class.get(name)):>7}"
            f"{_share(memorized.copies if memorized else None):>8}"
            + "".join(f"{_cell(each):>26}" for each in figures)
        )
    if shown:
        lines.append("Each figure ± half of its 95% interval, and behind / its floor.")
    reasons = [each.reason for name in names for each in own[name].values() if each.value is None]
    lines += [f"-: {reason}" for reason in dict.fromkeys(reasons)]
    return "\n".join(lines)


def _cell(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "-"
    half = f" ±{(figure.interval[1] - figure.interval[0]) / 2:.1g}" if figure.interval else ""
    floor = f" / {figure.floor.value:.2g}" if figure.floor else ""
    return f"{figure.value:.3g}{half}{floor}"


def _range(interval: Interval | None) -> str:
    return f"{interval[0]:.1%} to {interval[1]:.1%}" if interval else ""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if 0.01 <= abs(value) < 10 else f"{value:.3g}"


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return "-"
    return " to ".join(map(_number, figure.interval))


def _floor(figure: Figure) -> str:
    if figure.floor is None:
        return "-"
    spread = "" if figure.floor.spread is None else f" ± {figure.floor.spread:.2g}"
    return f"{_number(figure.floor.value)}{spread} (n {figure.floor.n})"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"
