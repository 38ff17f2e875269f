"""What explore refuses before it loads anything."""

import pytest

from ganaug.cli.explore import check, parse
from ganaug.utils.errors import UsageError


def refused(*words, what="walk"):
    with pytest.raises(UsageError) as caught:
        check(parse([what, "--ckpt", "run", "--out", "picture.png", *words]))
    return str(caught.value)


def test_options_of_another_exploration():
    assert refused("--hole", "left") == "--hole is for inpaint, not for walk"
    assert "--kind is for walk, not for nearest" in refused("--kind", "linear", what="nearest")
    assert "--a is for arithmetic" in refused("--a", "1,2")


def test_numbers_and_names():
    assert refused("--count", "0") == "--count is 0; it must be 1 or more"
    assert refused("--seed", "-1") == "--seed is -1; it must be 0 or more"
    assert "pictures are written as PNG" in refused("--out", "walk.jpg")
    assert "arithmetic needs --b and --c" in refused("--a", "1", what="arithmetic")
    both = refused("--image", "a.jpg", "--count", "2", what="project")
    assert both.startswith("--count is for test images")


@pytest.mark.parametrize("name", ["picture.png", "picture.webp"])
def test_nothing_is_overwritten(tmp_path, name):
    (tmp_path / name).write_text("mine")
    assert refused() == f"{name} exists, and nothing is overwritten; name a new one"


def test_a_film_beside_other_pictures_does_not_matter(tmp_path):
    (tmp_path / "picture.webp").write_text("mine")
    check(parse(["nearest", "--ckpt", "run", "--out", "picture.png"]))
