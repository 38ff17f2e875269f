"""Real and synthetic images next to each other, a row for each class."""

from torch import Tensor

from ganaug.reporting.blocks import Block, Gallery, Missing, Picture, Section, Text
from ganaug.reporting.inputs import ReportInputs
from ganaug.reporting.pictures import strip
from ganaug.reporting.sections import register_section


@register_section(order=10)
def images(inputs: ReportInputs) -> Section:
    """Return the section with strips of real and synthetic images for each shown class."""
    title = "Real and synthetic images"
    if isinstance(inputs.examples, Missing):
        return Section("images", title, [inputs.examples])
    synthetic, real = inputs.synthetic_counts, inputs.real_counts
    rows = []
    for group in inputs.examples:
        counts = f"{real.get(group.name, 0):,} real,\n{synthetic.get(group.name, 0):,} synthetic"
        kinds = {"real": group.real, "synthetic": group.synthetic}
        strips = [
            _strip(group.name, kind, pictures) for kind, pictures in kinds.items() if len(pictures)
        ]
        rows.append((group.name, counts, strips))
    caption = (
        "Images chosen at random, not the best ones. Look for what the real images have and the "
        "synthetic ones lack, such as kinds, backgrounds and fine detail, and for the same image "
        "appearing again and again."
    )
    blocks: list[Block] = [Gallery(("real training images", "synthetic"), rows, caption)]
    if (hidden := len([name for name in synthetic if synthetic[name]]) - len(rows)) > 0:
        blocks.append(Text(f"Classes not shown here: {hidden}."))
    return Section("images", title, blocks)


def _strip(name: str, kind: str, images: Tensor) -> Picture:
    return strip(images, f"{kind} images of class {name}", kind)
