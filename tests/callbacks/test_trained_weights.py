"""Weights that no optimizer or no loss reaches, in models of every kind."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

import ganaug
from ganaug.callbacks import trained_weights
from ganaug.callbacks.trained_weights import STEPS, TrainedWeights, refuse_untrained
from ganaug.models import registry
from ganaug.models.cyclegan import CycleGAN
from ganaug.models.dcgan import DCGAN
from ganaug.models.flow import Flow
from ganaug.models.lapgan import LAPGAN
from ganaug.models.sgan import SGAN
from ganaug.models.vae import VAE
from ganaug.utils.errors import UsageError

SHORT = {"max_epochs": 1, "limit_train_batches": 1, "fidelity": {"every_epochs": 0}}


class Forgetful:
    """A model with a layer that its author gave to no optimizer."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.critic = nn.Linear(2, 1)


class ForgetfulCycleGAN(Forgetful, CycleGAN): ...


class ForgetfulDCGAN(Forgetful, DCGAN): ...


class ForgetfulFlow(Forgetful, Flow): ...


class ForgetfulLAPGAN(Forgetful, LAPGAN): ...


class ForgetfulSGAN(Forgetful, SGAN): ...


class Careless:
    """A model with a layer, in one of its networks, that its author forgot to call."""

    PART = ""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.get_submodule(self.PART).unread = nn.Linear(2, 1)


class CarelessVAE(Careless, VAE):
    PART = "encoder"


class CarelessDCGAN(Careless, DCGAN):
    PART = "game.discriminator"


class CarelessCycleGAN(Careless, CycleGAN):
    PART = "to_first.discriminator"


def register(kind, tmp_path, monkeypatch):
    """Register a model with the settings of the one that it extends."""
    model = kind.__bases__[1].__name__.lower()
    monkeypatch.setattr(registry, "_models", {})
    settings = (registry.CONFIGS / f"{model}.yaml").read_text(encoding="utf-8")
    config = tmp_path / "own.yaml"
    of_model = f"{kind.__bases__[1].__module__}.{kind.__bases__[1].__name__}"
    config.write_text(settings.replace(of_model, f"{__name__}.{kind.__name__}"), encoding="utf-8")
    registry.register_model(kind, config=config)


@pytest.mark.parametrize("kind", Forgetful.__subclasses__())
def test_a_network_outside_the_optimizers_is_refused(kind, tmp_path, monkeypatch):
    register(kind, tmp_path, monkeypatch)
    with pytest.raises(UsageError, match=r"2 weights that no optimizer changes.* critic\.weight"):
        ganaug.fit(kind, default_root_dir=tmp_path, **SHORT)
    assert not list(tmp_path.rglob("*.ckpt"))


def test_frozen_weights_need_no_optimizer():
    model = nn.ModuleDict({"game": nn.Linear(2, 2), "critic": nn.Linear(2, 1)})
    optimizers = [torch.optim.SGD(model["game"].parameters(), 0.1)]
    with pytest.raises(UsageError, match=r"2 weights that no optimizer changes.* critic\.weight"):
        refuse_untrained(model, optimizers)
    refuse_untrained(model, [*optimizers, torch.optim.SGD(model["critic"].parameters(), 0.1)])
    model["critic"].requires_grad_(False)
    refuse_untrained(model, optimizers)


@pytest.mark.parametrize("kind", Careless.__subclasses__())
def test_a_network_outside_the_loss_is_told_of(kind, tmp_path, monkeypatch):
    register(kind, tmp_path, monkeypatch)
    monkeypatch.setattr(trained_weights, "STEPS", 2)
    said = rf"2 weights without a gradient in the first 2 steps .* {kind.PART}\.unread\.weight:"
    with pytest.warns(UserWarning, match=said):
        ganaug.fit(kind, default_root_dir=tmp_path, **SHORT | {"limit_train_batches": 2})


def test_a_weight_of_an_occasional_loss_is_not_told_of(recwarn):
    model = nn.ModuleDict({"always": nn.Linear(2, 1), "rarely": nn.Linear(2, 1)})
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    callback = TrainedWeights()
    callback.on_train_start(SimpleNamespace(optimizers=[optimizer]), model)
    for step in range(2 * STEPS):
        called = [model["always"], model["rarely"]] if step % 64 == 63 else [model["always"]]
        torch.stack([each(torch.ones(2)) for each in called]).sum().backward()
        callback.on_before_optimizer_step(None, model, optimizer)
        optimizer.zero_grad()
    assert not callback.without_gradient
    assert not recwarn
