"""Writes image files for tests, and two images to write."""

import struct
import zlib

import numpy as np

RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)
COLORS = np.stack([RAMP, RAMP[::-1], 255 - RAMP], axis=-1)


def saved(tmp_path, image, name, **options):
    path = tmp_path / name
    image.save(path, **options)
    return path


def png(tmp_path, width, height, rows=b"", depth=8, color=0):
    """Write a PNG by hand, so its header may contradict its content."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    path = tmp_path / "hand.png"
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path
