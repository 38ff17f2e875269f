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
        "that are closer to one than a held-out image is. Real images would give 0.5 for the "
        "latter and, for copies, 0.01 with 1,000 validation images, 0.02 with 100, 0.06 with 20.",
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
    charts, shown_tags = [], set(LEFT_OUT)
    for name, caption, styles in SHOWN:
        available = {tag: style for tag, style in styles.items() if tag in curves}
        shown_tags |= set(available)
        if available:
            charts.append(_chart(name, caption, curves, available))
    other_charts = [
        _chart(tag, "", curves, {tag: ("first", tag)}) for tag in sorted(set(curves) - shown_tags)
    ]
    blocks: list[Block] = [Text("The horizontal axis of each chart is the number of batches.")]
    blocks += [Charts(charts)] if charts else []
    if other_charts:
        blocks.append(Details(f"{len(other_charts)} more curves", [Charts(other_charts)]))
    return Section("curves", title, blocks)


def _chart(
    title: str, caption: str, curves: Mapping[str, Line], styles: Mapping[str, tuple[str, str]]
) -> Chart:
    if all(len(curves[tag].up) == 1 for tag in styles):
        lines = {label: curves[tag] for tag, (_, label) in styles.items()}
        return Chart(title, values(lines), f"Measured once so far. {caption}".strip())
    series = {style: thinned(curves[tag]) for tag, (style, _) in styles.items()}
    last = ", ".join(
        f"{label} ends at {curves[tag].up[-1]:.3g}" for tag, (_, label) in styles.items()
    )
    legend = tuple(styles.values()) if len(styles) > 1 else ()
    return Chart(title, plot(series, f"{title}: {last}"), caption, legend)
