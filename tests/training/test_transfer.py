"""Starting from a fitted model: what is taken, what is new, what is held."""

from importlib import import_module
from types import SimpleNamespace

import pytest
import torch
from torch.nn.utils.parametrizations import spectral_norm

from ganaug.models.dcgan import DCGAN
from ganaug.models.gan import GAN
from ganaug.models.registry import models
from ganaug.networks.pretrained import PretrainedMaps
from ganaug.networks.projected import ProjectedDiscriminator
from ganaug.training.checkpoints import CARD_KEY
from ganaug.training.transfer import freeze_layers, in_average, start, start_from
from ganaug.utils.errors import UsageError
from helpers.plain_checkpoints import SETTINGS, plain_checkpoint


def model(kind=DCGAN, seed=0, **settings):
    torch.manual_seed(seed)
    return kind(**{"image_size": 8, "latent_dim": 4, **settings})


@pytest.fixture
def checkpoint(tmp_path):
    fitted = model(num_classes=5, width=4)
    content = {
        "state_dict": fitted.state_dict(),
        "ganaug": {"model": "ganaug.models.dcgan.DCGAN", "class_names": list("abcde")},
    }
    torch.save(content, tmp_path / "fitted.ckpt")
    return fitted, tmp_path / "fitted.ckpt"


def test_weights_are_taken_but_those_of_the_classes(checkpoint):
    fitted, path = checkpoint
    new = model(seed=1, num_classes=3, width=4)
    began = start_from(new, path)
    assert began.initial
    assert all("embedding" in name for name in began.initial)
    given = fitted.state_dict()
    generators = "game.generator."
    others = [name for name in began.copied if not name.startswith(generators)]
    assert all(torch.equal(new.state_dict()[name], given[name]) for name in others)
    # The averaged generator starts from the fitted average too, or samples would be noise.
    assert any(name.startswith("averaged.") for name in began.copied)


# cyclegan's two classes are sides.
TOLD = {name: path for name, path in models().items() if name != "cyclegan"}


@pytest.mark.parametrize("path", TOLD.values(), ids=TOLD)
def test_a_class_begins_as_the_one_of_its_name_and_a_new_one_as_their_mean(tmp_path, path):
    module, kind = path.rsplit(".", 1)
    build = getattr(import_module(module), kind)
    fitted, new = (build(image_size=32, channels=1, num_classes=count) for count in (2, 3))
    for name, weight in fitted.named_parameters():
        if name.startswith("averaged") or "class_logits" in name:
            weight.data.normal_()
    card = {"model": path, "class_names": ["rose", "tulip"]}
    torch.save({"state_dict": fitted.state_dict(), "ganaug": card}, tmp_path / "x.ckpt")
    given, before = fitted.state_dict(), new.state_dict()
    # All that depends on the number of classes.
    names = [name for name, weight in before.items() if weight.shape != given[name].shape]
    began = start_from(new, tmp_path / "x.ckpt", ["tulip", "daisy", "rose"])
    assert names
    assert not began.initial
    for name in names:
        tulip, daisy, rose = new.state_dict()[name]
        known = given[in_average(name)]
        assert torch.equal(torch.stack([rose, tulip]), known)
        torch.testing.assert_close(daisy, known.mean(dim=0))


@pytest.mark.parametrize("path", TOLD.values(), ids=TOLD)
def test_classes_in_another_order_keep_their_weights(tmp_path, path):
    module, kind = path.rsplit(".", 1)
    build = getattr(import_module(module), kind)
    fitted, new, wide = (build(image_size=32, channels=1, num_classes=n) for n in (3, 3, 4))
    for name, weight in fitted.named_parameters():
        if name.startswith("averaged") or "class_logits" in name:
            weight.data.normal_()
    card = {"model": path, "class_names": ["rose", "tulip", "daisy"]}
    torch.save({"state_dict": fitted.state_dict(), "ganaug": card}, tmp_path / "x.ckpt")
    start_from(new, tmp_path / "x.ckpt", ["daisy", "rose", "tulip"])
    given, sizes = fitted.state_dict(), wide.state_dict()
    for name, weight in new.state_dict().items():
        known = given[in_average(name)]
        of_classes = sizes[name].shape != weight.shape
        assert torch.equal(weight, known[[2, 0, 1]] if of_classes else known)


@pytest.mark.parametrize("path", models().values(), ids=models())
def test_generators_begin_as_their_averages(tmp_path, path):
    module, kind = path.rsplit(".", 1)
    build = getattr(import_module(module), kind)
    fitted, new = (build(image_size=32, channels=1, num_classes=2) for _ in range(2))
    for name, weight in fitted.named_parameters():
        if name.startswith("averaged"):
            weight.data.normal_()
    torch.save({"state_dict": fitted.state_dict(), "ganaug": {"model": path}}, tmp_path / "x.ckpt")
    start_from(new, tmp_path / "x.ckpt")
    names = [name for name, _ in new.named_modules()]
    generators = [name for name in names if name.endswith(".generator") or name == "network"]
    assert generators or path.endswith("VAE")
    given = fitted.state_dict()
    for generator in generators:
        for name, weight in new.get_submodule(generator).state_dict().items():
            in_fitted = in_average(f"{generator}.{name}")
            assert in_fitted.startswith("averaged")
            assert torch.equal(weight, given[in_fitted])


def test_how_much_augmentation_others_took_is_forgotten(tmp_path):
    fitted = model(width=4, discriminator_augmentation="adaptive")
    fitted.game.augmentation.p.fill_(0.8)
    content = {"state_dict": fitted.state_dict(), "ganaug": {"model": "ganaug.models.dcgan.DCGAN"}}
    torch.save(content, tmp_path / "fitted.ckpt")
    new = model(seed=1, width=4, discriminator_augmentation="adaptive")
    began = start_from(new, tmp_path / "fitted.ckpt")
    assert new.game.augmentation.p == 0
    assert not any("augmentation" in name for name in [*began.copied, *began.initial])


def test_another_model_is_refused(checkpoint):
    small = {"generator_hidden": [8], "discriminator_hidden": [8]}
    with pytest.raises(UsageError, match=r"is a checkpoint of ganaug\.models\.dcgan\.DCGAN, and"):
        start_from(model(GAN, **small), checkpoint[1])


def test_held_layers_do_not_learn():
    new = model(width=4)
    discriminator = new.game.discriminator
    assert freeze_layers(discriminator, 1) == ["trunk.layers.0"]
    discriminator(torch.randn(2, 1, 8, 8)).sum().backward()
    held = discriminator.trunk.layers[0]
    assert held.weight.grad is None
    assert discriminator.logit.linear.weight.grad is not None


@pytest.mark.parametrize("count", [-1, 2])
def test_something_must_be_left_to_learn(count):
    with pytest.raises(UsageError, match="has 2 layers, of which 0 to 1 can be frozen"):
        freeze_layers(model(width=4).game.discriminator, count)


def test_new_layers_are_not_held_whatever_their_weights_are_called(tmp_path):
    class Spectral(GAN):
        def __init__(self, **settings):
            super().__init__(**settings)
            spectral_norm(self.game.discriminator.layers[0])

    content = plain_checkpoint()
    small = {**SETTINGS, "discriminator_hidden": [4]}
    content[CARD_KEY]["model"] = f"{Spectral.__module__}.{Spectral.__qualname__}"
    content["state_dict"] = Spectral(**small).state_dict()
    torch.save(content, tmp_path / "a.ckpt")
    held = {"init_from": str(tmp_path / "a.ckpt"), "resume": None}
    with pytest.raises(UsageError, match=r"would freeze layers\.0, which is new here"):
        start(Spectral(**SETTINGS), SimpleNamespace(**held, freeze_discriminator_layers=1))


def projected():
    halving = [torch.nn.Conv2d(width, 2 * width, 2, stride=2) for width in (8, 16, 32)]
    maps = PretrainedMaps(torch.nn.Sequential(torch.nn.Conv2d(3, 8, 4, stride=4), *halving))
    return ProjectedDiscriminator(maps=maps, width=4)


class Own(torch.nn.Linear):
    """A discriminator of one's own that says that its early layers never learn."""

    has_frozen_backbone = True


@pytest.mark.parametrize("build", [projected, lambda: Own(2, 2)])
def test_a_discriminator_on_a_frozen_backbone_has_no_early_layers_to_hold(build):
    model = SimpleNamespace(game=SimpleNamespace(discriminator=build()))
    resumed = SimpleNamespace(init_from=None, resume="a.ckpt", freeze_discriminator_layers=2)
    with pytest.raises(UsageError, match=r"layers is 2, and the early .* never learn: set it to 0"):
        start(model, resumed)
