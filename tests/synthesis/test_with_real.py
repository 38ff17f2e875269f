"""Real images that are added to a set: their files as they are, where a loader reads them alike."""

import pytest

from ganaug.synthesis.context import Context
from ganaug.synthesis.synthesize import synthesize
from helpers.image_folders import fill


@pytest.fixture
def photos(tmp_path):
    fill(tmp_path / "photos/rose", 10)
    fill(tmp_path / "photos/tulip", 10, first=100)
    return tmp_path / "photos"


def made(photos, out, **settings):
    own = {"method": "albumentations", "sources": str(photos), "image_size": 8}
    return synthesize(out=out, **own, per_class=1, accelerator="cpu", **settings)


def test_files_of_a_folder_are_copied_by_default(photos):
    context = Context(None, sources=str(photos), image_size=8)
    assert context.real_files == context.data.paths("train")


@pytest.mark.parametrize("with_real", [True, "resized"])
def test_with_real_copies_and_resized_does_not(photos, tmp_path, with_real):
    dataset = made(photos, tmp_path / "set", with_real=with_real)
    added = {f.read_bytes() for f in (tmp_path / "set/images").rglob("real_*")}
    known = {f.read_bytes() for f in photos.rglob("*.png")}
    assert len(added) == 16
    assert (added <= known) is (with_real is True)
    assert dataset.verify().sound
