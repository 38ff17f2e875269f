"""Films hold the sheets in order, thinned evenly."""

from pathlib import Path

import pytest
from PIL import Image

from ganaug.callbacks.sample_video import SampleVideo, thinned, write_video
from ganaug.utils.errors import UsageError


@pytest.fixture
def sheets(tmp_path):
    paths = [tmp_path / f"batch_{n:08d}.png" for n in range(5)]
    for n, path in enumerate(paths):
        Image.new("L", (16, 16), 50 * n).save(path)
    return paths


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_every_sheet_is_a_frame_in_order(sheets, tmp_path, suffix):
    write_video(sheets, tmp_path / f"video.{suffix}", seconds=1.0)
    with Image.open(tmp_path / f"video.{suffix}") as film:
        assert film.n_frames == 5
        greys = []
        for frame in range(5):
            film.seek(frame)
            greys.append(film.convert("L").getpixel((8, 8)))
    assert greys == pytest.approx([0, 50, 100, 150, 200], abs=4)


def test_sheets_that_no_film_can_hold_are_made_smaller(tmp_path):
    sheets = [tmp_path / f"{n}.png" for n in range(2)]
    for n, path in enumerate(sheets):
        Image.new("L", (8, 20_000), 200 * n).save(path)
    write_video(sheets, tmp_path / "samples.webp", seconds=1.0)
    with Image.open(tmp_path / "samples.webp") as film:
        assert (film.n_frames, film.size[1]) == (2, 16_383)


def test_thinning_keeps_first_and_last():
    sheets = [Path(str(n)) for n in range(11)]
    assert thinned(sheets, 3) == [Path("0"), Path("5"), Path("10")]
    assert thinned(sheets, 20) == sheets


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"video.max_frames is 1"):
        SampleVideo(max_frames=1)


def test_sheets_of_two_sizes_make_one_film(sheets, tmp_path):
    Image.new("L", (48, 64), 200).save(sheets[-1])
    write_video(sheets, tmp_path / "samples.webp", seconds=1.0)
    with Image.open(tmp_path / "samples.webp") as film:
        assert (film.n_frames, film.size) == (5, (48, 64))
