"""Films hold the sheets in order, thinned evenly."""

import errno
import math
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from ganaug.callbacks.sample_grid import SampleGrid
from ganaug.callbacks.sample_video import SampleVideo, thinned, write_video
from ganaug.utils.errors import UsageError


@pytest.fixture
def sheets(tmp_path):
    paths = [tmp_path / f"batch_{n:08d}.png" for n in range(5)]
    for n, path in enumerate(paths):
        Image.new("L", (16, 16), 50 * n).save(path)
    return paths


def fail_after_writing(monkeypatch):
    """Let each picture be written in part, as on a full disk or when the process is killed."""

    def save(_, where, *__, **___):
        if hasattr(where, "write"):
            where.write(b"half a picture")
        else:
            Path(where).write_bytes(b"half a picture")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", save)


@pytest.mark.parametrize("suffix", ["webp", "gif"])
def test_every_sheet_is_a_frame_in_order(sheets, tmp_path, suffix):
    write_video(sheets, tmp_path / f"video.{suffix}", seconds=1.0)
    with Image.open(tmp_path / f"video.{suffix}") as film:
        assert film.n_frames == 5
        grays = []
        for frame in range(5):
            film.seek(frame)
            grays.append(film.convert("L").getpixel((8, 8)))
    assert grays == pytest.approx([0, 50, 100, 150, 200], abs=4)


def test_sheets_that_no_film_can_hold_are_made_smaller(tmp_path):
    sheets = [tmp_path / f"{n}.png" for n in range(2)]
    for n, path in enumerate(sheets):
        Image.new("L", (8, 20_000), 200 * n).save(path)
    write_video(sheets, tmp_path / "samples.webp", seconds=1.0)
    with Image.open(tmp_path / "samples.webp") as film:
        assert (film.n_frames, film.size[1]) == (2, 16_383)


def test_a_sheet_that_a_killed_run_left_half_written_is_left_out(sheets, tmp_path, capsys):
    sheets[2].write_bytes(sheets[2].read_bytes()[:45])
    write_video(sheets, tmp_path / "samples.webp", seconds=1.0)
    with Image.open(tmp_path / "samples.webp") as film:
        assert film.n_frames == 4
    assert f"note: the video leaves out {sheets[2]}, which can't be read" in capsys.readouterr().out


def test_a_video_that_fails_leaves_the_one_before(sheets, tmp_path, monkeypatch):
    video = tmp_path / "samples.webp"
    write_video(sheets, video, seconds=1.0)
    before = video.read_bytes()
    fail_after_writing(monkeypatch)
    with pytest.raises(OSError, match="No space"):
        write_video(sheets, video, seconds=1.0)
    assert video.read_bytes() == before


def test_a_sheet_that_fails_leaves_no_file(tmp_path, monkeypatch):
    grid, model = SampleGrid(), SimpleNamespace(num_classes=0)
    grid.folder = tmp_path
    monkeypatch.setattr(grid, "sheet", lambda *_: torch.zeros(8, 1, 28, 28))
    monkeypatch.setattr(grid, "names", lambda *_: [])
    fail_after_writing(monkeypatch)
    with pytest.raises(OSError, match="No space"):
        grid.show(SimpleNamespace(train_dataloader=[]), model, step=20)
    assert not list(tmp_path.iterdir())


def test_thinning_keeps_first_and_last():
    sheets = [Path(str(n)) for n in range(11)]
    assert thinned(sheets, 3) == [Path("0"), Path("5"), Path("10")]
    assert thinned(sheets, 20) == sheets


def test_wrong_settings_are_named():
    with pytest.raises(UsageError, match=r"video.max_frames is 1"):
        SampleVideo(max_frames=1)
    for seconds in (0, math.nan, math.inf):
        with pytest.raises(UsageError, match=rf"video.seconds is {seconds}; it must be above 0"):
            SampleVideo(seconds=seconds)


def test_sheets_of_two_sizes_make_one_film(sheets, tmp_path):
    Image.new("L", (48, 64), 200).save(sheets[-1])
    write_video(sheets, tmp_path / "samples.webp", seconds=1.0)
    with Image.open(tmp_path / "samples.webp") as film:
        assert (film.n_frames, film.size) == (5, (48, 64))
