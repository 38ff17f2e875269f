"""Walks between latents, which show whether the model memorized single images."""

from ganaug.reporting.blocks import Gallery, Missing, Section
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.pictures import strip
from ganaug.reporting.sections import register_section


@register_section(order=60)
def walks(inputs: ReportInputs) -> Section:
    """Return the section with a strip for each walk."""
    title = "Walks through the latent space"
    if isinstance(inputs.walks, Missing):
        return Section("walks", title, [inputs.walks])
    rows = []
    for number, walk in enumerate(inputs.walks, start=1):
        name = walk.name or f"walk {number}"
        alt = f"{len(walk.images)} images on a walk from one synthetic image to another, {name}"
        rows.append((name, "", [strip(walk.images, alt)]))
    caption = (
        "Each row goes in equal steps from one synthetic image to another of the same class. If "
        "every step is a plausible image and changes little, the model has learned how images "
        "vary. Sudden jumps between a few clear images suggest that it memorized them."
    )
    return Section("walks", title, [Gallery((), rows, caption)])
