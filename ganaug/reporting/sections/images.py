"""Real beside synthetic images, a row for each class."""

from ganaug.reporting.blocks import Gallery, Missing, Picture, Section, Text
from ganaug.reporting.materials import Materials, Side
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
        rows.append((side.name, remark, [_strip(side, "real"), _strip(side, "synthetic")]))
    left_out = len([name for name in counts if counts[name]]) - len(rows)
    caption = (
        "Images chosen at random, not the best ones. Look for what the left has and the right "
        "lacks: kinds, backgrounds, fine detail; and for the same image again and again."
    )
    blocks: list[Gallery | Text] = [Gallery(("real training images", "synthetic"), rows, caption)]
    if left_out > 0:
        blocks.append(Text(f"{left_out} more classes are not shown."))
    return Section("images", title, blocks)


def _strip(side: Side, kind: str) -> Picture:
    images = side.real if kind == "real" else side.made
    return strip(images, f"{len(images)} {kind} images of class {side.name}", kind)
