"""Loaders of batches: how many workers, and how a stopped epoch is resumed."""

import signal
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import torch
from lightning import Trainer
from torch.utils.data import DataLoader

from datamodules.batching.shuffled import ImageBatches, ShuffledBatches
from datamodules.reading.in_memory import InMemoryImages
from datamodules.reading.scan import usable_cores

MAX_AUTO_WORKERS = 8  # more would wait for the main process
# Windows has no SIGHUP.
STOP_SIGNALS = [getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n)]


class ResumableLoader(DataLoader):
    """Finds the start of an epoch only when its first batch is requested.

    Lightning creates the iterator before it knows the epoch of a resumed run, and workers would
    already fetch batches of another epoch.

    Args:
        args: Arguments of `DataLoader`; the sampler is a `ShuffledBatches`.
        done: Returns how many batches of its current epoch a run has had.
        kwargs: Arguments of `DataLoader`.
    """

    def __init__(self, *args: Any, done: Callable[[], int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.done = done

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]  # torch promises too much
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
        workers: Processes that prepare them; auto decides by the cores of the machine.
        trainer: The run's trainer, if any.
        sampler: The order of training batches; None keeps the order of the data.
    """
    if workers == "auto":
        at_once = isinstance(dataset.source, InMemoryImages) and dataset.augmentation is None
        processes = trainer.num_devices if trainer else 1
        spare = min(usable_cores() // processes - 1, MAX_AUTO_WORKERS)
        workers = 0 if at_once else max(1, spare)
    # torch itself sets each worker to one thread.
    options: dict[str, Any] = {
        "batch_size": None,
        "num_workers": workers,
        "persistent_workers": int(workers) > 0,
        "pin_memory": torch.cuda.is_available(),
        "worker_init_fn": leave_stopping_to_the_main_process,
    }
    if sampler is None:
        return DataLoader(dataset, **options)
    return ResumableLoader(dataset, sampler=sampler, done=partial(batches_done, trainer), **options)


def batches_done(trainer: Trainer | None) -> int:
    """Return how many batches of its current epoch a run had before it was stopped."""
    if trainer is None or not trainer.training:
        return 0
    return trainer.fit_loop.epoch_loop.batch_progress.current.ready


def leave_stopping_to_the_main_process(_: int) -> None:
    """Make a worker ignore stop signals: the run still needs its batch."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
