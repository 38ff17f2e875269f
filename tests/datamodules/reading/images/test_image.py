"""Image files of every kind are read correctly."""

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from datamodules.errors import UnreadableImageError
from datamodules.reading.images.image import read_image
from helpers.image_files import COLORS, RAMP, png, saved


def test_gray_and_rgb_are_converted_into_each_other(tmp_path):
    gray = saved(tmp_path, Image.fromarray(RAMP), "gray.png")
    assert np.array_equal(read_image(gray, 1)[..., 0], RAMP)
    assert np.array_equal(read_image(gray, 3), np.repeat(RAMP[..., None], 3, axis=2))
    rgb = saved(tmp_path, Image.fromarray(COLORS), "rgb.png")
    assert np.array_equal(read_image(rgb, 3), COLORS)
    luma = COLORS @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_image(rgb, 1)[..., 0] - luma).max() <= 1


def test_cielab_is_converted_to_color_and_gray(tmp_path):
    lab = ImageCms.profileToProfile(
        Image.fromarray(COLORS), ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"),
        outputMode="LAB",
    )  # fmt: skip
    path = saved(tmp_path, lab, "lab.tif")
    assert np.abs(read_image(path, 3).astype(int) - COLORS).mean() < 4
    luma = COLORS @ np.array([0.299, 0.587, 0.114])
    assert np.abs(read_image(path, 1)[..., 0] - luma).mean() < 4


def test_an_error_of_a_conversion_names_the_file(tmp_path, monkeypatch):
    path = saved(tmp_path, Image.fromarray(COLORS), "rgb.png")
    monkeypatch.setattr("datamodules.reading.images.image._as_array", lambda *_: 1 / 0)
    with pytest.raises(UnreadableImageError, match=r"rgb.png: division by zero"):
        read_image(path, 1)


def test_palette_is_looked_up(tmp_path):
    image = Image.new("P", (8, 8), 0)
    image.putpixel((1, 0), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    pixels = read_image(saved(tmp_path, image, "p.png"), 3)
    assert pixels[0, 0].tolist() == [10, 20, 30]
    assert pixels[0, 1].tolist() == [200, 100, 50]


@pytest.mark.parametrize("transparency", [1, b"\xff\x00"])
def test_transparent_palette_entry_is_white(tmp_path, transparency):
    image = Image.new("P", (8, 8), 0)
    image.putpixel((1, 0), 1)
    image.putpalette([10, 20, 30, 200, 100, 50])
    pixels = read_image(saved(tmp_path, image, "p.png", transparency=transparency), 3)
    assert pixels[0, 0].tolist() == [10, 20, 30]
    assert pixels[0, 1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_rgba_is_composited_over_white(tmp_path, name):
    image = Image.new("RGBA", (16, 16), (200, 0, 100, 0))
    image.paste((200, 0, 100, 255), (0, 0, 8, 16))
    image.paste((200, 0, 100, 51), (0, 0, 16, 8))
    pixels = read_image(saved(tmp_path, image, name, lossless=True), 3)
    assert pixels[12, 12].tolist() == [255, 255, 255]
    assert pixels[12, 2].tolist() == [200, 0, 100]
    assert pixels[2, 2].tolist() == [244, 204, 224]


def test_la_is_composited_over_white_in_both_channel_counts(tmp_path):
    image = Image.new("LA", (8, 8), (100, 0))
    image.putpixel((0, 0), (100, 255))
    image.putpixel((1, 0), (100, 51))
    path = saved(tmp_path, image, "la.png")
    assert read_image(path, 1)[0, :3, 0].tolist() == [100, 224, 255]
    assert read_image(path, 3)[0, :3].tolist() == [[100] * 3, [224] * 3, [255] * 3]


def test_transparent_color_of_an_rgb_png_is_white(tmp_path):
    image = Image.new("RGB", (8, 8), (1, 2, 3))
    image.putpixel((0, 0), (9, 9, 9))
    pixels = read_image(saved(tmp_path, image, "t.png", transparency=(1, 2, 3)), 3)
    assert pixels[0, :2].tolist() == [[9, 9, 9], [255, 255, 255]]


def test_cmyk(tmp_path):
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    exact = read_image(saved(tmp_path, image, "c.tif"), 3)
    assert exact[0, 0].tolist() == [255, 0, 0]
    lossy = read_image(saved(tmp_path, image, "c.jpg", quality=95), 3)
    assert np.abs(lossy[8, 8].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.parametrize("name", ["deep.png", "deep.tif"])
def test_sixteen_bit_gray_is_rescaled(tmp_path, name):
    deep = RAMP.astype(np.uint16) * 257
    path = saved(tmp_path, Image.fromarray(deep), name)
    assert Image.open(path).mode.startswith("I")
    assert np.array_equal(read_image(path, 1)[..., 0], RAMP)


def test_sixteen_bit_rgb_png(tmp_path):
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).tobytes() for row in COLORS)
    path = png(tmp_path, 16, 16, rows, depth=16, color=2)
    assert np.array_equal(read_image(path, 3), COLORS)


def test_thirty_two_bit_integers(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP.astype(np.int32) * 100_000 - 7), "i.tif")
    assert np.array_equal(read_image(path, 1)[..., 0], RAMP)


def test_one_bit(tmp_path):
    image = Image.fromarray(RAMP % 2 == 1)
    for name in ("b.png", "b.tif", "b.bmp"):
        pixels = read_image(saved(tmp_path, image, name), 1)
        assert np.array_equal(pixels[..., 0], (RAMP % 2) * 255)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (Image.fromarray(COLORS[:8]), "e.jpg"),
        (Image.fromarray(COLORS[:8]), "e.png"),
        (Image.fromarray(COLORS[:8]), "e.webp"),
        (Image.fromarray(COLORS[:8]), "e.tif"),
        (Image.fromarray(RAMP[:8].astype(np.uint16) * 257), "deep.png"),
        (Image.fromarray(RAMP[:8].astype(np.uint16) * 257), "deep.tif"),
    ],
)
def test_exif_rotation_is_applied_once(tmp_path, image, name):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees clockwise
    plain = read_image(saved(tmp_path, image, f"plain_{name}"), 3)
    turned = read_image(saved(tmp_path, image, name, exif=exif), 3)
    assert np.array_equal(turned, np.rot90(plain, k=-1))


@pytest.mark.parametrize("extension", ["jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "gif"])
def test_every_extension(tmp_path, extension):
    image = Image.new("RGB", (20, 10), (255, 0, 0))
    pixels = read_image(saved(tmp_path, image, f"x.{extension}"), 3)
    assert pixels.shape == (10, 20, 3)
    assert pixels.dtype == np.uint8
    assert np.abs(pixels[5, 5].astype(int) - [255, 0, 0]).max() <= 3


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no avif")
def test_avif(tmp_path):
    path = saved(tmp_path, Image.new("RGB", (20, 10), (255, 0, 0)), "x.avif")
    assert np.abs(read_image(path, 3)[5, 5].astype(int) - [255, 0, 0]).max() <= 6


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.new("L", (8, 8), value) for value in (40, 200)]
    for name in ("a.gif", "a.webp"):
        path = saved(
            tmp_path, frames[0], name, save_all=True, append_images=frames[1:], lossless=True
        )
        assert read_image(path, 1)[0, 0, 0] == 40


def test_a_camera_jpeg_of_several_pictures_gives_the_first(tmp_path):
    frames = [Image.new("RGB", (16, 16), (value, value, value)) for value in (40, 200)]
    path = saved(
        tmp_path, frames[0], "m.jpg", format="MPO", save_all=True, append_images=frames[1:]
    )
    assert abs(int(read_image(path, 1)[0, 0, 0]) - 40) <= 1


def test_content_decides_not_the_name(tmp_path):
    path = saved(tmp_path, Image.fromarray(RAMP), "really.png")
    assert np.array_equal(read_image(path.rename(tmp_path / "claims.jpg"), 1)[..., 0], RAMP)
