"""How similar the set is to real images: distances with real baselines, and overlap."""

from collections.abc import Iterator, Mapping
from typing import Any

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Missing, Section, Table, Text
from ganaug.reporting.estimates import TITLES, estimate, overall
from ganaug.reporting.formatting import NOTHING, number
from ganaug.reporting.inputs import Facts, ReportInputs
from ganaug.reporting.sections import register_section

HEAD = ("metric", "features", "value", "real baseline", "synthetic images", "real images", "note")
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
    "with a penalty for copies. Modes are clusters of real images; modes off are those that the "
    "set shows too rarely or too often, 5% by chance. C2ST is how well a classifier tells real "
    "from synthetic (area under the ROC curve): 0.5 means not at all. Metrics of different "
    "features can't be compared."
)


@register_section(order=30)
def fidelity(inputs: ReportInputs) -> Section:
    """Lay out the overlap and the distances."""
    title, metrics = "Is it faithful?", inputs.metrics
    if isinstance(metrics, Missing):
        return Section("fidelity", title, [metrics])
    blocks: list[Block] = [*_overlap(metrics), *_distances(metrics)]
    return Section("fidelity", title, blocks or [Text("The evaluation has no such metrics.")])


def _overlap(metrics: Facts) -> Iterator[Table]:
    known = {name: own for name in OVERLAP if (own := overall(metrics, name))}
    if not known:
        return
    bounds = [
        x for own in known.values() for x in (own.value, own.real or 0, *(own.interval or ()))
    ]
    scale = Scale.around([1.0, *bounds])
    rows = []
    for name, own in known.items():
        real = NOTHING if own.real is None else number(own.real)
        drawn = bar(own, scale, f"{number(own.value)}, real images {real}", own.real)
        rows.append([name, drawn, number(own.value), real, OVERLAP[name]])
    yield Table(
        ("overlap", "", "synthetic", "real baseline", "meaning"),
        rows,
        "The bar is the synthetic set; the vertical mark is the same number of real training "
        "images. The closer the bar comes to the mark, the better. Low recall with high precision "
        "means that the generator draws only a few kinds of image, but draws them well.",
        wide=(1,),
        words=(4,),
        legend=LEGEND,
    )


def _distances(metrics: Facts) -> Iterator[Table]:
    rows = [
        _cells(each)
        for each in metrics.get("metrics") or []
        if isinstance(each, Mapping) and each.get("name") not in OVERLAP
    ]
    if rows:
        yield Table(HEAD, rows, DISTANCES, words=(1, 6))


def _cells(metric: Mapping[str, Any]) -> list[str]:
    name = str(metric.get("name", "unnamed"))
    return [
        TITLES.get(name, name),
        str(metric.get("features", NOTHING)),
        _value(metric),
        _value(metric.get("real_baseline")),
        *(_count(metric.get(key)) for key in ("n_synthetic", "n_real")),
        str(metric.get("reason") or ""),
    ]


def _value(found: Any) -> str:
    own = estimate(found)
    if own is None:
        return NOTHING
    if own.interval:
        return f"{number(own.value)} ({' to '.join(map(number, own.interval))})"
    spread = estimate(found.get("spread")) if isinstance(found, Mapping) else None
    return number(own.value) + (f" ± {number(spread.value, 2)}" if spread else "")


def _count(value: Any) -> str:
    found = estimate(value)
    return NOTHING if found is None else f"{found.value:,.0f}"
