"""TrainedWeights: a network that the optimizers of a model leave out is refused."""

from collections.abc import Iterable

from lightning.pytorch import Callback, LightningModule, Trainer
from torch import nn
from torch.optim import Optimizer

from ganaug.utils.errors import UsageError


class TrainedWeights(Callback):
    """Refuses a model some of whose weights would stay as they were initialized."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Look through the optimizers, which exist only now."""
        refuse_untrained(pl_module, trainer.optimizers)


def refuse_untrained(model: nn.Module, optimizers: Iterable[Optimizer]) -> None:
    """Refuse weights that no optimizer changes, such as those of a network outside the game.

    Raises:
        UsageError: Names the first of them, and what to do.
    """
    trained = {
        id(weight)
        for optimizer in optimizers
        for group in optimizer.param_groups
        for weight in group["params"]
    }
    untrained = [
        name
        for name, weight in model.named_parameters()
        if weight.requires_grad and id(weight) not in trained
    ]
    if untrained:
        raise UsageError(
            f"{type(model).__name__} has {len(untrained):,} weights that no optimizer changes, the "
            f"first of them {untrained[0]}: give them to an optimizer in configure_optimizers (in "
            "a game of two players, as part of its generator or discriminator), or freeze them "
            "with requires_grad_(False)"
        )
