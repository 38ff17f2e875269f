"""fit: fit a model, from Python or the command line."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datamodules.notes import notes_once
from ganaug.training.given import end_chosen, refuse_linked, without_plans
from ganaug.training.run import Run
from ganaug.training.words import as_words, path_of, words_of
from ganaug.utils.user_paths import takes_paths

if TYPE_CHECKING:
    from lightning.pytorch import LightningDataModule, LightningModule, Trainer

    from ganaug.training.builder import FitCLI


@takes_paths("model", "data", "resume", "init_from", "default_root_dir", "backbone_weights")
def fit(
    model: "str | type[LightningModule] | None" = None,
    data: "LightningDataModule | str | None" = None,
    *,
    seed: int | None = None,
    resume: str | Path | Run | None = None,
    init_from: str | Path | Run | None = None,
    freeze_discriminator_layers: int = 0,
    patience: int | None = None,
    budget: str | None = None,
    sizes: Sequence[Mapping[str, Any]] | None = None,
    threads: int | None = None,
    **settings: Any,
) -> Run:
    """Fit a generative model on images, exactly as `ganaug fit` does.

    Args:
        model: Name of a registered model, or its class. With `resume`, you can leave it out; if
            given, it must be the run's model.
        data: A data module, or the name of a registered one. The default is in the model's
            configuration: the bundled MNIST sample for most models.
        seed: Random seed. The default is the seed of the run to resume, or else that of `data`
            (0 unless you set it).
        resume: A run, its folder or its checkpoint, to continue; on the CPU, bit for bit.
        init_from: A fitted run whose weights the model starts from. Settings of its networks, such
            as `width`, are taken from the run unless you give them here.
        freeze_discriminator_layers: Number of discriminator layers, counted from the image, that
            keep the weights of `init_from` (Mo et al. 2020, FreezeD).
        patience: Stop when the metric that selects the best checkpoint has not improved for this
            many evaluations. By default the fit doesn't stop early.
        budget: Time for the whole fit, such as "10m". The training speed is measured, and the
            number of images, the schedules and the monitoring are planned to fit into this time.
            Can't be combined with `max_epochs`.
        sizes: Settings for machines on which few images fit into the budget, each with
            `below_images`, such as `[{"below_images": 400_000, "model.width": 24}]`. The default is
            in the model's configuration.
        threads: Number of CPU threads of each process, at most its number of processors. A resumed
            run keeps its number.
        settings: Settings of the model (`latent_dim=64`), any argument of Lightning's Trainer
            (`max_epochs=10`, `max_time="30m"`, `devices=2`), and dictionaries for monitoring:
            `grid`, `video`, `fidelity`, `agreement`, `memorization`, `stability`, `save`.

    Returns:
        The run: its folder, checkpoints, settings and curves.

    Raises:
        UsageError: A setting is unknown or out of range, or the model can't be fitted on the data.
        RunStoppedError: The fit was stopped by Ctrl-C, SIGTERM or SIGHUP, and saved; `resume`
            continues it. After Ctrl-C the error is also a KeyboardInterrupt.

    Example:
        >>> import ganaug
        >>> run = ganaug.fit(
        ...     "dcgan", width=4, max_epochs=1, limit_train_batches=2, fidelity={"every_epochs": 0},
        ...     stability={"images": 20}, enable_progress_bar=False,
        ... )
        >>> run.checkpoint.name
        'last.ckpt'
    """
    fit_settings = {
        "init_from": path_of(init_from),
        "freeze_discriminator_layers": freeze_discriminator_layers or None,
        "patience": patience,
        "budget": budget,
        "threads": threads,
        "sizes": sizes and json.dumps([dict(size) for size in sizes]),
    }
    arguments, objects = words_of(
        model, data, seed=seed, resume=resume, fit_settings=fit_settings, settings=settings
    )
    return fit_by_words(arguments, objects=objects)


@notes_once()
def fit_by_words(
    arguments: Sequence[str],
    *,
    objects: Mapping[str, Any] | None = None,
    finished: "Callable[[Trainer], None]" = lambda _: None,
    started: float | None = None,
) -> Run:
    """Fit from command-line arguments: plan a time budget, and fit again after each rollback.

    Args:
        arguments: Arguments, from `words_of` or the command line.
        objects: Objects that can't be written as arguments, such as a data module.
        finished: Called with the trainer when the fit has ended.
        started: When a time budget began, by `time.monotonic`; now by default.
    """
    began = time.monotonic() if started is None else started
    from ganaug.callbacks.nan_guard import NonFiniteLossError
    from ganaug.training import hardware, origin, planning, shutdown
    from ganaug.training.budget_keeper import Clocks, clocks_of, follow_clocks
    from ganaug.training.builder import FitCLI
    from ganaug.training.trainers import run_folder

    current_objects = dict(objects or {})

    def build(arguments: Sequence[str]) -> FitCLI:
        return FitCLI([*arguments], current_objects)

    with hardware.process_restored():
        hardware.filter_warnings()
        refuse_linked(arguments)
        arguments = without_plans(arguments)
        arguments = [*arguments, *end_chosen(arguments)]
        built = build(arguments)
        if networks := origin.settings_of_origin(arguments, built):
            arguments, current_objects["data"] = (
                [*arguments, *as_words(networks)],
                built.datamodule,
            )
            built = build(arguments)
        if planning.needs_plan(built.config):
            arguments, current_objects = planning.planned(arguments, current_objects, built, began)
            built = build(arguments)
        clocks: Clocks = ([], [])
        while True:
            follow_clocks(built.trainer, clocks)
            clocks = clocks_of(built.trainer)
            try:
                return attempt(built, finished=finished, started=began)
            except NonFiniteLossError as error:
                if not built.config.stability.rollbacks:
                    raise
                folder = run_folder(built.trainer)
                arguments = shutdown.rolled_back(folder, built.config, error)
            built = build(arguments)


def attempt(
    built: "FitCLI",
    *,
    finished: "Callable[[Trainer], None]" = lambda _: None,
    started: float | None = None,
) -> Run:
    """Fit once.

    Raises:
        NonFiniteLossError: A loss or a weight is NaN or infinite.
    """
    from lightning.pytorch.utilities.model_helpers import is_overridden

    from datamodules.console import say
    from ganaug.callbacks.nan_guard import NonFiniteLossError
    from ganaug.training import hardware, shutdown, transfer
    from ganaug.training.budget_keeper import BudgetKeeper
    from ganaug.training.run import run_of
    from ganaug.training.run_files import batches_in, writing_run
    from ganaug.training.stop_signals import RunStoppedError
    from ganaug.training.trainers import callbacks_of, images_per_batch, run_folder

    model, data, trainer = built.model, built.datamodule, built.trainer
    for keeper in callbacks_of(trainer, BudgetKeeper):
        keeper.started = keeper.started if started is None else started
    _check(built)
    transfer.start(model, built.config, data.class_names)
    if trainer.world_size > 1:
        say(f"{trainer.world_size} devices: {images_per_batch(data, trainer)} images in a batch")
    built.config.threads = hardware.set_threads(trainer, previous_threads=built.config.threads)
    resume = built.config.resume
    batches_before = batches_in(Path(resume)) if resume else 0
    folder = run_folder(trainer)
    # Lightning opens a resumed run's curves before it calls any callback.
    locks = bool(resume) and trainer.is_global_zero
    with (
        writing_run(run_of(Path(resume).resolve())) if locks else nullcontext(),
        shutdown.naming_what_stands(folder),
        shutdown.naming_full_disks(folder),
        shutdown.naming_missing_parts(trainer),
    ):
        try:
            trainer.fit(model, datamodule=data, ckpt_path=resume, weights_only=True)
        except RunStoppedError as stop:
            if not trainer.is_global_zero:
                # Lightning kills rank 0 as soon as a child exits with another code.
                raise SystemExit(0) from None
            raise stop.outside_lightning(built.objects) from None
        except NonFiniteLossError:
            # Wait for rank 0 to get here: Lightning kills it soon after a child fails.
            trainer.strategy.barrier()
            raise
        shutdown.say_nothing_left(trainer, batches_before)
        if is_overridden("test_step", model):
            trainer.test(model, datamodule=data, verbose=False)
        finished(trainer)
    return Run(folder)


def _check(built: "FitCLI") -> None:
    """Run all checks before a fit."""
    from ganaug.training import checks
    from ganaug.training.own_models import check_samples

    # Lightning attaches the trainer later, but the checks need the number of devices per batch.
    built.datamodule.trainer = built.trainer
    checks.check_data(built.model, built.datamodule)
    check_samples(built.model, built.datamodule)
    checks.check_trainer(built.model, built.trainer)
    if built.config.resume:
        checks.check_resumed(built.config)
        checks.check_checkpoint(built.model, built.datamodule, Path(built.config.resume))
