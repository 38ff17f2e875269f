"""One pass over image files: hashes, unreadable files, and optionally the pixels."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import NamedTuple

import numpy as np
import torch
from lightning.pytorch.utilities import rank_zero_only
from torch import Tensor
from tqdm import tqdm

from datamodules.errors import UnreadableImageError
from datamodules.processors import usable_cores
from datamodules.reading.images.enlarged import side_of
from datamodules.reading.images.flat import is_flat
from datamodules.reading.images.header import read_bytes
from datamodules.reading.images.narrow import is_narrow
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.images.square import fit_square
from datamodules.reading.splits.subsets import content_hash

SMALL = 32  # pixels
FILES_PER_TASK = 32  # one future per file would cost more than reading


class Scan(NamedTuple):
    """The result of a pass.

    Attributes:
        hashes: Content hash of each file, "" if unreadable.
        pixel_hashes: Hash of each decoded image at its original size, equal for lossless copies in
            other formats; "" if unreadable or not requested.
        pixels: `[N, channels, size, size]` uint8 at the same positions; None if not requested.
        unreadable: Reason by position.
        flat: Positions of images that are nearly of one color.
        small: `[N, 1, 32, 32]` uint8, for comparing images; None if not requested.
        narrow: Positions of images whose central square is less than half of the image.
        sides: Side in pixels that becomes the image's size, by position; 0 if unreadable.
    """

    hashes: list[str]
    pixel_hashes: list[str]
    pixels: Tensor | None
    unreadable: dict[int, str]
    flat: list[int]
    small: Tensor | None
    narrow: list[int]
    sides: list[int]


def scan_images(
    paths: Sequence[str],
    reader: ImageReader,
    *,
    keep_pixels: bool = True,
    hash_pixels: bool = False,
    keep_small: bool = False,
) -> Scan:
    """Read and decode every file once, on all usable cores.

    Args:
        paths: The files.
        reader: Reads each file.
        keep_pixels: Whether to keep the decoded pixels.
        hash_pixels: Whether to hash the pixels, which takes a fifth of the time for large photos.
        keep_small: Whether to keep the images at a small size.

    Returns:
        The result; an unreadable file doesn't stop the pass.
    """
    shape = (len(paths), reader.channels, reader.image_size, reader.image_size)
    pixels = torch.zeros(shape, dtype=torch.uint8) if keep_pixels else None
    small = torch.zeros((len(paths), 1, SMALL, SMALL), dtype=torch.uint8) if keep_small else None
    empty_hashes = [""] * len(paths)
    scan = Scan(empty_hashes, [*empty_hashes], pixels, {}, [], small, [], [0] * len(paths))

    def read(positions: range) -> int:
        for position in positions:
            try:
                content = read_bytes(paths[position], reader.max_pixels)
                whole = reader.whole(content, paths[position])
                image = reader.square(whole)
            except UnreadableImageError as error:
                scan.unreadable[position] = error.reason
                continue
            scan.hashes[position] = content_hash(content)
            if hash_pixels:
                # At the original size, so that duplicates don't depend on the model's size.
                shape = f"{whole.shape}".encode()
                scan.pixel_hashes[position] = content_hash(shape + whole.tobytes())
            # With pad, the bars would hide that an image is flat.
            if is_flat(whole if reader.fit == "pad" else image):
                scan.flat.append(position)
            scan.sides[position] = side_of(whole.shape, reader)
            if is_narrow(whole.shape):
                scan.narrow.append(position)
            if small is not None:
                gray = fit_square(image, SMALL).mean(axis=2)
                small[position, 0] = torch.from_numpy(gray.astype(np.uint8))
            if pixels is not None:
                pixels[position] = torch.from_numpy(image).permute(2, 0, 1)
        return len(positions)

    run_in_threads(read, len(paths), "reading images")
    scan.flat.sort()
    scan.narrow.sort()
    return scan


def run_in_threads(read: Callable[[range], int], count: int, description: str) -> None:
    """Run a function over all positions, on all usable cores and with a progress bar."""
    tasks = [
        range(start, min(start + FILES_PER_TASK, count))
        for start in range(0, count, FILES_PER_TASK)
    ]
    # None shows the bar on terminals only.
    hidden = True if getattr(rank_zero_only, "rank", 0) else None
    # Threads, because Pillow releases the interpreter's lock while it decodes.
    pool = ThreadPoolExecutor(usable_cores())
    with pool, tqdm(total=count, desc=description, delay=2, disable=hidden) as bar:
        try:
            for task in as_completed([pool.submit(read, task) for task in tasks]):
                bar.update(task.result())
        except BaseException:
            pool.shutdown(cancel_futures=True)  # otherwise an interrupt would wait for every file
            raise
