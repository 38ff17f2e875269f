"""Files of every depth, number of bands and format are read as by an independent reader."""

import io

import cv2
import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
from PIL import Image

from datamodules.reading.images.image import decode_image
from helpers.image_kinds import (
    APART,
    GRAY,
    GRAY8,
    GRAY12,
    MANY,
    RGB8,
    RGB12,
    RGBA8,
    SIDE,
    TRUE,
    in_bytes,
    load,
    noise,
    pixels_of,
)


def with_tifffile(values, **options):
    def write(folder):
        tifffile.imwrite(folder / "x.tif", values, **options)
        return folder / "x.tif", tifffile.imread(folder / "x.tif")

    return write


def with_opencv(values, name):
    def write(folder):
        flipped = values[..., [2, 1, 0, 3][: values.shape[2]]] if values.ndim == 3 else values
        cv2.imwrite(str(folder / name), flipped)
        seen = cv2.imread(str(folder / name), cv2.IMREAD_UNCHANGED)
        return folder / name, seen[..., [2, 1, 0, 3][: seen.shape[2]]] if seen.ndim == 3 else seen

    return write


def with_pillow(image, name, **options):
    def write(folder):
        image.save(folder / name, **options)
        return folder / name, imageio.imread(folder / name)

    return write


def separate(values):
    return np.ascontiguousarray(np.moveaxis(values, -1, 0))


RGB16, GRAY16 = noise(3, np.uint16, 0, 65535), noise(1, np.uint16, 0, 65535)
UNNAMED = {**TRUE, "extrasamples": ["unspecified"]}
FILLED8, FILLED16 = (
    np.dstack([values, np.full((SIDE, SIDE), 255, values.dtype)]) for values in (RGB8, RGB16)
)


def jpeg_2000(values):
    """Return a writer of a file that does not declare its alpha band, as in satellite images."""

    def write(folder):
        stream = io.BytesIO()
        Image.fromarray(values).save(stream, "JPEG2000")
        (folder / "x.jp2").write_bytes(stream.getvalue().replace(b"cdef", b"free"))
        return folder / "x.jp2", values

    return write


# How a file is written and independently read, and the values of black and white.
KINDS = {
    "tiff 8 gray": (with_tifffile(GRAY8), 0, 255),
    "tiff 8 rgb": (with_tifffile(RGB8, **TRUE), 0, 255),
    "tiff 8 rgb separate": (
        with_tifffile(separate(RGB8), photometric="rgb", planarconfig="separate"),
        0,
        255,
    ),
    "tiff 8 three bands": (with_tifffile(RGB8, **MANY), 0, 255),
    "tiff 8 three bands separate": (with_tifffile(separate(RGB8), **APART), 0, 255),
    "tiff 8 tiled": (with_tifffile(RGB8, tile=(16, 16), **TRUE), 0, 255),
    "tiff 8 big-endian": (with_tifffile(RGB8, byteorder=">", **TRUE), 0, 255),
    "tiff 8 bigtiff": (with_tifffile(RGB8, bigtiff=True, **TRUE), 0, 255),
    "tiff 8 lzw": (with_tifffile(RGB8, compression="lzw", **TRUE), 0, 255),
    "tiff 8 zstd": (with_tifffile(RGB8, compression="zstd", **TRUE), 0, 255),
    "tiff 8 jpeg 2000": (with_tifffile(RGB8, compression="jpeg2000", **TRUE), 0, 255),
    "tiff 8 webp": (with_tifffile(RGB8, compression="webp", **TRUE), 0, 255),
    "tiff signed 8": (with_tifffile(noise(1, np.int8, -100, 100)), -100, 100),
    "tiff 12 in 16 gray": (with_tifffile(GRAY12), 0, 4095),
    "tiff 12 in 16 rgb": (with_tifffile(RGB12, **TRUE), 0, 4095),
    "tiff 12 in 16 three bands": (with_tifffile(RGB12, **MANY), 0, 4095),
    "tiff 12 in 16 separate": (with_tifffile(separate(RGB12), **APART), 0, 4095),
    "tiff 12 in 16 tiled": (with_tifffile(RGB12, tile=(16, 16), **TRUE), 0, 4095),
    "tiff 12 in 16 big-endian": (with_tifffile(GRAY12, byteorder=">"), 0, 4095),
    "tiff 12 in 16 bigtiff": (with_tifffile(RGB12, bigtiff=True, **MANY), 0, 4095),
    "tiff 12 in 16 lzw": (with_tifffile(RGB12, compression="lzw", predictor=2, **MANY), 0, 4095),
    "tiff 12 in 16 deflate": (with_tifffile(RGB12, compression="zlib", **MANY), 0, 4095),
    "tiff 12 in 16 zstd": (with_tifffile(GRAY12, compression="zstd"), 0, 4095),
    "tiff 16 gray": (with_tifffile(GRAY16), 0, 65535),
    "tiff 16 rgb": (with_tifffile(RGB16, **TRUE), 0, 65535),
    "tiff 16 rgb separate": (
        with_tifffile(separate(RGB16), photometric="rgb", planarconfig="separate"),
        0,
        65535,
    ),
    "tiff 8 rgb, fourth band unnamed and empty": (with_tifffile(FILLED8, **UNNAMED), 0, 255),
    "tiff 16 rgb, fourth band unnamed and empty": (with_tifffile(FILLED16, **UNNAMED), 0, 65535),
    "tiff reflectance": (with_tifffile(noise(3, np.uint16, 120, 11000), **MANY), 120, 11000),
    "tiff ct": (with_tifffile(noise(1, np.int16, -1024, 3071)), -1024, 3071),
    "tiff int32": (with_tifffile(noise(1, np.int32, -70_000, 2_000_000)), -70_000, 2_000_000),
    "tiff uint32": (with_tifffile(noise(1, np.uint32, 5, 4_000_000_000)), 5, 4_000_000_000),
    "tiff float32": (with_tifffile(noise(1, np.float32, -3, 250)), -3, 250),
    "tiff float32 of 0 to 1": (with_tifffile(noise(3, np.float32, 0, 1), **TRUE), 0, 1),
    "tiff float32 reflectance": (with_tifffile(noise(3, np.float32, 0, 0.25), **MANY), 0, 0.25),
    "tiff float32 separate": (with_tifffile(separate(noise(3, "f4", 1, 9)), **APART), 1, 9),
    "tiff float16": (with_tifffile(noise(1, np.float16, 0, 4)), 0, 4),
    "tiff float64": (with_tifffile(noise(1, np.float64, 273.5, 310.25)), 273.5, 310.25),
    "png 8 gray": (with_opencv(GRAY8, "x.png"), 0, 255),
    "png 8 rgb": (with_opencv(RGB8, "x.png"), 0, 255),
    "png 12 in 16 gray": (with_opencv(GRAY12, "x.png"), 0, 4095),
    "png 12 in 16 rgb": (with_opencv(RGB12, "x.png"), 0, 4095),
    "png 16 gray": (with_opencv(GRAY16, "x.png"), 0, 65535),
    "png 16 rgb": (with_opencv(RGB16, "x.png"), 0, 65535),
    "pgm 8": (with_opencv(GRAY8, "x.pgm"), 0, 255),
    "pgm 12 in 16": (with_opencv(GRAY12, "x.pgm"), 0, 4095),
    "ppm 12 in 16": (with_opencv(RGB12, "x.ppm"), 0, 4095),
    "ppm 16": (with_opencv(RGB16, "x.ppm"), 0, 65535),
    "bmp 8": (with_opencv(GRAY8, "x.bmp"), 0, 255),
    "bmp rgb": (with_opencv(RGB8, "x.bmp"), 0, 255),
    "webp": (with_pillow(Image.fromarray(RGB8), "x.webp", lossless=True), 0, 255),
    "gif": (with_pillow(GRAY, "x.gif"), 0, 255),
    "jpeg gray": (with_pillow(GRAY, "x.jpg", quality=95), 0, 255),
    "jpeg rgb": (with_pillow(Image.fromarray(RGB8), "x.jpg", quality=95), 0, 255),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_read_as_another_reader_reads_it(tmp_path, kind):
    write, low, high = KINDS[kind]
    _, values = write(tmp_path)
    values = values[..., 0] if kind == "gif" else values  # imageio gives three bands
    expected = in_bytes(values, low, high)
    pixels = pixels_of(tmp_path)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= 1


STACK = np.stack([GRAY8] * 3)
NAN = np.full((SIDE, SIDE), np.nan, np.float32)
NAMED = {
    "rgb and an unnamed fourth band": (with_tifffile(RGBA8, **UNNAMED), "set bands 1,2,3 to leave"),
    "rgb and an unnamed fourth band of 16 bits": (
        with_tifffile(noise(4, np.uint16, 0, 65535), **UNNAMED),
        "4 bands, and the file doesn't say what the last one is",
    ),
    "jpeg 2000 of four bands": (jpeg_2000(RGBA8), "4 bands, and the file doesn't say"),
    "four bands": (with_tifffile(RGBA8, **MANY), "4 bands; export RGB, or choose with bands"),
    "four bands of 16 bits": (
        with_tifffile(separate(noise(4, np.uint16, 0, 9000)), **APART),
        "4 bands; export RGB",
    ),
    "thirteen bands": (with_tifffile(noise(13, np.uint16, 0, 9000), **MANY), "13 bands"),
    "thirteen bands that begin with rgb": (with_tifffile(noise(13, "u1", 0, 9), **TRUE), "13 band"),
    "two bands": (with_tifffile(noise(2, np.uint8, 0, 255), **MANY), "2 bands"),
    "z-stack": (with_tifffile(STACK, photometric="minisblack"), "3 pages, slices or frames"),
    "deep z-stack": (with_tifffile(STACK.astype("u2") * 99, photometric="minisblack"), "3 pages"),
    "imagej stack": (with_tifffile(STACK, imagej=True), "3 pages, slices or frames"),
    "volume": (with_tifffile(STACK, volumetric=True, photometric="minisblack"), "3 pages"),
    "animated gif": (
        with_pillow(GRAY, "x.gif", save_all=True, append_images=[GRAY.rotate(90)]),
        "2 pages, slices or frames; export one, or choose with page",
    ),
    "animated webp": (
        with_pillow(GRAY, "x.webp", save_all=True, append_images=[GRAY.rotate(90)]),
        "2 pages",
    ),
    "animated png": (
        with_pillow(GRAY, "x.png", save_all=True, append_images=[GRAY.rotate(90)]),
        "2 pages",
    ),
    "all nan": (with_tifffile(NAN), "no value is a finite number"),
    "complex": (with_tifffile(np.ones((SIDE, SIDE), np.complex64)), "complex values"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_a_kind_that_is_not_clear_is_named(tmp_path, kind):
    write, reason = NAMED[kind]
    for folder in ("one", "other"):
        (tmp_path / folder).mkdir()
    path, _ = write(tmp_path / "one")
    GRAY.save(tmp_path / "one/good.png")
    GRAY.save(tmp_path / "other/good.png")
    data = load(tmp_path)
    assert data.class_counts == {"one": 1, "other": 1}
    assert reason in data.unreadable[str(path)]


@pytest.mark.parametrize("numbers", ["4,3,2", [4, 3, 2]])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("options", [MANY, TRUE])
def test_bands_are_taken_in_the_given_order(tmp_path, numbers, dtype, options):
    bands = 5 if options is MANY else 4
    values = noise(bands, dtype, 0, np.iinfo(dtype).max)
    values[0, 0] = values[-1, -1] = [0, *[np.iinfo(dtype).max] * (bands - 1)]
    tifffile.imwrite(tmp_path / "x.tif", values, **options)
    expected = values[..., [3, 2, 1]] / np.iinfo(dtype).max * 255
    assert np.abs(pixels_of(tmp_path, bands=numbers) - expected).max() <= 1
    one = pixels_of(tmp_path, bands=4)
    assert one.shape == (SIDE, SIDE, 1)
    assert np.abs(one - expected[..., :1]).max() <= 1


def test_bands_of_an_unmarked_jpeg_2000_can_be_chosen_and_marked_alpha_is_alpha(tmp_path):
    jpeg_2000(RGBA8)(tmp_path)
    assert np.array_equal(pixels_of(tmp_path, bands="4,1,2"), RGBA8[..., [3, 0, 1]])
    Image.fromarray(RGBA8).save(tmp_path / "x.jp2")
    shares = RGBA8[..., 3:] / 255
    expected = RGBA8[..., :3] * shares + 255 * (1 - shares)
    assert np.abs(pixels_of(tmp_path) - expected).max() <= 1


@pytest.mark.parametrize(("page", "value"), [(1, 10), (3, 30)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_page_can_be_chosen(tmp_path, page, value, dtype):
    stack = np.stack([np.full((SIDE, SIDE), each, dtype) for each in (10, 20, 30)])
    tifffile.imwrite(tmp_path / "x.tif", stack, photometric="minisblack")
    pixels = pixels_of(tmp_path, page=page, window="0,255")
    assert (pixels == value).all()


def test_a_palette_of_old_programs_holds_eight_bits():
    stream = io.BytesIO()
    colormap = np.stack([np.arange(256)] * 3).astype(np.uint16)
    tifffile.imwrite(stream, GRAY8, photometric="palette", colormap=colormap)
    assert np.array_equal(decode_image(stream.getvalue(), "x.tif", 1)[..., 0], GRAY8)


def test_a_thumbnail_is_no_page(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(RGB12, photometric="rgb")
        file.write(RGB12[::2, ::2], photometric="rgb", subfiletype=1)
    assert np.abs(pixels_of(tmp_path) - in_bytes(RGB12, 0, 4095)).max() <= 1
