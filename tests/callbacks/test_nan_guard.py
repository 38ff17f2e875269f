"""What is not finite stops a run within the batch, with advice, and never reaches a checkpoint."""

from types import SimpleNamespace

import pytest
import torch

from ganaug.callbacks.nan_guard import (
    NonFiniteLossError,
    not_finite,
    refuse_non_finite,
    refuse_non_finite_weights,
)


def trainer(*, last=False):
    loop = SimpleNamespace(epoch_loop=SimpleNamespace(total_batch_idx=7))
    return SimpleNamespace(world_size=1, is_last_batch=last, fit_loop=loop)


def player(**settings):
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
    model.hparams = settings
    return model


@pytest.fixture
def lost():
    model = player(generator_lr=1.0, discriminator_lr=1.0, grad_clip=None)
    with torch.no_grad():
        model[1].bias.fill_(float("inf"))
    return model


def test_a_loss_that_is_not_finite_stops_the_run_with_advice(lost):
    figures = {"generator/loss": torch.tensor(float("nan")), "other/loss": torch.tensor(1.0)}
    expected = r"^generator/loss not finite in batch 7.*Resume.*stability\.rollbacks"
    with pytest.raises(NonFiniteLossError, match=expected) as error:
        refuse_non_finite(trainer(), lost, figures)
    advice = "half of model.generator_lr and model.discriminator_lr, or with model.grad_clip 1;"
    assert advice in str(error.value)


BY_ITSELF = r"on a single device stability\.rollbacks 3 does"


@pytest.mark.parametrize(
    ("settings", "automatic", "expected"),
    [
        (
            {"lr": 1.0},
            True,
            rf"half of model\.lr, or with trainer\.gradient_clip_val 1; {BY_ITSELF} the former",
        ),
        ({"learning_rate": 1.0}, False, rf"half of model\.learning_rate; {BY_ITSELF} that"),
        ({"rate": 1.0, "grad_clip": None}, False, r"Resume from it with model\.grad_clip 1$"),
        ({"rate": 1.0}, False, r"Lower the learning rate in Sequential, and fit again$"),
    ],
)
def test_the_advice_is_of_settings_that_the_model_has(settings, automatic, expected):
    model = player(**settings)
    model.automatic_optimization = automatic
    with pytest.raises(NonFiniteLossError, match=expected):
        refuse_non_finite(trainer(), model, {"loss": torch.tensor(float("nan"))})


def test_finite_figures_pass(lost):
    figures = {"a": torch.tensor(1e30), "b": torch.tensor(-2.0)}
    assert not_finite(figures) == []
    refuse_non_finite(trainer(), lost, figures)


def test_weights_are_looked_at_before_anything_is_measured_or_kept(lost):
    for refuse in (
        lambda: refuse_non_finite(trainer(last=True), lost, {"a": torch.tensor(1.0)}),
        lambda: refuse_non_finite_weights(trainer(), lost),
    ):
        with pytest.raises(NonFiniteLossError, match=r"weights 1\.bias not finite in batch 7"):
            refuse()


def test_sound_weights_pass():
    refuse_non_finite_weights(trainer(), torch.nn.Linear(2, 2))
