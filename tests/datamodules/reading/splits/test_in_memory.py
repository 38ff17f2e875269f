"""Images in memory and images from files give the same results."""

import numpy as np
import pytest
import torch
from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.reader import ImageReader
from datamodules.reading.scan import scan_images
from datamodules.reading.splits.in_memory import InMemoryImages, StreamedImages, fits_in_memory


@pytest.fixture
def paths(tmp_path):
    for number in range(100):
        pixels = np.random.default_rng(number).integers(0, 256, (9, 14), np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{number}.png")
    return [str(tmp_path / f"{number}.png") for number in range(100)]


@pytest.mark.parametrize("channels", [1, 3])
def test_both_give_the_same_pixels(paths, channels):
    held = InMemoryImages(scan_images(paths, ImageReader(8, channels)).pixels)
    streamed = StreamedImages(paths, ImageReader(8, channels))
    assert len(held) == len(streamed) == 100
    for source in (held, streamed):
        some = source.take([5, 2])
        assert some.shape == (2, channels, 8, 8)
        assert some.dtype == torch.uint8
        part = source.chosen([7, 5, 2]).chosen([1, 2])
        assert torch.equal(part.take(np.array([0, 1])), some)
    assert torch.equal(held.take(range(100)), streamed.take(range(100)))


def test_a_scan_names_what_fails_and_hashes_contents(paths, tmp_path):
    (tmp_path / "3.png").write_bytes(b"")
    (tmp_path / "4.png").write_bytes((tmp_path / "5.png").read_bytes())
    scan = scan_images(paths, ImageReader(8, 1), keep_pixels=False)
    assert scan.pixels is None
    assert scan.unreadable == {3: "empty file (0 bytes)"}
    assert scan.hashes[3] == ""
    assert scan.hashes[4] == scan.hashes[5]
    assert len(set(scan.hashes)) == 99


def test_a_file_that_vanishes_is_named(paths, tmp_path):
    (tmp_path / "1.png").unlink()
    with pytest.raises(UnreadableImageError, match=r"1\.png: No such file"):
        StreamedImages(paths, ImageReader(8, 1)).take([0, 1])


def test_what_fits():
    assert fits_in_memory(70_000, 28, 1)
    assert fits_in_memory(2**31 // (3 * 64 * 64), 64, 3)
    assert not fits_in_memory(2**31 // (3 * 64 * 64) + 1, 64, 3)
