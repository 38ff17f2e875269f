"""Class by class: whether labels are right, and every metric that is known for each class."""

from collections.abc import Iterator, Mapping

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.estimates import Estimate, by_class, dig, estimate
from ganaug.reporting.formatting import NOTHING, number, percent, percent_range
from ganaug.reporting.inputs import Facts, ReportInputs
from ganaug.reporting.sections import register_section

# More tables than these are folded away.
SHOWN = 4


@register_section(order=40)
def classes(inputs: ReportInputs) -> Section:
    """Lay out agreement by class, then the other metrics by class."""
    title, metrics = "Class by class", inputs.metrics
    if isinstance(metrics, Missing):
        return Section("classes", title, [metrics])
    tables: list[Block] = [_table(metric, own) for metric, own in by_class(metrics) if own]
    blocks: list[Block] = [*_agreement(metrics), *tables[:SHOWN]]
    if rest := tables[SHOWN:]:
        blocks.append(Details(f"{len(rest)} more metrics by class", rest))
    return Section("classes", title, blocks or [Text("There is a single class.")])


def _agreement(metrics: Facts) -> Iterator[Block]:
    agreed = dig(metrics, "agreement") or {}
    intervals = dig(agreed, "interval_per_class") or {}
    shares = {
        name: estimate({"value": share, "interval": intervals.get(name)})
        for name, share in (dig(agreed, "per_class") or {}).items()
    }
    known = {name: own for name, own in shares.items() if own}
    if not known:
        if agreed.get("reason"):
            yield Text(f"Whether labels are right is not known: {agreed['reason']}.")
        return
    rows = []
    for name, own in known.items():
        count = int(dig(agreed, "n_per_class", name) or 0)
        real = estimate(dig(agreed, "real_per_class", name))
        real_share = percent(real.value) if real else NOTHING
        alt = f"{percent(own.value)}, interval {percent_range(own)}, real images {real_share}"
        drawn = bar(own, Scale(0, 1), alt, real.value if real else None)
        cells = (percent(own.value), percent_range(own), f"{count:,}", real_share)
        rows.append([name, drawn, *cells])
    yield Table(
        ("class", "correct labels", "share", "95% interval", "images", "real"),
        rows,
        "The share of a class's synthetic images that an independent classifier "
        f"({agreed.get('judge', 'unnamed')}) assigns to that class. The vertical mark is the same "
        "for real test images: if a bar ends far to the left of it, the labels of that class can't "
        "be trusted. Thin lines are 95% intervals.",
        wide=(1,),
        legend=(("synthetic", "synthetic"), ("real", "real test images")),
    )


def _table(metric: str, group: Mapping[str, Estimate]) -> Table:
    known = [x for own in group.values() for x in (own.value, own.real, *(own.interval or ()))]
    scale = Scale.around([x for x in known if x is not None])
    rows = []
    for name, own in group.items():
        interval = " to ".join(map(number, own.interval)) if own.interval else NOTHING
        real = NOTHING if own.real is None else number(own.real)
        alt = f"{number(own.value)}, interval {interval}, real images {real}"
        rows.append([name, bar(own, scale, alt, own.real), number(own.value), interval, real])
    has_baseline = any(own.real is not None for own in group.values())
    return Table(
        ("class", metric, "value", "95% interval", "real baseline"),
        rows,
        f"{metric} of each class. Thin lines are 95% intervals; vertical marks are the real "
        "baseline, the same metric with real images in place of the synthetic ones.",
        wide=(1,),
        legend=(("synthetic", "synthetic"), ("real", "real baseline")) if has_baseline else (),
    )
