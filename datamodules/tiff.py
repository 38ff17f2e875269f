"""TIFF files of layouts that Pillow refuses: several float channels, or doubles."""

import io

import numpy as np
from PIL.TiffImagePlugin import ImageFileDirectory_v2

SIGNATURES = (b"II*\0", b"MM\0*")
WIDTH, HEIGHT = 256, 257


def tiff_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height from a TIFF's header; None where the content is no TIFF."""
    if content[:4] not in SIGNATURES:
        return None
    directory = ImageFileDirectory_v2(content[:8])
    stream = io.BytesIO(content)
    stream.seek(directory.next)
    directory.load(stream)
    return (directory[WIDTH], directory[HEIGHT]) if {WIDTH, HEIGHT} <= set(directory) else None


def decode_tiff(content: bytes) -> np.ndarray | None:
    """Decode a TIFF with OpenCV.

    Returns:
        `[height, width]` grey or `[height, width, 3 or 4]` RGB(A) of the file's own type; None
        where OpenCV can't read it either.
    """
    import cv2  # comes with albumentations; heavy, and hardly ever needed here

    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim == 2:
        return pixels
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(pixels.shape[2])  # OpenCV gives blue first
    return None if order is None else pixels[..., order]
