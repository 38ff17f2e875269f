"""How similar the set is to real images: overlap and distances, with real baselines."""

from collections.abc import Iterator

from ganaug.evaluation.metrics.result import Interval, MetricResult
from ganaug.evaluation.result import Evaluation
from ganaug.reporting.bars import Scale, bar, with_axis
from ganaug.reporting.blocks import Block, Missing, Section, Table, Text
from ganaug.reporting.estimates import Estimate
from ganaug.reporting.formatting import NOTHING, number
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.sections import register_section

HEAD = (
    "Metric",
    "Features",
    "Value",
    "Real baseline",
    "Synthetic images",
    "Real images",
    "Better if",
    "Note",
)
LEGEND = (("synthetic", "synthetic"), ("real", "real baseline"))
OVERLAP = {
    "precision": "share of synthetic images that lie among real ones",
    "recall": "share of real images that lie among synthetic ones",
    "density": "how many real images surround a synthetic one",
    "coverage": "share of real images with a synthetic one nearby",
}
DISTANCES = (
    "FID and KID are distances between synthetic and real images in the named features. 0 is best, "
    "but no generator is expected to fall below the real baseline: the same metric with real "
    "images in place of the synthetic ones. IS rewards clear images of many classes. MIFID is FID "
    "with a penalty for copies. Modes are clusters of real images; modes off are those that are "
    "too rare or too frequent in the set, 5% by chance. C2ST is how well a classifier "
    "distinguishes real from synthetic images (area under the ROC curve): 0.5 means not at all. "
    "Metrics of different features can't be compared."
)


@register_section(order=30)
def fidelity(inputs: ReportInputs) -> Section:
    """Return the section with the overlap and the distances."""
    title, metrics = "Is it faithful?", inputs.metrics
    if isinstance(metrics, Missing):
        return Section("fidelity", title, [metrics])
    blocks: list[Block] = [*_overlap(metrics), *_distances(metrics)]
    blocks = blocks or [Text("The evaluation has no such metrics.")]
    if reason := metrics.weak_features:
        blocks.insert(0, Text(f"None of these metrics can be relied on: {reason}."))
    return Section("fidelity", title, blocks)


def _overlap(metrics: Evaluation) -> Iterator[Table]:
    estimates = {name: estimate for name in OVERLAP if (estimate := Estimate.of(metrics.get(name)))}
    if not estimates:
        return
    bounds = [
        bound
        for estimate in estimates.values()
        for bound in (estimate.value, estimate.real or 0, *(estimate.interval or ()))
    ]
    scale = Scale.around([1.0, *bounds])
    rows = []
    for name, estimate in estimates.items():
        real = NOTHING if estimate.real is None else number(estimate.real)
        chart = bar(estimate, scale, f"{number(estimate.value)}, real images {real}", estimate.real)
        rows.append([name, chart, number(estimate.value), real, OVERLAP[name]])
    yield Table(
        (
            "Metric",
            with_axis("Value, higher is better", scale),
            "Value",
            "Real baseline",
            "Meaning",
        ),
        rows,
        "The bar is the synthetic set; the vertical mark is the same number of real training "
        "images. The closer the bar comes to the mark, the better. Low recall with high precision "
        "means that the generator draws few kinds of images, but draws them well.",
        wide=(1,),
        words=(4,),
        legend=LEGEND,
    )


def _distances(metrics: Evaluation) -> Iterator[Table]:
    rows = [_cells(metric) for name, metric in metrics.metrics.items() if name not in OVERLAP]
    if rows:
        yield Table(HEAD, rows, DISTANCES, words=(1, 6, 7))


def _cells(metric: MetricResult) -> list[str]:
    return [
        metric.title,
        metric.features or NOTHING,
        _value(metric.value, metric.interval, metric.spread),
        _value(metric.real_baseline.value, None, metric.real_baseline.spread)
        if metric.real_baseline
        else NOTHING,
        f"{metric.n:,}",
        f"{metric.n_real:,}",
        metric.better or NOTHING,
        "; ".join(filter(None, [metric.reason, "" if metric.trusted else "weak features"])),
    ]


def _value(value: float | None, interval: Interval | None, spread: float | None) -> str:
    if value is None:
        return NOTHING
    if interval:
        return f"{number(value)} ({' to '.join(map(number, interval))})"
    return number(value) + (f" ± {number(spread, 2)}" if spread else "")
