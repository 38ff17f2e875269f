"""The accuracy of a fitted model, compared with the recommended candidate."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from ganaug.evaluation.advice.fitting.fitting_data import balanced_accuracy
from ganaug.evaluation.utility.sampling import Images


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


@pytest.mark.parametrize("labels", [[], [0, 1], [1, 2]])
def test_without_a_test_image_of_each_class_there_is_none(labels):
    assert accuracy(labels, [255] * len(labels)) is None
