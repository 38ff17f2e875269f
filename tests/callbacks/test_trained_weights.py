"""Weights that no optimizer changes: refused in models of every kind, before the first step."""

from typing import Any

import pytest
import torch
from torch import nn

import ganaug
from ganaug.callbacks.trained_weights import refuse_untrained
from ganaug.models import registry
from ganaug.models.cyclegan import CycleGAN
from ganaug.models.dcgan import DCGAN
from ganaug.models.flow import Flow
from ganaug.models.lapgan import LAPGAN
from ganaug.models.sgan import SGAN
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


@pytest.mark.parametrize("kind", Forgetful.__subclasses__())
def test_a_network_outside_the_optimizers_is_refused(kind, tmp_path, monkeypatch):
    model = kind.__bases__[1].__name__.lower()
    monkeypatch.setattr(registry, "_models", {})
    settings = (registry.CONFIGS / f"{model}.yaml").read_text(encoding="utf-8")
    config = tmp_path / "own.yaml"
    of_model = f"{kind.__bases__[1].__module__}.{kind.__bases__[1].__name__}"
    config.write_text(settings.replace(of_model, f"{__name__}.{kind.__name__}"), encoding="utf-8")
    registry.register_model(kind, config=config)
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
