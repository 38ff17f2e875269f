"""What other loaders find in a folder, and every format of its files."""

import numpy as np
import pytest
from PIL import Image
from torchvision.datasets import ImageFolder

from ganaug.synthesis import GeneratorSource
from ganaug.synthesis.writer.naming import class_name_of
from helpers.expanded import NAMES, write


def test_torchvision_loads_it(painter, tmp_path):
    write(painter, tmp_path / "out", channels=3)
    found = ImageFolder(tmp_path / "out" / "images")
    assert [class_name_of(c) for c in found.classes] == ["cat", "dog/wolf"]
    assert found.targets == [0] * 70 + [1] * 3
    assert found[0][0].mode == "RGB"


def test_hugging_face_loads_it(painter, tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    write(painter, tmp_path / "out", names=("cat", "emu"), planned_classes={"cat": 5, "emu": 3})
    found = datasets.load_dataset(
        "imagefolder", data_dir=str(tmp_path / "out/images"), cache_dir=str(tmp_path / "cache")
    )["train"]
    assert found.features["label"].names == ["cat", "emu"]
    assert sorted(found["label"]) == [0] * 5 + [1] * 3


@pytest.mark.parametrize(("kind", "exact"), [("png", True), ("webp", True), ("jpeg", False)])
@pytest.mark.parametrize("channels", [1, 3])
def test_formats(painter, tmp_path, kind, exact, channels):
    write(painter, tmp_path / "out", channels=channels, planned_classes={"cat": 2}, kind=kind)
    (first, _) = sorted((tmp_path / "out/images/cat").iterdir())
    with Image.open(first) as read:
        assert read.format == kind.upper()
        # WebP knows no gray; its three channels are then alike.
        pixels = np.asarray(read.convert("L" if channels == 1 else "RGB")).astype(int)
    drawn = (
        GeneratorSource(painter(3, channels), NAMES).make(0, 0).images[0].permute(1, 2, 0).numpy()
    )
    off = np.abs(pixels.reshape(drawn.shape) - drawn.astype(int))
    assert off.max() == 0 if exact else off.mean() < 12
