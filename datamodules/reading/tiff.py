"""TIFF files that Pillow refuses: several float channels, or doubles."""

import struct

import numpy as np

BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
WIDTH, HEIGHT = 256, 257
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}  # how the field's type is packed


def tiff_size(content: bytes) -> tuple[int, int] | None:
    """Read width and height from a TIFF's first directory.

    Of a duplicate field the larger value counts, because readers differ on which they take.

    Returns:
        Width and height; None if the content is not a TIFF, or its directory is damaged.
    """
    order = BYTE_ORDERS.get(content[:4])
    if order is None:
        return None
    found: dict[int, int] = {}
    try:
        (start,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", content, entry)
            if tag in (WIDTH, HEIGHT) and kind in WHOLE_NUMBERS:
                (value,) = struct.unpack_from(order + WHOLE_NUMBERS[kind], content, entry + 8)
                found[tag] = max(value, found.get(tag, 0))
    except struct.error:
        return None
    return (found[WIDTH], found[HEIGHT]) if len(found) == 2 else None


def decode_tiff(content: bytes) -> np.ndarray | None:
    """Decode a TIFF with OpenCV.

    Returns:
        `[height, width]` grey or `[height, width, 3 or 4]` RGB(A) of the file's own type; None
        if OpenCV can't read it either.
    """
    import cv2  # comes with albumentations; heavy, and hardly ever needed here

    # Otherwise it prints errors without the file's name.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if pixels is None or pixels.ndim == 2:
        return pixels
    order = {3: [2, 1, 0], 4: [2, 1, 0, 3]}.get(pixels.shape[2])  # OpenCV gives blue first
    return None if order is None else pixels[..., order]
