"""Images of which the cut to a square leaves less than half are counted."""

import numpy as np
import pytest
from PIL import Image

from helpers.image_folders import load


@pytest.fixture
def strips(tmp_path):
    """Half of the images are strips."""
    for n in range(20):
        shape = (12, 40 if n % 2 else 16, 3)
        (tmp_path / "ab"[n // 10]).mkdir(exist_ok=True)
        pixels = np.random.default_rng(n).integers(0, 256, shape, np.uint8)
        Image.fromarray(pixels).save(tmp_path / "ab"[n // 10] / f"{n:02}.png")
    return tmp_path


def said(root, capsys, **options):
    capsys.readouterr()
    _ = load(root, **options).num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "central squares" in line]


def test_strips_are_named_with_what_keeps_all_of_them(strips, capsys):
    (line,) = said(strips, capsys)
    assert "10 of 20 images, such as '" in line
    assert "a/01.png', are more than twice as long as wide" in line
    assert "set fit to pad or stretch" in line
    for fit in ("pad", "stretch"):
        assert said(strips, capsys, fit=fit) == []


def test_few_strips_are_no_matter(strips, capsys):
    for path in sorted(strips.glob("*/*[13579].png"))[1:]:
        path.unlink()
    assert said(strips, capsys) == []
