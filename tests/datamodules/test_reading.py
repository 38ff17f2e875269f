"""Settings that the files determine: channels and one range of values; stored in the card."""

import re
import tracemalloc

import cv2
import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from datamodules.errors import DataError
from datamodules.image_folder import ImageFolderDataModule
from datamodules.mnist import MNISTDataModule
from datamodules.reading.images.window import SetRange
from datamodules.unpaired_folders import UnpairedFoldersDataModule
from ganaug.training.checkpoints import Card
from helpers.image_folders import fill, write

WHOLE = {"image_size": 8, "validation": 0.0, "test": 0.0}


def deep(path, *values):
    """Write an 8 x 8 gray 16-bit PNG with these values in its first row, and 100 elsewhere."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((8, 8), 100, np.uint16)
    pixels[0, : len(values)] = values
    cv2.imwrite(str(path), pixels)


def first_rows(data, count):
    """Return the first values of each image, by file name."""
    pixels = data.images("train")[0]
    names = [path.rpartition("/")[2] for path in data.paths("train")]
    return {name: image[0, 0, :count].tolist() for name, image in zip(names, pixels, strict=True)}


@pytest.fixture
def scans(tmp_path):
    deep(tmp_path / "scans/a.png", 0, 1000)
    deep(tmp_path / "scans/b.png", 4000, 2000)
    return tmp_path / "scans"


def test_one_range_serves_the_whole_set_and_is_said(scans):
    data = ImageFolderDataModule(str(scans), **WHOLE)
    assert first_rows(data, 2) == {"a.png": [0, 64], "b.png": [255, 128]}
    assert "scans (1 class, gray, in memory): 2 training" in data.describe()
    assert "values 0 to 4,000 become black to white" in data.describe()
    streamed = ImageFolderDataModule(str(scans), **WHOLE, in_memory=False)
    assert torch.equal(streamed.images("train")[0], data.images("train")[0])


def test_a_few_values_that_leave_the_others_without_contrast_are_said(scans):
    pixels = np.random.default_rng(0).integers(0, 4096, (8, 256, 256), np.uint16)
    pixels[0, 0, 0] = 65535
    for number, each in enumerate(pixels):
        cv2.imwrite(str(scans / f"{number}.png"), each)
    data = ImageFolderDataModule(str(scans), **WHOLE)
    said = r"values 0 to 65,535 become black to white, but 99\.8% of them are \d to 4,09\d "
    assert re.search(said + r"\(window 0\.1%,99\.9% shows these\)", data.describe())
    better = ImageFolderDataModule(str(scans), **WHOLE, window="0.1%,99.9%")
    assert better.reader.window == pytest.approx([4, 4091], abs=4)


@pytest.mark.parametrize("window", ["0,2000", [0, 2000], "[0, 2000]"])
def test_a_window_clips(scans, window):
    data = ImageFolderDataModule(str(scans), **WHOLE, window=window)
    assert first_rows(data, 2) == {"a.png": [0, 128], "b.png": [255, 255]}
    assert data.card()["init_args"]["window"] == [0, 2000]


def test_a_window_by_percentiles_is_that_of_all_values(scans):
    values = np.concatenate([cv2.imread(str(scans / f"{n}.png"), -1).ravel() for n in "ab"])
    low, high = np.percentile(values, [1, 99])
    data = ImageFolderDataModule(str(scans), **WHOLE, window="1%,99%")
    assert data.card()["init_args"]["window"] == [low, high]
    expected = ((np.array([1000, 2000]) - low) / (high - low) * 255).clip(0, 255).tolist()
    rows = first_rows(data, 2)
    assert [rows["a.png"][1], rows["b.png"][1]] == pytest.approx(expected, abs=0.5)


def test_percentiles_of_a_large_set_come_from_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr("datamodules.reading.images.window.SAMPLED", 4000)
    values = np.random.default_rng(0).normal(2000, 300, (100, 64, 64)).astype(np.uint16)
    for number, each in enumerate(values):
        cv2.imwrite(str(tmp_path / f"{number}.png"), each)
    card = ImageFolderDataModule(str(tmp_path), **WHOLE, window="5%,95%").card()
    expected = np.percentile(values, [5, 95])
    assert card["init_args"]["window"] == pytest.approx(expected, abs=0.05 * np.ptp(expected))


def test_the_look_over_a_set_takes_little_memory(monkeypatch):
    monkeypatch.setattr("datamodules.reading.images.window.SAMPLED", 10_000)
    values = np.zeros((256, 256), np.uint16)
    found = SetRange(300)
    tracemalloc.start()
    for number in range(300):
        values[0, 0] = number
        found.add(values)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.resolve("auto") == [0, 299]
    assert most < 10 * values.nbytes


def test_files_of_8_bits_stay_as_they_are_among_deep_ones(scans):
    Image.fromarray(np.full((8, 8), 200, np.uint8)).save(scans / "c.png")
    data = ImageFolderDataModule(str(scans), **WHOLE)
    assert first_rows(data, 2) == {"a.png": [0, 64], "b.png": [255, 128], "c.png": [200, 200]}
    assert "in the 2 files of more than 8 bits" in data.describe()


def test_integers_and_floats_have_a_range_each(scans):
    tifffile.imwrite(scans / "f.tif", np.linspace(0, 9, 64, dtype=np.float32).reshape(8, 8))
    data = ImageFolderDataModule(str(scans), **WHOLE)
    assert first_rows(data, 2) == {"a.png": [0, 64], "b.png": [255, 128], "f.tif": [0, 4]}
    assert "floats 0 to 9 and integers 0 to 4,000 become black to white" in data.describe()
    again = ImageFolderDataModule(**data.card()["init_args"])
    assert torch.equal(again.images("train")[0], data.images("train")[0])
    rows = first_rows(ImageFolderDataModule(str(scans), **WHOLE, window="file"), 1)
    assert rows == {"a.png": [0], "b.png": [round(4000 / 257)], "f.tif": [0]}
    deep(scans / "b.png", 65535)
    tifffile.imwrite(scans / "f.tif", np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8))
    full = ImageFolderDataModule(str(scans), **WHOLE)
    assert first_rows(full, 1) == {"a.png": [0], "b.png": [255], "f.tif": [0]}


def test_the_card_reads_other_folders_by_the_fits_own_range(scans, tmp_path):
    card = ImageFolderDataModule(str(scans), **WHOLE, fit="pad").card()
    assert card["init_args"]["window"] == [0, 4000]
    assert card["init_args"]["channels"] == card["channels"] == 1
    deep(tmp_path / "moved/x.png", 1000)
    moved = ImageFolderDataModule(**{**card["init_args"], "root": str(tmp_path / "moved")})
    assert first_rows(moved, 1) == {"x.png": [64]}
    assert moved.channels == 1
    again = ImageFolderDataModule(**card["init_args"])
    assert again.fingerprint == card["fingerprint"]


def test_another_reading_is_another_fingerprint_and_the_usual_one_is_as_before(scans, tmp_path):
    def fingerprint(root=scans, **options):
        return ImageFolderDataModule(str(root), **WHOLE, channels=3, **options).fingerprint

    before = fingerprint(window="file")
    others = [fingerprint(), fingerprint(window="0,99"), fingerprint(window="file", fit="pad")]
    assert len({before, *others, fingerprint(window="file", bands="1,1,1")}) == 5
    fill(tmp_path / "photos", 3)
    usual = fingerprint(tmp_path / "photos")
    assert usual == fingerprint(tmp_path / "photos", window="file", page=1)


def test_a_card_of_an_older_version_is_read_as_it_was(scans):
    card = ImageFolderDataModule(str(scans), **WHOLE, channels=3).card()
    new = ("fit", "bands", "window", "page")
    arguments = {name: value for name, value in card["init_args"].items() if name not in new}
    old = Card.from_checkpoint({**card, "model": "x", "init_args": arguments})
    assert old.data["init_args"]["window"] == "file"
    data = ImageFolderDataModule(**old.data["init_args"])
    assert first_rows(data, 2) == {"a.png": [0, 4], "b.png": [16, 8]}
    assert old.reader.page == 1


def test_gray_files_are_read_as_gray_and_color_as_color(tmp_path):
    gray = Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8))
    (tmp_path / "x").mkdir()
    for name in ("a.png", "b.jpg", "c.bmp", "d.tif", "e.gif"):
        gray.save(tmp_path / "x" / name)
    gray.convert("1").save(tmp_path / "x/f.png")
    gray.convert("LA").save(tmp_path / "x/g.png")
    gray.convert("P").save(tmp_path / "x/h.png")
    data = ImageFolderDataModule(str(tmp_path / "x"), **WHOLE)
    assert data.channels == 1
    assert data.images("train")[0].shape == (8, 1, 8, 8)
    assert "(1 class, gray, in memory)" in data.describe()
    assert ImageFolderDataModule(str(tmp_path / "x"), **WHOLE, channels=3).channels == 3
    write(tmp_path / "x/color.png", 0)
    mixed = ImageFolderDataModule(str(tmp_path / "x"), **WHOLE)
    assert mixed.channels == 3
    assert "gray" not in mixed.describe()


@pytest.mark.parametrize("name", ["{}.png", "{}.jpg", "{}.tif"])
def test_gray_images_in_color_files_are_told(tmp_path, name, capsys):
    random = np.random.default_rng(0)
    for number in range(30):
        pixels = random.integers(0, 256, (16, 16), dtype=np.uint8)
        Image.fromarray(pixels).convert("RGB").save(tmp_path / name.format(number))
    said = "red, green and blue are equal, so channels 1 would do"
    data = ImageFolderDataModule(str(tmp_path), **WHOLE)
    assert data.channels == 3
    assert capsys.readouterr().out.count(said) == 1
    assert ImageFolderDataModule(str(tmp_path), **WHOLE, channels=3).channels == 3
    assert said not in ImageFolderDataModule(str(tmp_path), **WHOLE, channels=1).describe()
    color = np.zeros((16, 16, 3), np.uint8)
    color[0, 0] = 40, 40, 90
    for number in range(30, 60):
        Image.fromarray(color).save(tmp_path / name.format(number), quality=95)
    assert said not in ImageFolderDataModule(str(tmp_path), **WHOLE).describe()


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_deep_gray_in_three_bands_is_told(tmp_path, dtype):
    gray = np.random.default_rng(0).uniform(0, 0.9, (8, 8)).astype(np.float32)
    full = 65535 if dtype == np.uint16 else 1
    tifffile.imwrite(tmp_path / "a.tif", np.dstack([gray * full] * 3).astype(dtype), **RGB)
    said = "channels 1 would do"
    assert said in ImageFolderDataModule(str(tmp_path), **WHOLE).describe()
    colors = np.dstack([gray * full, gray * full, gray * full / 2]).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", colors, **RGB)
    assert said not in ImageFolderDataModule(str(tmp_path), **WHOLE).describe()


RGB = {"photometric": "rgb"}


def test_a_palette_of_colors_is_color(tmp_path):
    write(tmp_path / "x.png", 0)
    Image.open(tmp_path / "x.png").quantize(16).save(tmp_path / "x.png")
    assert ImageFolderDataModule(str(tmp_path), **WHOLE).channels == 3


def test_two_folders_share_one_range_and_one_color(tmp_path):
    for kind, values in (("ct", (0, 4000)), ("mr", (1000, 2000))):
        deep(tmp_path / kind / "x.png", *values)
    data = UnpairedFoldersDataModule(str(tmp_path / "ct"), str(tmp_path / "mr"), **WHOLE)
    assert data.channels == 1
    assert data.images("train")[0][:, 0, 0, :2].tolist() == [[0, 255], [64, 128]]


def test_a_window_that_nothing_needs_is_said(tmp_path):
    fill(tmp_path / "photos", 3)
    data = ImageFolderDataModule(str(tmp_path / "photos"), **WHOLE, window="0,4095")
    assert "window [0.0, 4095.0] is not used, all are 8-bit" in data.describe()


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ({"window": "4095,0"}, "window is '4095,0'; give the values of black and white"),
        ({"window": "wide"}, "window is 'wide'"),
        ({"window": "1%,99"}, "window is '1%,99'"),
        ({"window": "1%,101%"}, "window is '1%,101%'"),
        ({"window": [0, float("inf")]}, "window is [0, inf]"),
        ({"window": None}, "window is None"),
        ({"window": 7}, "window is 7"),
        ({"bands": [1.5]}, "bands is [1.5]"),
        ({"bands": True}, "bands is True"),
        ({"page": 1.5}, "page is 1.5"),
        ({"window": "nan,5"}, "window is 'nan,5'"),
        ({"bands": "4,3"}, "bands is '4,3'; give one number for gray, or three"),
        ({"bands": [0, 1, 2]}, "bands is [0, 1, 2]"),
        ({"bands": "red"}, "bands is 'red'"),
        ({"fit": "fill"}, "fit is 'fill'; it must be one of crop, pad, stretch"),
        ({"page": 0}, "page is 0; it must be a whole number of 1 or more"),
        ({"channels": 2}, "channels is 2; it must be 1 (gray) or 3 (RGB), or auto"),
    ],
)
def test_a_wrong_argument_is_refused(tmp_path, argument, words):
    with pytest.raises(DataError, match=re.escape(words)):
        ImageFolderDataModule(str(tmp_path), **argument)


def test_channels_auto_is_for_files():
    with pytest.raises(DataError, match=r"channels is auto; it must be 1 \(gray\) or 3 \(RGB\)$"):
        MNISTDataModule(channels="auto")
