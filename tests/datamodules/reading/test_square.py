"""Square images: central crop, size and antialiasing."""

import numpy as np
import pytest

from datamodules.reading.square import fit_square


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(10, 40), (40, 10), (64, 64), (7, 9), (1, 5000)])
def test_fit_square_gives_the_size(shape, channels):
    fitted = fit_square(np.full((*shape, channels), 77, np.uint8), 16)
    assert fitted.shape == (16, 16, channels)
    assert fitted.dtype == np.uint8
    assert (fitted == 77).all()


def test_fit_square_keeps_the_centre():
    image = np.zeros((16, 48, 1), np.uint8)
    image[:, 16:32] = 200
    assert (fit_square(image, 16) == 200).all()


def test_fit_square_leaves_the_right_size_alone():
    image = np.zeros((16, 16, 3), np.uint8)
    assert fit_square(image, 16) is image


def test_fit_square_is_antialiased():
    stripes = np.zeros((64, 64, 1), np.uint8)
    stripes[:, ::2] = 255
    assert np.abs(fit_square(stripes, 8)[1:-1, 1:-1].astype(int) - 127).max() < 12
