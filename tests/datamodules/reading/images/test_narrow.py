"""Images that lose more than half of their area to the crop are counted."""

import numpy as np
import pytest
from PIL import Image

from helpers.image_folders import load


@pytest.fixture
def strips(tmp_path):
    """Write images, half of which are strips."""
    for n in range(20):
        shape = (12, 40 if n % 2 else 16, 3)
        (tmp_path / "ab"[n // 10]).mkdir(exist_ok=True)
        pixels = np.random.default_rng(n).integers(0, 256, shape, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "ab"[n // 10] / f"{n:02}.png")
    return tmp_path


def said(root, capsys, **options):
    capsys.readouterr()
    _ = load(root, **options).num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "aspect ratio" in line]


def test_strips_are_named_with_what_keeps_all_of_them(strips, capsys):
    (line,) = said(strips, capsys)
    assert "10 of 20 images, such as '" in line
    assert "a/01.png', have an aspect ratio above 2:1" in line
    assert "set fit to pad or stretch" in line
    for fit in ("pad", "stretch"):
        assert said(strips, capsys, fit=fit) == []


def test_a_few_strips_get_no_remark(strips, capsys):
    for path in sorted(strips.glob("*/*[13579].png"))[2:]:
        path.unlink()
    for path in sorted(strips.glob("*/*[02468].png")):
        image = Image.open(path)
        for turns in (1, 2):
            image.rotate(90 * turns, expand=True).save(path.with_stem(f"{path.stem}_{turns}"))
    assert said(strips, capsys) == []
