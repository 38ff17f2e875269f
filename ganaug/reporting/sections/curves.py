"""The curves of the fit."""

from collections.abc import Mapping

from ganaug.reporting.blocks import Block, Chart, Charts, Details, Missing, Section, Text
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.plots import Line, plot, thinned, values
from ganaug.reporting.sections import register_section

# Charts that are not collapsed: title, caption, and style and name of each curve.
SHOWN = (
    (
        "Distance to held-out real images (FID)",
        "Lower is better. Should fall and level off. If it rises again, the model was fitted for "
        "too long; the best checkpoint is the one with the lowest value here or in the next chart, "
        "among those whose samples were not copies.",
        {"fidelity/domain_fid": ("first", "FID")},
    ),
    (
        "Distance to held-out real images (KID)",
        "Lower is better. Like FID, but unbiased for few images.",
        {
            "fidelity/domain_kid": ("first", "KID"),
            "fidelity/imagenet_kid": ("second", "KID (ImageNet features)"),
            "fidelity/lite2_kid": ("third", "KID (Lite2 features)"),
        },
    ),
    (
        "Losses of generator and discriminator",
        "In a healthy fit both stay bounded and neither dominates permanently. They say nothing "
        "about image quality.",
        {
            "generator/loss": ("first", "generator"),
            "discriminator/loss": ("second", "discriminator"),
        },
    ),
    (
        "Diversity of the samples",
        "Mean distance between two samples of a class, relative to that between real images. "
        "Near 1, samples vary as much as real images; falling to 0 is mode collapse.",
        {"stability/diversity": ("first", "diversity")},
    ),
    (
        "Copies among the samples",
        "The share of samples that count as copies of training images, and the share of samples "
        "that are closer to one than a held-out image is. Real images would give 0.01 and 0.5.",
        {
            "memorization/copies": ("first", "copies"),
            "memorization/nearer_than_held_out": ("second", "closer than held-out"),
        },
    ),
)
# This curve only counts epochs.
LEFT_OUT = {"epoch"}


@register_section(order=70)
def curves(inputs: ReportInputs) -> Section:
    """Return the section with the main charts, and all others collapsed."""
    title, curves = "How the model was fitted", inputs.curves
    if isinstance(curves, Missing):
        return Section("curves", title, [curves])
    charts, shown = [], set(LEFT_OUT)
    for name, caption, wanted in SHOWN:
        known = {tag: style for tag, style in wanted.items() if tag in curves}
        shown |= set(known)
        if known:
            charts.append(_chart(name, caption, curves, known))
    others = [_chart(tag, "", curves, {tag: ("first", tag)}) for tag in sorted(set(curves) - shown)]
    blocks: list[Block] = [Text("The horizontal axis of each chart is the number of batches.")]
    blocks += [Charts(charts)] if charts else []
    if others:
        blocks.append(Details(f"{len(others)} more curves", [Charts(others)]))
    return Section("curves", title, blocks)


def _chart(
    title: str, caption: str, curves: Mapping[str, Line], wanted: Mapping[str, tuple[str, str]]
) -> Chart:
    if all(len(curves[tag].up) == 1 for tag in wanted):
        named = {words: curves[tag] for tag, (_, words) in wanted.items()}
        return Chart(title, values(named), f"Measured once so far. {caption}".strip())
    series = {style: thinned(curves[tag]) for tag, (style, _) in wanted.items()}
    last = ", ".join(
        f"{words} ends at {curves[tag].up[-1]:.3g}" for tag, (_, words) in wanted.items()
    )
    legend = tuple(wanted.values()) if len(wanted) > 1 else ()
    return Chart(title, plot(series, f"{title}: {last}"), caption, legend)
