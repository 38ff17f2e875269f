"""Fit: LightningCLI with this project's words, defaults, callbacks and closing message."""

import sys
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import TQDMProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.utilities import rank_zero_warn
from lightning.pytorch.utilities.model_helpers import is_overridden

from ganaug.callbacks.best_checkpoint import BestCheckpoint
from ganaug.callbacks.class_agreement import ClassAgreement
from ganaug.callbacks.data_card import DataCard
from ganaug.callbacks.fidelity import Fidelity, metric_to_choose_by
from ganaug.callbacks.hyperparameters import Hyperparameters
from ganaug.callbacks.last_checkpoint import LastCheckpoint
from ganaug.callbacks.memorization import MemorizationMonitor
from ganaug.callbacks.nan_guard import NonFiniteLossError
from ganaug.callbacks.run import run_folder
from ganaug.callbacks.sample_grid import SampleGrid
from ganaug.callbacks.sample_video import SampleVideo
from ganaug.callbacks.stability import StabilityMonitor
from ganaug.callbacks.throughput import Throughput
from ganaug.cli import machine
from ganaug.cli.fit_beginnings import (
    refuse_unfit_checkpoint,
    refuse_unfit_data,
    refuse_unfit_trainer,
    start,
)
from ganaug.cli.fit_complaints import complaint
from ganaug.cli.fit_endings import leave_together, naming_full_disks, rolled_back, told_to_the_user
from ganaug.cli.fit_farewell import farewell
from ganaug.cli.fit_run_files import KeptSettings, logger_for
from ganaug.cli.fit_settings import check_settings
from ganaug.cli.tool import complaint_in
from ganaug.evaluation.features.networks import unfit
from ganaug.evaluation.monitor import DEFAULT_METRICS
from ganaug.protocols import Classifier
from ganaug.training.checkpoint_io import AtomicCheckpointIO
from ganaug.utils.errors import UsageError

CALLBACKS = {
    "grid": SampleGrid,
    "video": SampleVideo,
    "fidelity": Fidelity,
    "agreement": ClassAgreement,
    "memorization": MemorizationMonitor,
    "stability": StabilityMonitor,
    "save": LastCheckpoint,
}
DATA_TO_MODEL = ("image_size", "channels", "num_classes")


class Parser(LightningArgumentParser):
    """LightningCLI's parser, with errors in a line or two."""

    # Set once, by the process's one command line.
    arguments: ClassVar[list[str]] = []

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise what is wrong as a UsageError, with the nearest right word."""
        raise (complaint_in(ex) or complaint(message, self, Parser.arguments)) from ex


class FitCLI(LightningCLI):
    """Builds data, model and trainer from flags and configs; `main` runs them."""

    def __init__(self, arguments: list[str]) -> None:
        Parser.arguments = arguments
        super().__init__(
            LightningModule,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            save_config_callback=KeptSettings,
            parser_class=Parser,
            seed_everything_default=0,
            auto_configure_optimizers=False,
            # Checkpoints keep the arguments as the model got them, linked ones included.
            load_from_checkpoint_support=False,
            # The data modules' sampler is distributed by itself.
            trainer_defaults={"use_distributed_sampler": False},
            run=False,
            args=arguments,
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add the monitoring, `--resume`, and what the model learns from the data."""
        for key, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, key)
        parser.add_argument("--resume", type=str | None, default=None, help="checkpoint")
        parser.add_argument("--init_from", type=str | None, default=None, help="run or checkpoint")
        parser.add_argument(
            "--freeze_discriminator_layers", type=int, default=0, help="layers of the discriminator"
        )
        for name in DATA_TO_MODEL:
            parser.link_arguments(f"data.{name}", f"model.init_args.{name}", apply_on="instantiate")
        for part in ("model", "data"):
            parser.link_arguments("seed_everything", f"{part}.init_args.seed", compute_fn=int)

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse, and refuse what the parser lets through."""
        super().parse_arguments(parser, args)
        check_settings(self.config, {"trainer": Trainer, **CALLBACKS})

    def before_instantiate_classes(self) -> None:
        """Fill in the trainer's settings that depend on the machine."""
        trainer = self.config.trainer
        trainer.precision = machine.precision(trainer.precision, trainer.accelerator)
        trainer.strategy = machine.strategy(trainer)
        machine.refuse_max_steps(trainer.max_steps)
        if self.config.stability.rollbacks and machine.has_several_devices(trainer):
            raise UsageError(
                f"stability.rollbacks is {self.config.stability.rollbacks}, and the run has several "
                "devices, which do not roll back by themselves: leave it out, and where a loss is "
                "not finite go on with --resume and lower rates"
            )

    def instantiate_classes(self) -> None:
        """Build data, model and trainer; what the parser wraps in many lines takes one."""
        try:
            super().instantiate_classes()
        except ValueError as error:
            raise (
                complaint_in(error) or complaint(str(error), self.parser, Parser.arguments)
            ) from error

    def instantiate_trainer(self, **settings: Any) -> Trainer:
        """Build the trainer, with a logger and the callbacks that are always there."""
        trainer = self.config_init.trainer
        if trainer.logger in (None, True, False):
            logger = logger_for(self.config.model.class_path, self.config.resume)
            if trainer.logger is not False:
                settings["logger"] = logger
            elif trainer.default_root_dir is None:
                # Without curves, but with a folder of its own for all else.
                settings["default_root_dir"] = logger.log_dir
        own = trainer.plugins or []
        settings["plugins"] = [*(own if isinstance(own, list) else [own]), AtomicCheckpointIO()]
        settings["callbacks"] = [*(trainer.callbacks or []), *self.standing_callbacks()]
        try:
            return super().instantiate_trainer(**settings)
        except (ValueError, TypeError, ImportError, MisconfigurationException) as error:
            raise UsageError(f"trainer: {str(error).splitlines()[0]}") from error

    def settle_figures(self) -> None:
        """Leave out figures that can't be had: a fit is worth more than its curves."""
        fidelity, agreement = self.config_init.fidelity, self.config_init.agreement
        if reason := unfit(self.datamodule.image_size, self.datamodule.channels):
            if fidelity.features == "domain" and fidelity.every_epochs:
                rank_zero_warn(
                    f"fidelity and copies are not measured, and best.ckpt not written: {reason}; "
                    "--fidelity.features imagenet takes any size"
                )
                fidelity.every_epochs = 0
            if agreement.every_epochs:
                rank_zero_warn(f"agreement is not measured: {reason}")
                agreement.every_epochs = 0
        if not fidelity.every_epochs:
            # Copies are told by a network of the same features.
            self.config_init.memorization.every_epochs = 0
            if fidelity.by_class or fidelity.metrics != DEFAULT_METRICS:
                rank_zero_warn(
                    "fidelity.metrics and fidelity.by_class are not read: fidelity is off "
                    "(fidelity.every_epochs is 0)"
                )
        last = self.config_init.trainer.max_epochs
        for name in ("fidelity", "agreement"):
            every = self.config_init[name].every_epochs
            if last is not None and 0 <= last < every:
                rank_zero_warn(
                    f"{name} is never measured: {name}.every_epochs is {every}, and the fit ends "
                    f"after {last} (trainer.max_epochs)"
                )

    def standing_callbacks(self) -> list[Callback]:
        """Return the callbacks that take no options: the card, curves and checkpoints."""
        self.settle_figures()
        callbacks: list[Callback] = [DataCard(), Throughput(), Hyperparameters()]
        if self.config.trainer.enable_progress_bar in (None, True):
            # Into a file, where nothing is redrawn, an update every few hundred batches is enough.
            callbacks.append(TQDMProgressBar(refresh_rate=10 if sys.stderr.isatty() else 200))
        # A classifier is fitted for what it says, not for what its generator draws.
        fidelity = self.config_init.fidelity
        if fidelity.every_epochs and not isinstance(self.model, Classifier):
            held_out = len(self.datamodule.paths("validation"))
            figure = metric_to_choose_by(held_out, fidelity.features)
            callbacks.append(BestCheckpoint(figure, fidelity.every_epochs))
        return callbacks


def main(arguments: list[str], command_line: type[FitCLI] = FitCLI) -> None:
    """Fit the model that the arguments name, and say where everything is.

    Args:
        arguments: As `ganaug.cli.fit_arguments.expand` gives them.
        command_line: What reads them and builds model, data and trainer.
    """
    machine.quieten()
    words = arguments
    with told_to_the_user():
        while words:
            words = attempt(words, command_line)


def attempt(arguments: list[str], command_line: type[FitCLI]) -> list[str]:
    """Fit once; return the arguments with which to go on after a rollback, or none."""
    cli = command_line(arguments)
    # Lightning says so later: how many devices share its batches.
    cli.datamodule.trainer = cli.trainer
    refuse_unfit_data(cli.model, cli.datamodule)
    refuse_unfit_trainer(cli.model, cli.trainer)
    start(cli.model, cli.config)
    machine.set_threads(cli.trainer)
    resume = cli.config.resume
    if resume:
        refuse_unfit_checkpoint(cli.model, cli.datamodule, Path(resume))
    run = run_folder(cli.trainer)
    with naming_full_disks(run):
        try:
            data = cli.datamodule
            cli.trainer.fit(cli.model, datamodule=data, ckpt_path=resume, weights_only=True)
        except NonFiniteLossError as error:
            if not cli.config.stability.rollbacks:
                raise
            return rolled_back(run, cli.config, error)
        if is_overridden("test_step", cli.model):
            cli.trainer.test(cli.model, datamodule=cli.datamodule, verbose=False)
        farewell(cli.trainer)
    leave_together()
    return []
