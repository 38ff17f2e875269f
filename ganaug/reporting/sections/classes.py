"""Class by class: whether labels hold, and every other figure that there is for each class."""

from collections.abc import Iterator, Mapping

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, by_class, dig, measured
from ganaug.reporting.formatting import NOTHING, number, percent, percent_range
from ganaug.reporting.inputs import Facts, Materials

FOLDED_FROM = 4


def section(materials: Materials) -> Section:
    """Lay out agreement by class, then each other group of figures by class."""
    title, metrics = "Class by class", materials.metrics
    if isinstance(metrics, Missing):
        return Section("classes", title, [metrics])
    tables: list[Block] = [_table(figure, own) for figure, own in by_class(metrics) if own]
    blocks: list[Block] = [*_agreement(metrics), *tables[:FOLDED_FROM]]
    if rest := tables[FOLDED_FROM:]:
        blocks.append(Details(f"{len(rest)} more figures by class", rest))
    return Section("classes", title, blocks or [Text("There is a single class.")])


def _agreement(metrics: Facts) -> Iterator[Block]:
    agreed = dig(metrics, "agreement") or {}
    intervals = dig(agreed, "interval_per_class") or {}
    shares = {
        name: measured({"value": share, "interval": intervals.get(name)})
        for name, share in (dig(agreed, "per_class") or {}).items()
    }
    known = {name: own for name, own in shares.items() if own}
    if not known:
        if agreed.get("reason"):
            yield Text(f"Whether labels hold is not known: {agreed['reason']}.")
        return
    rows = []
    for name, own in known.items():
        count = int(dig(agreed, "n_per_class", name) or 0)
        real = measured(dig(agreed, "real_per_class", name))
        beside = percent(real.value) if real else NOTHING
        says = f"{percent(own.value)}, interval {percent_range(own)}, real images {beside}"
        drawn = bar(own, Scale(0, 1), says, real.value if real else None)
        cells = (percent(own.value), percent_range(own), f"{count:,}", beside)
        rows.append([name, drawn, *cells])
    yield Table(
        ("class", "labels that hold", "share", "95% interval", "images", "real"),
        rows,
        f"The share of a class's synthetic images that an independent classifier "
        f"({agreed.get('judge', 'unnamed')}) reads as that class. The upright mark is the same of "
        "real test images: a bar that ends far to its left is a class whose labels can't be "
        "trusted. Thin lines are 95% intervals.",
        wide=(1,),
        legend=(("made", "synthetic"), ("real", "real test images")),
    )


def _table(figure: str, group: Mapping[str, Measured]) -> Table:
    known = [x for own in group.values() for x in (own.value, own.real, *(own.interval or ()))]
    scale = Scale.around([x for x in known if x is not None])
    rows = []
    for name, own in group.items():
        interval = " to ".join(map(number, own.interval)) if own.interval else NOTHING
        real = NOTHING if own.real is None else number(own.real)
        says = f"{number(own.value)}, interval {interval}, real images {real}"
        rows.append([name, bar(own, scale, says, own.real), number(own.value), interval, real])
    beside = any(own.real is not None for own in group.values())
    return Table(
        ("class", figure, "value", "95% interval", "real in their place"),
        rows,
        f"{figure} of each class; thin lines are 95% intervals, upright marks real images in the "
        "place of the synthetic ones, where there are any.",
        wide=(1,),
        legend=(("made", "synthetic"), ("real", "real in their place")) if beside else (),
    )
