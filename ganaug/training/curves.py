"""The curves of a fit: which batches give them a point, and under which names."""

from collections.abc import Collection, Mapping

from lightning.pytorch import LightningModule, Trainer
from torch import Tensor

from ganaug.training.optimization import batch_number

# Batches of an epoch between two looks at the progress bar, which draws itself no more often.
SCREEN_EVERY = 10


def is_drawn(trainer: Trainer) -> bool:
    """Whether this batch gives the curves a point, as one in `log_every_n_steps` does."""
    every = trainer.log_every_n_steps  # type: ignore[attr-defined]  # set by a connector
    return bool(every) and (batch_number(trainer) + 1) % every == 0


def draw_curves(
    module: LightningModule, figures: Mapping[str, Tensor], *, on_screen: Collection[str] = ()
) -> None:
    """Give the curves a point where it is due, and the progress bar what it shows.

    Lightning's `log` takes longer for the figures of a batch than the averaged generator does, and
    uses one batch in fifty.

    Args:
        module: The model that is trained.
        figures: Scalars by name.
        on_screen: Names of those that the progress bar shows, too.
    """
    if module.trainer.fit_loop.batch_idx % SCREEN_EVERY == 0:
        for name in figures.keys() & set(on_screen):
            module.log(name, figures[name], prog_bar=True, logger=False)
    if is_drawn(module.trainer):
        drawn = {name: float(each) for name, each in figures.items()}
        for logger in module.trainer.loggers:
            logger.log_metrics(drawn, step=batch_number(module.trainer))
