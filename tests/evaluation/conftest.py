"""Small images and networks for the tests of evaluation."""

import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread():
    """A second thread makes networks this small slower, by far where processors are shared."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def bars(count, num_classes, size=16, channels=1, seed=0):
    """Noisy images of classes that differ by where a bright bar stands; uint8 and labels."""
    random = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % num_classes
    images = torch.randint(0, 60, (count, channels, size, size), generator=random)
    step = size // num_classes
    for i, label in enumerate(labels.tolist()):
        images[i, :, label * step : label * step + 3] += 150
    return images.to(torch.uint8), labels


@pytest.fixture
def make_bars():
    return bars


class Projection(torch.nn.Module):
    """A feature network that anyone can follow: a fixed random projection."""

    def __init__(self, num_features=5, pixels=256, logits_mean_classes=True):
        super().__init__()
        random = torch.Generator().manual_seed(1)
        self.name, self.num_features = "projection", num_features
        self.logits_mean_classes = logits_mean_classes
        matrix = torch.randn(pixels, num_features, generator=random) / pixels**0.5
        self.register_buffer("matrix", matrix)
        self.calls = 0

    def features_and_logits(self, images):
        self.calls += 1
        features = images.flatten(1) @ self.matrix
        return features, 3 * features


@pytest.fixture
def projection():
    return Projection
