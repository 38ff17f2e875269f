"""How like real images the set is: distances beside their floor, and how the two kinds overlap."""

from collections.abc import Iterator, Mapping
from typing import Any

from ganaug.reporting.bars import Scale, bar
from ganaug.reporting.blocks import Block, Missing, Section, Table, Text
from ganaug.reporting.figures import Measured, measured, overall
from ganaug.reporting.formatting import NOTHING, number
from ganaug.reporting.inputs import Facts, Materials

HEAD = (
    "figure",
    "features",
    "value",
    "real in their place",
    "synthetic images",
    "real images",
    "remark",
)
LEGEND = (("made", "synthetic"), ("real", "real training images in their place"))
OVERLAP = {
    "precision": "share of the synthetic images that lie among real ones",
    "recall": "share of the real images that lie among synthetic ones",
    "density": "how crowded with real images it is where the synthetic ones lie",
    "coverage": "share of the real images that have a synthetic one close by",
}


def section(materials: Materials) -> Section:
    """Lay out the distances and the overlap."""
    title, metrics = "Is it faithful?", materials.metrics
    if isinstance(metrics, Missing):
        return Section("fidelity", title, [metrics])
    blocks: list[Block] = [*_overlap(metrics), *_distances(metrics)]
    return Section("fidelity", title, blocks or [Text("The evaluation holds no such figures.")])


def _overlap(metrics: Facts) -> Iterator[Table]:
    found = {name: overall(metrics, name) for name in OVERLAP}
    known = {name: own for name, own in found.items() if own}
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
        ("overlap", "how much", "synthetic", "real", "what it is"),
        rows,
        "The bar is the synthetic set, the upright mark as many real training images: the nearer "
        "the bar comes to the mark the better. Low recall with high precision is a generator that "
        "draws few kinds of image well.",
        wide=(1,),
        words=(4,),
        legend=LEGEND,
    )


def _distances(metrics: Facts) -> Iterator[Table]:
    figures = [
        each
        for each in metrics.get("figures") or []
        if isinstance(each, Mapping) and each.get("name") not in OVERLAP
    ]
    if figures:
        yield Table(
            HEAD,
            [_figure(each) for each in figures],
            "FID and KID are distances between the two kinds of image, as the named network sees "
            "them: 0 is best, and no generator can be expected to come below the value of real "
            "images in their place. IS rewards images that are clear and of many classes; MIFID is "
            "FID that counts copies against a set. Modes are kinds of real image; off are those "
            "that the set shows too rarely or too often, by chance alone 5% of them. AUC is how "
            "well a test tells the two kinds apart, 0.5 for not at all. Figures of different "
            "features can't be compared.",
            words=(1, 6),
        )


def _figure(figure: Mapping[str, Any]) -> list[str]:
    return [
        str(figure.get("name", "unnamed")),
        str(figure.get("features", NOTHING)),
        _value(figure),
        _value(figure.get("floor") or {}),
        *(_count(figure.get(key)) for key in ("n_synthetic", "n_real")),
        str(figure.get("reason") or ""),
    ]


def _value(found: Mapping[str, Any]) -> str:
    own, spread = measured(found), measured(found.get("spread"))
    if own is None:
        return NOTHING
    if own.interval:
        return f"{number(own.value)} ({' to '.join(map(number, own.interval))})"
    return number(own.value) + (f" ± {number(spread.value, 2)}" if spread else "")


def _count(value: Any) -> str:
    found: Measured | None = measured(value)
    return NOTHING if found is None else f"{found.value:,.0f}"
