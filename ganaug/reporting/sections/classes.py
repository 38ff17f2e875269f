"""Results class by class: whether labels are right, and all metrics by class."""

from collections.abc import Iterator, Mapping

from ganaug.evaluation.metrics.result import MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.reporting.bars import Scale, bar, with_axis
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import NOTHING, direction, number, percent, percent_range
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section

# Number of tables to show; further ones are collapsed.
SHOWN = 4


@register_section(order=40)
def classes(inputs: ReportInputs) -> Section:
    """Return the section with agreement and then other metrics by class."""
    title, metrics = "Class by class", inputs.metrics
    if isinstance(metrics, Missing):
        return Section("classes", title, [metrics])
    by_name: dict[str, dict[str, MetricResult]] = {}
    for group, results in metrics.by_class.items():
        for result in results.values():
            by_name.setdefault(result.name, {})[group] = result
    agreement = by_name.pop("agreement", {})
    tables: list[Block] = [
        _table(results) for results in by_name.values() if any(map(Estimate.of, results.values()))
    ]
    blocks: list[Block] = [Text(f"{reason}.") for reason in _weak(metrics)]
    blocks += [*_agreement(metrics, agreement), *tables[:SHOWN]]
    if hidden_tables := tables[SHOWN:]:
        blocks.append(Details(f"{len(hidden_tables)} more metrics by class", hidden_tables))
    return Section("classes", title, blocks or [Text("There is a single class.")])


def _weak(metrics: Evaluation) -> Iterator[str]:
    """Yield why the tables can't be relied on."""
    if metrics.agreement and (reason := metrics.agreement.weak_features):
        yield f"The agreement can't be relied on: {reason}"
    if metrics.weak_features and metrics.by_class:
        yield f"The other metrics by class can't be relied on: {metrics.weak_features}"


def _agreement(metrics: Evaluation, by_class: Mapping[str, MetricResult]) -> Iterator[Block]:
    rows = []
    for name, result in by_class.items():
        if (estimate := Estimate.of(result)) is None:
            continue
        real = NOTHING if estimate.real is None else percent(estimate.real)
        alt = f"{percent(estimate.value)}, interval {percent_range(estimate)}, real images {real}"
        baseline = "no test images, so not compared" if estimate.real is None else real
        num_real = f"{result.n_real:,}" if result.n_real else NOTHING
        cells = [percent(estimate.value), percent_range(estimate), f"{result.n:,}"]
        chart = bar(estimate, Scale(0, 1), alt, estimate.real)
        rows.append([name, chart, *cells, baseline, num_real])
    if not rows:
        if metrics.agreement and metrics.agreement.reason:
            yield Text(f"Whether labels are right is not known: {metrics.agreement.reason}.")
        return
    judge = metrics.agreement.judge if metrics.agreement else "unnamed"
    yield Table(
        (
            "Class",
            with_axis("Correct labels, higher is better", Scale(0, 1), percent),
            "Correct labels",
            "95% interval",
            "Synthetic images",
            "Real baseline",
            "Real images",
        ),
        rows,
        "The share of a class's synthetic images that an independent classifier "
        f"({judge}) assigns to that class. The vertical mark is the same "
        "for real test images: if a bar ends far to the left of it, the labels of that class can't "
        "be trusted, unless there are few real images. Thin lines are 95% intervals.",
        wide=(1,),
        legend=(("synthetic", "synthetic"), ("real", "real test images")),
    )


def _table(results: Mapping[str, MetricResult]) -> Table:
    first = next(iter(results.values()))
    metric = first.title
    heading = ", ".join(filter(None, [metric, direction(first.better)]))
    heading = heading[:1].upper() + heading[1:]
    group = {
        name: estimate for name, result in results.items() if (estimate := Estimate.of(result))
    }
    bounds = [
        bound
        for estimate in group.values()
        for bound in (estimate.value, estimate.real, *(estimate.interval or ()))
    ]
    scale = Scale.around([bound for bound in bounds if bound is not None])
    rows = []
    for name, estimate in group.items():
        interval = " to ".join(map(number, estimate.interval)) if estimate.interval else NOTHING
        real = NOTHING if estimate.real is None else number(estimate.real)
        alt = f"{number(estimate.value)}, interval {interval}, real images {real}"
        rows.append(
            [name, bar(estimate, scale, alt, estimate.real), number(estimate.value), interval, real]
        )
    has_baseline = any(estimate.real is not None for estimate in group.values())
    return Table(
        ("Class", with_axis(heading, scale), "Value", "95% interval", "Real baseline"),
        rows,
        f"{metric} by class. Thin lines are 95% intervals; vertical marks are the real "
        "baseline, the same metric with real images in place of the synthetic ones.",
        wide=(1,),
        legend=(("synthetic", "synthetic"), ("real", "real baseline")) if has_baseline else (),
    )
