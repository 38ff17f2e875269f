"""Class by class: whether labels hold, and every other figure that there is for each class."""

from collections.abc import Iterator, Mapping

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Details, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, by_class, dig, measured, share_interval
from ganaug.reporting.materials import Facts, Materials
from ganaug.reporting.wording import NOTHING, number, percent, percent_range

# What is shown by itself, or says how another figure was come by.
BESIDE = ("agreement.",)
COUNTED = ("n", "n_real", "n_synthetic", "n_held_out", "threshold", "p_value", "spread")
FOLDED_FROM = 4


def section(materials: Materials) -> Section:
    """Lay out agreement by class, then each other group of figures by class."""
    title, metrics = "Class by class", materials.metrics
    if isinstance(metrics, Missing):
        return Section("classes", title, [metrics])
    found = {
        path: group
        for path, group in by_class(metrics, materials.class_names)
        if not path.startswith(BESIDE) and path.rpartition(".")[2] not in COUNTED
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
    known = [x for own in group.values() for x in (own.value, own.real, *(own.interval or ()))]
    scale = Scale.around([x for x in known if x is not None])
    rows = []
    for name, own in group.items():
        interval = " to ".join(map(number, own.interval)) if own.interval else NOTHING
        real = NOTHING if own.real is None else number(own.real)
        says = f"{number(own.value)}, interval {interval}, real images {real}"
        rows.append([name, bar(own, scale, says, own.real), number(own.value), interval, real])
    figure = path.rpartition(".")[2].replace("_", " ")
    beside = any(own.real is not None for own in group.values())
    return Table(
        ("class", figure, "value", "95% interval", "real in their place"),
        rows,
        f"{figure} of each class, as {path} in metrics.json has it; thin lines are 95% intervals, "
        "upright marks real images in the place of the synthetic ones, where there are any.",
        wide=(1,),
        legend=(("made", "synthetic"), ("real", "real in their place")) if beside else (),
    )
