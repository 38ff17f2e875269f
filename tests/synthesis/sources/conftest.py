"""A small pipeline of diffusers, photographs of two classes, and sets drawn of both."""

import pytest

from ganaug.synthesis.synthesize import synthesize
from helpers.image_folders import fill


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory):
    from helpers.tiny_pipeline import save_pipeline

    return save_pipeline(tmp_path_factory.mktemp("pipelines") / "tiny")


@pytest.fixture
def photos(tmp_path):
    fill(tmp_path / "photos/rose", 12)
    fill(tmp_path / "photos/Sun Flower", 9, first=100)
    return tmp_path / "photos"


@pytest.fixture
def make(pipeline, photos, tmp_path):
    def make(out="set", **settings):
        usual = {"method": "diffusers", "pipeline": str(pipeline), "steps": 4, "image_size": 8}
        usual |= {"sources": str(photos), "per_class": 2, "accelerator": "cpu"}
        settings = {k: v for k, v in (usual | settings).items() if v is not None}
        return synthesize(out=tmp_path / out, **settings)

    return make
