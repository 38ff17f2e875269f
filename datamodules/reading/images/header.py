"""An image file before it is decoded: its content, its header and its size."""

import io
import re
import stat
import threading
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.saved_rows import content_of_row

# Pillow also opens formats that start other programs (EPS); only these are allowed.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "DIB", "TIFF", "GIF", "PPM", "AVIF", "JPEG2000")
# 300 MB once decoded to RGB; the largest cameras on sale make 100-megapixel files.
MAX_PIXELS = 100_000_000
BYTES_PER_PIXEL = 16  # four 32-bit channels, the widest that Pillow reads
JPEG, START_OF_SCAN, END_OF_IMAGE = b"\xff\xd8\xff", b"\xff\xda", b"\xff\xd9"
HEADER_BYTES = 2**24  # metadata and thumbnails can be larger than a small image
# What to do about files that can't be decoded, by their first bytes or extension.
HEIC = "HEIC, which is not read: export it as JPEG"
JPEG_XL = "JPEG XL, which is not read: export it as JPEG or PNG"
ODD_JPEG = "an unsupported kind of JPEG (12-bit, lossless or JPEG-LS): export it as PNG"
UNKNOWN = (
    (re.compile(rb"version https://git-lfs"), "a Git LFS pointer: run `git lfs pull`"),
    (re.compile(rb"\.{0,2}/.*annex/objects/"), "a git-annex pointer: run `git annex get`"),
    (re.compile(rb"....ftyp(?:hei|hev|mif1|msf1)", re.DOTALL), HEIC),
    (re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "), JPEG_XL),
    # Start of frame of JPEG-LS or lossless JPEG, or a depth of 12 bits.
    (re.compile(rb"\xff\xd8\xff.*?\xff(?:\xf7|\xc3|[\xc0-\xc2]..\x0c)", re.DOTALL), ODD_JPEG),
    (re.compile(rb"\s*<(?:!doctype\s+html|html)", re.IGNORECASE), "a web page: download it again"),
    (re.compile(rb".{128}DICM", re.DOTALL), "DICOM: convert it to PNG or TIFF"),
    (
        re.compile(rb"\0{64}"),
        "only zeros, as after a download that did not finish: download it again",
    ),
)
BY_EXTENSION = {".heic": HEIC, ".heif": HEIC, ".jxl": JPEG_XL}
# iCloud's file in the place of one that is not on this machine.
PLACEHOLDER = re.compile(r"\.(.+)\.icloud")
ICLOUD = "only in iCloud: download it to this machine"
KINDS = frozenset((*(reason for _, reason in UNKNOWN), ICLOUD))
_opening = threading.Lock()


def check_file(path: str | Path, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse anything except a file, and a file too large for an image of `max_pixels`.

    Raises:
        UnreadableImageError: The file is missing, too large or not a regular file.
    """
    try:
        status = Path(path).stat()
    except OSError as error:
        raise UnreadableImageError(path, error.strerror or str(error)) from error
    # A pipe would block forever.
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableImageError(path, "not a regular file")
    check_bytes(status.st_size, path, max_pixels)


def check_bytes(size: int, path: str | Path, max_pixels: int = MAX_PIXELS) -> None:
    """Refuse a file too large for an image of `max_pixels`.

    Raises:
        UnreadableImageError: The file is too large; states its size.
    """
    if size > max_pixels * BYTES_PER_PIXEL + HEADER_BYTES:
        raise UnreadableImageError(
            path, f"too large: {size:,} bytes for at most {max_pixels:,} pixels"
        )


def open_file(path: str | Path, max_pixels: int = MAX_PIXELS) -> BinaryIO:
    """Open a file or a row of a saved set; refuse it if too large for an image of `max_pixels`.

    Raises:
        UnreadableImageError: As `check_file`.
    """
    row = content_of_row(path)
    if isinstance(row, bytes):
        check_bytes(len(row), path, max_pixels)
        return io.BytesIO(row)
    check_file(row or path, max_pixels)
    return (row or Path(path)).open("rb")


def read_bytes(path: str | Path, max_pixels: int = MAX_PIXELS) -> bytes:
    """Read a file's content; refuse a file too large for an image of `max_pixels`.

    Raises:
        UnreadableImageError: The file is missing, empty, too large or not a regular file.
    """
    try:
        with open_file(path, max_pixels) as stream:
            content = stream.read()
    except OSError as error:
        raise UnreadableImageError(path, error.strerror or str(error)) from error
    if not content:
        raise UnreadableImageError(path, "empty file (0 bytes)")
    return content


def check_end(content: bytes, path: str | Path) -> None:
    """Refuse a JPEG whose end was never written: zeros instead of the end of its last scan.

    Raises:
        UnreadableImageError: The file is cut off.
    """
    unwritten = content.startswith(JPEG) and content.endswith(bytes(64))
    if unwritten and content.rfind(END_OF_IMAGE) < content.rfind(START_OF_SCAN):
        raise UnreadableImageError(path, "truncated: it ends in zeros; copy it again")


def unknown_kind(content: bytes, path: str | Path) -> str:
    """Return why content in an unknown format is not an image, with advice if possible.

    Example:
        >>> unknown_kind(b"version https://git-lfs.github.com/spec/v1", "a.png")
        'a Git LFS pointer: run `git lfs pull`'
    """
    advice = next((reason for kind, reason in UNKNOWN if kind.match(content)), None)
    fallback = "not an image, or of an unknown kind"
    return advice or BY_EXTENSION.get(Path(path).suffix.lower(), fallback)


def readable_formats() -> list[str]:
    """Return the formats of `FORMATS` that Pillow reads here; it raises a KeyError for others."""
    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def open_header(stream: BinaryIO) -> Image.Image:
    """Open an image by its header only, without decoding it."""
    # Pillow's own limit is global and is disabled here, hence the lock; callers check ours right
    # after.
    with _opening:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(stream, formats=readable_formats())
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def check_size(size: tuple[int, int], path: str | Path, max_pixels: int, decoded: int = 0) -> None:
    """Refuse an image of more than `max_pixels`, or of too many bytes once decoded.

    Raises:
        UnreadableImageError: The image is too large; states its size.
    """
    pixels = size[0] * size[1]
    if pixels > max_pixels:
        dimensions = f"{size[0]} x {size[1]}"
        raise UnreadableImageError(
            path, f"too large: {dimensions} is {pixels:,} pixels, and max_pixels is {max_pixels:,}"
        )
    if decoded > max_pixels * BYTES_PER_PIXEL:
        raise UnreadableImageError(
            path, f"too large: {decoded:,} bytes once decoded, for at most {max_pixels:,} pixels"
        )
