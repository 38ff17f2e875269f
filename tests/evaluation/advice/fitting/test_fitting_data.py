"""The set that a fitted model labels, and its accuracy."""

from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from torch import nn

from ganaug.evaluation.advice.fitting.fitting_data import balanced_accuracy, write_labeled
from ganaug.evaluation.utility.sampling import Images
from ganaug.utils.errors import UsageError


class Bright(nn.Module):
    """Says that bright images are of the second of three classes, and others of the first."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def classify(self, images):
        bright = images.mean(dim=(1, 2, 3)) * self.scale
        return torch.stack([-bright, bright, bright - 9], dim=1)


def accuracy(labels, pixels):
    images = torch.tensor(pixels, dtype=torch.uint8)[:, None, None, None].expand(-1, 1, 8, 8)
    data = SimpleNamespace(image_size=8, num_classes=3)
    test = Images(images, torch.tensor(labels, dtype=torch.long))
    return balanced_accuracy(Bright(), SimpleNamespace(data=data, test=lambda size: test))


def test_balanced_accuracy_is_the_mean_recall():
    assert accuracy([0, 0, 0, 1, 2], [0, 0, 255, 255, 255]) == pytest.approx((2 / 3 + 1 + 0) / 3)


def test_a_labeled_set_is_complete_or_missing_and_replaces_an_earlier_one(tmp_path, monkeypatch):
    data, folder = SimpleNamespace(class_names=("a", "b")), tmp_path / "made" / "set"
    images = torch.zeros(3, 1, 4, 4, dtype=torch.uint8)
    parts = [("train", Images(images, torch.tensor([0, 1, 1]), rows=torch.tensor([0, 2])))]
    save = Image.Image.save

    def full(self, file):
        if file.name == "000001.png":
            raise OSError(28, "No space left on device")
        save(self, file)

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(UsageError, match=r"cannot write .*set: No space left on device"):
        write_labeled(folder, parts, data)
    assert not any(folder.parent.iterdir())
    monkeypatch.undo()
    folder.mkdir()
    (folder / "000007.png").write_bytes(b"half")
    write_labeled(folder, parts, data)
    names = ["000000.png", "000001.png", "labels.csv"]
    assert sorted(path.name for path in folder.iterdir()) == names
    table = "file,class,split\n000000.png,a,train\n000001.png,b,train\n"
    assert (folder / "labels.csv").read_bytes() == table.encode()
    assert [path.name for path in folder.parent.iterdir()] == ["set"]


@pytest.mark.parametrize("labels", [[], [0, 1], [1, 2]])
def test_without_a_test_image_of_each_class_there_is_none(labels):
    assert accuracy(labels, [255] * len(labels)) is None
