"""The printed table of metrics: first over all images, then class by class."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from datamodules.printing import printable
from ganaug.evaluation.features.judges import judge_by
from ganaug.evaluation.features.networks import ROTATIONS
from ganaug.evaluation.membership.attack import Attack
from ganaug.evaluation.metrics.registry import metrics
from ganaug.evaluation.metrics.result import Interval, MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.synthesis.verification import Check

WEAK = "not to be relied on: weak features"
BASELINE = "real baseline: the same metric with as many real images in place of the synthetic ones."


def table(evaluation: Evaluation) -> str:
    """Format an evaluation in columns of fixed width."""
    sections = [
        evaluation.facts.get("quick", ""),
        check_lines(evaluation.facts.get("checks")),
        weak_note(evaluation),
        _metrics([*evaluation.metrics.values()]),
        _rotations_note(evaluation),
    ]
    sections += [_copies(evaluation), membership(evaluation), _agreement(evaluation)]
    sections += [_classes(evaluation), short_note(evaluation.facts.get("short"))]
    return "\n\n".join(section for section in sections if section)


def check_lines(checks: Any) -> str:
    """Return the results of the set's checks; empty without checks."""
    lines = [str(Check(**check)) for check in checks or ()]
    return "\n".join(["is the set", *lines]) if lines else ""


def weak_note(evaluation: Evaluation) -> str:
    """Return a note on why metrics can't be relied on, and what to do; empty if they can."""
    if not evaluation.weak_features:
        return ""
    return (
        f"These metrics can't be relied on: {evaluation.weak_features}. Evaluate again with the "
        f"features {judge_by(evaluation.facts)}."
    )


def short_note(short: Any) -> str:
    """Return a note on how many planned images are missing, by class; empty if none are."""
    if not short:
        return ""
    class_counts = ", ".join(f"{printable(name)} {count:,}" for name, count in short.items())
    return (
        f"{sum(short.values()):,} of the planned images were never made, and are not in these "
        f"metrics ({class_counts}): the filters rejected too many"
    )


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
    for result in results:
        lines.append(
            f"{result.label:<26} {_number(result.value):>9} {_interval(result):>19}"
            f" {result.n:>6} {result.n_real:>6} {_baseline(result):>27}"
            f"  {WEAK if result.weak_features else meaning.get(result.name, '')}".rstrip()
        )
    labels_by_reason: dict[str, list[str]] = {}
    for result in results:
        if result.reason:
            labels_by_reason.setdefault(result.reason, []).append(result.label)
    lines += [f"{', '.join(labels)}: {reason}" for reason, labels in labels_by_reason.items()]
    return "\n".join([*lines, BASELINE])


def _rotations_note(evaluation: Evaluation) -> str:
    """Return an explanation of a network trained on rotations; empty without one."""
    if not any(result.features == ROTATIONS for result in evaluation.metrics.values()):
        return ""
    return (
        f"{ROTATIONS}: with a single class, the network learned which of four rotations was "
        "applied to an image, so it has no accuracy on classes"
    )


def _copies(evaluation: Evaluation) -> str:
    memorization = evaluation.memorization
    if memorization is None:
        return evaluation.memorization_missing and f"copies: {evaluation.memorization_missing}"
    return (
        f"copies      {memorization.copies:.1%} of {memorization.n} are closer to a training image "
        f"than the 1% quantile of the distances of {memorization.n_held_out} held-out real "
        f"images (95% interval {_range(memorization.interval)}), by {memorization.features};\n"
        f"{'':<12}of new real images, {memorization.expected:.1%} are expected, and up to "
        f"{memorization.by_chance:.1%} by chance;\n"
        f"{'':<12}{memorization.nearer:.1%} are closer than a held-out image (50%: like held-out "
        f"ones; p {memorization.p_value:.2g})"
        + (f";\n{'':<12}some may be missed: weak features" if memorization.weak_features else "")
    )


def membership(evaluation: Evaluation) -> str:
    """Return how well attacks recognize training images, or why that is unknown."""
    attacks = evaluation.membership
    if attacks is None:
        return evaluation.membership_missing and f"membership: {evaluation.membership_missing}"
    attack = attacks.distance
    lines = [
        f"membership  {_attack(attack)} of {attack.n:,} training and {attack.n_held_out:,} "
        "held-out images,",
        f"{'':<12}by the distance to the nearest synthetic image (50%: not at all);",
        f"{'':<12}found at 1% false positives: "
        + (
            attack.tpr_missing
            or f"{share(attack.tpr)} of the training images (95% interval "
            f"{_range(attack.tpr_interval)})"
        ),
    ]
    other_attacks = {
        f"with {attacks.n_control:,} validation images as the set": attacks.control,
        "by the discriminator, for an attacker with the checkpoint": attacks.discriminator,
    }
    lines += [
        f"{'':<12}{description}: {_attack(other)}"
        for description, other in other_attacks.items()
        if other
    ]
    return "\n".join(lines)


def _attack(attack: Attack) -> str:
    return f"AUC {attack.auc:.1%} (95% interval {_range(attack.interval)})"


def _agreement(evaluation: Evaluation) -> str:
    agreement = evaluation.agreement
    if agreement is None or agreement.overall is None:
        return f"agreement: {agreement.reason}" if agreement else ""
    number = sum(agreement.n_per_class.values())
    lines = [
        f"agreement   {agreement.overall:.1%} of {number} show the requested class (95% interval "
        f"{_range(agreement.interval)}; real test images in the same class proportions: "
        f"{share(agreement.real_overall)})"
    ]
    if agreement.weak_features:
        lines.append(f"{'':<12}not to be relied on: the judge, {agreement.weak_features}")
    if agreement.classes_asked is not None and agreement.classes_read is not None:
        lines.append(
            f"{'':<12}as varied as {agreement.classes_read:.2f} classes of the same size; "
            f"{agreement.classes_asked:.2f} were requested"
        )
    return "\n".join(lines)


def _classes(evaluation: Evaluation) -> str:
    """Return a row for each class, with value, half-width of the interval, and real baseline."""
    names = [
        name
        for name, class_evaluation in evaluation.by_class.items()
        if class_evaluation.metrics or class_evaluation.agreement
    ]
    agrees = any(evaluation.by_class[name].agreement for name in names)
    if not names or (len(names) == 1 and not agrees):
        return ""
    evaluations = {name: evaluation.by_class[name] for name in names}
    # Density is left out to leave room for the user's own metrics.
    titles = {
        key: metric.title
        for class_evaluation in evaluations.values()
        for key, metric in class_evaluation.metrics.items()
    }
    titles.pop("density", None)
    width = max(10, *(len(name) + 2 for name in names))
    lines = [
        f"{'class':<{width}}{'n':>6}{'agree':>8}{'real':>7}{'copies':>8}"
        + "".join(f"{title:>26}" for title in titles.values())
    ]
    for name, class_evaluation in evaluations.items():
        agreement, copies = class_evaluation.get("agreement"), class_evaluation.get("memorized")
        shares = [result.value if result else None for result in (agreement, copies)]
        number = (
            agreement.n
            if agreement
            else max(result.n for result in class_evaluation.metrics.values())
        )
        real = agreement.real_baseline.value if agreement and agreement.real_baseline else None
        lines.append(
            f"{name:<{width}}{number:>6}{share(shares[0]):>8}{share(real):>7}"
            f"{share(shares[1]):>8}"
            + "".join(f"{_cell(class_evaluation.metrics.get(key)):>26}" for key in titles)
        )
    if titles:
        lines.append("Each metric ± half of its 95% interval, and behind / its real baseline.")
    reasons = [
        x.reason
        for class_evaluation in evaluations.values()
        for x in class_evaluation.metrics.values()
        if x.value is None
    ]
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
    baseline = result.real_baseline
    if baseline is None:
        return "-"
    spread = "" if baseline.spread is None else f" ± {baseline.spread:.2g}"
    return f"{_number(baseline.value)}{spread} (n {baseline.n})"


def share(value: float | None) -> str:
    """Return a share in percent, or a dash if it is unknown.

    Example:
        >>> share(0.5), share(None)
        ('50.0%', '-')
    """
    return "-" if value is None else f"{value:.1%}"
