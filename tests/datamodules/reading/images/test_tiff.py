"""Deep and unusual TIFF files: 16 bits, floats, inverted gray, YCbCr."""

import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.image import decode_image, read_image, rescale
from datamodules.reading.images.tiff_header import tiff_size
from helpers.image_files import COLORS, RAMP, saved


def test_ycbcr_tiff(tmp_path):
    image = Image.new("RGB", (16, 16), (200, 50, 20)).convert("YCbCr")
    pixels = read_image(saved(tmp_path, image, "y.tif"), 3)
    assert np.abs(pixels[0, 0].astype(int) - [200, 50, 20]).max() <= 3


def test_sixteen_bit_big_endian_tiff(tmp_path):
    image = Image.frombytes("I;16B", (16, 16), (RAMP.astype(">u2") * 257).tobytes())
    assert np.array_equal(read_image(saved(tmp_path, image, "b.tif"), 1)[..., 0], RAMP)


def test_white_is_zero_tiff_is_inverted_at_sixteen_bits(tmp_path):
    deep = Image.fromarray(RAMP.astype(np.uint16) * 257)
    path = saved(tmp_path, deep, "w.tif", tiffinfo={262: 0})
    assert Image.open(path).tag_v2[262] == 0
    assert np.array_equal(read_image(path, 1)[..., 0], 255 - RAMP)


@pytest.mark.parametrize(("scale", "shift"), [(1 / 255, 0.0), (3.5, -40.0), (1.0, 0.0)])
def test_float_tiff_is_rescaled(tmp_path, scale, shift):
    values = RAMP.astype(np.float32) * scale + shift
    path = saved(tmp_path, Image.fromarray(values), "f.tif")
    assert np.array_equal(read_image(path, 1)[..., 0], RAMP)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")  # Pillow's word on the truncated file
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_deep_tiffs_of_every_layout(tmp_path, dtype, channels):
    import cv2  # Pillow writes none of these

    values = COLORS if channels == 3 else RAMP
    scale = 257 if dtype == np.uint16 else 1 / 255
    path = tmp_path / "deep.tif"
    cv2.imwrite(str(path), (values[..., ::-1] if channels == 3 else values).astype(dtype) * scale)
    assert np.array_equal(read_image(path, channels), values.reshape(16, 16, channels))
    with pytest.raises(UnreadableImageError, match="16 x 16 is 256 pixels, and max_pixels is 100"):
        read_image(path, channels, max_pixels=100)
    path.write_bytes(path.read_bytes()[:150])
    with pytest.raises(UnreadableImageError, match=r"deep\.tif: \S"):
        read_image(path, channels)


def test_floats_within_0_and_1_are_not_stretched():
    assert rescale(np.array([0.2, 0.4])).tolist() == [51, 102]


def test_rescale_survives_what_is_no_number():
    assert rescale(np.array([np.nan, 0.0, 1.0, np.inf])).tolist() == [0, 0, 255, 0]
    assert rescale(np.array([np.nan])).tolist() == [0]
    assert rescale(np.array([7.0, 7.0])).tolist() == [0, 0]


def directory(*fields):
    """Return a TIFF with only a directory of (tag, value) pairs of 32-bit numbers."""
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in fields)
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4)


@pytest.mark.parametrize("content", [b"II*\0", b"MM\0*\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\4"])
def test_a_header_alone_is_named(tmp_path, content):
    (tmp_path / "cut.tif").write_bytes(content)
    with pytest.raises(UnreadableImageError, match=r"cut\.tif: not an image"):
        read_image(tmp_path / "cut.tif", 3)


@pytest.mark.parametrize("widths", [(16, 60_000), (60_000, 16)])
def test_the_larger_of_two_widths_counts(widths):
    content = directory((256, widths[0]), (256, widths[1]), (257, 60_000))
    assert tiff_size(content) == (60_000, 60_000)
    with pytest.raises(UnreadableImageError, match="60000 x 60000 is 3,600,000,000 pixels"):
        decode_image(content, "x.tif", 3)


def test_doubles_of_extreme_range_keep_their_order():
    assert rescale(np.array([-1.7e308, 0.0, 1.7e308])).tolist() == [0, 128, 255]


def test_a_large_image_is_rescaled_in_bands(monkeypatch):
    values = np.random.default_rng(0).integers(0, 65536, (37, 11), np.uint16)
    whole = rescale(values)
    monkeypatch.setattr("datamodules.reading.images.image.RESCALED_AT_ONCE", 50)
    assert np.array_equal(rescale(values), whole)


def test_rescaling_takes_little_more_than_the_result():
    values = np.zeros((4096, 4096), np.uint16)
    tracemalloc.start()
    rescale(values)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4 * values.size
