"""Stops a run within the batch in which a loss or weight becomes NaN or infinite."""

from collections.abc import Mapping
from typing import Any

import torch
from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from datamodules.errors import described
from ganaug.training.optimization import batch_number, learning_rates
from ganaug.training.trainers import agreed
from ganaug.utils.errors import UsageError


class NonFiniteLossError(UsageError):
    """A loss or weight became NaN or infinite; the last checkpoint is kept."""


def refuse_non_finite(
    trainer: Trainer, model: LightningModule, scalars: Mapping[str, Tensor]
) -> None:
    """Stop a run with a non-finite loss, on all devices together.

    After the last batch of an epoch, the weights are checked as well, before they are evaluated.

    Raises:
        NonFiniteLossError: A value is infinite or NaN; the message says what to do.
        UsageError: The values aren't scalars, since a user-defined model may return anything.
    """
    refuse_no_scalars(model, scalars)
    names = not_finite(scalars)
    if not names and trainer.is_last_batch:
        names = not_finite_weights(model)
    # All devices stop together, since they share gradients and so non-finite values.
    if agreed(trainer, int(bool(names)))[0]:
        raise error_of(names or ["on another device, a loss"], trainer, model)


def refuse_no_scalars(model: LightningModule, scalars: Mapping[str, Any]) -> None:
    """Refuse a training step that returns anything but scalars.

    Raises:
        UsageError: It does; the message says what to return.
    """
    invalid = [
        name for name, value in scalars.items() if not isinstance(value, Tensor) or value.ndim
    ]
    if invalid or not scalars:
        result = f"{invalid[0]}: {described(scalars[invalid[0]])}" if invalid else "nothing"
        raise UsageError(
            f"{type(model).__name__}.training_step returns {result}; return a dictionary of "
            "scalar tensors, with the loss as 'loss'"
        )


def refuse_non_finite_weights(trainer: Trainer, model: LightningModule) -> None:
    """Keep non-finite weights from overwriting a good checkpoint.

    Raises:
        NonFiniteLossError: A weight is infinite or NaN.
    """
    if names := not_finite_weights(model):
        raise error_of(names, trainer, model)


def not_finite(scalars: Mapping[str, Tensor]) -> list[str]:
    """Return the names of values that are infinite or NaN."""
    values = torch.stack([value.detach().float() for value in scalars.values()])
    if torch.isfinite(values).all():
        return []
    return [name for name, value in scalars.items() if not torch.isfinite(value)]


def not_finite_weights(model: LightningModule) -> list[str]:
    """Return the name of the first network with infinite or NaN weights, if there is one."""
    weights = list(model.named_parameters())
    norms = torch._foreach_norm([weight.detach().float() for _, weight in weights], torch.inf)
    if torch.isfinite(torch.stack(norms)).all():
        return []
    pairs = zip(weights, norms, strict=True)
    return [next(f"weights {name}" for (name, _), norm in pairs if not torch.isfinite(norm))]


def error_of(names: list[str], trainer: Trainer, model: LightningModule) -> NonFiniteLossError:
    """Return an error that names the values and advises on the model's settings."""
    rates = " and ".join(f"model.{name}" for name in learning_rates(model.hparams))
    remedies = [f"half of {rates}"] if rates else []
    if "grad_clip" in model.hparams:
        remedies.append("model.grad_clip 1")
    elif model.automatic_optimization:  # or Lightning can't clip, and `check_trainer` refuses it
        remedies.append("trainer.gradient_clip_val 1")
    advice = f"Resume from it with {', or with '.join(remedies)}"
    if not remedies:
        advice = f"Lower the learning rate in {type(model).__name__}, and fit again"
    elif rates:
        remedy = "the former" if remedies[1:] else "that"
        advice += f"; on a single device stability.rollbacks 3 does {remedy} by itself"
    return NonFiniteLossError(
        f"{', '.join(names)} not finite in batch {batch_number(trainer)}: the run stops here and "
        f"its last checkpoint is kept. {advice}"
    )
