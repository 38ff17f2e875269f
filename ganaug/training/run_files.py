"""Files that a run needs to resume: settings and curves."""

import re
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.cli import SaveConfigCallback
from lightning.pytorch.loggers import TensorBoardLogger

from ganaug.models.registry import models
from ganaug.training.checkpoints import read_plain
from ganaug.training.class_settings import with_quoted_names
from ganaug.training.run import RUNS, run_of
from ganaug.training.trainers import data_of, run_folder
from ganaug.utils.atomic_files import atomic_open
from ganaug.utils.errors import UsageError
from ganaug.utils.folder_lock import only_writer
from ganaug.utils.output_folder import refuse_unwritable


class KeptSettings(SaveConfigCallback):
    """Writes `config.yaml` atomically; a resumed run reads it and writes it again.

    During the fit, no other process can resume the run.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = ExitStack()

    def setup(
        self,
        trainer: Trainer,
        pl_module: LightningModule,  # noqa: ARG002 - Lightning fixes the arguments
        stage: str,  # noqa: ARG002 - Lightning fixes the arguments
    ) -> None:
        """Write the settings, once."""
        # `run_folder` broadcasts the path, so every rank must call it.
        path = run_folder(trainer) / self.config_filename
        if trainer.is_global_zero and not self.already_saved:
            if self.config.resume is None:
                claim(path)
            self.lock.enter_context(writing_run(path.parent))
            settings = self.config.clone()
            # The checkpoint to resume is left out: a new run may use these settings.
            settings.resume = None
            text = self.parser.dump(settings, skip_none=False)
            # The parser would write the class name 1e3 as a number.
            text = with_quoted_names(text, getattr(data_of(trainer), "hparams", {}))
            with atomic_open(path) as file:
                file.write(text.encode())
        self.already_saved = True

    def teardown(self, *_: Any, **__: Any) -> None:
        """Leave the run to other processes."""
        self.lock.close()

    # After an error Lightning calls this one instead.
    def on_exception(self, *_: Any, **__: Any) -> None:
        """Leave the run to other processes."""
        self.lock.close()


def writing_run(run: Path) -> AbstractContextManager[None]:
    """Lock a run against other processes.

    Raises:
        UsageError: Another process is fitting the run.
    """
    return only_writer(run, "resume", " first")


def claim(settings: Path) -> None:
    """Create a new run's settings file, so that no other fit takes the same folder.

    Raises:
        UsageError: The file exists: another fit chose the folder first, or it was used before.
    """
    settings.parent.mkdir(parents=True, exist_ok=True)
    try:
        settings.touch(exist_ok=False)
    except FileExistsError:
        raise UsageError(
            f"{settings} exists already, from another fit: start this one again, or "
            "set trainer.default_root_dir to another folder"
        ) from None


def logger_for(
    model: str, checkpoint: str | None, root: str | Path | None = None
) -> TensorBoardLogger:
    """Return a logger into a new folder `runs/<model>/version_<n>`, or into a resumed run's.

    Args:
        model: Class path of the model.
        checkpoint: Checkpoint from which a run resumes.
        root: Folder of new runs, instead of `runs`.

    Raises:
        UsageError: The checkpoint can't be read or wasn't written by a fit, or the folder can't be
            written.
    """
    if checkpoint is None:
        refuse_unwritable(root or RUNS, "trainer.default_root_dir")
        return TensorBoardLogger(
            Path(root or RUNS).resolve(),
            name=folder_of(model),
            version=None,
            default_hp_metric=False,
        )
    run = run_of(Path(checkpoint).resolve())
    return TensorBoardLogger(
        run.parent.parent,
        name=run.parent.name,
        version=run.name,
        default_hp_metric=False,
        # Curve points after the last checkpoint of a killed run will be logged again.
        purge_step=batches_in(Path(checkpoint)),
    )


def folder_of(model: str) -> str:
    """Return the name of the folder of a model's runs: its registered name.

    Args:
        model: Class path of the model. For an unregistered model, the class name is used.

    Example:
        >>> folder_of("ganaug.models.wgan_gp.WGANGP"), folder_of("mine.networks.Tiny")
        ('wgan_gp', 'tiny')
    """
    names = [name for name, path in models().items() if path == model]
    name = names[0] if names else model.rpartition(".")[2].lower()
    return re.sub(r"[^\w.-]", "_", name)


def batches_in(checkpoint: Path) -> int:
    """Return the number of batches before a checkpoint, where a resumed run's curves begin.

    Raises:
        UsageError: The file can't be read or wasn't written by a fit.
    """
    try:
        fit = read_plain(checkpoint)["loops"]["fit_loop"]
        # Counted like `batch_number`; Lightning's count of steps is smaller if gradients are
        # accumulated over several batches.
        return fit["epoch_loop.batch_progress"]["total"]["completed"]
    except (KeyError, TypeError) as error:
        raise UsageError(
            f"checkpoint {checkpoint} holds no training state; resume from a last.ckpt or "
            "best.ckpt that a fit wrote"
        ) from error
