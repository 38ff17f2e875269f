"""Files of real images: which of them are copied, and what the others are converted to."""

import numpy as np
import pytest
from PIL import Image

from datamodules.reading.images.reader import ImageReader
from ganaug.synthesis.sources.real_file import RealFile, files_of, loads_plainly
from ganaug.utils.errors import UsageError

ROTATE_270 = 6  # EXIF's number of it
MODES = {
    **{"a.jpg": "RGB", "b.png": "L", "c.tif": "RGB", "d.png": "I;16", "e.png": "RGBA"},
    **{"f.tif": "F", "g.gif": "L", "h.jpg": "CMYK", "i.png": "P", "l.png": "LA"},
}


def turned(path):
    exif = Image.Exif()
    exif[274] = ROTATE_270
    Image.new("RGB", (9, 5), (200, 100, 50)).save(path, exif=exif)


def test_only_files_that_common_loaders_read_alike_are_copied(tmp_path):
    for name, mode in MODES.items():
        Image.new(mode, (9, 9)).save(tmp_path / name)
    (tmp_path / "j.png").write_bytes(b"no image")
    frames = [Image.new("RGB", (9, 9), (n, n, n)) for n in range(3)]
    frames[0].save(tmp_path / "k.tif", save_all=True, append_images=frames[1:])
    frames[0].save(tmp_path / "m.png", transparency=(0, 0, 0))
    frames[0].save(tmp_path / "n.jpg", format="MPO", save_all=True, append_images=frames[1:2])
    found = [path.name for path in sorted(tmp_path.iterdir()) if loads_plainly(path)]
    assert found == ["a.jpg", "b.png", "c.tif", "n.jpg"]


@pytest.mark.parametrize(("orientation", "plain"), [(0, True), (1, True), (6, False)])
def test_files_that_loaders_would_show_turned_are_not_copied(tmp_path, orientation, plain):
    exif = Image.Exif()
    exif[274] = orientation
    for name in ("a.jpg", "a.png", "a.webp"):
        Image.new("RGB", (9, 5)).save(tmp_path / name, exif=exif)
        assert loads_plainly(tmp_path / name) is plain


def test_a_turned_photograph_is_read_upright_at_its_own_size(tmp_path):
    turned(tmp_path / "a.jpg")
    Image.new("RGB", (9, 5)).save(tmp_path / "b.jpg")
    paths = [str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg"), "train-images.idx, 17"]
    photo, plain, digit = files_of(paths, ImageReader(4, 3))
    assert photo.reader
    assert photo.pixels().shape == (9, 5, 3)
    assert plain == RealFile(paths[1])
    assert plain.pixels().shape == (5, 9, 3)
    assert digit is None


@pytest.mark.parametrize("settings", [{"bands": [3]}, {"page": 2}])
def test_what_is_taken_from_a_file_by_choice_is_not_what_a_copy_would_show(tmp_path, settings):
    Image.new("RGB", (9, 5), (1, 2, 3)).save(tmp_path / "a.png")
    [file] = files_of([str(tmp_path / "a.png")], ImageReader(4, 1, **settings))
    assert file.reader
    if "bands" in settings:
        assert np.unique(file.pixels()).tolist() == [3]


def test_a_file_that_has_become_unreadable_is_named(tmp_path):
    turned(tmp_path / "a.jpg")
    [file] = files_of([str(tmp_path / "a.jpg")], ImageReader(4, 3))
    (tmp_path / "a.jpg").write_bytes(b"spoiled")
    with pytest.raises(UsageError, match=r"can't convert a real image: .*a\.jpg"):
        file.pixels()
