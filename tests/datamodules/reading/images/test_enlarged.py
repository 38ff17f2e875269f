"""Images far smaller than image_size, which would be enlarged, are counted."""

import numpy as np
import pytest
from PIL import Image

from helpers.image_folders import load


def photographs(root, *sides):
    """Write ten images of each size, in two classes."""
    for n in range(10 * len(sides)):
        side = sides[n % len(sides)]
        (root / "ab"[n % 2]).mkdir(exist_ok=True)
        pixels = np.random.default_rng(n).integers(0, 256, (side, side + 4, 3), np.uint8)
        Image.fromarray(pixels).save(root / "ab"[n % 2] / f"{n:02}.png")
    return root


def said(data, capsys):
    capsys.readouterr()
    _ = data.num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "enlarged" in line]


@pytest.mark.parametrize("in_memory", [True, False])
def test_small_images_are_counted_with_the_size_to_set(tmp_path, capsys, in_memory):
    root = photographs(tmp_path, 20, 22, 90)
    (line,) = said(load(root, image_size=64, in_memory=in_memory), capsys)
    assert "20 of 30 images have only 20 to 22 pixels on a side" in line
    assert line.endswith("enlarged to 64, so that a model learns their blur; set image_size to 20")
    assert said(load(root, image_size=20), capsys) == []


def test_with_bars_the_longer_side_counts(tmp_path, capsys):
    assert said(load(photographs(tmp_path, 14), image_size=32, fit="pad"), capsys) == []
    (line,) = said(load(tmp_path, image_size=32), capsys)
    assert "only 14 pixels" in line


def test_a_few_small_images_and_slightly_small_ones_get_no_remark(tmp_path, capsys):
    assert said(load(photographs(tmp_path, 20, 70), image_size=64), capsys) == []
    assert said(load(photographs(tmp_path, 36, 40), image_size=64), capsys) == []


def test_a_size_that_the_user_did_not_choose_gets_no_remark(tmp_path, capsys):
    data = load(photographs(tmp_path, 20), image_size=20)
    assert said(data.resized(128), capsys) == []
    assert data.resized(128).image_size == 128
