"""The curves of a fit: which batches are logged, and under which names."""

from collections.abc import Collection, Mapping

from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from ganaug.training.optimization import batch_number

# Number of batches between two updates of the progress bar.
SCREEN_EVERY = 10


def is_logged(trainer: Trainer) -> bool:
    """Whether this batch is logged: one in every `log_every_n_steps` is."""
    every = trainer.log_every_n_steps  # type: ignore[attr-defined]  # set by a connector
    return bool(every) and (batch_number(trainer) + 1) % every == 0


def log_scalars(
    module: LightningModule, scalars: Mapping[str, Tensor], *, on_screen: Collection[str] = ()
) -> None:
    """Log the scalars of a batch if it is due, and update the progress bar.

    Calling Lightning's `log` for every batch takes longer than updating the averaged generator, and
    49 of 50 calls would have no effect.

    Args:
        module: The model that is trained.
        scalars: Scalars by name.
        on_screen: Names of the scalars that the progress bar also shows.
    """
    if module.trainer.fit_loop.batch_idx % SCREEN_EVERY == 0:
        for name in scalars.keys() & set(on_screen):
            module.log(name, scalars[name], prog_bar=True, logger=False)
    if is_logged(module.trainer):
        values = {name: float(value) for name, value in scalars.items()}
        for logger in module.trainer.loggers:
            logger.log_metrics(values, step=batch_number(module.trainer))
