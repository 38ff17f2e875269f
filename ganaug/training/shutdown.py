"""Early ends of a fit: a full disk, a rollback, a limit that is already reached."""

import errno
import multiprocessing
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Timer

from datamodules.console import say
from ganaug.training.budget_keeper import BudgetKeeper
from ganaug.training.hardware import has_several_devices
from ganaug.training.optimization import batch_number, learning_rates
from ganaug.training.run import checkpoint_of, display
from ganaug.training.stop_signals import RunStoppedError, keyboard_interrupts
from ganaug.training.trainers import callbacks_of
from ganaug.training.words import as_words
from ganaug.utils.errors import UsageError

# Error of Lightning's EarlyStopping and ModelCheckpoint about a missing metric.
MISSING_METRIC = re.compile(
    r"(?:metric `|monitor=')(.+?)['`]\S* (?:which is not available|could not find)"
)
NOT_DETERMINISTIC = re.compile(r"(\w+) does not have a deterministic implementation")
TOO_FEW_EPOCHS = re.compile(r"current_epoch=(\d+), but you have set Trainer\(max_epochs=(\d+)\)")
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def naming_full_disks(run: Path) -> Iterator[None]:
    """Turn the error of a full disk into one line that says what is saved and what to do.

    Args:
        run: The run's folder.

    Raises:
        UsageError: The disk is full.
    """
    try:
        yield
    except Exception as error:
        if (cause := lack_of_room(error)) is None:
            raise
        location = f" for {cause.filename}" if cause.filename else ""
        raise UsageError(
            f"no room on the disk{location} ({os.strerror(cause.errno or errno.ENOSPC)}): the run "
            f"stops, and its last good checkpoint is kept. Free some space and resume "
            f"{display(run)}"
        ) from error


@contextmanager
def naming_what_stands(run: Path) -> Iterator[None]:
    """Print how to resume a run that Ctrl-C ended at once, without saving.

    Args:
        run: The run's folder.

    Raises:
        KeyboardInterrupt: Re-raised, also in place of Lightning's SystemExit.
    """
    try:
        with keyboard_interrupts():
            yield
    except RunStoppedError:
        raise  # the run was saved, and the error says so
    except KeyboardInterrupt:
        if checkpoint_of(run, "last"):
            say(f"stopped at once: resume {display(run)} to continue from its last checkpoint")
        raise


@contextmanager
def naming_missing_parts(trainer: Trainer) -> Iterator[None]:
    """Turn Lightning's errors about missing metrics, data or state into one-line errors.

    Args:
        trainer: Trainer of the fit.

    Raises:
        UsageError: Replaces Lightning's error.
    """
    try:
        yield
    except (RuntimeError, MisconfigurationException) as error:
        if "DataLoader worker" in str(error):
            raise UsageError(ended_worker()) from error
        if operation := NOT_DETERMINISTIC.match(str(error)):
            raise UsageError(
                f"trainer.deterministic is true, and torch has no deterministic {operation[1]} on "
                "this device: set it to warn"
            ) from error
        if limit := TOO_FEW_EPOCHS.search(str(error)):
            raise UsageError(
                f"trainer.max_epochs {limit[2]} is for the whole run, which has had {limit[1]}; "
                "resume it with a larger one"
            ) from error
        if (missing := MISSING_METRIC.search(str(error))) is None:
            raise
        raise UsageError(
            f"trainer.callbacks: one monitors {missing[1]!r}, which was not measured; monitor "
            f"one of {', '.join(sorted(trainer.callback_metrics))}, or give EarlyStopping strict "
            "false for a metric that is not measured after every epoch"
        ) from error


def ended_worker() -> str:
    """Return the message for a worker that ended, depending on the start method."""
    message = (
        "data.num_workers: a process that prepares batches ended. If /dev/shm or the memory is "
        "full, set data.num_workers to 0, or give a container more (docker run --shm-size 2g)"
    )
    # get_start_method() would fix the default, so that the user could no longer choose another.
    method = multiprocessing.get_start_method(allow_none=True)
    if (method or multiprocessing.get_all_start_methods()[0]) == "fork":
        return message
    return f'{message}. In a script, call fit below if __name__ == "__main__":'


def lack_of_room(error: BaseException | None) -> OSError | None:
    """Return the full-disk error in an error's chain of causes, or None."""
    while error is not None and not (isinstance(error, OSError) and error.errno in NO_ROOM):
        error = error.__cause__ or error.__context__
    return error


def refuse_rollbacks(config: Any) -> None:
    """Refuse `stability.rollbacks` where a rollback would not work.

    Raises:
        UsageError: The run has several devices, or no setting of its model is a learning rate.
    """
    if not (count := config.stability.rollbacks):
        return
    if has_several_devices(config.trainer):
        raise UsageError(
            f"stability.rollbacks is {count}, and the run has several devices, which do not roll "
            "back by themselves: leave it out, and resume with lower rates where a loss is not "
            "finite"
        )
    if not learning_rates(config.model.get("init_args") or {}):
        raise UsageError(
            f"stability.rollbacks is {count}, and {config.model.class_path} has no learning rate "
            "to halve: call the setting lr, learning_rate, NAME_lr or lr_NAME (such as lr_g), or "
            "leave rollbacks out"
        )


def rolled_back(run: Path, settings: Any, error: UsageError) -> list[str]:
    """Return arguments that resume a run from its last checkpoint with half the learning rates.

    Args:
        run: The run's folder.
        settings: Settings of the run.
        error: Error that stopped the run.
    """
    rollbacks_left = settings.stability.rollbacks - 1
    rates = learning_rates(settings.model.init_args).items()
    rate_arguments = as_words({f"model.{name}": rate / 2 for name, rate in rates})
    reason = str(error).partition(":")[0]
    say(
        f"rollback: {reason}; on from the last checkpoint with {' '.join(rate_arguments)}, "
        f"{rollbacks_left} left"
    )
    files = {"config": str(run / "config.yaml"), "resume": str(run / "checkpoints" / "last.ckpt")}
    return [*as_words(files), *rate_arguments, "--stability.rollbacks", str(rollbacks_left)]


def say_nothing_left(trainer: Trainer, batches_before: int) -> None:
    """Warn if a fit trained nothing, and say which limit to raise.

    Args:
        trainer: Trainer whose fit has ended.
        batches_before: Number of batches of the run before this fit.
    """
    if batch_number(trainer) + 1 > batches_before:
        return
    for keeper in callbacks_of(trainer, BudgetKeeper):
        say(
            f"nothing was trained: budget {keeper.plan.seconds:.0f}s is for the whole run, which "
            "has had it; resume it with a larger one"
        )
        return
    for clock in callbacks_of(trainer, Timer):
        seconds_left = clock.time_remaining()
        if seconds_left is not None and seconds_left <= 0:
            limit = timedelta(seconds=round(clock.time_elapsed() + seconds_left))
            elapsed = timedelta(seconds=round(clock.time_elapsed()))
            say(
                f"nothing was trained: trainer.max_time {limit} is for the whole run, which has "
                f"had {elapsed}; resume it with a larger one, or with null for no limit"
            )
            return
    if trainer.max_epochs is not None and 0 <= trainer.max_epochs <= trainer.current_epoch:
        say(
            f"nothing was trained: trainer.max_epochs {trainer.max_epochs} is for the whole run, "
            f"which has had {trainer.current_epoch}; resume it with a larger one"
        )
