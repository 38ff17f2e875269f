"""Unusual deep files: rotated, packed, with missing values, with few bits, or damaged."""

import struct
import zlib

import cv2
import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.image import TURNS, decode_image
from helpers.image_kinds import (
    APART,
    GRAY,
    GRAY8,
    GRAY12,
    MANY,
    RGB12,
    SIDE,
    TRUE,
    in_bytes,
    load,
    noise,
    pixels_of,
)


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_deep_file_is_turned_upright(tmp_path, turn):
    plain = Image.fromarray(GRAY8)
    exif = Image.Exif()
    exif[274] = turn
    plain.save(tmp_path / "x.png", exif=exif)
    expected = pixels_of(tmp_path)
    (tmp_path / "x.png").unlink()
    deep = GRAY8.astype(np.uint16) * 16
    tifffile.imwrite(tmp_path / "x.tif", deep, extratags=[(274, "H", 1, turn, True)])
    assert np.array_equal(pixels_of(tmp_path, window=[0, 255 * 16]), expected)


@pytest.mark.parametrize("turn", [1, 6, 7])
@pytest.mark.parametrize("bands", [3, 4])
def test_a_color_png_of_16_bits_is_turned_upright_by_any_window(tmp_path, turn, bands):
    deep = np.repeat(GRAY8[..., None], bands, axis=2).astype(np.uint16) * 257
    deep[..., 3:] = 65535
    content = cv2.imencode(".png", deep)[1].tobytes()
    exif = Image.Exif()
    exif[274] = turn
    exif = exif.tobytes().removeprefix(b"Exif\0\0")
    part = struct.pack(">I", len(exif)) + b"eXIf" + exif
    part += struct.pack(">I", zlib.crc32(part[4:]))
    end = content.rindex(b"IEND") - 4  # behind the pixels, where it may be
    (tmp_path / "x.png").write_bytes(content[:end] + part + content[end:])
    upright = Image.fromarray(GRAY8)
    expected = np.asarray(upright.transpose(TURNS[turn]) if turn in TURNS else upright)
    for window in (None, [0, 65535], [1, 65535]):
        pixels = decode_image((tmp_path / "x.png").read_bytes(), "x.png", 1, window=window)
        assert np.abs(pixels[..., 0].astype(int) - expected).max() <= 1


def test_white_is_zero_at_twelve_bits(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", GRAY12, photometric="miniswhite")
    assert np.abs(pixels_of(tmp_path) - (255 - in_bytes(GRAY12, 0, 4095))).max() <= 1


@pytest.mark.parametrize(("dtype", "missing"), [(np.int16, -9999), (np.float32, -3.4028234e38)])
def test_what_gdal_marks_as_missing_is_black_and_takes_no_part_in_the_range(
    tmp_path, dtype, missing
):
    values = noise(1, dtype, 100, 3000)
    values[5, 5] = missing
    tag = (42113, "s", 0, str(missing), True)
    tifffile.imwrite(tmp_path / "x.tif", values, extratags=[tag])
    pixels = pixels_of(tmp_path)
    known = values != values[5, 5]
    expected = in_bytes(np.where(known, values, 100), 100, 3000)
    assert np.abs(pixels - expected).max() <= 1
    assert pixels[5, 5] == 0


def test_nan_is_black_and_takes_no_part_in_the_range(tmp_path):
    values = noise(1, np.float32, 100, 500)
    values[3, 3] = np.nan
    tifffile.imwrite(tmp_path / "x.tif", values)
    pixels = pixels_of(tmp_path)
    expected = in_bytes(np.where(np.isnan(values), 100, values), 100, 500)
    assert np.abs(pixels - expected).max() <= 1
    assert pixels[3, 3] == 0


@pytest.mark.parametrize("value", [0, 7, 4095, 65535])
def test_a_constant_set_keeps_the_full_range(tmp_path, value):
    cv2.imwrite(str(tmp_path / "x.png"), np.full((SIDE, SIDE), value, np.uint16))
    assert (pixels_of(tmp_path) == round(value / 257)).all()


def test_text_of_sixteen_bits(tmp_path):
    values = RGB12.copy()
    numbers = " ".join(str(value) for value in values.ravel())
    (tmp_path / "x.ppm").write_text(f"P3\n# a comment\n16 16\n65535\n{numbers}\n")
    assert np.abs(pixels_of(tmp_path) - in_bytes(values, 0, 4095)).max() <= 1


def test_jpeg_2000_of_sixteen_bits(tmp_path):
    values = np.zeros((64, 64, 3), np.uint16)
    values[:, 32:] = [4095, 2000, 0]
    cv2.imwrite(str(tmp_path / "x.jp2"), values[..., ::-1])
    expected = cv2.imread(str(tmp_path / "x.jp2"), cv2.IMREAD_UNCHANGED)[..., ::-1] / 4095 * 255
    pixels = pixels_of(tmp_path, image_size=64, window="0,4095")
    assert np.abs(pixels - expected.clip(0, 255)).max() <= 1
    assert expected.max() > 200


@pytest.mark.parametrize("shape", [(SIDE, SIDE), (SIDE, SIDE, 3)])
@pytest.mark.parametrize("bits", [9, 10, 12, 15, 16])
def test_white_stays_white_in_jpeg_2000_of_any_depth(shape, bits):
    most = 2**bits - 1
    for value in (0, most // 2, most - 1, most):
        values = np.full(shape, value, np.uint16)
        content = imagecodecs.jpeg2k_encode(values, level=0, bitspersample=bits)
        for window in (None, [0, most]):
            pixels = decode_image(content, "x.jp2", 3, window=window)
            assert np.abs(pixels - value / most * 255).max() <= 1


def test_color_jpeg_2000_that_opencv_lacks_is_refused():
    signed = imagecodecs.jpeg2k_encode(np.full((SIDE, SIDE, 3), 9, np.int16), level=0)
    with pytest.raises(UnreadableImageError, match="export it as PNG or TIFF"):
        decode_image(signed, "x.jp2", 3)


@pytest.mark.parametrize("text", [False, True])
def test_a_window_holds_the_values_of_a_pgm_of_twelve_bits(text):
    numbers = " ".join(map(str, GRAY12.ravel())).encode()
    content = b"P2 16 16 4095\n" + numbers
    if not text:
        content = b"P5\n# a comment\n16 16\n4095\n" + GRAY12.astype(">u2").tobytes()
    for window, low, high in ((None, 0, 4095), ([0, 4095], 0, 4095), ([500, 1000], 500, 1000)):
        pixels = decode_image(content, "x.pgm", 1, window=window)
        assert np.abs(pixels - in_bytes(GRAY12, low, high)).max() <= 1


@pytest.mark.parametrize("bits", [10, 12])
def test_bits_that_are_packed(tmp_path, bits):
    values = GRAY12 >> (12 - bits)
    tifffile.imwrite(tmp_path / "x.tif", values, bitspersample=bits)
    assert np.abs(pixels_of(tmp_path) - in_bytes(values, 0, 2**bits - 1)).max() <= 1


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits(tmp_path, bits):
    values = (GRAY8 >> (8 - bits)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "x.tif", values, bitspersample=bits)
    assert np.abs(pixels_of(tmp_path) - in_bytes(values, 0, 2**bits - 1)).max() <= 1


def test_declared_twelve_bits_keep_what_they_declare(tmp_path):
    header = b"P6\n16 16\n4095\n"
    values = noise(3, np.uint16, 0, 2000)
    (tmp_path / "x.ppm").write_bytes(header + values.astype(">u2").tobytes())
    assert np.abs(pixels_of(tmp_path) - values / 4095 * 255).max() <= 1


def test_a_compression_that_nothing_reads_names_the_extra(tmp_path, monkeypatch):
    def refuse(page, **options):
        raise ValueError("<COMPRESSION.ZSTD: 50000> requires the 'imagecodecs' package")

    tifffile.imwrite(tmp_path / "x.tif", noise(3, "u2", 0, 99), compression="zstd", **APART)
    GRAY.save(tmp_path / "good.png")
    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)
    monkeypatch.setattr("datamodules.reading.images.tiff.decode_with_opencv", lambda content: None)
    reason = load(tmp_path).unreadable[str(tmp_path / "x.tif")]
    assert "compression ZSTD needs the package imagecodecs: pip install 'ganaug[tiff]'" in reason


def test_opencv_reads_what_tifffile_can_not(tmp_path, monkeypatch):
    def refuse(page, **options):
        raise ValueError("<COMPRESSION.LZW: 5> requires the 'imagecodecs' package")

    tifffile.imwrite(tmp_path / "x.tif", RGB12, compression="lzw", **TRUE)
    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)
    assert np.abs(pixels_of(tmp_path) - in_bytes(RGB12, 0, 4095)).max() <= 1


def test_a_damaged_deep_tiff_is_named(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", RGB12, **MANY)
    content = (tmp_path / "x.tif").read_bytes()
    (tmp_path / "x.tif").write_bytes(content[: len(content) // 2])
    (tmp_path / "huge.tif").write_bytes(
        b"II*\0"
        + struct.pack("<IH", 8, 2)
        + struct.pack("<HHIIHHII", 256, 4, 1, 10**6, 257, 4, 1, 10**6)
    )
    GRAY.save(tmp_path / "good.png")
    reasons = load(tmp_path).unreadable
    assert "1000000 x 1000000" in reasons[str(tmp_path / "huge.tif")]
    assert reasons[str(tmp_path / "x.tif")]
