"""Image files of many formats, and ways to damage them, for the study `fuzz_images`."""

import io
import random
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, features

SIDE = 24
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
CLAIMED_SIDES = (0, 1, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFF)
Damage = Callable[[bytes, random.Random, Sequence[bytes]], bytes]
FRAMES = {"save_all": True}
TURNED = Image.Exif()
TURNED[0x0112] = 6
# For each file: its picture (see `_pictures`), and Pillow's arguments for saving it.
KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "gray.png": ("gray", {}),
    "rgb.png": ("rgb", {}),
    "palette.png": ("palette", {"transparency": 3}),
    "alpha.png": ("alpha", {}),
    "deep.png": ("deep", {}),
    "bit.png": ("bit", {}),
    "animated.png": ("rgb", FRAMES),
    "gray.jpg": ("gray", {}),
    "rgb.jpg": ("rgb", {}),
    "progressive.jpg": ("rgb", {"progressive": True}),
    "cmyk.jpg": ("cmyk", {}),
    "turned.jpg": ("rgb", {"exif": TURNED}),
    "lossy.webp": ("rgb", {}),
    "alpha.webp": ("alpha", {"lossless": True}),
    "animated.webp": ("rgb", FRAMES),
    "rgb.bmp": ("rgb", {}),
    "palette.bmp": ("palette", {}),
    "rgb.tif": ("rgb", {}),
    "lzw.tif": ("rgb", {"compression": "tiff_lzw"}),
    "deflated.tif": ("alpha", {"compression": "tiff_adobe_deflate"}),
    "jpeg.tif": ("rgb", {"compression": "jpeg"}),
    "fax.tif": ("bit", {"compression": "group4"}),
    "deep.tif": ("deep", {}),
    "whole.tif": ("whole", {}),
    "real.tif": ("real", {}),
    "pages.tif": ("rgb", FRAMES),
    "still.gif": ("palette", {}),
    "animated.gif": ("rgb", FRAMES),
    "rgb.ppm": ("rgb", {}),
    "gray.pgm": ("gray", {}),
    "rgb.avif": ("rgb", {}),
    "rgb.jp2": ("rgb", {}),
}


def whole_images() -> dict[str, bytes]:
    """Return a small intact file of each format by file name."""
    pictures = _pictures()
    kinds = {name: kind for name, kind in KINDS.items() if _can_write(name)}
    encoded = {name: _encoded(pictures, name, *kind) for name, kind in kinds.items()}
    return encoded | {"doubles.tif": doubles_tiff()}


def _pictures() -> dict[str, Image.Image]:
    """Return the same noise in each of Pillow's modes that files are written in."""
    pixels = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 4), np.uint8)
    rgb, gray = Image.fromarray(pixels[..., :3]), Image.fromarray(pixels[..., 0])
    return {
        "rgb": rgb,
        "gray": gray,
        "alpha": Image.fromarray(pixels),
        "palette": rgb.quantize(16),
        "bit": gray.convert("1"),
        "cmyk": rgb.convert("CMYK"),
        "deep": Image.fromarray(pixels[..., 0].astype(np.uint16) * 257),
        "whole": Image.fromarray(pixels[..., 0].astype(np.int32) * 100_000),
        "real": Image.fromarray(pixels[..., 0].astype(np.float32) / 7),
    }


def _can_write(name: str) -> bool:
    feature = {".avif": "avif", ".jp2": "jpg_2000"}.get(Path(name).suffix)
    return feature is None or bool(features.check(feature))


def _encoded(
    pictures: Mapping[str, Image.Image], name: str, mode: str, options: Mapping[str, Any]
) -> bytes:
    picture, kwargs = pictures[mode], dict(options)
    if kwargs.get("save_all"):
        kwargs["append_images"] = [picture.rotate(90), picture]
    file = io.BytesIO()
    picture.save(file, Image.registered_extensions()[Path(name).suffix], **kwargs)
    return file.getvalue()


def doubles_tiff() -> bytes:
    """Return a TIFF of 64-bit floats, which Pillow refuses and OpenCV reads."""
    values = np.linspace(0, 1, SIDE * SIDE).tobytes()
    long, short = 4, 3
    tags = [
        (256, long, SIDE),
        (257, long, SIDE),
        (258, short, 64),
        (259, short, 1),
        (262, short, 1),
        (273, long, 8),
        (277, short, 1),
        (278, long, SIDE),
        (279, long, len(values)),
        (339, short, 3),
    ]
    header = b"II*\0" + struct.pack("<I", 8 + len(values))
    entries = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
    return header + values + struct.pack("<H", len(tags)) + entries + bytes(4)


def truncated(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Truncate a file at a random position."""
    return content[: rng.randrange(len(content))]


def flipped(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Flip one to twenty bits."""
    changed = bytearray(content)
    for _ in range(rng.randint(1, 20)):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def inserted(content: bytes, rng: random.Random, other_files: Sequence[bytes]) -> bytes:
    """Insert noise or a block of another file."""
    position, other = rng.randrange(len(content)), rng.choice(other_files)
    start = rng.randrange(len(other))
    block = rng.choice([rng.randbytes(rng.randint(1, 200)), other[start : start + 200]])
    return content[:position] + block + content[position:]


def removed(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Remove a block."""
    position = rng.randrange(len(content))
    return content[:position] + content[position + rng.randint(1, max(2, len(content) // 4)) :]


def overwritten(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Overwrite a block with zeros or ones."""
    position, count = rng.randrange(len(content)), rng.randint(1, 64)
    return content[:position] + rng.choice([b"\0", b"\xff"]) * count + content[position + count :]


def enlarged(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Overwrite a field of the header with an extreme number, in either byte order."""
    size, order = rng.choice([2, 4]), rng.choice("<>")
    number = rng.choice(CLAIMED_SIDES) & (2 ** (8 * size) - 1)
    position = rng.randrange(min(len(content), 200))
    field = struct.pack(f"{order}{'H' if size == 2 else 'I'}", number)
    return content[:position] + field + content[position + size :]


def concatenated(content: bytes, rng: random.Random, other_files: Sequence[bytes]) -> bytes:
    """Prepend the beginning of another file."""
    return content[: rng.randint(1, len(content))] + rng.choice(other_files)


def emptied(content: bytes, rng: random.Random, _other_files: Sequence[bytes]) -> bytes:
    """Keep nothing, or a few bytes."""
    return content[: rng.choice([0, 1, 2, 4, 8])]


DAMAGES: tuple[Damage, ...] = (
    *(truncated, flipped, inserted, removed, overwritten, enlarged, concatenated, emptied),
    # Twice as often, since readers get furthest with these.
    *(flipped, enlarged, overwritten),
)


def damaged(seed: int, number: int, intact: Mapping[str, bytes]) -> tuple[str, bytes]:
    """Return the name and content of a damaged file, a function of the seed and its number.

    Args:
        seed: Seed of all files.
        number: Number of the file, which determines its format in turn.
        intact: Intact files, from `whole_images`.
    """
    rng = random.Random(f"{seed} {number}")
    names = list(intact)
    name = names[number % len(names)]
    content = intact[name]
    for _ in range(rng.choice([1, 1, 2])):
        content = rng.choice(DAMAGES)(content or b"\0", rng, list(intact.values()))
    if content.startswith(PNG_SIGNATURE) and rng.random() < 0.7:
        content = with_checksums(content)
    # Sometimes, the extension is of another format.
    file_name = rng.choice(names) if rng.random() < 0.1 else name
    return f"{number:06d}-{file_name}", content


def with_checksums(png: bytes) -> bytes:
    """Correct a PNG's checksums, without which readers would reject it before the damaged part."""
    chunks, position = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while position + 12 <= len(png):
        end = position + 8 + struct.unpack_from(">I", png, position)[0]
        if end + 4 > len(png):
            break
        body = png[position + 4 : end]
        chunks.append(png[position : position + 4] + body + struct.pack(">I", zlib.crc32(body)))
        position = end + 4
    return b"".join([*chunks, png[position:]])
