"""Alpha of deep files, and near-infrared bands that are marked as alpha."""

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from datamodules.errors import DataError
from datamodules.reading.images.image import decode_image
from helpers.image_files import png
from helpers.image_kinds import RANDOM, RGB8, SIDE, noise, pixels_of


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("premultiplied", [False, True])
def test_deep_alpha_is_put_on_white(tmp_path, dtype, premultiplied):
    full = 65535 if dtype == np.uint16 else 1
    opacity = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE, 1)
    colors = RANDOM.uniform(0, 1, (SIDE, SIDE, 3))
    written = colors * opacity if premultiplied else colors
    values = (np.concatenate([written, opacity], axis=2) * full).astype(dtype)
    tag = "assocalpha" if premultiplied else "unassalpha"
    tifffile.imwrite(tmp_path / "x.tif", values, photometric="rgb", extrasamples=[tag])
    expected = (colors * opacity + 1 - opacity) * 255
    window = [0, full]
    pixels = pixels_of(tmp_path, window=window)
    assert np.abs(pixels - expected).max() <= 1.5


def bmp_of_version_5(values):
    """Return a BMP of 32 bits with an alpha band, which Pillow can't write."""
    size = (values.shape[1], values.shape[0], 1, 32, 3, values.nbytes, 0, 0, 0, 0)
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    header = struct.pack("<IiiHHIIiiII4I", 124, *size, *masks) + b"BGRs" + bytes(64)
    start = struct.pack("<2sIII", b"BM", 14 + 124 + values.nbytes, 0, 14 + 124)
    return start + header + values[::-1][..., [2, 1, 0, 3]].tobytes()


def test_an_alpha_of_zero_everywhere_counts_as_none_if_the_colors_vary():
    values = np.dstack([RGB8, np.zeros((SIDE, SIDE), np.uint8)])
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    deep = cv2.imencode(".png", values[..., [2, 1, 0, 3]].astype(np.uint16) * 257)[1].tobytes()
    for content in (stream.getvalue(), bmp_of_version_5(values), deep):
        assert np.array_equal(decode_image(content, "x", 3), RGB8)
    values[..., :3] = 7
    assert (decode_image(bmp_of_version_5(values), "x.bmp", 3) == 255).all()


def textured(dtype):
    """Return four bands as in an aerial image, with values between 0 and the maximum."""
    rows, columns = np.mgrid[:32, :32]
    plain = 0.5 + 0.3 * np.sin(rows / 5) * np.cos(columns / 7)
    bands = [plain + RANDOM.normal(0, 0.03, (32, 32)) for _ in range(4)]
    full = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    return (np.stack(bands, axis=2).clip(0.05, 0.95) * full).astype(dtype)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("tag", ["unassalpha", "assocalpha"])
@pytest.mark.parametrize("count", [2, 4])
def test_near_infrared_marked_as_alpha_is_named(tmp_path, capsys, dtype, tag, count):
    values = textured(dtype)[..., :count]
    kind = "rgb" if count == 4 else "minisblack"
    tifffile.imwrite(tmp_path / "x.tif", values, photometric=kind, extrasamples=[tag])
    bands = "1,2,3" if count == 4 else "1"
    with pytest.raises(DataError, match="has no readable image"):
        pixels_of(tmp_path)
    said = capsys.readouterr().out
    assert f"marked as alpha and has many values, as near-infrared has; set bands {bands}" in said
    full = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    pixels = pixels_of(tmp_path, bands=bands, window=[0, full], image_size=32)
    expected = values[..., : count - 1].astype(np.float64) / full * 255
    assert np.abs(pixels - expected).max() <= 1


def test_smooth_near_infrared_in_a_geotiff_is_named_too(tmp_path, capsys):
    values = np.full((32, 32, 4), 120, np.uint8)
    scale = (33550, "d", 3, (1.0, 1.0, 0.0), True)
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    tifffile.imwrite(tmp_path / "x.tif", values, extratags=[scale], **options)
    with pytest.raises(DataError, match="has no readable image"):
        pixels_of(tmp_path)
    assert "set bands 1,2,3" in capsys.readouterr().out


def test_gray_that_is_multiplied_by_alpha_is_put_on_white(tmp_path):
    gray, alpha = textured(np.uint8)[..., 0], np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    values = np.dstack([gray * (alpha > 0), alpha])
    tifffile.imwrite(
        tmp_path / "x.tif", values, photometric="minisblack", extrasamples=["assocalpha"]
    )
    pixels = pixels_of(tmp_path, image_size=32)[..., 0]
    assert (pixels[:, :16] == 255).all()
    assert (pixels[:, 16:] == gray[:, 16:]).all()


@pytest.mark.parametrize("where", ["edge", "glow"])
def test_opacity_stays_opacity(tmp_path, where):
    rows, columns = np.mgrid[:32, :32]
    distance = np.hypot(rows - 15.5, columns - 15.5)
    opacity = (distance < 12) * 1.0 if where == "edge" else (1 - distance / 25).clip(0, 1)
    alpha = np.rint(opacity * 255).astype(np.uint8)
    values = np.dstack([textured(np.uint8)[..., :3], alpha])
    options = {"photometric": "rgb", "extrasamples": ["unassalpha"]}
    tifffile.imwrite(tmp_path / "x.tif", values, **options)
    shares = alpha[..., None] / 255
    expected = values[..., :3] * shares + 255 * (1 - shares)
    assert np.abs(pixels_of(tmp_path, image_size=32) - expected).max() <= 1.5


@pytest.mark.parametrize("depth", [8, 16])
def test_gray_with_alpha_stays_gray(tmp_path, depth):
    values = noise(2, np.dtype(f">u{depth // 8}"), 0, 2**depth - 1)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    png(tmp_path, SIDE, SIDE, rows, depth=depth, color=4)
    opacity = values[..., 1] / (2**depth - 1)
    expected = values[..., 0] / (2**depth - 1) * opacity * 255 + 255 * (1 - opacity)
    pixels = pixels_of(tmp_path)
    assert pixels.shape == (SIDE, SIDE, 1)
    assert np.abs(pixels[..., 0] - expected).max() <= 1.5
