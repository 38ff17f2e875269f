"""Loaders of batches: how many workers, and that a stopped run's epoch goes on where it was."""

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

MAX_AUTO_WORKERS = 8  # with more, batches wait for the main process, not for the workers
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class ResumableLoader(DataLoader):
    """Decides when an epoch's first batch is asked for, and no earlier, where the epoch begins.

    Lightning makes an epoch's iterator before it knows which epoch a resumed run is in, and workers
    would at once fetch batches of another one.

    Args:
        args: Those of `DataLoader`; the sampler is a `ShuffledBatches`.
        done: Says how many batches of its present epoch a run has had.
        kwargs: Those of `DataLoader`.
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
        dataset: Gives the batches.
        workers: Processes that make them; auto where the machine's cores decide.
        trainer: Of the run, where there is one.
        sampler: Of training batches; without, batches come in order.
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
    """Count the batches that a run has had of its present epoch, before it was stopped."""
    if trainer is None or not trainer.training:
        return 0
    return trainer.fit_loop.epoch_loop.batch_progress.current.ready


def leave_stopping_to_the_main_process(_: int) -> None:
    """Let a worker outlive the signals that ask its run to stop, which still needs its batch."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
