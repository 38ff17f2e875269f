"""Files of every depth, number of bands and container: read as an independent reader does."""

import struct

import cv2
import imageio.v3 as imageio
import numpy as np
import pytest
import tifffile
from PIL import Image

from datamodules.errors import DataError
from datamodules.image_folder import ImageFolderDataModule
from helpers.image_files import png

SIDE = 16
RANDOM = np.random.default_rng(0)


def noise(bands, dtype, least, most):
    """Values of which the smallest and the largest are known."""
    shape = (SIDE, SIDE, bands) if bands > 1 else (SIDE, SIDE)
    values = RANDOM.uniform(least, most, shape).astype(dtype)
    values.flat[0], values.flat[-1] = least, most
    return values


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


MANY = {"photometric": "minisblack", "planarconfig": "contig"}
APART = {"photometric": "minisblack", "planarconfig": "separate"}
TRUE = {"photometric": "rgb"}
GREY8, RGB8, RGBA8 = (noise(bands, np.uint8, 0, 255) for bands in (1, 3, 4))
RGB12, GREY12 = noise(3, np.uint16, 0, 4095), noise(1, np.uint16, 0, 4095)
RGB16, GREY16 = noise(3, np.uint16, 0, 65535), noise(1, np.uint16, 0, 65535)
GREY = Image.fromarray(GREY8)

# How the file is written and read by another reader, and the values of black and white.
KINDS = {
    "tiff 8 grey": (with_tifffile(GREY8), 0, 255),
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
    "tiff 12 in 16 grey": (with_tifffile(GREY12), 0, 4095),
    "tiff 12 in 16 rgb": (with_tifffile(RGB12, **TRUE), 0, 4095),
    "tiff 12 in 16 three bands": (with_tifffile(RGB12, **MANY), 0, 4095),
    "tiff 12 in 16 separate": (with_tifffile(separate(RGB12), **APART), 0, 4095),
    "tiff 12 in 16 tiled": (with_tifffile(RGB12, tile=(16, 16), **TRUE), 0, 4095),
    "tiff 12 in 16 big-endian": (with_tifffile(GREY12, byteorder=">"), 0, 4095),
    "tiff 12 in 16 bigtiff": (with_tifffile(RGB12, bigtiff=True, **MANY), 0, 4095),
    "tiff 12 in 16 lzw": (with_tifffile(RGB12, compression="lzw", predictor=2, **MANY), 0, 4095),
    "tiff 12 in 16 deflate": (with_tifffile(RGB12, compression="zlib", **MANY), 0, 4095),
    "tiff 12 in 16 zstd": (with_tifffile(GREY12, compression="zstd"), 0, 4095),
    "tiff 16 grey": (with_tifffile(GREY16), 0, 65535),
    "tiff 16 rgb": (with_tifffile(RGB16, **TRUE), 0, 65535),
    "tiff 16 rgb, fourth band unnamed": (
        with_tifffile(
            noise(4, np.uint16, 0, 65535), photometric="rgb", extrasamples=["unspecified"]
        ),
        0,
        65535,
    ),
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
    "png 8 grey": (with_opencv(GREY8, "x.png"), 0, 255),
    "png 8 rgb": (with_opencv(RGB8, "x.png"), 0, 255),
    "png 12 in 16 grey": (with_opencv(GREY12, "x.png"), 0, 4095),
    "png 12 in 16 rgb": (with_opencv(RGB12, "x.png"), 0, 4095),
    "png 16 grey": (with_opencv(GREY16, "x.png"), 0, 65535),
    "png 16 rgb": (with_opencv(RGB16, "x.png"), 0, 65535),
    "pgm 8": (with_opencv(GREY8, "x.pgm"), 0, 255),
    "pgm 12 in 16": (with_opencv(GREY12, "x.pgm"), 0, 4095),
    "ppm 12 in 16": (with_opencv(RGB12, "x.ppm"), 0, 4095),
    "ppm 16": (with_opencv(RGB16, "x.ppm"), 0, 65535),
    "bmp 8": (with_opencv(GREY8, "x.bmp"), 0, 255),
    "bmp rgb": (with_opencv(RGB8, "x.bmp"), 0, 255),
    "webp": (with_pillow(Image.fromarray(RGB8), "x.webp", lossless=True), 0, 255),
    "gif": (with_pillow(GREY, "x.gif"), 0, 255),
    "jpeg grey": (with_pillow(GREY, "x.jpg", quality=95), 0, 255),
    "jpeg rgb": (with_pillow(Image.fromarray(RGB8), "x.jpg", quality=95), 0, 255),
}


def load(folder, **options):
    settings = {"image_size": SIDE, "validation": 0.0, "test": 0.0, **options}
    return ImageFolderDataModule(str(folder), **settings)


def pixels_of(folder, **options):
    """The one image of a folder, `[SIDE, SIDE, channels]`."""
    return load(folder, **options).images("train")[0][0].permute(1, 2, 0).numpy()


def in_bytes(values, low, high):
    """Values as an independent statement of the mapping has them, `[SIDE, SIDE, channels]`."""
    if values.shape[0] in (3, 4) and values.ndim == 3:
        values = np.moveaxis(values, 0, -1)
    scaled = (values.astype(np.float64) - low) / (high - low) * 255
    return scaled.clip(0, 255).reshape(SIDE, SIDE, -1)[..., :3]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_read_as_another_reader_reads_it(tmp_path, kind):
    write, low, high = KINDS[kind]
    _, values = write(tmp_path)
    values = values[..., 0] if kind == "gif" else values  # imageio gives three bands
    expected = in_bytes(values, low, high)
    pixels = pixels_of(tmp_path)
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= 1


STACK = np.stack([GREY8] * 3)
NAN = np.full((SIDE, SIDE), np.nan, np.float32)
NAMED = {
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
        with_pillow(GREY, "x.gif", save_all=True, append_images=[GREY.rotate(90)]),
        "2 pages, slices or frames; export one, or choose with page",
    ),
    "animated webp": (
        with_pillow(GREY, "x.webp", save_all=True, append_images=[GREY.rotate(90)]),
        "2 pages",
    ),
    "animated png": (
        with_pillow(GREY, "x.png", save_all=True, append_images=[GREY.rotate(90)]),
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
    GREY.save(tmp_path / "one/good.png")
    GREY.save(tmp_path / "other/good.png")
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


@pytest.mark.parametrize(("page", "value"), [(1, 10), (3, 30)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_page_can_be_chosen(tmp_path, page, value, dtype):
    stack = np.stack([np.full((SIDE, SIDE), each, dtype) for each in (10, 20, 30)])
    tifffile.imwrite(tmp_path / "x.tif", stack, photometric="minisblack")
    pixels = pixels_of(tmp_path, page=page, window="0,255")
    assert (pixels == value).all()


def test_a_thumbnail_is_no_page(tmp_path):
    with tifffile.TiffWriter(tmp_path / "x.tif") as file:
        file.write(RGB12, photometric="rgb")
        file.write(RGB12[::2, ::2], photometric="rgb", subfiletype=1)
    assert np.abs(pixels_of(tmp_path) - in_bytes(RGB12, 0, 4095)).max() <= 1


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


def textured(dtype):
    """Four bands such as an aerial image has, none of which is 0 or full."""
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


def test_grey_that_is_multiplied_by_alpha_is_put_on_white(tmp_path):
    grey, alpha = textured(np.uint8)[..., 0], np.zeros((32, 32), np.uint8)
    alpha[:, 16:] = 255
    values = np.dstack([grey * (alpha > 0), alpha])
    tifffile.imwrite(
        tmp_path / "x.tif", values, photometric="minisblack", extrasamples=["assocalpha"]
    )
    pixels = pixels_of(tmp_path, image_size=32)[..., 0]
    assert (pixels[:, :16] == 255).all()
    assert (pixels[:, 16:] == grey[:, 16:]).all()


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


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_deep_file_is_turned_upright(tmp_path, turn):
    plain = Image.fromarray(GREY8)
    exif = Image.Exif()
    exif[274] = turn
    plain.save(tmp_path / "x.png", exif=exif)
    expected = pixels_of(tmp_path)
    (tmp_path / "x.png").unlink()
    deep = GREY8.astype(np.uint16) * 16
    tifffile.imwrite(tmp_path / "x.tif", deep, extratags=[(274, "H", 1, turn, True)])
    assert np.array_equal(pixels_of(tmp_path, window=[0, 255 * 16]), expected)


def test_white_is_zero_at_twelve_bits(tmp_path):
    tifffile.imwrite(tmp_path / "x.tif", GREY12, photometric="miniswhite")
    assert np.abs(pixels_of(tmp_path) - (255 - in_bytes(GREY12, 0, 4095))).max() <= 1


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


@pytest.mark.parametrize("bits", [10, 12])
def test_bits_that_are_packed(tmp_path, bits):
    values = GREY12 >> (12 - bits)
    tifffile.imwrite(tmp_path / "x.tif", values, bitspersample=bits)
    assert np.abs(pixels_of(tmp_path) - in_bytes(values, 0, 2**bits - 1)).max() <= 1


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits(tmp_path, bits):
    values = (GREY8 >> (8 - bits)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "x.tif", values, bitspersample=bits)
    assert np.abs(pixels_of(tmp_path) - in_bytes(values, 0, 2**bits - 1)).max() <= 1


def test_declared_twelve_bits_keep_what_they_declare(tmp_path):
    header = b"P6\n16 16\n4095\n"
    values = noise(3, np.uint16, 0, 2000)
    (tmp_path / "x.ppm").write_bytes(header + values.astype(">u2").tobytes())
    assert np.abs(pixels_of(tmp_path) - values / 4095 * 255).max() <= 1


@pytest.mark.parametrize("depth", [8, 16])
def test_grey_with_alpha_stays_grey(tmp_path, depth):
    values = noise(2, np.dtype(f">u{depth // 8}"), 0, 2**depth - 1)
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    png(tmp_path, SIDE, SIDE, rows, depth=depth, color=4)
    opacity = values[..., 1] / (2**depth - 1)
    expected = values[..., 0] / (2**depth - 1) * opacity * 255 + 255 * (1 - opacity)
    pixels = pixels_of(tmp_path)
    assert pixels.shape == (SIDE, SIDE, 1)
    assert np.abs(pixels[..., 0] - expected).max() <= 1.5


def test_a_compression_that_nothing_reads_names_the_extra(tmp_path, monkeypatch):
    def refuse(page, **options):
        raise ValueError("<COMPRESSION.ZSTD: 50000> requires the 'imagecodecs' package")

    tifffile.imwrite(tmp_path / "x.tif", noise(3, "u2", 0, 99), compression="zstd", **APART)
    GREY.save(tmp_path / "good.png")
    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)
    monkeypatch.setattr("datamodules.reading.tiff.decode_with_opencv", lambda content: None)
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
    GREY.save(tmp_path / "good.png")
    reasons = load(tmp_path).unreadable
    assert "1000000 x 1000000" in reasons[str(tmp_path / "huge.tif")]
    assert reasons[str(tmp_path / "x.tif")]
