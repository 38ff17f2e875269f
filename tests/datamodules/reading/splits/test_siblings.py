"""Images of one source in different splits are found by their names."""

import re

import pytest

from helpers.image_folders import follow, load, write

NAMES = {
    "channels": [f"well_A{n:02}_ch{k}.tif" for n in range(15) for k in (1, 2, 3)],
    "color channels": [f"{n}_{k}.png" for n in range(15) for k in ("red", "green", "blue")],
    "channels of stains": [f"p1-A{n}-{k}.png" for n in range(15) for k in ("DAPI", "GFP", "BF")],
    "channels of wavelengths": [f"A{n:02}_s1_w{k}.TIF" for n in range(15) for k in (1, 2)],
    "views": [f"{n}_{side}.jpg" for n in range(20) for side in ("left", "right")],
    "frames": [f"clip{n:02}_frame{k:04}.png" for n in range(8) for k in range(6)],
    "frames of bursts": [f"IMG_2024_{n}_BURST{k:03}.jpg" for n in range(8) for k in range(5)],
    "tiles": [f"slide{n}_x{512 * k}_y1024.png" for n in range(8) for k in range(6)],
    "slices": [f"scan{n}_slice{k:03}.png" for n in range(8) for k in range(6)],
    "augmented copies": [
        f"img{n}{end}.png" for n in range(10) for end in ("", "_flip", "_rot90", "_aug1")
    ],
    "copies by Roboflow": [
        f"IMG_{n:03}_jpg.rf.{97 * n + k:032x}.jpg" for n in range(12) for k in range(3)
    ],
    "copies in other formats": [f"{n:03}.{end}" for n in range(20) for end in ("jpg", "png")],
}


@pytest.fixture(autouse=True)
def set_of(tmp_path):
    def build(names, *folders):
        for start, folder in enumerate(folders):
            for n, name in enumerate(names):
                write(tmp_path / folder / name, 1000 * start + n)

    return build


def warnings(root, capsys, **options):
    capsys.readouterr()
    _ = load(root, **options).num_classes
    return [line for line in capsys.readouterr().out.splitlines() if "by their names" in line]


def _number(path):
    """Return the folder of an image and the number of its source, the first that counts them."""
    name = path.rpartition("/")[2].removeprefix("p1-").removeprefix("IMG_2024_")
    return path.split("/")[-2], re.search(r"\d+", name)[0]


@pytest.mark.parametrize("kind", NAMES)
def test_images_of_one_source_are_named_with_a_pattern_that_helps(tmp_path, set_of, kind, capsys):
    set_of(NAMES[kind], "control", "treated")
    (said,) = warnings(tmp_path, capsys)
    assert f"as {kind.split(' of ')[0]} do (control/" in said
    assert "so results on them are too good: set groups to '^(.*?)" in said
    capsys.readouterr()
    data = follow(said, tmp_path)
    assert data.class_names == ("control", "treated")
    number = {s: {_number(path) for path in data.paths(s)} for s in ("train", "test")}
    assert number["test"]
    assert not number["train"] & number["test"]
    assert "by their names" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "names",
    [
        [f"{n:03}.png" for n in range(30)],
        [f"IMG_{n:04}.jpg" for n in range(30)],
        [f"frame_{n:04}.png" for n in range(30)],
        [f"steam_{n}_left.png" for n in range(30)],
        [f"cat ({n}).png" for n in range(30)],
        [f"cat_frame_{n}.png" for n in range(30)],
        [f"cat crop {n}.png" for n in range(30)],
        [f"img_c{n}.png" for n in range(30)],
        [f"car{n}_{color}.png" for n in range(15) for color in ("red", "blue")],
    ],
)
def test_numbers_and_words_that_all_names_have_say_nothing(tmp_path, set_of, names, capsys):
    set_of(names, "a", "b")
    assert warnings(tmp_path, capsys) == []


def test_copies_in_the_splits_of_the_data_are_named_and_left_out_by_the_pattern(tmp_path, capsys):
    for n in range(12):
        for k in range(3):
            name = f"IMG_{n:03}_jpg.rf.{97 * n + k:032x}.jpg"
            write(
                tmp_path / ("test" if k == 2 and n < 6 else "train") / "ab"[n % 2] / name, 9 * n + k
            )
    (said,) = warnings(tmp_path, capsys, validation=0)
    assert "by their names, 6 of the 6 validation and test images" in said
    assert "to leave out training images whose source is in your own splits" in said
    data = follow(said, tmp_path)
    assert len(data.paths("test")) == 6
    assert not any(f"IMG_{n:03}" in each for n in range(6) for each in data.paths("train"))


def test_names_that_begin_again_in_each_split_say_nothing(tmp_path, set_of, capsys):
    set_of(NAMES["frames"], "train/a", "test/a", "train/b", "test/b")
    said = warnings(tmp_path, capsys, validation=0)
    assert said == []


def test_frames_are_still_found_by_content_if_other_names_share_sources(tmp_path, capsys):
    for n in range(60):
        path = write(tmp_path / "ab"[n % 2] / f"{n:04}.png", n // 20)
        path.write_bytes(path.read_bytes() + bytes([n]))
    for n in range(4):
        for end in ("", "_copy"):
            write(tmp_path / "ab"[n % 2] / f"other{n}{end}.png", 1000 + n)
    capsys.readouterr()
    _ = load(tmp_path, validation=0.2, test=0.2).num_classes
    assert "as frames of one film or copies do" in capsys.readouterr().out


def test_frames_that_look_alike_are_named_once(tmp_path, capsys):
    for n in range(8):
        for k in range(6):
            path = write(tmp_path / "ab"[n % 2] / f"clip{n:02}_frame{k:04}.png", n)
            path.write_bytes(path.read_bytes() + bytes([k]))
    capsys.readouterr()
    _ = load(tmp_path).num_classes
    said = capsys.readouterr().out
    assert said.count("warning") == 1
    assert "by their names" in said
