"""Threads, precision and strategy for this machine."""

import logging
import os
import random
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.utilities import rank_zero_warn

from datamodules.processors import usable_cores
from ganaug.utils.device import computes_bfloat16
from ganaug.utils.errors import UsageError

NOISE = (
    ".*`val_dataloader` but have no `validation_step`.*",
    ".*does not have many workers.*",
    ".*smaller than the logging interval.*",
    ".*isinstance.treespec, LeafSpec.*",
    ".*Checkpoint directory .* exists and is not empty.*",
    ".*LightningCLI's args parameter.*",
    ".*is not supported by the model summary.*",
    # Schedules count batches, including those before the generator's first step.
    ".*Detected call of `lr_scheduler.step.*",
    # Predictions are written at once instead of being returned.
    ".*predict returned None.*",
    # The averaged generator stays in evaluation mode on purpose.
    ".*in eval mode at the start of training.*",
    # The data modules' loader does resume; see `datamodules.batching.loaders`.
    ".*your dataloader is not resumable.*",
)


LOGGERS = ("lightning.pytorch", "lightning.fabric")
SEEDS = ("PL_GLOBAL_SEED", "PL_SEED_WORKERS")
PRECISIONS = ("bf16-mixed", "32-true", "32", "bf16")
# DDP in which a backward pass may leave out weights.
FIND_UNUSED = "ddp_find_unused_parameters_true"
STRATEGIES = ("auto", "ddp", FIND_UNUSED)


def refuse_max_steps(max_steps: int) -> None:
    """Refuse `max_steps`, since Lightning counts one step for each player.

    Raises:
        UsageError: `max_steps` was given.
    """
    if max_steps not in (-1, None):
        raise UsageError(
            f"trainer.max_steps is {max_steps}, and Lightning counts the steps of both players; "
            "set trainer.max_epochs, and trainer.limit_train_batches for part of an epoch"
        )


def set_threads(trainer: Trainer, spare: int = 0, previous_threads: int | None = None) -> int:
    """Set the number of threads of this process to `threads_for`, and return it.

    The arguments are those of `threads_for`.
    """
    threads = threads_for(trainer, spare, previous_threads)
    torch.set_num_threads(threads)
    return threads


def threads_for(trainer: Trainer, spare: int = 0, previous_threads: int | None = None) -> int:
    """Divide the available processors among the run's processes on this machine.

    One thread too many can cost a factor of 80 (a convolution's backward pass with two threads
    on one processor), so the number follows the affinity mask and a container's quota, and is no
    higher than OMP_NUM_THREADS.

    Args:
        trainer: Trainer of the run.
        spare: Number of processors that each process needs for other work.
        previous_threads: Number of threads of the run before it was stopped. Another number would
            change the rounding of sums, and so the results.

    Returns:
        The number of threads.
    """
    processes = trainer.num_devices
    cores = usable_cores()
    omp_threads = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0]
    limit = min(cores, max(1, int(omp_threads))) if omp_threads.isdecimal() else cores
    threads = max(1, limit // processes - spare)
    if previous_threads is not None:
        threads = max(1, min(previous_threads, cores // processes))
        if threads < previous_threads:
            rank_zero_warn(
                f"threads is {previous_threads}, and this process may use {threads} processors: it "
                f"runs with {threads} threads, so a resumed run is not the same to the last bit"
            )
    return threads


def precision(given_precision: Any, accelerator: str) -> str:
    """Return the training precision: the given one, or bf16-mixed if the machine supports it.

    Raises:
        UsageError: The precision isn't supported. float16 needs loss scaling, which alternating
            optimizers can't share, and weights other than float32 don't match the latents.
    """
    if given_precision is not None and str(given_precision) not in PRECISIONS:
        raise UsageError(
            f"trainer.precision is {given_precision}; use {' or '.join(PRECISIONS[:2])} (the "
            "default is bf16-mixed where the machine computes it)"
        )
    if given_precision is not None:
        return given_precision
    if accelerator in ("auto", "gpu", "cuda") and torch.cuda.is_available():
        return "bf16-mixed" if computes_bfloat16("cuda") else "32-true"
    on_cpu = accelerator in ("auto", "cpu")
    return "bf16-mixed" if on_cpu and computes_bfloat16("cpu") else "32-true"


def strategy(trainer: Any, prefix: str = "trainer.") -> Any:
    """Return the strategy for the trainer's settings.

    Plain DDP expects every backward pass to reach all weights, but each player has its own.

    Args:
        trainer: The settings.
        prefix: What their names have before them, for messages.

    Raises:
        UsageError: The strategy isn't supported, or `devices` is invalid.
    """
    check_devices(trainer.devices, prefix)
    if not isinstance(trainer.strategy, str):
        return trainer.strategy
    if trainer.strategy not in STRATEGIES:
        # Players that take turns need DDP, with a process of the same script for each device.
        raise UsageError(
            f"{prefix}strategy {trainer.strategy!r} isn't supported; use "
            f"{' or '.join(STRATEGIES[:2])}"
        )
    return FIND_UNUSED if has_several_devices(trainer) else "auto"


def has_several_devices(trainer: Any) -> bool:
    """Whether the trainer's settings request several devices, here or on other machines."""
    return trainer.num_nodes > 1 or device_count(trainer) > 1


def check_devices(devices: Any, prefix: str = "trainer.") -> None:
    """Refuse a value that is neither a number nor a list of devices.

    The prefix is that of `strategy`.

    Raises:
        UsageError: It is neither; the message names the value and the choices.
    """
    parts = devices if isinstance(devices, list) else str(devices).split(",")
    are_numbers = all(re.fullmatch(r"-?\d{1,4}", str(part).strip()) for part in parts)
    if devices != "auto" and not (parts and are_numbers):
        raise UsageError(f"{prefix}devices is {devices!r}; use a number, 0,1 for some, or auto")


def devices_in_session(devices: Any) -> Any:
    """Return the trainer's `devices`, but 1 for auto in a notebook or interactive session.

    There, Lightning can't start a process for each further device.
    """
    return 1 if devices == "auto" and hasattr(sys, "ps1") else devices


def device_count(trainer: Any) -> int:
    """Return the number of devices that the trainer's settings request on this machine."""
    devices = trainer.devices
    if devices in ("auto", -1, "-1"):
        return torch.cuda.device_count() or 1 if trainer.accelerator != "cpu" else 1
    if isinstance(devices, str):
        return len(devices.split(",")) if "," in devices else int(devices)
    return len(devices) if isinstance(devices, list) else int(devices)


def destroy_process_group() -> None:
    """Destroy the process group of a distributed run, if there is one."""
    if torch.distributed.is_initialized():
        # If left to the interpreter's exit, gloo's threads can abort a process that has finished.
        torch.distributed.destroy_process_group()


def filter_warnings() -> None:
    """Suppress Lightning's advertisements, and its warnings that do not apply here."""
    for pattern in NOISE:
        warnings.filterwarnings("ignore", pattern)
    # Caused by Lightning's own calls of jsonargparse, so users can't act on it.
    os.environ.setdefault("JSONARGPARSE_DEPRECATION_WARNINGS", "off")
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


@contextmanager
def process_restored() -> Iterator[None]:
    """Restore the process at the end, which is the caller's.

    These are the threads, warning filters, log levels, random states, and the seeds in Lightning's
    environment variables. A process group that was created in the block is destroyed, also after
    an error.

    Example:
        >>> with process_restored():
        ...     filter_warnings()
    """
    levels = {logging.getLogger(name): logging.getLogger(name).level for name in LOGGERS}
    grouped = torch.distributed.is_initialized()
    with threads_restored(), warnings.catch_warnings(), seeds_restored():
        try:
            yield
        finally:
            for logger, level in levels.items():
                logger.setLevel(level)
            if not grouped:
                destroy_process_group()


@contextmanager
def threads_restored() -> Iterator[None]:
    """Restore torch's number of threads at the end."""
    threads = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def seeds_restored() -> Iterator[None]:
    """Restore the random states of Python, NumPy and torch, and Lightning's seeds, at the end."""
    variables = {name: os.environ.get(name) for name in SEEDS}
    python_state, numpy_state = random.getstate(), np.random.get_state()
    # Asking for the states of GPUs would initialize CUDA.
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=devices):
        try:
            yield
        finally:
            random.setstate(python_state)
            np.random.set_state(numpy_state)
            for name, seed in variables.items():
                os.environ.pop(name, None)
                if seed is not None:
                    os.environ[name] = seed
