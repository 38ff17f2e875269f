"""Class by class: whether labels hold, and every other figure that there is for each class."""

from collections.abc import Iterator, Mapping

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, by_class, dig, measured, share_interval
from ganaug.reporting.materials import Facts, Materials
from ganaug.reporting.wording import NOTHING, number, percent, percent_range

OWN = "agreement.per_class"
# What stands beside other figures, or is counted and not measured.
BESIDE = ("agreement.", "counts")
FOLDED_FROM = 4


def section(materials: Materials) -> Section:
    """Lay out agreement by class, then each other group of figures by class."""
    title, metrics = "Class by class", materials.metrics
    if isinstance(metrics, Missing):
        return Section("classes", title, [metrics])
    found = {
        path: group
        for path, group in by_class(metrics, materials.class_names)
        if not path.startswith(BESIDE)
    }
    tables: list[Block] = [_table(path, group) for path, group in found.items()]
    blocks: list[Block] = [*_agreement(metrics, materials), *tables[:FOLDED_FROM]]
    if rest := tables[FOLDED_FROM:]:
        blocks.append(Details(f"{len(rest)} more figures by class", rest))
    return Section("classes", title, blocks or [Text("There is a single class.")])


def _agreement(metrics: Facts, materials: Materials) -> Iterator[Block]:
    agreed = dig(metrics, "agreement") or {}
    shares = {name: measured(dig(agreed, "per_class", name)) for name in materials.class_names}
    known = {name: own for name, own in shares.items() if own}
    if not known:
        if agreed.get("reason"):
            yield Text(f"Whether labels hold is not known: {agreed['reason']}.")
        return
    rows = []
    for name, own in known.items():
        count = int(dig(agreed, "n_per_class", name) or 0)
        if own.interval is None and count:
            own = Measured(own.value, share_interval(own.value, count))
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


def _table(path: str, group: Mapping[str, Measured]) -> Table:
    bounds = [bound for own in group.values() for bound in own.interval or (own.value,)]
    scale = Scale.around(bounds)
    rows = []
    for name, own in group.items():
        interval = " to ".join(map(number, own.interval)) if own.interval else NOTHING
        says = f"{number(own.value)}, interval {interval}"
        rows.append([name, bar(own, scale, says), number(own.value), interval])
    return Table(
        ("class", path, "value", "interval"),
        rows,
        f"{path.rpartition('.')[2].replace('_', ' ')} of each class, as {path} in metrics.json has "
        "it; thin lines are its intervals, where it has any.",
        wide=(1,),
    )
