"""Layout of sample grids: enlarged images, row names, and a caption."""

from collections.abc import Sequence

from PIL import Image, ImageDraw
from torch import Tensor

from ganaug.utils.fonts import TEXT_SIZE, drawable
from ganaug.utils.pixels import to_uint8

# Smaller images are enlarged by a whole factor, so that pixels stay square.
SHOWN_AT_LEAST = 64
GAP, MARGIN, LONGEST = 2, 6, 24
# Width for the longest caption, since all frames of a video must have the same size.
CAPTION_WIDTH = 250
PAPER, INK = (0, 0, 0), (225, 225, 225)


def sheet_picture(
    images: Tensor, columns: int, names: Sequence[str] = (), caption: str = ""
) -> Image.Image:
    """Draw images in rows, with names and a caption.

    Args:
        images: `[N, 1 or 3, S, S]` in [-1, 1], row by row.
        columns: Images in a row.
        names: Name of each row, shown to its left; long names are cut.
        caption: Text below the grid.

    Example:
        >>> import torch
        >>> sheet_picture(torch.zeros(6, 1, 28, 28), 3).size
        (256, 170)
    """
    pixels = to_uint8(images).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).cpu().numpy()
    times = max(1, -(-SHOWN_AT_LEAST // pixels.shape[1]))
    side = pixels.shape[1] * times
    shortened = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in names]
    drawable_names = [drawable(name) for name in shortened]
    left = max([0, *(int(font.getlength(name)) + 2 * MARGIN for name, font in drawable_names)])
    rows = -(-len(pixels) // columns)
    width = max(left + columns * (side + GAP) - GAP, CAPTION_WIDTH if caption else 0)
    foot = TEXT_SIZE + MARGIN if caption else 0
    picture = Image.new("RGB", (width, rows * (side + GAP) - GAP + foot), PAPER)
    pen = ImageDraw.Draw(picture)
    for number, image in enumerate(pixels):
        row, column = divmod(number, columns)
        large = Image.fromarray(image).resize((side, side), Image.Resampling.NEAREST)
        picture.paste(large, (left + column * (side + GAP), row * (side + GAP)))
    for row, (name, font) in enumerate(drawable_names):
        pen.text((MARGIN, row * (side + GAP) + side // 2), name, INK, font, "lm")
    caption, font = drawable(caption)
    pen.text((MARGIN, picture.height - MARGIN // 2), caption, INK, font, "ls")
    return picture
