"""Building the data, model, trainer and callbacks of a fit from settings and YAML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint, EarlyStopping, ProgressBar
from lightning.pytorch.cli import LightningArgumentParser, LightningCLI
from lightning.pytorch.utilities import rank_zero_warn

from datamodules.console import is_redrawn
from ganaug.callbacks.best_checkpoint import BestCheckpoint
from ganaug.callbacks.class_agreement import ClassAgreement
from ganaug.callbacks.data_card import DataCard
from ganaug.callbacks.fidelity import Fidelity, metric_to_choose_by
from ganaug.callbacks.hyperparameters import Hyperparameters
from ganaug.callbacks.last_checkpoint import LastCheckpoint
from ganaug.callbacks.memorization import MemorizationMonitor
from ganaug.callbacks.patience import Patience
from ganaug.callbacks.progress import BudgetBar, Progress
from ganaug.callbacks.sample_grid import SampleGrid
from ganaug.callbacks.sample_video import SampleVideo
from ganaug.callbacks.stability import StabilityMonitor
from ganaug.callbacks.throughput import Throughput
from ganaug.callbacks.trained_weights import TrainedWeights
from ganaug.evaluation.features.judges import judge_of, trained_with
from ganaug.evaluation.features.networks import unfit
from ganaug.evaluation.monitor import DEFAULT_METRICS
from ganaug.protocols import Classifier
from ganaug.training import hardware
from ganaug.training.budget import plan_kept
from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.checkpoint_io import AtomicCheckpointIO
from ganaug.training.own_models import check_contract, own_error, warn_of_no_best
from ganaug.training.run_files import KeptSettings, logger_for
from ganaug.training.setting_errors import check_extra, check_sizes, error_message
from ganaug.training.setting_files import in_lightnings_form
from ganaug.training.settings import check_settings, refuse_to_leave_nothing
from ganaug.training.shutdown import refuse_rollbacks
from ganaug.training.transfer import keep_networks
from ganaug.utils.errors import UsageError
from ganaug.utils.registry import is_built_in
from ganaug.utils.user_errors import error_of_user

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
    """LightningCLI's parser, with error messages of one or two lines."""

    # Those of the latest FitCLI. The class holds them, since jsonargparse builds further parsers of
    # it for the settings of classes, and caches these for all fits of a process.
    arguments: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Code that compares option names, such as `end_chosen`, would miss an abbreviation.
        self.allow_abbrev = False

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Raise a UsageError that suggests the closest valid name."""
        user_error = error_of_user(ex) or own_error(ex)
        raise (user_error or error_message(message, self, self.arguments)) from ex


class FitCLI(LightningCLI):
    """Builds data, model and trainer from command-line arguments and YAML.

    Args:
        arguments: Command-line arguments, as returned by `ganaug.training.words.words_of`.
        objects: Objects that can't be written as arguments: `data`, and arguments of the trainer.
    """

    def __init__(self, arguments: list[str], objects: Mapping[str, Any] | None = None) -> None:
        self.arguments = Parser.arguments = arguments
        self.objects = dict(objects or {})
        super().__init__(
            LightningModule,
            LightningDataModule,
            subclass_mode_model=True,
            subclass_mode_data=True,
            # Lightning leaves it out of a fast_dev_run.
            save_config_callback=None,
            parser_class=Parser,
            seed_everything_default=0,
            auto_configure_optimizers=False,
            # Checkpoints store the model's arguments, including the linked ones.
            load_from_checkpoint_support=False,
            # The data modules' sampler already distributes the images over the devices.
            trainer_defaults={"use_distributed_sampler": False},
            run=False,
            args=arguments,
        )

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Add monitoring, options of the fit, and links from the data's settings to the model's."""
        for key, callback in CALLBACKS.items():
            parser.add_lightning_class_args(callback, key)
        parser.add_argument("--resume", type=str | None, default=None, help="checkpoint")
        parser.add_argument("--init_from", type=str | None, default=None, help="run or checkpoint")
        parser.add_argument(
            "--freeze_discriminator_layers", type=int, default=0, help="layers of the discriminator"
        )
        parser.add_argument(
            "--patience", type=int | None, default=None, help="evaluations without a better one"
        )
        parser.add_argument(
            "--threads", type=int | None, default=None, help="of each process; kept by the run"
        )
        parser.add_argument("--budget", type=str | None, default=None, help="time of the fit: 10m")
        parser.add_argument("--plan", type=dict | None, default=None, help="made from the budget")
        parser.add_argument(
            "--sizes", type=list[dict] | None, default=None, help="by what fits into the budget"
        )
        if (data := self.objects.pop("data", None)) is not None:
            # Use the given data module instead of building another.
            parser.add_instantiator(lambda *_, **__: data, type(data), subclasses=False)
        for name in DATA_TO_MODEL:
            parser.link_arguments(f"data.{name}", f"model.init_args.{name}", apply_on="instantiate")
        for part in ("model", "data"):
            parser.link_arguments("seed_everything", f"{part}.init_args.seed", compute_fn=int)

    def parse_arguments(self, parser: LightningArgumentParser, args: Any) -> None:
        """Parse the arguments, and refuse invalid settings that the parser accepts."""
        super().parse_arguments(parser, args)
        check_settings(self.config, {"trainer": Trainer, **CALLBACKS})
        check_extra(self.config, self.parser, self.arguments)
        check_sizes(self.config.sizes, self.parser, self.arguments)

    def before_instantiate_classes(self) -> None:
        """Fill in the trainer's settings that depend on the machine."""
        trainer = self.config.trainer
        trainer.precision = hardware.precision(trainer.precision, trainer.accelerator)
        trainer.devices = hardware.devices_in_session(trainer.devices)
        trainer.strategy = hardware.strategy(trainer)
        trainer.max_time = in_lightnings_form(trainer.max_time)
        hardware.refuse_max_steps(trainer.max_steps)
        if self.config.threads is not None and self.config.threads < 1:
            raise UsageError(
                f"threads is {self.config.threads}; give 1 or more, or leave it out for as many as "
                "there are free processors"
            )
        refuse_to_leave_nothing(trainer)
        refuse_rollbacks(self.config)

    def instantiate_classes(self) -> None:
        """Build data, model and trainer; reduce jsonargparse's errors to one line."""
        try:
            super().instantiate_classes()
        except ValueError as error:
            user_error = error_of_user(error) or own_error(error)
            raise (user_error or error_message(str(error), self.parser, self.arguments)) from error

    def instantiate_trainer(self, **settings: Any) -> Trainer:
        """Build the trainer, with a logger and the callbacks of every fit."""
        settings_of_model = self.config.model.get("init_args") or {}
        check_contract(self.model, {*settings_of_model.keys(), *DATA_TO_MODEL})
        trainer, fidelity = self.config_init.trainer, self.config_init.fidelity
        settings |= self.objects
        settings |= self.places(settings.get("logger", trainer.logger))
        plugins = [*as_list(trainer.plugins), *as_list(self.objects.get("plugins"))]
        own_callbacks = [*(trainer.callbacks or []), *as_list(self.objects.get("callbacks"))]
        has_own_code = not all(map(is_built_in, (self.model, self.datamodule, *own_callbacks)))
        settings["plugins"] = [*plugins, AtomicCheckpointIO(checked=has_own_code)]
        saver = KeptSettings(self.parser, self.config)
        own_callbacks += self.progress(own_callbacks)
        if not any(isinstance(callback, ProgressBar) for callback in own_callbacks):
            settings["enable_progress_bar"] = False  # or Lightning adds one
        if origin := self.config.resume or self.config.init_from:
            keep_networks(self.model, Path(origin))
        if fidelity.every_epochs:
            fidelity.settle(self.model, self.datamodule)
        self.turn_off_unfit_metrics()
        self.warn_of_unused_settings()
        settings["callbacks"] = [*own_callbacks, *self.standing_callbacks(), saver]
        try:
            built = super().instantiate_trainer(**settings)
        except (ValueError, TypeError, ImportError, MisconfigurationException) as error:
            raise UsageError(f"trainer: {str(error).splitlines()[0]}") from error
        # Early stopping must run after the metrics are measured and before its state is saved.
        built.callbacks.sort(  # type: ignore[attr-defined]  # set by a connector
            key=lambda callback: (
                isinstance(callback, EarlyStopping) + 2 * isinstance(callback, Checkpoint)
            )
        )
        return built

    def places(self, loggers: Any) -> dict[str, Any]:
        """Return the trainer's settings that direct all output into the run's folder.

        Args:
            loggers: The user's loggers, which also receive the curves; False for no curves.
        """
        root = self.config.trainer.default_root_dir
        logger = logger_for(self.config.model.class_path, self.config.resume, root)
        user_loggers = [] if isinstance(loggers, bool) else as_list(loggers)
        # Lightning writes into default_root_dir if there is no logger.
        settings = {"default_root_dir": logger.log_dir}
        return settings if loggers is False else {**settings, "logger": [logger, *user_loggers]}

    def turn_off_unfit_metrics(self) -> None:
        """Turn off metrics that can't be measured, with a warning, rather than refuse the fit."""
        fidelity, agreement = self.config_init.fidelity, self.config_init.agreement
        if reason := unfit(self.datamodule.image_size, self.datamodule.channels):
            if fidelity.features == "domain" and fidelity.every_epochs:
                judge = judge_of(trained_with(self.model))
                hint = f"; fidelity.features {judge} takes any size" if judge != "domain" else ""
                rank_zero_warn(
                    "fidelity and copies are not measured, and best.ckpt not written: "
                    f"{reason}{hint}"
                )
                fidelity.every_epochs = 0
            if agreement.every_epochs:
                rank_zero_warn(f"agreement is not measured: {reason}")
                agreement.every_epochs = 0
        if not fidelity.every_epochs:
            # Memorization is measured with the same feature network.
            self.config_init.memorization.every_epochs = 0

    def warn_of_unused_settings(self) -> None:
        """Warn of settings of metrics that have no effect on this fit."""
        fidelity = self.config_init.fidelity
        has_settings = fidelity.by_class or fidelity.metrics != DEFAULT_METRICS
        if not fidelity.every_epochs and has_settings:
            rank_zero_warn(
                "fidelity.metrics and fidelity.by_class are not read: fidelity is off "
                "(fidelity.every_epochs is 0)"
            )
        if fidelity.every_epochs:
            warn_of_no_best(self.model)
        max_epochs = self.config_init.trainer.max_epochs
        for name in ("fidelity", "agreement"):
            every = self.config_init[name].every_epochs
            if max_epochs is not None and 0 <= max_epochs < every:
                rank_zero_warn(
                    f"{name} is never measured: {name}.every_epochs is {every}, and the fit ends "
                    f"after {max_epochs} (trainer.max_epochs)"
                )

    def progress(self, callbacks: Sequence[Callback]) -> list[Callback]:
        """Return the progress callback: a bar, or plain lines if the output is a file.

        Args:
            callbacks: The user's callbacks; a progress bar among them replaces the default one.
        """
        has_bar = any(isinstance(callback, ProgressBar) for callback in callbacks)
        shows_progress = self.config.trainer.enable_progress_bar in (None, True) and not has_bar
        lines = Progress(every_seconds=60.0 if shows_progress and not is_redrawn() else None)
        return [lines, BudgetBar(refresh_rate=10)] if shows_progress and is_redrawn() else [lines]

    def standing_callbacks(self) -> list[Callback]:
        """Return the callbacks without options: a check, the card, curves and checkpoints.

        Raises:
            UsageError: `patience` is set, and no metric chooses a best checkpoint.
        """
        callbacks: list[Callback] = [TrainedWeights(), DataCard(), Throughput(), Hyperparameters()]
        if self.config.budget is not None and self.config.plan is not None:
            callbacks.append(BudgetKeeper(plan_kept(self.config.plan, self.config.budget)))
        # A semi-supervised classifier is not selected by the quality of its generated images.
        fidelity = self.config_init.fidelity
        if fidelity.every_epochs and not isinstance(self.model, Classifier):
            held_out = len(self.datamodule.paths("validation"))
            metric = metric_to_choose_by(held_out, fidelity.features)
            callbacks.append(BestCheckpoint(metric, fidelity.every_epochs))
            if self.config.patience is not None:
                callbacks.append(Patience(self.config.patience, metric, fidelity.every_epochs))
        elif self.config.patience is not None:
            reason = (
                "a classifier has none; leave it out"
                if isinstance(self.model, Classifier)
                else "fidelity.every_epochs is 0; set it to 1 or more, or leave patience out"
            )
            raise UsageError(
                f"patience is {self.config.patience}, and no metric chooses a best checkpoint: "
                f"{reason}"
            )
        return callbacks


def as_list(value: Any) -> list[Any]:
    """Return a trainer's argument (None, one value or several) as a list."""
    if value is None:
        return []
    return [*value] if isinstance(value, list | tuple) else [value]
