"""The alternating step: noise, turns and what is refused."""

import pytest
import torch

from ganaug.models.acgan import ACGAN
from ganaug.models.cgan import CGAN
from ganaug.models.dcgan import DCGAN
from ganaug.models.flow import Flow
from ganaug.models.gan import GAN
from ganaug.models.r3gan import R3GAN
from ganaug.utils.errors import UsageError


def model(**settings):
    small = {"image_size": 8, "latent_dim": 4, "generator_hidden": [8], "discriminator_hidden": [8]}
    return GAN(**{**small, **settings})


def test_samples_come_from_the_averaged_generator():
    fitted = model()
    for parameter in fitted.game.generator.parameters():
        torch.nn.init.zeros_(parameter)
    assert fitted.sample(torch.randn(2, 4)).abs().sum() > 0


def test_labels_must_fit_the_model():
    with pytest.raises(UsageError, match="labels given to a model of 0 classes"):
        model().sample(torch.zeros(2, 4), torch.tensor([0, 1]))
    with pytest.raises(UsageError, match="no labels given to a model of 3 classes"):
        model(num_classes=3).sample(torch.zeros(2, 4))


def test_plain_descent_is_an_option():
    fitted = model(optimizer="sgd")
    assert isinstance(fitted._optimizer(fitted.game.generator, 0.1), torch.optim.SGD)
    with pytest.raises(UsageError, match="optimizer 'lion' is none of adam, sgd"):
        model(optimizer="lion")


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
    with pytest.raises(UsageError, match="1 class.*or fit another model, such as dcgan"):
        model(num_classes=1)
