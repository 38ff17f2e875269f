"""What explore refuses before it loads anything."""

import pytest

from ganaug.cli import explore as command
from ganaug.reporting.latent_space.explore import explore
from ganaug.utils.errors import UsageError


def refused(*words, what="walk"):
    with pytest.raises(UsageError) as caught:
        command.main([what, "--ckpt", "no/run", "--out", "picture.png", *words])
    return str(caught.value)


def test_options_of_another_exploration():
    assert refused("--hole", "left") == "--hole is for inpaint, not for walk"
    assert "--kind is for walk, not for nearest" in refused("--kind", "linear", what="nearest")
    assert "--a is for arithmetic" in refused("--a", "1,2")


def test_numbers_and_names():
    assert refused("--count", "0") == "--count is 0; it must be 1 or more"
    assert refused("--seed", "-1").startswith("--seed is -1; it must be from 0 to ")
    assert "pictures are written as PNG" in refused("--out", "walk.jpg")
    assert "arithmetic needs --b and --c" in refused("--a", "1", what="arithmetic")
    both = refused("--image", "a.jpg", "--count", "2", what="project")
    assert both.startswith("--count is for test images")
    assert "exploration 'wlak' is not one of arithmetic, history," in refused(what="wlak")


@pytest.mark.parametrize(("name", "value"), [("kind", "round"), ("by", "eye"), ("hole", "far")])
def test_a_function_call_with_a_wrong_choice(name, value):
    what = {"kind": "walk", "by": "nearest", "hole": "inpaint"}[name]
    with pytest.raises(UsageError, match=f"^{name} is '{value}'; use "):
        explore(what, "run", "picture.png", **{name: value})


@pytest.mark.parametrize("name", ["picture.png", "picture.webp"])
def test_nothing_is_overwritten(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text("mine")
    assert refused() == f"{name} exists, and nothing is overwritten; give a new name"


def test_a_video_beside_other_pictures_does_not_matter(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "picture.webp").write_text("mine")
    assert "there is no checkpoint no/run" in refused(what="nearest")
