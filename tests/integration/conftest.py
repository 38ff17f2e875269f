"""A home folder and photographs for the tools to work on."""

import numpy as np
import pytest
from PIL import Image

from helpers.tool_runs import TINY, passed, tool


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def photos(home):
    """A folder of two classes, 40 and 20 tinted noises."""
    rng = np.random.default_rng(0)
    for name, tint, count in (("red", (200, 40, 40), 40), ("light blue", (40, 40, 200), 20)):
        (home / "photos" / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.clip(np.array(tint) + rng.normal(0, 30, (20, 20, 3)), 0, 255)
            image = Image.fromarray(pixels.astype("uint8"))
            image.save(home / "photos" / name / f"{number}.png")
    return home / "photos"


@pytest.fixture(scope="module")
def fitted(home, photos):
    words = ["--model", "dcgan", "--data", "image_folder", "--data.root", "photos", *TINY]
    return passed(tool("fit", *words, "--trainer.max_epochs", "2", cwd=home))


@pytest.fixture(scope="module")
def run(home, fitted):
    return home / "runs" / "dcgan" / "version_0"
