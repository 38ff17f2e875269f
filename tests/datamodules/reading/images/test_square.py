"""Square images: crop, pad and stretch, size and antialiasing."""

import numpy as np
import pytest
from PIL import Image

from datamodules.reading.images.reader import ImageReader
from datamodules.reading.images.square import fit_square


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(10, 40), (40, 10), (64, 64), (7, 9), (1, 5000)])
def test_fit_square_gives_the_size(shape, channels):
    fitted = fit_square(np.full((*shape, channels), 77, np.uint8), 16)
    assert fitted.shape == (16, 16, channels)
    assert fitted.dtype == np.uint8
    assert (fitted == 77).all()


def test_fit_square_keeps_the_center():
    image = np.zeros((16, 48, 1), np.uint8)
    image[:, 16:32] = 200
    assert (fit_square(image, 16) == 200).all()


def test_pad_keeps_a_defect_at_the_edge_between_black_bars():
    image = np.full((10, 40, 3), 100, np.uint8)
    image[:, -4:] = 250
    padded = fit_square(image, 16, "pad")
    assert (padded[:6] == 0).all()
    assert (padded[10:] == 0).all()
    assert (padded[7:9, :12] == 100).all()
    assert (padded[7:9, -1] > 245).all()
    assert (fit_square(image, 16, "crop") == 100).all()
    tall = fit_square(image.transpose(1, 0, 2), 16, "pad")
    assert np.array_equal(tall, padded.transpose(1, 0, 2))


@pytest.mark.parametrize("shape", [(10, 40, 3), (40, 10, 1), (1, 4000, 1), (7, 16, 3)])
def test_pad_and_stretch_are_pillows_own_resizing(shape):
    image = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    gray = image[..., 0] if shape[2] == 1 else image
    expected = np.array(Image.fromarray(gray).resize((16, 16), Image.Resampling.BICUBIC))
    stretched = fit_square(image, 16, "stretch")
    assert np.array_equal(stretched, expected.reshape(16, 16, shape[2]))
    padded = fit_square(image, 16, "pad")
    height, width = (max(1, round(16 * side / max(shape[:2]))) for side in shape[:2])
    inside = np.array(Image.fromarray(gray).resize((width, height), Image.Resampling.BICUBIC))
    top, left = (16 - height) // 2, (16 - width) // 2
    expected = np.zeros((16, 16, shape[2]), np.uint8)
    expected[top : top + height, left : left + width] = inside.reshape(height, width, shape[2])
    assert np.array_equal(padded, expected)


def scan(shade, part=0):
    """Return a wide image of a noisy shade, with a dark object that touches its border."""
    pixels = np.random.default_rng(0).integers(shade - 8, shade + 8, (20, 60, 3))
    pixels[8:12, 20:40] = 10
    pixels[:1, :part] = 10
    return pixels.astype(np.uint8)


def test_bars_have_the_color_of_a_border_of_one_color():
    for image, least in ((scan(240), 238), (scan(240, part=15), 238), (scan(90), 88)):
        bars = fit_square(image, 24, "pad")[:8]
        assert len(np.unique(bars.reshape(-1, 3), axis=0)) == 1
        assert least <= bars.min() <= bars.max() <= least + 4
        assert np.array_equal(fit_square(image, 24, "pad"), fit_square(image.copy(), 24, "pad"))
    assert not fit_square(scan(240, part=60), 24, "pad")[:8].any()
    blue = np.full((6, 18, 3), (9, 30, 250), np.uint8)
    assert (fit_square(blue, 12, "pad") == (9, 30, 250)).all()


@pytest.mark.parametrize(("background", "level"), [("white", 255), ("gray", 128), ("black", 0)])
def test_a_background_that_is_given_is_the_shade_of_the_bars(background, level):
    assert (fit_square(scan(240), 24, "pad", background)[:8] == level).all()
    inside = fit_square(scan(240), 24, "pad", background)[8:16]
    assert np.array_equal(inside, fit_square(scan(240), 24, "pad")[8:16])
    for fit in ("crop", "stretch"):
        assert np.array_equal(
            fit_square(scan(240), 24, fit), fit_square(scan(240), 24, fit, "gray")
        )


def test_the_bars_are_part_of_the_fingerprint():
    kinds = [ImageReader(8, 3, fit="pad", background=each) for each in (None, "white", "black")]
    before = ("pad", None, None, None)
    assert len({before, (*before, "black"), *(each.unusual for each in kinds)}) == 5
    usual = [ImageReader(8, 3, background=each).unusual for each in (None, "white")]
    assert usual == [(), ()]
    assert ImageReader(8, 3, background="black").unusual == ("black",)


def test_fit_square_leaves_the_right_size_alone():
    image = np.zeros((16, 16, 3), np.uint8)
    assert fit_square(image, 16) is image


def test_fit_square_is_antialiased():
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(fit_square(stripes, 8)[1:-1, 1:-1].astype(int) - 127).max() < 12
