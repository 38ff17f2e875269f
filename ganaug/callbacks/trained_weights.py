"""TrainedWeights: detects weights that no optimizer or loss reaches."""

from collections.abc import Iterable

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_warn
from torch import nn
from torch.optim import Optimizer

from ganaug.utils.errors import UsageError

# Enough steps for losses that are computed every 16 or 32 batches, such as StyleGAN2's penalties.
STEPS = 100


class TrainedWeights(Callback):
    """Detects weights that would keep their initial values.

    Refuses a model with weights that are in no optimizer. Warns about weights without a gradient in
    the first steps of their optimizer; these may still be part of a loss that starts later.
    """

    def __init__(self) -> None:
        # For each optimizer: its steps, and the weights that have had no gradient in any of them.
        self.without_gradient: dict[Optimizer, tuple[int, dict[str, nn.Parameter]]] = {}

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Check the optimizers, which Lightning has created by now."""
        refuse_untrained(pl_module, trainer.optimizers)
        names = {
            weight: name for name, weight in pl_module.named_parameters() if weight.requires_grad
        }
        self.without_gradient = {
            optimizer: (0, {names[w]: w for w in _weights_of(optimizer) if w in names})
            for optimizer in trainer.optimizers
        }

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Optimizer
    ) -> None:
        """Check the gradients of the first steps, until every weight has had one."""
        if optimizer not in self.without_gradient:
            return
        steps, weights = self.without_gradient.pop(optimizer)
        # A gradient of zeros counts, since the loss depends on the weight.
        weights = {name: weight for name, weight in weights.items() if weight.grad is None}
        if weights and steps + 1 < STEPS:
            self.without_gradient[optimizer] = steps + 1, weights
        elif weights:
            rank_zero_warn(
                f"{type(pl_module).__name__} has {len(weights):,} weights without a gradient in "
                f"the first {STEPS} steps of their optimizer, the first of them "
                f"{next(iter(weights))}: unless a later loss depends on them, they stay as they "
                "were initialized; make them part of the loss, or leave them out of the model"
            )


def refuse_untrained(model: nn.Module, optimizers: Iterable[Optimizer]) -> None:
    """Refuse weights that are in no optimizer, such as those of a network outside the game.

    Raises:
        UsageError: There are some; the message names the first, and says what to do.
    """
    trained = {weight for optimizer in optimizers for weight in _weights_of(optimizer)}
    untrained = [
        name
        for name, weight in model.named_parameters()
        if weight.requires_grad and weight not in trained
    ]
    if untrained:
        raise UsageError(
            f"{type(model).__name__} has {len(untrained):,} weights that no optimizer changes, the "
            f"first of them {untrained[0]}: give them to an optimizer in configure_optimizers (in "
            "a game of two players, as part of its generator or discriminator), or freeze them "
            "with requires_grad_(False)"
        )


def _weights_of(optimizer: Optimizer) -> list[nn.Parameter]:
    return [weight for group in optimizer.param_groups for weight in group["params"]]
