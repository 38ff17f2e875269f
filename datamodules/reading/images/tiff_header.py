"""A TIFF's first bytes and first directory, read without decoding it."""

import struct

BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
BIG = (b"II+\0", b"MM\0+")
WIDTH, HEIGHT = 256, 257
WHOLE_NUMBERS = {1: "B", 3: "H", 4: "I"}  # struct format by field type


def is_tiff(start: bytes) -> bool:
    """Return whether a file that starts with these bytes is a TIFF."""
    return start[:4] in (*BYTE_ORDERS, *BIG)


def tiff_size(content: bytes) -> tuple[int, int] | None:
    """Return width and height from a TIFF's first directory.

    If a field is repeated, the larger value counts, because readers differ in which they use.

    Returns:
        Width and height; None if the content is not a TIFF, or its directory is damaged.
    """
    order = BYTE_ORDERS.get(content[:4])
    if order is None:
        return None
    dimensions: dict[int, int] = {}
    try:
        (start,) = struct.unpack_from(f"{order}I", content, 4)
        (count,) = struct.unpack_from(f"{order}H", content, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(f"{order}HH", content, entry)
            if tag in (WIDTH, HEIGHT) and kind in WHOLE_NUMBERS:
                (value,) = struct.unpack_from(order + WHOLE_NUMBERS[kind], content, entry + 8)
                dimensions[tag] = max(value, dimensions.get(tag, 0))
    except struct.error:
        return None
    return (dimensions[WIDTH], dimensions[HEIGHT]) if len(dimensions) == 2 else None
