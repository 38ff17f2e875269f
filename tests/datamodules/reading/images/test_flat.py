"""Images of one shade: a remark says what hides their content, and its advice shows it."""

import re

import numpy as np
import pytest
from PIL import Image

from datamodules.errors import DataError
from helpers.image_folders import fill, load

SIDE = 16


def glyph(number):
    """Return the mask of a drawing's opaque pixels."""
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    alpha[2 : 4 + number % 10, 3:12] = 255
    return alpha


def drawing(number, level, mode="RGBA"):
    bands = [np.full((SIDE, SIDE), level, np.uint8)] * (len(mode) - 1)
    return Image.fromarray(np.dstack([*bands, glyph(number)]), mode)


def icons(root, levels, name="{}.png", mode="RGBA"):
    for kind, level in levels.items():
        (root / kind).mkdir(parents=True)
        for n in range(10):
            drawing(n + 10 * (kind == "b"), level, mode).save(root / kind / name.format(n))


def advice(said, setting):
    return re.search(rf"set {setting} to (\S+?)(?: |$)", said)[1]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("{}.png", "RGBA"),
        ("{}.webp", "RGBA"),
        ("{}.tif", "RGBA"),
        ("{}.png", "LA"),
        ("palette {}.png", "P"),
    ],
)
def test_white_drawings_on_transparency_are_shown_by_the_advice(tmp_path, name, mode, capsys):
    for n in range(20):
        folder = tmp_path / "ab"[n % 2]
        folder.mkdir(exist_ok=True)
        if mode != "P":
            image = drawing(n, 255, mode)
        else:
            image = Image.fromarray(glyph(n) // 255, "P")
            image.putpalette([255] * 6)
            image.info["transparency"] = 0
        options = {"lossless": True} if "webp" in name else {}
        image.save(folder / name.format(n), **options)
    assert (load(tmp_path).images("train")[0] == 255).all()
    said = capsys.readouterr().out
    assert "20 of 20 images, such as " in said
    assert "are one color on the white background" in said
    data = load(tmp_path, background=advice(said, "background"))
    assert all(np.ptp(each.numpy()) > 100 for each in data.images("train")[0])
    assert "background" not in capsys.readouterr().out


def test_black_drawings_need_nothing_and_both_colors_gray(tmp_path, capsys):
    icons(tmp_path / "black", {"a": 0, "b": 0})
    _ = load(tmp_path / "black").num_classes
    assert "background" not in capsys.readouterr().out
    icons(tmp_path / "chess", {"a": 0, "b": 255})
    _ = load(tmp_path / "chess").num_classes
    said = capsys.readouterr().out
    assert "10 of 20 images" in said
    assert advice(said, "background") == "gray"
    _ = load(tmp_path / "chess", background="gray").num_classes
    assert "background" not in capsys.readouterr().out


def test_the_background_is_kept_and_refused_by_name(tmp_path):
    icons(tmp_path, {"a": 255, "b": 255})
    white, black = (load(tmp_path, background=each) for each in ("white", "black"))
    assert white.fingerprint == load(tmp_path).fingerprint != black.fingerprint
    assert black.card()["init_args"]["background"] == black.reader.background == "black"
    file = tmp_path / "a" / "3.png"
    assert black.reader.read(file).max() == 255
    assert black.reader.read(file).min() == 0
    with pytest.raises(DataError, match="background is 'pink'; it must be one of white, gray, bl"):
        load(tmp_path, background="pink")


def test_deep_values_close_together_are_shown_by_the_window_that_is_advised(tmp_path, capsys):
    random = np.random.default_rng(0)
    for n in range(20):
        folder = tmp_path / "ab"[n % 2]
        folder.mkdir(exist_ok=True)
        most = 200 if n < 6 else 65_535
        values = random.integers(0, most + 1, (SIDE, SIDE), np.uint16)
        Image.fromarray(values).save(folder / f"{n:02}.png")
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert "6 of 20 images, such as " in said
    assert "their values are 0 to 200, and the window is wider" in said
    data = load(tmp_path, window=advice(said, "window"))
    shown = [
        np.ptp(data.reader.read(path)) for path in map(str, sorted(tmp_path.glob("*/0[0-5]*")))
    ]
    assert min(shown) > 100


def test_a_dead_pixel_that_widens_the_window_is_no_matter_of_the_fit(tmp_path, capsys):
    random = np.random.default_rng(0)
    for n in range(20):
        (tmp_path / "ab"[n % 2]).mkdir(exist_ok=True)
        kelvin = random.normal(290, 2, (SIDE, 2 * SIDE)).astype(np.float32)
        if n == 0:
            kelvin[0, 0] = 0
        Image.fromarray(kelvin).save(tmp_path / "ab"[n % 2] / f"{n:02}.tif")
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert "cut to a square" not in said
    assert "and the window is wider; set window to 28" in said
    _ = load(tmp_path, window=advice(said, "window")).num_classes
    assert "shade" not in capsys.readouterr().out


def test_masks_of_numbers_are_named_and_masks_of_full_contrast_are_not(tmp_path, capsys):
    for n in range(10):
        for folder, factor in (("numbers", 255), ("full", 1)):
            (tmp_path / folder).mkdir(exist_ok=True)
            Image.fromarray(glyph(n) // factor).save(tmp_path / folder / f"{n}.png")
    _ = load(tmp_path / "full").num_classes
    assert "shade" not in capsys.readouterr().out
    _ = load(tmp_path / "numbers").num_classes
    said = capsys.readouterr().out
    assert "10 of 10 images, such as " in said
    assert "nearly one shade, with values of 0 to 1 out of 0 to 255" in said


def test_content_at_the_edges_is_kept_by_the_fit_that_is_advised(tmp_path, capsys):
    tmp_path = tmp_path / "pages"
    tmp_path.mkdir()
    for n in range(10):
        page = np.full((SIDE, 3 * SIDE), 250, np.uint8)
        page[:, : 5 + n] = 10
        Image.fromarray(page).save(tmp_path / f"{n}.png")
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert "nearly one shade once cut to a square; set fit to pad or stretch" in said
    for fit in ("pad", "stretch"):
        _ = load(tmp_path, fit=fit).num_classes
        assert "shade" not in capsys.readouterr().out


def test_empty_scans_among_others_are_counted_and_plain_colors_are_not(tmp_path, capsys):
    fill(tmp_path / "scans", 12)
    for n in range(3):
        Image.new("RGB", (9 + n, 9)).save(tmp_path / "scans" / f"empty {n}.png")
    _ = load(tmp_path / "scans").num_classes
    said = capsys.readouterr().out
    assert "3 of 15 images, such as " in said
    assert "are of a single color; name them in ignore" in said
    (tmp_path / "colors").mkdir()
    for n in range(12):
        Image.new("RGB", (9, 9), (9 * n, 0, 0)).save(tmp_path / "colors" / f"{n}.png")
    _ = load(tmp_path / "colors").num_classes
    assert "single color" not in capsys.readouterr().out
    (tmp_path / "black").mkdir()
    for n in range(12):
        Image.new("RGB", (9 + n, 9)).save(tmp_path / "black" / f"{n}.png")
    _ = load(tmp_path / "black").num_classes
    assert "12 of 12 images, such as " in capsys.readouterr().out
