"""Walks between latents: whether the model learned what varies, or single images."""

from ganaug.reporting.blocks import Gallery, Missing, Section
from ganaug.reporting.inputs import Materials
from ganaug.reporting.pictures import strip


def section(materials: Materials) -> Section:
    """Lay out a strip for each walk."""
    title = "Walks between images"
    if isinstance(materials.walks, Missing):
        return Section("walks", title, [materials.walks])
    rows = []
    for number, walk in enumerate(materials.walks, start=1):
        alt = f"{len(walk.images)} images on the way from one synthetic image to another"
        name = walk.name or f"walk {number}"
        rows.append((name, "", [strip(walk.images, f"{alt}, {name}")]))
    caption = (
        "Each row goes in equal steps from one image that the model draws to another of the same "
        "class. Where every step looks like an image of its own and changes little by little, the "
        "model has learned what varies. Sudden jumps between a few clear images are a sign that "
        "it learned those by heart."
    )
    return Section("walks", title, [Gallery((), rows, caption)])
