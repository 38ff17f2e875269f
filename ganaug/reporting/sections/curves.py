"""Curves of the fit: how the model came to be what it is."""

from collections.abc import Mapping

from ganaug.reporting.blocks import Block, Chart, Charts, Details, Missing, Section, Text
from ganaug.reporting.inputs import Materials
from ganaug.reporting.plots import Line, plot, thinned

# Charts that everyone sees: title, how to read it, and curves by name with their words.
SHOWN = (
    (
        "Distance to held-out real images (FID)",
        "Should fall and level off. Rising again, it says that the model was fitted for too long; "
        "the best checkpoint is from the lowest place of this curve or the next, where samples "
        "were no copies.",
        {"fidelity/domain_fid": ("first", "FID")},
    ),
    (
        "Distance to held-out real images (KID)",
        "As FID, without its bias where images are few.",
        {
            "fidelity/domain_kid": ("first", "KID"),
            "fidelity/imagenet_kid": ("second", "KID by ImageNet"),
        },
    ),
    (
        "Losses of the two players",
        "In a sound game both stay within bounds and neither wins for good. They say nothing of "
        "how good images are.",
        {
            "generator/loss": ("first", "generator"),
            "discriminator/loss": ("second", "discriminator"),
        },
    ),
    (
        "Diversity of the samples",
        "Mean distance between two samples of a class, as a share of that of real images: near 1 "
        "is as varied as real ones, falling to 0 is collapse.",
        {"stability/diversity": ("first", "diversity")},
    ),
    (
        "Copies among the samples",
        "Share of samples that count as copies of training images, and share that is nearer to "
        "them than a held-out image: 0.01 and 0.5 are what real images would give.",
        {
            "memorization/copies": ("first", "copies"),
            "memorization/nearer_than_held_out": ("second", "nearer than held-out"),
        },
    ),
)
# Counts epochs, which is no finding.
LEFT_OUT = {"epoch"}


def section(materials: Materials) -> Section:
    """Lay out the charts that everyone sees, and fold away the others."""
    title, curves = "How the model was fitted", materials.curves
    if isinstance(curves, Missing):
        return Section("curves", title, [curves])
    charts, shown = [], set(LEFT_OUT)
    for name, caption, wanted in SHOWN:
        there = {tag: words for tag, words in wanted.items() if tag in curves}
        shown |= set(there)
        if there:
            charts.append(_chart(name, caption, curves, there))
    others = [_chart(tag, "", curves, {tag: ("first", tag)}) for tag in sorted(set(curves) - shown)]
    blocks: list[Block] = [Text("Each curve against the number of batches.")]
    blocks += [Charts(charts)] if charts else []
    if others:
        blocks.append(Details(f"{len(others)} more curves", [Charts(others)]))
    return Section("curves", title, blocks)


def _chart(
    title: str, caption: str, curves: Mapping[str, Line], wanted: Mapping[str, tuple[str, str]]
) -> Chart:
    series = {style: thinned(curves[tag]) for tag, (style, _) in wanted.items()}
    last = ", ".join(
        f"{words} ends at {curves[tag].up[-1]:.3g}" for tag, (_, words) in wanted.items()
    )
    legend = tuple(wanted.values()) if len(wanted) > 1 else ()
    return Chart(title, plot(series, f"{title}: {last}"), caption, legend)
