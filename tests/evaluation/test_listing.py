"""Which files are evaluated, and as which class."""

import pytest

from datamodules.reading.image import IMAGE_EXTENSIONS
from ganaug.evaluation.listing import EXTENSIONS, evenly, images_folder, list_synthetic
from ganaug.utils.errors import UsageError


def test_what_is_read_is_listed():
    assert EXTENSIONS == IMAGE_EXTENSIONS


@pytest.fixture
def expanded(tmp_path):
    lines = ["file_name,label,origin"]
    for folder, count in {"cat": 4, "dog%2Fwolf": 6}.items():
        (tmp_path / "images" / folder).mkdir(parents=True)
        for origin, prefix in (("synthetic", ""), ("real", "real_")):
            for i in range(count):
                name = f"images/{folder}/{prefix}{i:06d}.png"
                (tmp_path / name).write_bytes(b"")
                lines.append(f"{name},x,{origin}")
    (tmp_path / "metadata.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


NAMES = ("cat", "emu", "dog/wolf")


def test_real_images_beside_them_are_left_out(expanded):
    found = list_synthetic(expanded / "images", NAMES)
    assert [one.label for one in found] == [0] * 4 + [2] * 6
    assert not any(one.path.name.startswith("real_") for one in found)


def test_what_synthesize_wrote_stands_for_its_images(expanded):
    assert images_folder(expanded) == expanded / "images"
    assert images_folder(expanded / "images") == expanded / "images"
    with pytest.raises(UsageError, match="no such folder"):
        images_folder(expanded / "none")


def test_a_limit_is_spread_over_the_classes(expanded):
    found = list_synthetic(expanded / "images", NAMES, limit=5)
    assert [one.label for one in found] == [0, 0, 2, 2, 2]
    assert found == list_synthetic(expanded / "images", NAMES, limit=5)
    assert found != list_synthetic(expanded / "images", NAMES, limit=5, seed=1)
    assert evenly({0: 1, 1: 50, 2: 50}, 31) == {0: 1, 1: 15, 2: 15}
    with pytest.raises(UsageError, match="--n is 0"):
        list_synthetic(expanded / "images", NAMES, limit=0)


def test_an_unknown_class_is_named(expanded):
    with pytest.raises(UsageError, match=r"class 'cat', which .* did you mean 'cats'"):
        list_synthetic(expanded / "images", ("cats", "dog/wolf"))


def test_no_images_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="no synthetic images"):
        list_synthetic(tmp_path, NAMES)
