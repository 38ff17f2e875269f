"""Data loaders: the number of workers, and resuming in the middle of an epoch."""

import multiprocessing.queues
import os
import shutil
import signal
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
from lightning import Trainer
from lightning.pytorch.accelerators import CUDAAccelerator
from torch.utils.data import DataLoader

from datamodules.batching.shuffled import ImageBatches, ShuffledBatches
from datamodules.errors import DataError
from datamodules.processors import usable_cores
from datamodules.reading.splits.in_memory import InMemoryImages

SHARED_MEMORY = Path("/dev/shm")  # where workers put finished batches
AHEAD = 2  # batches that each worker prepares
MAX_AUTO_WORKERS = 8  # more would wait for the main process
# Windows has no SIGHUP.
STOP_SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


class ResumableLoader(DataLoader):
    """A loader that determines where an epoch starts only when its first batch is requested.

    Lightning creates the iterator before it knows the epoch of a resumed run, so workers would
    otherwise prefetch batches of the wrong epoch.

    Args:
        args: Arguments of `DataLoader`; the sampler is a `ShuffledBatches`.
        done: Returns how many batches of the current epoch the run has already used.
        kwargs: Arguments of `DataLoader`.
    """

    def __init__(self, *args: Any, done: Callable[[], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.done = done

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # torch declares a narrower type
        self.sampler.done = self.done()  # type: ignore[attr-defined]  # a `ShuffledBatches` has it
        yield from super().__iter__()


def loader_of(
    dataset: ImageBatches,
    workers: int | str,
    trainer: Trainer | None,
    sampler: ShuffledBatches | None = None,
) -> DataLoader:
    """Return a loader of whole batches.

    Args:
        dataset: The batches.
        workers: Processes that prepare them; auto chooses a number that suits the machine.
        trainer: The run's trainer, if there is one.
        sampler: The order of training batches; None keeps the order of the data.

    Raises:
        DataError: The batches of the workers do not fit into shared memory.
    """
    if workers == "auto":
        no_work = isinstance(dataset.source, InMemoryImages) and dataset.augmentation is None
        processes = trainer.num_devices if trainer else 1
        spare = min(usable_cores() // processes - 1, MAX_AUTO_WORKERS)
        workers = 0 if no_work else max(1, spare)
        if problem := lack_of_shared_memory(dataset, workers):
            warnings.warn(f"num_workers is auto, and 0 here: {problem}", stacklevel=2)
            workers = 0
    elif problem := lack_of_shared_memory(dataset, int(workers)):
        raise DataError(f"num_workers is {workers}, and {problem}")
    # torch itself sets each worker to one thread.
    options: dict[str, Any] = {
        "batch_size": None,
        "num_workers": workers,
        "persistent_workers": int(workers) > 0,
        "prefetch_factor": AHEAD if int(workers) else None,
        "pin_memory": isinstance(getattr(trainer, "accelerator", None), CUDAAccelerator),
        "worker_init_fn": prepare_worker,
    }
    if sampler is None:
        return DataLoader(dataset, **options)
    return ResumableLoader(dataset, sampler=sampler, done=partial(batches_done, trainer), **options)


def batches_done(trainer: Trainer | None) -> int:
    """Return how many batches of the current epoch the run had used when it was stopped."""
    if trainer is None or not trainer.training:
        return 0
    return trainer.fit_loop.epoch_loop.batch_progress.current.ready


def lack_of_shared_memory(dataset: ImageBatches, workers: int) -> str:
    """Return a message if the workers' batches do not fit into shared memory, or else "".

    Workers without enough of it hang or are killed.

    Args:
        dataset: The batches.
        workers: Processes that prepare them.
    """
    if not workers or not SHARED_MEMORY.is_dir() or not len(dataset.source):
        return ""
    num_values = dataset.source.take([0]).numel() * dataset.batch_size
    # The main process holds one more batch.
    needed = (AHEAD * workers + 1) * num_values * torch.float32.itemsize
    free = shutil.disk_usage(SHARED_MEMORY).free
    if needed <= free:
        return ""
    return (
        f"the batches of {workers} workers take {needed / 2**20:,.0f} MiB of shared memory, of "
        f"which {SHARED_MEMORY} has {free / 2**20:,.0f} MiB free: set num_workers to 0, or give a "
        f"container more (docker run --shm-size {-(-2 * needed // 2**30)}g)"
    )


def prepare_worker(_: int) -> None:
    """Make a worker ignore stop signals, since the run still needs its batch, and exit on errors.

    Without the exit, the main process would wait forever for a batch that the worker can't hand
    over for lack of shared memory.
    """
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    multiprocessing.queues.Queue._on_queue_feeder_error = staticmethod(  # type: ignore[attr-defined]
        lambda *_: os._exit(1)
    )
