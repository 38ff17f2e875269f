"""Pictures of rows of images, with captions and a heading."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageDraw
from torch import Tensor

from ganaug.utils.atomic_files import atomic_open_or_refuse
from ganaug.utils.fonts import TEXT_SIZE, Font, drawable
from ganaug.utils.pixels import to_uint8
from ganaug.utils.webp import fitting_webp

# Small images are enlarged by a whole factor, so that pixels stay square.
SHOWN_AT_LEAST = 56
MARGIN, GAP = 10, 2
PAPER, INK = (255, 255, 255), (30, 30, 30)


class Row(NamedTuple):
    """A row of a picture.

    Attributes:
        caption: Caption of the row.
        images: `[N, C, S, S]` in [-1, 1].
        labels: Text below each image, of one or more lines; empty for none.
    """

    caption: str
    images: Tensor
    labels: Sequence[str] = ()


def captioned(title: str, rows: Sequence[Row]) -> Image.Image:
    """Return a picture of rows of images under a title, each with its caption."""
    strips = [_strip(row.images, [drawable(label) for label in row.labels]) for row in rows]
    texts = [drawable(text) for text in (title, *(row.caption for row in rows))]
    lengths = [int(font.getlength(text)) for text, font in texts]
    width = max([strip.width for strip in strips] + lengths)
    line = TEXT_SIZE + 6
    height = line + sum(strip.height + line + MARGIN for strip in strips)
    picture = Image.new("RGB", (width + 2 * MARGIN, height + 2 * MARGIN), PAPER)
    pen = ImageDraw.Draw(picture)
    pen.text((MARGIN, MARGIN), texts[0][0], INK, texts[0][1])
    top = MARGIN + line
    for (caption, font), strip in zip(texts[1:], strips, strict=True):
        pen.text((MARGIN, top + MARGIN), caption, INK, font)
        picture.paste(strip, (MARGIN, top + MARGIN + line))
        top += MARGIN + line + strip.height
    return picture


def write_picture(picture: Image.Image, path: Path) -> None:
    """Write a picture as PNG, atomically.

    Raises:
        UsageError: The file can't be written; the message names it and the reason.
    """
    with atomic_open_or_refuse(path) as file:
        picture.save(file, "PNG")


def write_video(frames: Sequence[Image.Image], path: Path, *, seconds: float) -> None:
    """Write an animated WebP that plays forward and backward; large pictures are scaled down.

    Raises:
        UsageError: The file can't be written; the message names it and the reason.
    """
    frames = [fitting_webp(frame) for frame in frames]
    there_and_back = [*frames, *frames[-2:0:-1]]
    pause = max(20, round(1000 * seconds / len(there_and_back)))
    with atomic_open_or_refuse(path) as file:
        there_and_back[0].save(
            file, "WEBP", save_all=True, append_images=there_and_back[1:], duration=pause, loop=0
        )


def _strip(images: Tensor, labels: Sequence[tuple[str, Font]]) -> Image.Image:
    """Return a row of images side by side, with a centered label below each."""
    pixels = to_uint8(images.cpu()).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).numpy()
    scale = max(1, -(-SHOWN_AT_LEAST // pixels.shape[1]))
    pixels = pixels.repeat(scale, axis=1).repeat(scale, axis=2)
    side, ruler = pixels.shape[1], ImageDraw.Draw(Image.new("RGB", (1, 1)))
    boxes = [ruler.multiline_textbbox((0, 0), text, font) for text, font in labels]
    width = max([side, *(int(box[2]) + 2 * GAP for box in boxes)])
    lines = max([0, *(text.count("\n") + 1 for text, _ in labels)])
    size = (len(pixels) * (width + GAP) - GAP, side + lines * (TEXT_SIZE + 4))
    strip = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(strip)
    for number, image in enumerate(pixels):
        strip.paste(Image.fromarray(image), (number * (width + GAP) + (width - side) // 2, 0))
    for number, (text, font) in enumerate(labels):
        middle = number * (width + GAP) + width / 2
        pen.text((middle, side + 2), text, INK, font, "ma", align="center")
    return strip
