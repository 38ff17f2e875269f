"""Unreadable files are reported by name, and the size of images is limited."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from datamodules.errors import DataError, UnreadableImageError
from datamodules.reading.images import image as reading
from datamodules.reading.images.image import decode_image, read_image
from helpers.image_files import RAMP, png, saved


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "bmp", "tif", "gif"])
def test_truncated_file_is_named(tmp_path, extension):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    path = saved(tmp_path, Image.fromarray(noise), f"cut.{extension}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(UnreadableImageError, match=rf"cut\.{extension}: \S"):
        read_image(path, 3)


@pytest.mark.parametrize("quality", [75, 95])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_whose_end_is_zeros_is_named_and_padding_is_not(tmp_path, quality, progressive):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    options = {"quality": quality, "progressive": progressive}
    path = saved(tmp_path, Image.fromarray(noise), "cut.jpg", **options)
    content = path.read_bytes()
    expected = decode_image(content, path, 3)
    assert np.array_equal(decode_image(content + bytes(500), path, 3), expected)
    with pytest.raises(UnreadableImageError, match=r"cut\.jpg: truncated: it ends in zeros"):
        decode_image(content[: len(content) // 2].ljust(len(content), b"\0"), path, 3)


def test_empty_text_missing_and_pipe_are_named(tmp_path):
    (tmp_path / "zero.png").touch()
    with pytest.raises(UnreadableImageError, match=r"zero\.png: empty file \(0 bytes\)"):
        read_image(tmp_path / "zero.png", 3)
    (tmp_path / "text.jpg").write_text("I am a letter")
    with pytest.raises(UnreadableImageError, match=r"text\.jpg: not an image"):
        read_image(tmp_path / "text.jpg", 3)
    with pytest.raises(UnreadableImageError, match=r"none\.jpg: No such file"):
        read_image(tmp_path / "none.jpg", 3)
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadableImageError, match=r"pipe\.jpg: not a regular file"):
        read_image(tmp_path / "pipe.jpg", 3)


@pytest.mark.filterwarnings("error")
def test_bomb_is_refused_by_its_header(tmp_path):
    path = png(tmp_path, 60_000, 60_000)
    with pytest.raises(UnreadableImageError, match=r"60000 x 60000 is 3,600,000,000 pixels") as e:
        read_image(path, 3)
    assert isinstance(e.value, DataError)
    assert e.value.path == str(path)


@pytest.mark.filterwarnings("error")
def test_the_limit_is_ours_and_not_pillows(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = saved(tmp_path, Image.fromarray(RAMP), "g.png")
    assert read_image(path, 1, max_pixels=256).shape == (16, 16, 1)
    with pytest.raises(UnreadableImageError, match="256 pixels, and max_pixels is 255"):
        read_image(path, 1, max_pixels=255)
    assert Image.MAX_IMAGE_PIXELS == 100


def test_file_of_far_too_many_bytes_is_not_read(tmp_path):
    path = tmp_path / "huge.tif"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(UnreadableImageError, match="too large: 1,073,741,824 bytes"):
        read_image(path, 1, max_pixels=1000)


def test_formats_that_start_other_programs_are_no_images():
    with pytest.raises(UnreadableImageError, match="not an image"):
        decode_image(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n", "x.jpg", 3)


@pytest.mark.parametrize(("large", "at_once"), [(255, 1), (256, 3)])
def test_large_images_are_decoded_one_at_a_time(tmp_path, monkeypatch, large, at_once):
    path = saved(tmp_path, Image.fromarray(RAMP), "ramp.png")
    meet, decoding, most = threading.Barrier(at_once), [], []

    def turned(image):
        decoding.append(image)
        meet.wait(timeout=10)
        time.sleep(0.02)
        most.append(len(decoding))
        decoding.remove(image)
        return image

    monkeypatch.setattr(reading, "LARGE", large)
    monkeypatch.setattr(reading.ImageOps, "exif_transpose", turned)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda _: read_image(path, 1), range(3)))
    assert max(most) == at_once
