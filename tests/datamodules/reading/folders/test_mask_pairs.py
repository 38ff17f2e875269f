"""Masks with the names of their images, in another format, are left out."""

import numpy as np
from PIL import Image

from helpers.image_folders import everything, load


def pairs(root, mask, count=12):
    """Write photographs as JPEG in two classes, and what `mask` makes of each as PNG."""
    for n in range(count):
        folder = root / ("Blowhole", "Free")[n % 2] / "Imgs"
        folder.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(n).integers(90, 160, (24, 24), np.uint8)
        Image.fromarray(pixels).save(folder / f"exp{n}.jpg", quality=95)
        Image.fromarray(mask(pixels, n)).save(folder / f"exp{n}.png")


def defect(pixels, n):
    mask = np.zeros_like(pixels)
    mask[n : n + 6, 4:9] = 255
    return mask


def test_masks_next_to_photographs_are_passed_over(tmp_path, capsys):
    pairs(tmp_path, defect)
    data = load(tmp_path)
    assert {path.rsplit(".", 1)[1] for path in everything(data)} == {"jpg"}
    assert len(everything(data)) == 12
    assert "data: passed over masks: 12, such as" in capsys.readouterr().out


def test_masks_in_one_folder_without_classes_are_passed_over(tmp_path):
    pairs(tmp_path, defect)
    assert len(everything(load(tmp_path / "Free"))) == 6


def test_copies_in_another_format_are_kept_with_a_warning(tmp_path, capsys):
    pairs(tmp_path, lambda pixels, _: pixels)
    assert len(everything(load(tmp_path))) == 24
    assert "come from the same source" in capsys.readouterr().out


def test_drawings_of_few_colors_are_no_masks(tmp_path):
    pairs(tmp_path, lambda pixels, _: np.where(pixels > 125, 140, 110).astype(np.uint8))
    assert len(everything(load(tmp_path))) == 24


def test_pictures_of_other_sizes_are_no_masks(tmp_path):
    pairs(tmp_path, lambda pixels, n: defect(pixels, n)[:20])
    assert len(everything(load(tmp_path))) == 24


def test_pictures_of_few_colors_next_to_drawings_are_no_masks(tmp_path):
    pairs(tmp_path, defect)
    for path in tmp_path.rglob("*.jpg"):
        pixels = np.full((24, 24), 40 + 9 * int(path.stem[3:]), np.uint8)
        Image.fromarray(pixels).save(path, quality=95)
    assert len(everything(load(tmp_path))) == 24


def test_a_changed_file_is_looked_at_again(tmp_path):
    pairs(tmp_path, lambda pixels, _: pixels)
    assert len(everything(load(tmp_path))) == 24
    pairs(tmp_path, defect)
    assert len(everything(load(tmp_path))) == 12
