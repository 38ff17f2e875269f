"""The printed table of metrics: first over all images, then class by class."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ganaug.evaluation.features.judges import judge_by
from ganaug.evaluation.features.networks import ROTATIONS
from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.metrics.registry import metrics
from ganaug.evaluation.metrics.result import Interval, MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis.verification import Check
from ganaug.utils.errors import UsageError

WEAK = "not to be relied on: weak features"
BASELINE = "real baseline: the same metric with as many real images in place of the synthetic ones."


def table(found: Evaluation) -> str:
    """Format an evaluation in columns of fixed width."""
    parts = [
        found.facts.get("quick", ""),
        check_lines(found.facts.get("checks")),
        weak_note(found),
        _metrics([*found.metrics.values()]),
        _about(found),
    ]
    parts += [_copies(found), membership(found), _agreement(found)]
    parts += [_classes(found), short_note(found.facts.get("short"))]
    return "\n\n".join(part for part in parts if part)


def check_lines(checks: Any) -> str:
    """Return the results of the set's checks; empty without checks."""
    lines = [str(Check(**each)) for each in checks or ()]
    return "\n".join(["is the set", *lines]) if lines else ""


def weak_note(found: Evaluation) -> str:
    """Return a note on why metrics can't be relied on, and what to do; empty if they can."""
    if not found.weak_features:
        return ""
    return (
        f"These metrics can't be relied on: {found.weak_features}. Evaluate again with the "
        f"features {judge_by(found.facts)}."
    )


def short_note(short: Any) -> str:
    """Return a note on how many planned images are missing, by class; empty if none are."""
    if not short:
        return ""
    named = ", ".join(f"{name} {count:,}" for name, count in short.items())
    return (
        f"{sum(short.values()):,} of the planned images were never made, and are not in these "
        f"metrics ({named}): the filters rejected too many"
    )


def frame(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return rows as a pandas table.

    Raises:
        UsageError: pandas is not installed.
    """
    try:
        import pandas
    except ImportError as error:
        raise UsageError("to_frame needs pandas; install it with `pip install pandas`") from error
    return pandas.DataFrame(rows)


def html(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as an HTML table, for a notebook."""
    head = "".join(f"<th>{escape(key)}</th>" for key in (rows[0] if rows else ()))
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(_plain(value))}</td>' for value in row.values())}</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _plain(value: Any) -> str:
    if isinstance(value, float):
        return _number(value)
    return "" if value is None else str(value)


def _metrics(results: Sequence[MetricResult]) -> str:
    meaning = {x.name: x.meaning for metric in metrics().values() for x in metric.outputs}
    lines = [
        f"{'metric':<26} {'value':>9} {'95% interval':>19} {'n':>6} {'real':>6}"
        f" {'real baseline':>27}  what"
    ]
    for each in results:
        lines.append(
            f"{each.label:<26} {_number(each.value):>9} {_interval(each):>19}"
            f" {each.n:>6} {each.n_real:>6} {_baseline(each):>27}"
            f"  {WEAK if each.weak_features else meaning.get(each.name, '')}".rstrip()
        )
    of_reason: dict[str, list[str]] = {}
    for each in results:
        if each.reason:
            of_reason.setdefault(each.reason, []).append(each.label)
    lines += [f"{', '.join(labels)}: {reason}" for reason, labels in of_reason.items()]
    return "\n".join([*lines, BASELINE])


def _about(evaluation: Evaluation) -> str:
    """Return an explanation of a network trained on rotations; empty without one."""
    if not any(each.features == ROTATIONS for each in evaluation.metrics.values()):
        return ""
    return (
        f"{ROTATIONS}: with a single class, the network learned which of four rotations was "
        "applied to an image, so it has no accuracy on classes"
    )


def _copies(evaluation: Evaluation) -> str:
    found = evaluation.memorization
    if found is None:
        return evaluation.memorization_missing and f"copies: {evaluation.memorization_missing}"
    return (
        f"copies      {found.copies:.1%} of {found.n} are closer to a training image than 99% of "
        f"{found.n_held_out} held-out real images (95% interval {_range(found.interval)}), by "
        f"{found.features};\n"
        f"{'':<12}{found.nearer:.1%} are closer than a held-out image (50%: like held-out ones; "
        f"p {found.p_value:.2g})"
        + (f";\n{'':<12}some may be missed: weak features" if found.weak_features else "")
    )


def membership(evaluation: Evaluation) -> str:
    """Return how well attacks recognize training images, or why that is unknown."""
    found = evaluation.membership
    if found is None:
        return evaluation.membership_missing and f"membership: {evaluation.membership_missing}"
    own = found.distance
    lines = [
        f"membership  {_attack(own)} of {own.n:,} training and {own.n_held_out:,} held-out images,",
        f"{'':<12}by the distance to the nearest synthetic image (50%: not at all);",
        f"{'':<12}{share(own.tpr)} of the training images (95% interval "
        f"{_range(own.tpr_interval)}) are found at 1% false positives",
    ]
    others = {
        f"with {found.n_control:,} validation images as the set": found.control,
        "by the discriminator, for an attacker with the checkpoint": found.discriminator,
    }
    lines += [f"{'':<12}{words}: {_attack(each)}" for words, each in others.items() if each]
    return "\n".join(lines)


def _attack(found: Attack) -> str:
    return f"AUC {found.auc:.1%} (95% interval {_range(found.interval)})"


def _agreement(evaluation: Evaluation) -> str:
    agreed = evaluation.agreement
    if agreed is None or agreed.overall is None:
        return f"agreement: {agreed.reason}" if agreed else ""
    number = sum(agreed.n_per_class.values())
    lines = [
        f"agreement   {agreed.overall:.1%} of {number} show the requested class (95% interval "
        f"{_range(agreed.interval)}; real test images: {share(agreed.real_overall)})"
    ]
    if agreed.weak_features:
        lines.append(f"{'':<12}not to be relied on: the judge, {agreed.weak_features}")
    if agreed.classes_asked is not None and agreed.classes_read is not None:
        lines.append(
            f"{'':<12}as varied as {agreed.classes_read:.2f} classes of the same size; "
            f"{agreed.classes_asked:.2f} were requested"
        )
    return "\n".join(lines)


def _classes(found: Evaluation) -> str:
    """Return a row for each class, with value, half-width of the interval, and real baseline."""
    names = [name for name, own in found.by_class.items() if own.metrics or own.agreement]
    agrees = any(found.by_class[name].agreement for name in names)
    if not names or (len(names) == 1 and not agrees):
        return ""
    own = {name: found.by_class[name] for name in names}
    # Density is left out to leave room for the user's own metrics.
    shown = {key: each.title for part in own.values() for key, each in part.metrics.items()}
    shown.pop("density", None)
    width = max(10, *(len(name) + 2 for name in names))
    lines = [
        f"{'class':<{width}}{'n':>6}{'agree':>8}{'real':>7}{'copies':>8}"
        + "".join(f"{each:>26}" for each in shown.values())
    ]
    for name, part in own.items():
        agreed, copies = part.get("agreement"), part.get("memorized")
        shares = [each.value if each else None for each in (agreed, copies)]
        number = agreed.n if agreed else max(each.n for each in part.metrics.values())
        real = agreed.real_baseline.value if agreed and agreed.real_baseline else None
        lines.append(
            f"{name:<{width}}{number:>6}{share(shares[0]):>8}{share(real):>7}"
            f"{share(shares[1]):>8}"
            + "".join(f"{_cell(part.metrics.get(each)):>26}" for each in shown)
        )
    if shown:
        lines.append("Each metric ± half of its 95% interval, and behind / its real baseline.")
    reasons = [x.reason for part in own.values() for x in part.metrics.values() if x.value is None]
    return "\n".join([*lines, *(f"-: {reason}" for reason in dict.fromkeys(reasons))])


def _cell(result: MetricResult | None) -> str:
    if result is None or result.value is None:
        return "-"
    low, high = result.interval or (0, 0)
    half = f" ±{(high - low) / 2:.1g}" if result.interval else ""
    baseline = f" / {result.real_baseline.value:.2g}" if result.real_baseline else ""
    return f"{result.value:.3g}{half}{baseline}"


def _range(interval: Interval | None) -> str:
    return f"{interval[0]:.1%} to {interval[1]:.1%}" if interval else ""


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if 0.01 <= abs(value) < 10 else f"{value:.3g}"


def _interval(result: MetricResult) -> str:
    return " to ".join(map(_number, result.interval)) if result.interval else "-"


def _baseline(result: MetricResult) -> str:
    found = result.real_baseline
    if found is None:
        return "-"
    spread = "" if found.spread is None else f" ± {found.spread:.2g}"
    return f"{_number(found.value)}{spread} (n {found.n})"


def share(value: float | None) -> str:
    """Return a share in percent, or a dash if it is unknown.

    Example:
        >>> share(0.5), share(None)
        ('50.0%', '-')
    """
    return "-" if value is None else f"{value:.1%}"
