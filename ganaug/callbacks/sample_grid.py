"""SampleGrid: samples from fixed latents, or translations of fixed real images, during training."""

import math
from pathlib import Path

import numpy as np
import torch
from lightning.fabric.utilities.data import sized_len
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.utilities import rank_zero_only
from lightning.pytorch.utilities.seed import isolate_rng
from torch import Tensor

from ganaug.callbacks.clock import TrainingClock
from ganaug.callbacks.drawing import GRID_STREAM, classes_of, draw, translations
from ganaug.callbacks.sheets import sheet_picture
from ganaug.protocols import Translator
from ganaug.training.budget_keeper import is_due
from ganaug.training.optimization import batch_number
from ganaug.training.trainers import data_of, run_folder, tensorboard
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError
from ganaug.utils.fonts import names_to_draw
from ganaug.utils.ranges import refuse_outside

FOLDER = "samples"
FIRST_MINUTES = 0.5


class SampleGrid(Callback):
    """Writes `samples/batch_<number>.png` to the run's folder, and the same to TensorBoard.

    Args:
        every_epochs: Number of epochs between grids.
        every_batches: Number of batches between grids, in place of `every_epochs`.
        every_minutes: Also draw a grid after this many minutes of training without one, the first
            after half a minute; null for none.
        columns: Samples per row.
        max_rows: Largest number of rows. There is one per class, or for an unconditional model as
            many as columns.

    Raises:
        UsageError: A number is below 1.
    """

    def __init__(
        self,
        every_epochs: int = 1,
        every_batches: int | None = None,
        every_minutes: float | None = 3.0,
        columns: int = 8,
        max_rows: int = 16,
    ) -> None:
        refuse_outside("grid", 1, every_epochs=every_epochs, every_batches=every_batches)
        refuse_outside("grid", 1, columns=columns, max_rows=max_rows)
        if every_minutes is not None and not every_minutes > 0:
            raise UsageError(
                f"grid.every_minutes is {every_minutes}; it must be above 0, or null for no grids "
                "by time"
            )
        self.every_epochs, self.every_batches = every_epochs, every_batches
        self.every_minutes = math.inf if every_minutes is None else every_minutes
        self.clock = TrainingClock()
        self.minutes = math.inf if every_minutes is None else min(FIRST_MINUTES, every_minutes)
        self.columns, self.max_rows = columns, max_rows
        self.folder: Path | None = None

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Read the run's folder, on every rank."""
        self.folder = run_folder(trainer) / FOLDER

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw a grid of the untrained generator, unless the run resumes from a checkpoint."""
        if trainer.current_epoch == 0 and batch_number(trainer) < 0:
            self.show(trainer, pl_module, step=0)
        self.clock.start()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restart the clock, so that the time of the last epoch's metrics doesn't count."""
        self.clock.start()

    def on_train_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: object,
        batch_idx: int,
    ) -> None:
        """Draw a grid if one is due by batches or by time."""
        number = batch_number(trainer) + 1
        late = self.clock.lap() >= 60 * self.minutes and not trainer.is_last_batch
        if late or (self.every_batches and number % self.every_batches == 0):
            self.show(trainer, pl_module, step=number)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Draw a grid if one is due by epochs."""
        if self.every_batches is None and is_due(trainer, self.every_epochs):
            self.show(trainer, pl_module, step=batch_number(trainer) + 1)

    @rank_zero_only
    def show(self, trainer: Trainer, pl_module: LightningModule, step: int) -> None:
        """Draw and write a grid, without affecting the random state of training."""
        with isolate_rng():
            images = self.sheet(trainer, pl_module)
        names, caption = self.names(trainer, pl_module), _caption(trainer, step)
        sheet = sheet_picture(images, self.columns, names, caption)
        assert self.folder is not None, "setup comes first"
        # The video reads it at the end, also if the run is killed meanwhile and resumed.
        with atomic_open(self.folder / f"batch_{step:08d}.png") as file:
            sheet.save(file, "PNG")
        if logger := tensorboard(trainer):
            # Logged at the x of the last batch, so that resuming after this batch keeps it.
            x = max(step - 1, 0)
            pixels = np.asarray(sheet)
            logger.experiment.add_image("samples", pixels, global_step=x, dataformats="HWC")
        # Only the first rank runs this, so its clock decides; the other ranks wait.
        self.clock.seconds = 0.0
        self.clock.start()
        if step:
            self.minutes = self.every_minutes

    def sheet(self, trainer: Trainer, model: LightningModule) -> Tensor:
        """Return the grid's images, row by row, from the same latents or real images each time."""
        classes = classes_of(model)
        rows = min(classes or self.columns, self.max_rows)
        labels = torch.arange(rows).repeat_interleave(self.columns)
        if not isinstance(model, Translator):
            count = rows * self.columns
            return draw(trainer, model, count, seed=GRID_STREAM, labels=labels)[0]
        sources, translated, turned_into = translations(trainer, model, labels, seed=GRID_STREAM)
        # A row of real images above a row of their translations; blank if a class has too few.
        pairs = [
            _filled(images[turned_into == label], self.columns)
            for label in labels.unique()
            for images in (sources, translated)
        ]
        return torch.cat(pairs)

    def names(self, trainer: Trainer, model: LightningModule) -> list[str]:
        """Return the class of each row; none for an unconditional model."""
        classes, data = classes_of(model), names_to_draw(data_of(trainer).class_names)
        labels = range(min(classes, self.max_rows))
        if not isinstance(model, Translator):
            return [data[label] for label in labels]
        pairs = (
            (f"real {data[model.source_of(label)]}", f"made {data[label]}") for label in labels
        )
        return [name for pair in pairs for name in pair]


def _caption(trainer: Trainer, step: int) -> str:
    """Return the number of batches and, if the length of the data is known, of epochs as text."""
    # Epochs of the data, since trainer.limit_train_batches may shorten those of the trainer.
    batches = sized_len(trainer.train_dataloader) or 0
    epochs = f", epoch {step / batches:.2f}" if batches else ""
    return f"batch {step:,}{epochs}"


def _filled(row: Tensor, columns: int) -> Tensor:
    blank = torch.full_like(row[:1], -1.0).expand(columns - len(row), -1, -1, -1)
    return torch.cat([row, blank])
