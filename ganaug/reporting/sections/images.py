"""Real beside synthetic images, a row for each class."""

from torch import Tensor

from ganaug.reporting.blocks import Block, Gallery, Missing, Picture, Section, Text
from ganaug.reporting.inputs import Materials
from ganaug.reporting.pictures import strip


def section(materials: Materials) -> Section:
    """Lay out a strip of either kind for each class shown."""
    title = "Real beside synthetic"
    if isinstance(materials.sides, Missing):
        return Section("images", title, [materials.sides])
    counts, real = materials.made, materials.manifest.get("card", {}).get("class_counts", {})
    rows = []
    for side in materials.sides:
        remark = f"{real.get(side.name, 0):,} real,\n{counts.get(side.name, 0):,} synthetic"
        kinds = {"real": side.real, "synthetic": side.made}
        strips = [_strip(side.name, kind, own) for kind, own in kinds.items() if len(own)]
        rows.append((side.name, remark, strips))
    left_out = len([name for name in counts if counts[name]]) - len(rows)
    caption = (
        "Images chosen at random, not the best ones. Look for what the left has and the right "
        "lacks: kinds, backgrounds, fine detail; and for the same image again and again."
    )
    blocks: list[Block] = [Gallery(("real training images", "synthetic"), rows, caption)]
    if left_out > 0:
        blocks.append(Text(f"Classes that are not shown here: {left_out}."))
    return Section("images", title, blocks)


def _strip(name: str, kind: str, images: Tensor) -> Picture:
    return strip(images, f"{kind} images of class {name}", kind)
